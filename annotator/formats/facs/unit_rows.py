"""Action Units of an image as one coder sees them: what every FACS table is made of."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...dataset.items import ExportItem
from ...domain import LabelSet, Presence
from ...domain.facs import hides_face
from ..capacity import NO_SHAPES, Capacity
from .action_units import grade, unit_number

SAYS = Capacity(
    shapes=NO_SHAPES,
    values=frozenset({Presence.PRESENT, Presence.ABSENT}),
    intensity=True,
    raters=True,
    not_offered=True,
)

CODERS = "coders.csv"


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
    """

    item: ExportItem
    coder: int
    units: dict[int, Unit]
    scorable: bool


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
        by_coder: dict[tuple[str, str], dict[int, Unit]] = {}
        for said in item.assessments(self._labels):
            if not said.rater and not said.round:
                continue
            key = (said.rater, said.round)
            units = by_coder.setdefault(key, {})
            number = self._numbers.get(said.label)
            if number is not None and said.value in SAYS.values:
                present = said.value is Presence.PRESENT
                intensity = grade(said.intensity) if present else 0
                units[number] = Unit(present, intensity, said.side or "")
        for key, units in by_coder.items():
            coder = self._coders.setdefault(key, len(self._coders) + 1)
            yield UnitRow(item, coder, units, key not in hidden)

    def write_coders(self, folder: Path) -> None:
        """Write who the coders are."""
        with (folder / CODERS).open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, lineterminator="\r\n")
            table.writerow(("coder", "rater", "round"))
            table.writerows((n, rater, round_) for (rater, round_), n in self._coders.items())


def all_rows(items: Iterable[ExportItem], labels: LabelSet) -> Iterator[UnitRow]:
    """Yield the rows of all images."""
    rows = UnitRows(labels)
    for item in items:
        yield from rows.of(item)
