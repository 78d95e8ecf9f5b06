"""Any project -> COCO -> pycocotools: the same boxes, the same pixels, nothing lost."""

from __future__ import annotations

import contextlib
import io
import json
import math
import tempfile
import uuid
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from export_projects import LABELS, shared_projects
from hypothesis import HealthCheck, given, settings
from pycocotools.coco import COCO

from annotator.domain import (
    Annotation,
    Decision,
    Ellipse,
    ImageAsset,
    ImageRecord,
    Landmark,
    Polygon,
    Presence,
    Region,
    region_from_json,
)
from annotator.domain.regions import RotatedBox
from annotator.export import Source, export_items
from annotator.formats.detection.coco import FORMAT

# pycocotools' decoder speaks NumPy 1; its masks are right.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implement:DeprecationWarning")


def read_back(folder: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(folder / "annotations.json"))


def outline_distance(region: Region, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance of points from a region's outline, in pixels."""
    corners = np.array(region.outline)
    nearest = np.full(x.shape, np.inf)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy
        along = ((x - x0) * dx + (y - y0) * dy) / length if length else np.zeros_like(x)
        along = np.clip(along, 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - x0 - along * dx, y - y0 - along * dy))
    return nearest


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=shared_projects)
def test_any_project_reads_back_the_same(records):
    with tempfile.TemporaryDirectory() as parent:
        report = export_items(
            Source(iter(records), LABELS, "π \u2028", uuid.UUID(int=7)), Path(parent) / "out"
        )
        coco = read_back(report.folder)
        sidecar = (report.folder / "decisions.jsonl").read_text("ascii").splitlines()
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == list(LABELS.codes)
    assert [i["image_uuid"] for i in coco.imgs.values()] == [str(r.image.id) for r in records]
    stated = {
        str(act.id): (record, act)
        for record in records
        for act in record.annotations
        if act.decision.states_region and not stated_away(record, act.label)
        if FORMAT.capacity.regions(act.region, record.image.width, record.image.height)
    }
    assert len(coco.anns) == len(stated)
    for ann in coco.anns.values():
        record, act = stated.pop(ann["annotation_uuid"])
        assert coco.imgs[ann["image_id"]]["image_uuid"] == str(record.image.id)
        assert coco.cats[ann["category_id"]]["name"] == act.label
        assert ann["rater"] == act.rater
        check_geometry(coco, ann, act.region, record.image)
    check_sidecar(sidecar, records)


def stated_away(record: ImageRecord, label: str) -> bool:
    """Whether the last word on a label is that it is not there, or that nobody can tell."""
    last = max(
        act.created_at
        for act in record.annotations
        if act.label == label and act.decision.states_region
    )
    return any(
        value.label == label
        and value.value in (Presence.ABSENT, Presence.NOT_ASSESSABLE)
        and value.created_at >= last
        for value in record.label_values
    )


def check_geometry(coco: COCO, ann: dict, region: Region, image: ImageAsset) -> None:
    if isinstance(ann["segmentation"], dict):
        assert region.kind == "mask" or region.holes
        theirs = coco.annToMask(ann).astype(bool)
        assert (theirs == region.mask(image.height, image.width)).all()
        assert ann["area"] == theirs.sum()
        rows, columns = np.nonzero(theirs)
        corner = [columns.min(), rows.min()]
        assert ann["bbox"] == [*corner, np.ptp(columns) + 1, np.ptp(rows) + 1]
        return
    xs, ys = zip(*region.outline, strict=True)
    if isinstance(region, Polygon | RotatedBox):
        assert ann["bbox"] == [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    else:
        assert ann["bbox"] == [*region.frame]
    assert ann["area"] == region.area_px
    corners = region.outline * (3 if isinstance(region, Landmark) else 1)
    assert ann["segmentation"] == [[n for point in corners for n in point]]
    rows, columns = np.mgrid[: image.height, : image.width] + 0.5
    theirs = coco.annToMask(ann).astype(bool)
    differs = theirs != region.mask(image.height, image.width)
    assert (outline_distance(region, columns, rows)[differs] <= 1.0).all()


def check_sidecar(lines: list[str], records: list[ImageRecord]) -> None:
    """The sidecar holds every act and every suggestion, exactly."""
    assert len(lines) == len(records)
    for line, record in zip(lines, records, strict=True):
        read = json.loads(line)
        acts = {a["annotation_uuid"]: a for a in read["acts"]}
        assert set(acts) == {str(act.id) for act in record.annotations}
        for act in record.annotations:
            assert acts[str(act.id)]["decision"] == act.decision
            assert region_from_json(acts[str(act.id)]["region"]) == act.region
            assert datetime.fromisoformat(acts[str(act.id)]["created_at"]) == act.created_at
        suggested = [s for run in record.runs for s in run.suggestions]
        told = [s for run in read["runs"] for s in run["suggestions"]]
        assert [s["suggestion_uuid"] for s in told] == [str(s.id) for s in suggested]
        assert [region_from_json(s["region"]) for s in told] == [s.region for s in suggested]
        assert [run["scores"] for run in read["runs"]] == [run.scores for run in record.runs]
        acted_on = {act.derived_from for act in record.annotations}
        assert set(read["undecided"]) == {str(s.id) for s in suggested if s.id not in acted_on}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=shared_projects)
def test_exporting_twice_gives_the_same_bytes(records):
    with tempfile.TemporaryDirectory() as parent:
        first = export_items(
            Source(records, LABELS, "p", uuid.UUID(int=7)), Path(parent) / "a"
        ).folder
        reordered = [replace(r, annotations=r.annotations[::-1]) for r in records]
        second = export_items(
            Source(reordered, LABELS, "p", uuid.UUID(int=7)), Path(parent) / "b"
        ).folder
        names_of = [sorted(p.name for p in folder.iterdir()) for folder in (first, second)]
        assert names_of[0] == names_of[1]
        for name in names_of[0]:
            assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.parametrize("size_px", [8.0, 41.5, 300.0])
def test_ellipse_mask_is_within_a_pixel(tmp_path, size_px):
    image = ImageAsset("e.png", 400, 400, "0" * 64, "1" * 64)
    ellipse = Ellipse(33.3, 20.7, size_px, size_px * 1.2)
    act = Annotation(uuid.uuid4(), image.id, uuid.uuid4(), "R", Decision.ADDED, "happy", ellipse)
    source = Source([ImageRecord(image, (act,), ())], LABELS, "p", uuid.UUID(int=7))
    folder = export_items(source, tmp_path / "out").folder
    coco = read_back(folder)
    mask = coco.annToMask(coco.anns[1]).astype(bool)
    rows, columns = np.mgrid[:400, :400] + 0.5
    differs = mask != ellipse.mask(400, 400)
    # The 64-gon lies inside the ellipse by at most r (1 - cos(pi / 64)).
    inside_by = size_px * 0.6 * (1 - math.cos(math.pi / 64))
    assert (outline_distance(ellipse, columns, rows)[differs] <= 1.0 + inside_by).all()
