"""FACS by event: one row for each stretch of frames on which a unit is present.

Onset is the first frame of the stretch, apex the first of the highest intensity, offset the last
(FACS manual 2002, on scoring events). A stretch ends where the unit is absent, or at a frame
nobody coded: `onset_seen` and `offset_seen` say whether a coded frame without the unit lies
right before and after it, so that an event that the coding cuts off is told from a whole one.
Single pictures of nobody known are no sequence: each is by itself.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain import LabelSet
from .formats import ExportFormat
from .items import ExportItem
from .self_check import require
from .sequence_tables import FRAMES, UNKNOWN, Sequences, frames_table
from .unit_rows import SAYS, Unit, UnitRows

TABLE = "events.csv"

COLUMNS = (
    "sequence",
    "coder",
    "unit",
    "onset_frame",
    "apex_frame",
    "offset_frame",
    "frames",
    "apex_intensity",
    "side",
    "onset_seen",
    "offset_seen",
    "onset_image",
    "apex_image",
    "offset_image",
)


@dataclass(slots=True)
class _Event:
    """A stretch of frames; `grade` is that of the apex, 0 where none was scored."""

    onset: tuple[int, str]
    apex: tuple[int, str]
    offset: tuple[int, str]
    grade: int
    sides: set[str]
    onset_seen: bool

    def go_on(self, place: tuple[int, str], unit: Unit) -> None:
        self.offset = place
        if (unit.grade or 0) > self.grade:
            self.apex, self.grade = place, unit.grade or 0
        if unit.side:
            self.sides.add(unit.side)


class _Track:
    """What one coder says of one unit along one sequence."""

    def __init__(self) -> None:
        self.last: tuple[int, bool] | None = None  # frame, and whether the unit was there
        self.event: _Event | None = None

    def step(
        self, place: tuple[int, str], unit: Unit, *, alone: bool
    ) -> tuple[_Event, bool] | None:
        """Take the next coded frame; return an event that ended before it, and if that is seen."""
        frame = place[0]
        follows = not alone and self.last is not None and self.last[0] == frame - 1
        before = self.last if follows else None
        self.last = frame, unit.present
        ended = None
        if self.event is not None and (before is None or not unit.present):
            ended, self.event = (self.event, before is not None), None
        if unit.present and self.event is None:
            seen = before is not None and not before[1]
            self.event = _Event(place, place, place, 0, set(), seen)
        if self.event is not None:
            self.event.go_on(place, unit)
        return ended


_Key = tuple[str, int, int]
"""Sequence, coder, unit."""


def _events(
    items: Iterable[ExportItem], rows: UnitRows, note: Callable[[ExportItem, str, int], None]
) -> Iterator[list[str]]:
    """Yield a row for each event as it ends; holds one open event a sequence, coder and unit."""
    sequences = Sequences()
    tracks: dict[_Key, _Track] = {}
    for item in items:
        sequence, frame = sequences.place(item)
        note(item, sequence, frame)
        place = frame, item.file_name
        for row in rows.of(item):
            for number, unit in row.units.items():
                key = sequence, row.coder, number
                ended = tracks.setdefault(key, _Track()).step(
                    place, unit, alone=sequence == UNKNOWN
                )
                if ended is not None:
                    yield _row(key, *ended)
    for key in sorted(tracks):
        event = tracks[key].event
        if event is not None:
            yield _row(key, event, offset_seen=False)


def _row(key: _Key, event: _Event, offset_seen: bool) -> list[str]:
    sequence, coder, unit = key
    side = event.sides.pop() if len(event.sides) == 1 else "B" if event.sides else ""
    return [
        sequence,
        str(coder),
        f"AU{unit}",
        *(str(place[0]) for place in (event.onset, event.apex, event.offset)),
        str(event.offset[0] - event.onset[0] + 1),
        "ABCDE"[event.grade - 1] if event.grade else "",
        side,
        *("yes" if seen else "no" for seen in (event.onset_seen, offset_seen)),
        *(place[1] for place in (event.onset, event.apex, event.offset)),
    ]


def _write(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
    del project
    rows = UnitRows(labels)
    with (
        (folder / TABLE).open("w", encoding="utf-8", newline="") as out,
        frames_table(folder) as note,
    ):
        table = csv.writer(out, lineterminator="\r\n")
        table.writerow(COLUMNS)
        table.writerows(_events(items, rows, note))
    rows.write_coders(folder)


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    with (
        (folder / TABLE).open(encoding="utf-8", newline="") as lines,
        (folder / FRAMES).open(encoding="utf-8", newline="") as numbered,
    ):
        table, frames = csv.reader(lines), csv.reader(numbered)
        require(next(table, None) == list(COLUMNS), f"the head of {TABLE}")
        require(next(frames, None) is not None, f"the head of {FRAMES}")

        def compare(item: ExportItem, sequence: str, frame: int) -> None:
            wanted = [sequence, str(frame), item.file_name, str(item.image.id)]
            require(next(frames, None) == wanted, f"the frame of image {item.number}")

        for number, row in enumerate(_events(items, UnitRows(labels), compare), start=1):
            require(next(table, None) == row, f"event {number}")
        require(next(table, None) is None, f"the end of {TABLE}")
        require(next(frames, None) is None, f"the end of {FRAMES}")


FORMAT = ExportFormat(
    "facs-events",
    "FACS events (onset, apex, offset)",
    {
        "events.csv": "a row for each stretch of frames on which a coder says a unit is present",
        "frames": "numbers of frames.csv, from 1; the record has no times of frames: multiply by "
        "the film's",
        "apex_intensity": "A to E, of the first frame with the highest; empty if none was scored",
        "side": "of all its frames; B where they differ",
        "onset_seen, offset_seen": "whether the frame right before, and right after, was coded "
        "without the unit",
    },
    replace(SAYS, side=True),
    _write,
    _check,
)
