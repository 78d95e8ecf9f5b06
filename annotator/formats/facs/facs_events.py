"""FACS by event: one row for each stretch of frames on which a unit is present.

Onset is the first frame of the stretch, apex the first of the highest intensity, offset the last
(FACS manual 2002, on scoring events). A stretch ends where the unit is absent, or at a frame
nobody coded, or that is shown earlier than the one before: `onset_seen` and `offset_seen` say
whether a coded frame without the unit lies right before and after it, so that an event that the
coding cuts off is told from a whole one. Single pictures of nobody known are no sequence: each is
by itself.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ...dataset.items import ExportItem
from ...domain import LabelSet
from ..export_format import ExportFormat
from ..self_check import require
from .frame_tables import number_text
from .sequence_tables import FRAMES, UNKNOWN, Sequences, frame_row, frames_table
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
    "onset_s",
    "apex_s",
    "offset_s",
    "apex_intensity",
    "side",
    "onset_seen",
    "offset_seen",
    "onset_image",
    "apex_image",
    "offset_image",
)


class _Place(NamedTuple):
    """A frame of a sequence; its times are None where it is of no video."""

    frame: int
    file_name: str
    time_s: float | None
    until_s: float | None


@dataclass(slots=True)
class _Event:
    """A stretch of frames; `grade` is that of the apex, 0 where none was scored."""

    onset: _Place
    apex: _Place
    offset: _Place
    grade: int
    sides: set[str]
    onset_seen: bool

    def go_on(self, place: _Place, unit: Unit) -> None:
        self.offset = place
        if (unit.grade or 0) > self.grade:
            self.apex, self.grade = place, unit.grade or 0
        if unit.side:
            self.sides.add(unit.side)


class _Track:
    """What one coder says of one unit along one sequence."""

    def __init__(self) -> None:
        self.last: tuple[_Place, bool] | None = None  # and whether the unit was there
        self.event: _Event | None = None

    def step(self, place: _Place, unit: Unit, *, alone: bool) -> tuple[_Event, bool] | None:
        """Take the next coded frame; return an event that ended before it, and if that is seen."""
        follows = not alone and self.last is not None and _follows(self.last[0], place)
        before = self.last if follows else None
        self.last = place, unit.present
        ended = None
        if self.event is not None and (before is None or not unit.present):
            ended, self.event = (self.event, before is not None), None
        if unit.present and self.event is None:
            seen = before is not None and not before[1]
            self.event = _Event(place, place, place, 0, set(), seen)
        if self.event is not None:
            self.event.go_on(place, unit)
        return ended


def _follows(last: _Place, place: _Place) -> bool:
    if last.frame != place.frame - 1:
        return False
    # Frames that were taken later lie between those taken before, at the end of the project.
    return last.until_s is None or place.time_s is None or last.until_s < place.time_s


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
        place = _Place(frame, item.file_name, item.image.time_s, item.image.until_s)
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
        *(str(place.frame) for place in (event.onset, event.apex, event.offset)),
        str(event.offset.frame - event.onset.frame + 1),
        *map(number_text, (event.onset.time_s, event.apex.time_s, event.offset.until_s)),
        "ABCDE"[event.grade - 1] if event.grade else "",
        side,
        *("yes" if seen else "no" for seen in (event.onset_seen, offset_seen)),
        *(place.file_name for place in (event.onset, event.apex, event.offset)),
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
            wanted = [str(cell) for cell in frame_row(item, sequence, frame)]
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
        "frames": "numbers of frames.csv, from 1",
        "onset_s, apex_s, offset_s": "when these frames are shown, by the video's own time "
        "stamps, in seconds from its beginning; offset_s is that of the last frame of the event; "
        "empty where the images are frames of no video",
        "apex_intensity": "A to E, of the first frame with the highest; empty if none was scored",
        "side": "of all its frames; B where they differ",
        "onset_seen, offset_seen": "whether the frame right before, and right after, was coded "
        "without the unit",
    },
    replace(SAYS, side=True, not_offered=False),
    _write,
    _check,
)
