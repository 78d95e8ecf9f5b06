"""Action Units of an image as one coder sees them: what every FACS table is made of."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...dataset.items import Assessment, ExportItem
from ...domain import LabelSet, Presence
from ...domain.facs import hides_face
from ..capacity import NO_SHAPES, Capacity
from .action_units import grade, unit_number
from .sequences import Place

SAYS = Capacity(
    shapes=NO_SHAPES,
    values=frozenset({Presence.PRESENT, Presence.ABSENT}),
    intensity=True,
    raters=True,
    not_offered=True,
)

CODERS = "coders.csv"
ORIGIN = ("sequence", "file_name", "image_uuid", "original_file_name", "coder")
"""Columns that say what a row is about, beyond those of the tools."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One Action Unit on one image.

    Attributes
    ----------
    present : bool
    grade : int or None
        1 to 5 for A to E, 0 where it is absent, None where no intensity was scored.
    side : str
        ``L``, ``R``, ``B``, ``A``, or empty.
    """

    present: bool
    grade: int | None
    side: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """What one coder says of one image.

    Attributes
    ----------
    item : ExportItem
    coder : int
        From 1, in the order in which they appear; one for each rater and round.
    units : dict of int to Unit
        By number; a unit that was not assessed, is uncertain or not assessable is not in it.
    scorable : bool
        Whether anything of the face is to be seen, as far as the coder says.
    said : dict of str to Assessment
        What the coder says of every label, by its code.
    """

    item: ExportItem
    coder: int
    units: dict[int, Unit]
    scorable: bool
    said: dict[str, Assessment]

    def origin(self, place: Place) -> tuple[str, ...]:
        """Return the cells of `ORIGIN`."""
        image = self.item.image
        names = (self.item.file_name, str(image.id), image.file_name)
        return place.sequence, *names, str(self.coder)


class UnitRows:
    """Makes rows of items, and knows the coders afterwards."""

    def __init__(self, labels: LabelSet) -> None:
        numbers = {code: unit_number(code) for code in labels.codes}
        self._numbers = {code: number for code, number in numbers.items() if number is not None}
        self._labels = labels
        self._coders: dict[tuple[str, str], int] = {}

    def of(self, item: ExportItem) -> Iterator[UnitRow]:
        """Yield a row for each coder of an image; of an image nobody coded, none."""
        hidden = {(r.rater, r.round) for r in item.reads if hides_face(r.visibility)}
        by_coder: dict[tuple[str, str], dict[str, Assessment]] = {}
        for said in item.assessments(self._labels):
            if said.rater or said.round:
                by_coder.setdefault((said.rater, said.round), {})[said.label] = said
        for key, coded in by_coder.items():
            coder = self._coders.setdefault(key, len(self._coders) + 1)
            yield UnitRow(item, coder, self._units(coded), key not in hidden, coded)

    def _units(self, coded: Mapping[str, Assessment]) -> dict[int, Unit]:
        units = {}
        for code, number in self._numbers.items():
            said = coded[code]
            if said.value in SAYS.values:
                present = said.value is Presence.PRESENT
                intensity = grade(said.intensity) if present else 0
                units[number] = Unit(present, intensity, said.side or "")
        return units

    def write_coders(self, folder: Path) -> None:
        """Write who the coders are."""
        with (folder / CODERS).open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, lineterminator="\r\n")
            table.writerow(("coder", "rater", "round"))
            table.writerows((n, rater, round_) for (rater, round_), n in self._coders.items())
