"""What the expression classifier is worth, from the photograph to the map, on measuring images.

Run with ``--log-cli-level=INFO`` to see the figures; those of the model card are from here.
"""

from __future__ import annotations

import csv
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.classifier import Classifier
from models.explainer import Explainer
from models.face_api.detector import FaceDetector
from models.face_api.landmarks import FaceLandmarks

# Some minutes on a busy machine: a thousand pictures through three networks.
pytestmark = pytest.mark.shared_data

_log = logging.getLogger(__name__)

Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Portrait:
    picture: torch.Tensor
    target: int
    face: Box | None
    predicted: int | None
    """None where no face was found."""

    @property
    def right(self) -> bool:
        return self.predicted == self.target


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load("face-expression")


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector.load()


def read(folder: Path, classifier: Classifier, detector: FaceDetector) -> list[Portrait]:
    """Classify the largest face of every picture whose label the classifier knows."""
    portraits = []
    with (folder / "labels.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["expression"] != "contempt"]
    for row in rows:
        with Image.open(folder / "images" / row["file"]) as image:
            picture = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)
        faces = sorted(detector.detect(picture), key=lambda f: -f.width * f.height)
        face = (faces[0].x, faces[0].y, faces[0].width, faces[0].height) if faces else None
        best = int(classifier.predict([picture], [face])[0].argmax()) if face else None
        portraits.append(Portrait(picture, classifier.index(row["expression"]), face, best))
    return portraits


@pytest.fixture(scope="module")
def london(shared_data: Path, classifier: Classifier, detector: FaceDetector) -> list[Portrait]:
    return read(shared_data / "faces_london", classifier, detector)


def recalls(portraits: list[Portrait], classifier: Classifier) -> dict[str, float]:
    of = {
        code: [p.right for p in portraits if classifier.codes[p.target] == code]
        for code in classifier.codes
    }
    return {code: sum(right) / len(right) for code, right in of.items() if right}


def test_a_face_is_found_in_every_london_portrait(london: list[Portrait]) -> None:
    found = sum(p.face is not None for p in london)
    _log.info("London: a face found in %d of %d", found, len(london))

    assert len(london) == 150
    assert found >= 0.98 * len(london)


def test_neutral_and_smiling_are_told_apart(london: list[Portrait], classifier: Classifier) -> None:
    right = sum(p.right for p in london)
    _log.info("London: %d of %d right; recall %s", right, len(london), recalls(london, classifier))

    assert right >= 0.86 * len(london)


def test_seven_expressions_of_the_web(
    shared_data: Path, classifier: Classifier, detector: FaceDetector
) -> None:
    """Small, grey, tightly cropped faces with their edges smeared out; missed counts as wrong."""
    portraits = read(shared_data / "faces_web", classifier, detector)
    of = recalls(portraits, classifier)
    macro = sum(of.values()) / len(of)
    found = sum(p.face is not None for p in portraits)
    _log.info("Web: found %d of %d; macro-recall %.3f; %s", found, len(portraits), macro, of)

    assert len(of) == 7
    assert macro >= 0.42


def inside(point: Point, outline: list[Point]) -> bool:
    """Whether a point lies inside a closed outline, by the even-odd rule."""
    x, y = point
    crossed = False
    for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True):
        if (y0 <= y) != (y1 <= y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            crossed = not crossed
    return crossed


def mouth_and_cheeks(landmarks: torch.Tensor) -> list[list[Point]]:
    """Outline the mouth and the cheeks beside it from the 68 points.

    The mouth is the outer outline of the lips (48-59), a fifth larger about its middle. A cheek
    runs from the wing of the nose (31, 35) to the corner of the mouth (48, 54), out to the jaw
    line at the height of the lower lip (4, 12) and up along it (3, 13) to the height of the
    base of the nose (2, 14). Nose, upper lip's groove, chin and cheekbones are left out.
    """
    lips = landmarks[48:60]
    mouth = (lips - lips.mean(0)) * 1.2 + lips.mean(0)
    outlines = (mouth, landmarks[[31, 48, 4, 3, 2]], landmarks[[35, 54, 12, 13, 14]])
    return [[(float(x), float(y)) for x, y in outline] for outline in outlines]


def test_a_smile_is_explained_by_the_mouth_and_the_cheeks_beside_it(
    london: list[Portrait], classifier: Classifier
) -> None:
    happy = classifier.index("happy")
    smiling = [p for p in london if p.right and p.target == happy]
    explainer, landmarks = Explainer(classifier), FaceLandmarks.load()
    hits, areas = 0, []
    for portrait in smiling:
        picture, box = portrait.picture, portrait.face
        assert box is not None
        laid = explainer.excitation_maps([picture], ["happy"], boxes=[box])[0][0].in_image()
        row, column = divmod(int(laid.argmax()), laid.shape[1])
        outlines = mouth_and_cheeks(landmarks.locate(picture, box))
        hits += any(inside((column + 0.5, row + 0.5), outline) for outline in outlines)
        areas.append(sum(map(area, outlines)) / (box[2] * box[3]))
    _log.info("Smiles: %d of %d; regions %.2f of the face", hits, len(smiling), np.mean(areas))

    assert len(smiling) >= 50
    assert hits >= 0.70 * len(smiling)
    assert np.mean(areas) < 0.25


def area(outline: list[Point]) -> float:
    pairs = zip(outline, outline[1:] + outline[:1], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2
