"""A region drawn on what is shown lands on those pixels of the original, for every asset kind."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from dicom_files import written
from PIL import Image, ImageOps

from annotator.domain import Annotation, BoundingBox, Decision, ImageAsset
from annotator.domain.rights import Shows
from annotator.export import EVERYTHING
from annotator.ingest import shown_with
from annotator.settings import Settings
from annotator.workflows.exporting import export_project, state_shows
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

ROWS, COLUMNS = 30, 46
MARK = (slice(6, 9), slice(31, 36))
"""Rows and columns of the one bright patch of each picture, off every axis of symmetry."""


def marked(number: int, dark: int, bright: int, dtype: type = np.uint8) -> np.ndarray:
    """Return a picture with the mark and, in its last column, a number that makes it its own."""
    values = np.full((ROWS, COLUMNS), dark, dtype)
    values[:, -1] = dark + number
    values[MARK] = bright
    return values


def photographs(folder: Path) -> Iterator[tuple[Path, np.ndarray]]:
    """Yield photographs, and where their mark is when they are held upright."""
    where = marked(0, 0, 1).astype(bool)
    where[:, -1] = False
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = folder / f"turned{orientation}.png"
        Image.fromarray(marked(orientation, 10, 250)).save(path, exif=exif)
        turned = Image.fromarray(where)
        turned.getexif()[0x0112] = orientation
        yield path, np.asarray(ImageOps.exif_transpose(turned))
    plain = marked(20, 10, 250)
    for name, image in {
        "grey.jpg": Image.fromarray(marked(21, 10, 250)),
        "colour.webp": Image.merge("RGB", [Image.fromarray(marked(22, 10, 250))] * 3),
        "deep.png": Image.fromarray(marked(23, 1000, 60000, np.uint16)),
        "deep.tiff": Image.fromarray(marked(24, 1000, 60000, np.uint16)),
        "palette.png": Image.fromarray(marked(25, 10, 250)).convert("P"),
        "clear.png": Image.merge(
            "LA", [Image.fromarray(plain), Image.new("L", plain.shape[::-1], 255)]
        ),
    }.items():
        options = {"quality": 95} | ({"lossless": True} if name.endswith("webp") else {})
        image.save(folder / name, **(options if name.endswith(("jpg", "webp")) else {}))
        yield folder / name, where


def films(folder: Path) -> Iterator[tuple[Path, np.ndarray]]:
    """Yield DICOM files, and where their mark is in the stored array."""
    where = marked(0, 0, 1).astype(bool)
    where[:, -1] = False
    grey = {
        "plain": {},
        "inverted": {"PhotometricInterpretation": "MONOCHROME1"},
        "rescaled": {"RescaleSlope": "2", "RescaleIntercept": "-1024", "Modality": "CT"},
        "oblong": {"PixelAspectRatio": ["2", "1"]},
        "windowed": {"WindowCenter": "2000", "WindowWidth": "3000"},
    }
    for number, (name, elements) in enumerate(grey.items(), 1):
        dark, bright = (4000, 50) if name == "inverted" else (50, 4000)
        values = marked(number, dark, bright, np.uint16)
        yield written(folder, values, f"{name}.dcm", BitsStored=12, **elements), where
    yield written(folder, marked(6, -900, 900, np.int16), "signed.dcm"), where
    colour = np.dstack([marked(7, 10, 250)] * 3)
    elements = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    yield written(folder, colour, "colour.dcm", **elements), where
    planes = np.moveaxis(np.dstack([marked(8, 10, 250)] * 3), 2, 0).copy()
    yield (
        written(
            folder,
            planes,
            "planes.dcm",
            **elements | {"PlanarConfiguration": 1, "Rows": ROWS, "Columns": COLUMNS},
        ),
        where,
    )


def outline(where: np.ndarray) -> BoundingBox:
    """Return the box of a patch, from outer corner to outer corner."""
    rows, columns = np.nonzero(where)
    return BoundingBox(
        float(columns.min()),
        float(rows.min()),
        float(np.ptp(columns) + 1),
        float(np.ptp(rows) + 1),
    )


def drawn_on(workspace: Workspace, asset: ImageAsset) -> Annotation:
    """Draw around what is bright on the picture as it is shown."""
    shown = shown_with(workspace.pixels.get(asset.pixels_sha256), asset.window)
    bright = (shown if shown.ndim == 2 else shown[..., 1]) > 127
    return Annotation(
        id=uuid.uuid4(),
        image_id=asset.id,
        region_id=uuid.uuid4(),
        rater="Ada",
        decision=Decision.ADDED,
        label="mark",
        region=outline(bright),
    )


def round_trip(tmp_path: Path, kinds: Callable[[Path], Iterator[tuple[Path, np.ndarray]]]) -> int:
    """Import, draw, export and read back; return how many kinds came back on their mark."""
    folder = tmp_path / "files"
    folder.mkdir()
    environment = {"ANNOTATOR_HOME": f"{tmp_path}/home", "ANNOTATOR_SECRETS": f"{tmp_path}/keys"}
    with Workspace.open(Settings.from_environment(environment), upgrade=True) as workspace:
        project = create_project(workspace, "p", labels=["mark"])
        state_shows(workspace, "p", Shows.NOBODY)
        wanted: dict[str, BoundingBox] = {}
        for path, where in kinds(folder):
            report = import_paths(workspace, "p", [path])
            assert report.imported == 1, list(report.lines())
            asset = workspace.record.images(project.id)[-1]
            assert (asset.height, asset.width) == where.shape, path.name
            workspace.record.record_acts([drawn_on(workspace, asset)])
            wanted[str(asset.id)] = outline(where)
        export_project(workspace, "p", tmp_path / "coco", selection=EVERYTHING)
        names = {asset.file_name: str(asset.id) for asset in workspace.record.images(project.id)}
    found = json.loads((tmp_path / "coco" / "annotations.json").read_text())
    boxes = {a["image_id"]: a["bbox"] for a in found["annotations"]}
    assert len(names) == len(boxes) == len(wanted)
    for image in found["images"]:
        identity = next(key for key in wanted if key in json.dumps(image))
        box = wanted[identity]
        assert boxes[image["id"]] == [box.x, box.y, box.width, box.height], image["file_name"]
    return len(boxes)


def test_photographs(tmp_path):
    assert round_trip(tmp_path, photographs) == 14


def test_films(tmp_path):
    assert round_trip(tmp_path, films) == 8


def test_frames(tmp_path):
    frames = np.stack([marked(number, 50, 4000, np.uint16) for number in range(3)])
    frames[1] = np.fliplr(frames[1])
    path = written(tmp_path, frames, BitsStored=12, NumberOfFrames=3, Rows=ROWS, Columns=COLUMNS)
    environment = {"ANNOTATOR_HOME": f"{tmp_path}/home", "ANNOTATOR_SECRETS": f"{tmp_path}/keys"}
    with Workspace.open(Settings.from_environment(environment), upgrade=True) as workspace:
        project = create_project(workspace, "p", labels=["mark"])
        state_shows(workspace, "p", Shows.NOBODY)
        assert import_paths(workspace, "p", [path]).imported == 3
        for asset in workspace.record.images(project.id):
            drawn = drawn_on(workspace, asset)
            assert drawn.region == outline(frames[asset.frame] == 4000)
