"""Faces turned until the eyes are level, and their maps turned back onto the photograph."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from annotator.domain import BoundingBox
from annotator.suggest.canvas import place_grid
from annotator.suggest.lessons import Lessons
from annotator.suggest.suggester import FloatMap, Suggester
from models.card import CARDS_FOLDER, WEIGHTS_FOLDER
from models.card_parts import InputSpec
from models.classifier import Classifier
from models.face_api.detector import FaceDetector
from models.face_api.landmarks import FaceLandmarks, turn_of_eyes
from models.preprocess import InputFrame, prepare_image

ROOT = Path(__file__).parents[2]
TILTS_DEG = (-25.0, 25.0)
SPEC = InputSpec(
    width=40,
    height=40,
    channels=1,
    low=0.0,
    high=1.0,
    resize="stretch",
    crop="face",
    margin=0.0,
    mean=(0.0,),
    std=(1.0,),
)

turns = st.floats(-180, 180)
shares = st.floats(0.2, 0.8)


def turned(x: float, y: float, by_deg: float, about: tuple[float, float]) -> tuple[float, float]:
    """Turn a point clockwise as it is seen, y growing downwards."""
    there = complex(x - about[0], y - about[1]) * np.exp(1j * math.radians(by_deg))
    return float(there.real) + about[0], float(there.imag) + about[1]


def middle_of_mass(maps: torch.Tensor) -> tuple[float, float]:
    weights = maps.double() / maps.double().sum()
    rows, columns = (torch.arange(side) + 0.5 for side in maps.shape)
    return float((weights.sum(0) * columns).sum()), float((weights.sum(1) * rows).sum())


@settings(max_examples=40, deadline=None)
@given(turns, shares, shares, st.integers(40, 120), st.integers(40, 120))
def test_a_mark_on_a_turned_part_is_seen_upright_and_comes_back(
    turn_deg: float, across: float, down: float, width: int, height: int
) -> None:
    box, about = (130.0, 140.0, width, height), (130 + width / 2, 140 + height / 2)
    mark = turned(130 + across * width, 140 + down * height, turn_deg, about)
    image = torch.zeros(400, 400)
    image[int(mark[1]), int(mark[0])] = 1.0

    prepared, frame = prepare_image(image, SPEC, box, turn_deg)
    seen = middle_of_mass(prepared[0])
    back = middle_of_mass(frame.to_image(prepared[0]))

    cell = max(width, height) / SPEC.width
    assert seen[0] / SPEC.width * width == pytest.approx(across * width, abs=1 + cell)
    assert seen[1] / SPEC.height * height == pytest.approx(down * height, abs=1 + cell)
    assert back == pytest.approx(mark, abs=1 + cell)


def test_a_quarter_turn_is_the_part_with_its_axes_exchanged() -> None:
    down, across = torch.meshgrid(torch.linspace(0, 1, 90), torch.linspace(0, 1, 90), indexing="ij")
    image = (0.5 * down**2 + 0.3 * across + 0.2 * down * across)[None]
    wanted, _ = prepare_image(image, SPEC, (10, 20, 60, 60))

    prepared, frame = prepare_image(image, SPEC, (10, 20, 60, 60), 90.0)

    assert torch.allclose(prepared[0], wanted[0].flip(1).T, atol=5e-3)
    assert (frame.turn_deg, frame.pivot) == (90.0, (40.0, 50.0))


def test_without_a_turn_nothing_is_resampled_twice() -> None:
    image = torch.rand(1, 80, 70, generator=torch.Generator().manual_seed(0))

    plain, frame = prepare_image(image, SPEC, (5, 6, 50, 40))
    same, _ = prepare_image(image, SPEC, (5, 6, 50, 40), 0.0)
    grid = torch.rand(7, 7)
    upright, cells = frame.upright(grid)

    assert torch.equal(plain, same)
    assert upright is frame
    assert cells is grid


@settings(max_examples=40, deadline=None)
@given(turns, st.integers(2, 9), st.integers(2, 9), st.data())
def test_cells_of_a_turned_map_lie_where_they_are_turned_to(
    turn_deg: float, rows: int, columns: int, data: st.DataObject
) -> None:
    frame = InputFrame(100, 90, 60, 80, 300, 300, turn_deg, (120.0, 140.0))
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    grids = torch.zeros(3, rows, columns, dtype=torch.float64)
    grids[0, row, column] = 2.0
    grids[1] = 1.0

    upright, cells = frame.upright(grids)
    of_all = middle_of_mass(cells[1])
    wanted = turned(130, 130, turn_deg, frame.pivot)
    fine = max(upright.width / cells.shape[2], upright.height / cells.shape[1])
    place = divmod(int(cells[0].argmax()), cells.shape[2])
    best = (
        upright.x + (place[1] + 0.5) * upright.width / cells.shape[2],
        upright.y + (place[0] + 0.5) * upright.height / cells.shape[1],
    )
    unturned = turned(*best, -turn_deg, frame.pivot)

    assert upright.turn_deg == 0
    assert torch.allclose(cells.sum((1, 2)), grids.sum((1, 2)))
    assert upright.x + of_all[0] * upright.width / cells.shape[2] == pytest.approx(
        wanted[0], abs=fine
    )
    assert upright.y + of_all[1] * upright.height / cells.shape[1] == pytest.approx(
        wanted[1], abs=fine
    )
    # The largest value lies in the cell that had it, or, at the frame's edge, beside its middle.
    assert column - 0.1 <= (unturned[0] - 100) / 60 * columns <= column + 1.1
    assert row - 0.1 <= (unturned[1] - 90) / 80 * rows <= row + 1.1


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    with Image.open(ROOT / "annotator" / "demo" / "astronaut.jpg") as image:
        return image.convert("RGB")


def pixels(picture: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def tilted(picture: Image.Image, by_deg: float, about: tuple[float, float]) -> Image.Image:
    """Turn a photograph clockwise as it is seen, about a point."""
    return picture.rotate(-by_deg, Image.Resampling.BICUBIC, center=about)


@pytest.fixture(scope="module")
def face(portrait: Image.Image) -> tuple[float, float, float, float]:
    found = FaceDetector.load("cpu").detect(pixels(portrait))[0]
    return (found.x, found.y, found.width, found.height)


@pytest.fixture(scope="module")
def card_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The expression card, levelling the eyes; its weights beside it."""
    folder = tmp_path_factory.mktemp("levelled")
    text = (CARDS_FOLDER / "face-expression.toml").read_text(encoding="utf-8")
    text = text.replace('crop = "face"', 'crop = "face"\nalignment = "eyes"')
    path = folder / "face-expression.toml"
    path.write_text(text, encoding="utf-8")
    weights = re.search(r'file = "(.+)"', text)
    assert weights
    (folder / weights[1]).write_bytes((WEIGHTS_FOLDER / weights[1]).read_bytes())
    return path


@pytest.mark.parametrize("by_deg", TILTS_DEG)
def test_a_tilted_head_is_levelled(
    portrait: Image.Image,
    face: tuple[float, float, float, float],
    card_file: Path,
    by_deg: float,
) -> None:
    about = (face[0] + face[2] / 2, face[1] + face[3] / 2)
    straight, leaning = pixels(portrait), pixels(tilted(portrait, by_deg, about))
    landmarks = FaceLandmarks.load("cpu")
    turn_deg = [turn_of_eyes(landmarks.locate(one, face)) for one in (straight, leaning)]
    levelling = Classifier.load(card_file, "cpu")
    plain = Classifier.load("face-expression", "cpu")
    wanted = plain.prepare([straight], [face])[0]

    def difference(classifier: Classifier) -> float:
        return float((classifier.prepare([leaning], [face])[0] - wanted).abs().mean())

    assert turn_deg[1] - turn_deg[0] == pytest.approx(by_deg, abs=8)
    assert difference(levelling) < 0.6 * difference(plain)
    assert (
        levelling.predict([leaning], [face])[0].argmax()
        == plain.predict([straight], [face])[0].argmax()
    )


def test_evidence_comes_back_to_the_tilted_photograph(
    portrait: Image.Image, face: tuple[float, float, float, float], card_file: Path
) -> None:
    about = (face[0] + face[2] / 2, face[1] + face[3] / 2)
    suggester, box = Suggester(card_file, "cpu"), BoundingBox(*face)
    leaning = np.array(tilted(portrait, 25.0, about))
    straight = suggester.explain(np.array(portrait), ["happy"], None, box)[0].values
    explained = suggester.explain(leaning, ["happy"], None, box)[0]
    wanted = np.array(tilted(Image.fromarray(straight), 25.0, about))
    kept = place_grid(explained.record.grid, explained.record.extent, *leaning.shape[:2])

    def alike(one: FloatMap, other: FloatMap) -> float:
        return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])

    assert alike(explained.values, wanted) > max(0.9, alike(explained.values, straight))
    assert alike(explained.values, kept) > 0.99
    assert explained.values.sum() == pytest.approx(1, abs=1e-3)


def test_lessons_are_levelled_as_the_classifier_sees_them(
    portrait: Image.Image, face: tuple[float, float, float, float], card_file: Path
) -> None:
    about = (face[0] + face[2] / 2, face[1] + face[3] / 2)
    leaning = tilted(portrait, 25.0, about)
    classifier = Classifier.load(card_file, "cpu")
    lessons = Lessons(classifier.card, "cpu")
    lessons.add(np.array(leaning), ["happy"])
    found = max(
        FaceDetector.load("cpu").detect(pixels(leaning)),
        key=lambda one: one.score**2 * max(one.width, one.height),
    )
    box = (found.x, found.y, found.width, found.height)
    prepared = classifier.prepare([pixels(leaning)], [box])[0][0]

    spec = classifier.card.input
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (spec.mean, spec.std))
    seen = (prepared * std + mean - spec.low) / (spec.high - spec.low) * 255

    assert float((lessons.examples().inputs[0] - seen).abs().max()) <= 0.51
