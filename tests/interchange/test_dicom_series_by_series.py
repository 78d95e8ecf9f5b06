"""What a DICOM export keeps of a project, what its series are called, and who knows them."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pydicom
import pytest
from plain_records import drawn, plain_image, plain_png

from annotator.domain import (
    BoundingBox,
    ImageRecord,
    Label,
    LabelSet,
    SliceGeometry,
)
from annotator.export import EVERYTHING, Source, export_items

LABELS = LabelSet((Label("x", "cat", ""),))
NOW = datetime(2026, 5, 1, tzinfo=UTC)
PROJECT = uuid.UUID(int=77)
SIZE = 16


def record(number: int) -> ImageRecord:
    series = number // 10
    place = SliceGeometry(
        *((0.0, 0.0, number % 10 * 3.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.5, 0.5)),
        frame_of_reference=f"f{series}",
    )
    display = {"geometry": place.to_json(), "origin": {"series": f"s{series}"}}
    image = plain_image(number + 1, SIZE, SIZE, subject=f"P{series}", display=display)
    return drawn(image, ("cat", BoundingBox(1.0 + number % 3, 2, 5, 4)))


def exported(records, target: Path, kind: str, name="p", identity=PROJECT) -> list[pydicom.Dataset]:
    source = Source(records, LABELS, name, identity, plain_png)
    export_items(source, target, format_name=kind, selection=EVERYTHING)
    return [pydicom.dcmread(path) for path in sorted(target.rglob("[rs]e*.dcm"))]


def test_a_segmentation_does_not_keep_the_records_of_its_slices(tmp_path):
    alive = []

    def records() -> Iterator[ImageRecord]:
        for number in range(40):
            yield record(number)
            alive.append(sum(type(one) is ImageRecord for one in gc.get_objects()))

    before = sum(type(one) is ImageRecord for one in gc.get_objects())
    assert len(exported(records(), tmp_path / "out", "dicom-seg")) == 4
    assert max(alive) - before <= 3


@pytest.mark.parametrize("kind", ["dicom-seg", "dicom-sr"])
def test_series_are_described_and_known_by_the_project_not_by_its_name(tmp_path, kind):
    records = [record(number) for number in range(3)]
    made = exported(records, tmp_path / "a", kind)
    renamed = exported(records, tmp_path / "b", kind, name="another name")
    other = exported(records, tmp_path / "c", kind, identity=uuid.UUID(int=78))
    names = [
        [(one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID) for one in objects]
        for objects in (made, renamed, other)
    ]
    assert names[0] == names[1]
    assert not {one[1] for one in names[0]} & {one[1] for one in names[2]}
    assert all("annotated regions" in one.SeriesDescription.lower() for one in made)
