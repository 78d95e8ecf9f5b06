"""FACS tables, read by the importers of the tools that they are for: the same units come back."""

from __future__ import annotations

import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.domain import ImageAsset, ImageRecord, Label, LabelSet, LabelValue, Presence
from annotator.export import Source, export_format, export_items
from annotator.formats import import_format
from annotator.formats.facs.action_units import unit_number

UNITS = (1, 6, 12, 17, 28, 43)
LABELS = LabelSet(tuple(Label("FACS", f"AU{unit}", "") for unit in UNITS))
TIME = datetime(2026, 5, 1, tzinfo=UTC)
FORMATS = ("openface", "py-feat", "disfa", "bp4d")

codings = st.lists(
    st.dictionaries(
        st.sampled_from(LABELS.codes),
        st.sampled_from(["present", "absent", "uncertain", "not_assessed", *"ABCDE"]),
    ),
    min_size=1,
    max_size=5,
)


def records(frames: list[dict[str, str]]) -> list[ImageRecord]:
    """Make a subject's frames out of what is said of each unit."""
    made = []
    for number, said in enumerate(frames, start=1):
        name = f"{number}.png"
        image = ImageAsset(
            name, 9, 8, f"{number:064x}", "1" * 64, subject="S1", id=uuid.UUID(int=number)
        )
        values = tuple(
            LabelValue(
                uuid.uuid4(),
                image.id,
                "R",
                code,
                Presence.PRESENT if word in "ABCDE" else Presence(word),
                word if word in "ABCDE" else None,
                created_at=TIME,
            )
            for code, word in said.items()
        )
        made.append(ImageRecord(image, (), (), (), values))
    return made


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames=codings)
def test_the_same_units_come_back_up_to_the_declared_loss(name, frames):
    capacity = export_format(name).capacity
    graded = capacity.units if capacity.graded is None else capacity.graded
    wanted, lost = {}, 0
    for number, said in enumerate(frames, start=1):
        for code, word in said.items():
            unit, grade = unit_number(code), word if word in "ABCDE" else None
            present = grade is not None or word == "present"
            sayable = unit in capacity.units and (present or word == "absent")
            if sayable and not (capacity.grade_needed and word == "present"):
                wanted[f"{number}.png", code] = grade if unit in graded else None
                lost += grade is not None and unit not in graded
            else:
                lost += 1
    with tempfile.TemporaryDirectory() as parent:
        source = Source(records(frames), LABELS, "p", uuid.UUID(int=7))
        report = export_items(source, Path(parent) / "out", format_name=name)
        (read_from,) = [*report.folder.glob("coder-1"), report.folder][:1]
        images = list(import_format(name).read(read_from, LABELS, lambda _: None)) if wanted else []
    found = {(i.file_name, value.label): value.intensity for i in images for value in i.values}
    assert found == wanted
    told = [n for what, n in report.manifest["losses"].items() if what.startswith("labels ")]
    assert sum(told) == lost
