"""Every label of every vocabulary in every format: stated means in the files, or told as lost.

A value counts as stated of the image, or implied by a region that stands.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from plain_records import plain_png

from annotator.dataset.items import export_item
from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    ImageRecord,
    LabelSet,
    LabelValue,
    Presence,
)
from annotator.domain.vocabularies import vocabulary, vocabulary_data, vocabulary_names
from annotator.export import Source, export_format, export_formats, export_items
from tests.drivers.facts_in_files import READ, Facts, facts_in

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
SIZE = (60, 60)
FEWER = {"dicom-sr": 8}
"""Formats that take long: each label is stated in one of so many ways only."""


class Case(NamedTuple):
    """How a label is stated: a value, a region an hour after it, or both."""

    value: str
    intensity: str | None = None
    side: str | None = None
    region: bool = False

    @property
    def fact(self) -> tuple[str, str | None, str | None]:
        later = self.region and self.value != Presence.PRESENT
        return ("present", None, None) if later else (self.value, self.intensity, self.side)

    def fits(self, entry: dict) -> bool:
        graded = self.intensity is None or entry.get("intensity", False)
        return graded and (self.side is None or self.side in entry.get("sides", ""))


CASES = {
    f"case{number}": case
    for number, case in enumerate(
        [
            *(Case(value.value) for value in Presence),
            Case("", region=True),
            *(Case("present", grade) for grade in "AE"),
            *(Case("present", None, side) for side in "LRBA"),
            Case("present", "C", "L"),
            Case("present", "B", region=True),
            Case("present", None, "R", region=True),
            Case("absent", region=True),
            Case("not_assessable", region=True),
            Case("not_assessed", region=True),
        ]
    )
}


def record(name: str, case: Case, codes: Iterable[str]) -> ImageRecord:
    """An image of which all these labels are stated in one way."""
    image = ImageAsset(
        f"{name}.png", *SIZE, f"{int(name[4:]):064x}", "1" * 64, subject="S1", channels=1,
        id=uuid.UUID(int=1 + int(name[4:])),
    )  # fmt: skip
    values, regions = [], []
    for place, code in enumerate(codes):
        if case.value:
            said = (code, Presence(case.value), case.intensity, case.side)
            values.append(LabelValue(uuid.uuid4(), image.id, "R", *said, created_at=BEGIN))
        if case.region:
            box = BoundingBox(5 * (place % 12), 5 * (place // 12), 4, 4)
            drawn = (uuid.uuid4(), "R", Decision.ADDED, code, box)
            at = BEGIN + timedelta(hours=1)
            regions.append(Annotation(uuid.uuid4(), image.id, *drawn, created_at=at))
    return ImageRecord(image, tuple(regions), (), (), tuple(values))


def losses(name: str, one: ImageRecord) -> set[str]:
    return set(export_format(name).capacity.losses(export_item(1, one, copied=False)))


def vanished(case: Case, code: str, facts: Facts, lost: set[str]) -> str:
    """Say what of a stated label is neither in the files nor told as lost; empty for nothing."""
    wanted, found = case.fact, facts.values.get(code)
    if found is None and code in facts.drawn:
        found = ("present", None, None)
    if case.region and code not in facts.drawn and not any(s.startswith("regions") for s in lost):
        return "the region"
    if found is None:
        told = any(s.startswith("labels that") for s in lost)
        return "" if told else f"the value {wanted}"
    if found[0] != wanted[0]:
        return f"the value {wanted}: the files say {found}"
    if found != wanted and "labels without their intensity or side" not in lost:
        drawn_only = code not in facts.values and any(s.startswith("labels that") for s in lost)
        return "" if drawn_only else f"the degree of {wanted}: the files say {found}"
    wrong = [f for f, w in zip(found[1:], wanted[1:], strict=True) if f is not None and f != w]
    return f"{wanted}: the files say {found}" if wrong else ""


@pytest.mark.parametrize("scheme", vocabulary_names())
@pytest.mark.parametrize("name", list(export_formats()))
def test_stated_means_in_the_files_or_among_the_losses(tmp_path, name, scheme):
    labels = vocabulary(scheme).label_set
    entries = {entry["code"]: entry for entry in vocabulary_data(scheme)["labels"]}
    every = FEWER.get(name, 1)
    stated = {
        image: [
            code
            for place, (code, entry) in enumerate(entries.items())
            if case.fits(entry) and (place + number) % every == 0
        ]
        for number, (image, case) in enumerate(CASES.items())
    }
    stated = {image: codes for image, codes in stated.items() if codes}
    pictures = plain_png if export_format(name).needs_pictures else None
    records = [record(image, CASES[image], codes) for image, codes in stated.items()]
    source = Source(records, labels, "p", uuid.UUID(int=7), pictures)
    report = export_items(source, tmp_path / "out", format_name=name)
    found = facts_in(report.folder, name, labels, SIZE)
    assert set(found) <= set(stated)
    for image, codes in stated.items():
        facts, case = found.get(image, Facts()), CASES[image]
        for code in codes:
            lost = losses(name, record(image, case, [code]))
            assert lost <= report.manifest["losses"].keys()
            assert vanished(case, code, facts, lost) == "", (image, code, lost)


def test_every_format_is_read():
    assert set(export_formats()) == READ


def test_a_value_that_vanishes_or_turns_is_seen():
    graded, region = Case("present", "C"), Case("", region=True)
    assert vanished(graded, "AU1", Facts(), set()) != ""
    assert vanished(graded, "AU1", Facts({"AU1": ("absent", None, None)}), set()) != ""
    assert vanished(graded, "AU1", Facts({"AU1": ("present", None, None)}), set()) != ""
    other, ungraded = (
        Facts({"AU1": ("present", "B", None)}),
        "labels without their intensity or side",
    )
    assert vanished(graded, "AU1", other, {ungraded}) != ""
    assert vanished(region, "AU1", Facts({"AU1": ("present", None, None)}), set()) != ""
    assert vanished(graded, "AU1", Facts({"AU1": ("present", "C", None)}), set()) == ""


def test_all_labels_of_all_vocabularies_are_in_it():
    sets = [vocabulary(name).label_set for name in vocabulary_names()]
    assert sum(map(len, sets)) > 120
    assert all(isinstance(labels, LabelSet) for labels in sets)
