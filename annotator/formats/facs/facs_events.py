"""FACS by event: one row for each stretch of frames on which a code is present.

Onset is the first frame of the stretch, apex the first of the highest intensity, offset the last
(FACS manual 2002, on scoring events). A stretch ends where the code is absent, or at a frame
nobody coded, or that is shown earlier than the one before: `onset_seen` and `offset_seen` say
whether a coded frame without the code lies right before and after it, so that an event that the
coding cuts off is told from a whole one. Right before and after are the frames that were taken,
of which a film may have more. Single pictures of nobody known are no sequence: each is by itself.
``codes.csv`` has all that was said, absence and grades between onset and offset included.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from ...dataset.csv_lines import csv_line
from ...dataset.items import Assessment, ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet, Presence
from ..capacity import ALL_VALUES
from ..export_format import ExportFormat
from ..self_check import require
from .action_units import grade
from .sequences import Place, Sequences, frames_read_back, frames_table, number_text
from .unit_rows import SAYS, UnitRows

TABLES = {
    "events.csv": (
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
    ),
    "codes.csv": (
        "sequence",
        "coder",
        "unit",
        "from_frame",
        "to_frame",
        "value",
        "intensity",
        "side",
        "basis",
    ),
}
EVENTS, CODES = TABLES


class _Shown(NamedTuple):
    """An image in its place; its times are None where it is of no video."""

    place: Place
    file_name: str
    time_s: float | None
    until_s: float | None

    def follows(self, last: _Shown) -> bool:
        if self.place.alone or last.place.position != self.place.position - 1:
            return False
        # Frames that were taken later lie between those taken before, at the end of the project.
        return last.until_s is None or self.time_s is None or last.until_s < self.time_s


@dataclass(slots=True)
class _Event:
    """A stretch of frames; `grade` is that of the apex, 0 where none was scored."""

    onset: _Shown
    apex: _Shown
    offset: _Shown
    onset_seen: bool
    grade: int = 0
    sides: set[str] = field(default_factory=set)

    def go_on(self, shown: _Shown, said: Assessment) -> None:
        self.offset = shown
        degree = grade(said.intensity) or 0
        if degree > self.grade:
            self.apex, self.grade = shown, degree
        if said.side:
            self.sides.add(said.side)

    def cells(self, *, offset_seen: bool) -> list[str]:
        side = self.sides.pop() if len(self.sides) == 1 else "B" if self.sides else ""
        onset, apex, offset = self.onset, self.apex, self.offset
        return [
            str(onset.place.frame),
            str(apex.place.frame),
            str(offset.place.last_frame),
            str(offset.place.last_frame - onset.place.frame + 1),
            *map(number_text, (onset.time_s, apex.time_s, offset.until_s)),
            "ABCDE"[self.grade - 1] if self.grade else "",
            side,
            *("yes" if seen else "no" for seen in (self.onset_seen, offset_seen)),
            *(shown.file_name for shown in (onset, apex, offset)),
        ]


class _Track:
    """What one coder says of one code along one sequence."""

    def __init__(self) -> None:
        self._last: tuple[_Shown, Assessment] | None = None
        self._event: _Event | None = None
        self._first: _Shown | None = None  # of the frames that say the same as the last

    def step(self, shown: _Shown, said: Assessment) -> Iterator[tuple[str, list[str]]]:
        """Take the next frame; yield, with its table, what ended before it."""
        last = self._last if self._last and shown.follows(self._last[0]) else None
        present = said.value is Presence.PRESENT
        coded = present or said.value is Presence.ABSENT
        if last is None or not present:
            yield from self._event_ended(offset_seen=last is not None and coded)
        if last is None or _words(last[1]) != _words(said):
            yield from self._stretch_ended()
            self._first = shown
        if present and self._event is None:
            seen = last is not None and last[1].value is Presence.ABSENT
            self._event = _Event(shown, shown, shown, seen)
        if self._event is not None:
            self._event.go_on(shown, said)
        self._last = shown, said

    def end(self) -> Iterator[tuple[str, list[str]]]:
        """Yield what the sequence ends in."""
        yield from self._event_ended(offset_seen=False)
        yield from self._stretch_ended()

    def _event_ended(self, *, offset_seen: bool) -> Iterator[tuple[str, list[str]]]:
        if self._event is not None:
            yield EVENTS, self._event.cells(offset_seen=offset_seen)
            self._event = None

    def _stretch_ended(self) -> Iterator[tuple[str, list[str]]]:
        if self._first is not None and self._last is not None:
            last, said = self._last
            if said.basis != "none":
                frames = str(self._first.place.frame), str(last.place.last_frame)
                yield CODES, [*frames, *_words(said)]


def _words(said: Assessment) -> tuple[str, ...]:
    return said.value.value, said.intensity or "", said.side or "", said.basis


def _rows(
    items: Iterable[ExportItem], rows: UnitRows, note: Callable[[ExportItem, Place], None]
) -> Iterator[tuple[str, list[str]]]:
    """Yield each table's rows as they end; holds one track a sequence, coder and code."""
    sequences = Sequences()
    tracks: dict[tuple[str, int, str], _Track] = {}
    for item in items:
        place = sequences.place(item)
        note(item, place)
        shown = _Shown(place, item.file_name, item.image.time_s, item.image.until_s)
        for row in rows.of(item):
            for code, said in row.said.items():
                key = place.sequence, row.coder, code
                for table, cells in tracks.setdefault(key, _Track()).step(shown, said):
                    yield table, [place.sequence, str(row.coder), code, *cells]
    for (sequence, coder, code), track in sorted(tracks.items(), key=lambda one: one[0]):
        for table, cells in track.end():
            yield table, [sequence, str(coder), code, *cells]


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    del project
    rows = UnitRows(labels)
    with ExitStack() as stack:
        tables = {}
        for name, columns in TABLES.items():
            path = folder / name
            tables[name] = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            tables[name].write(csv_line(columns))
        note = stack.enter_context(frames_table(folder))
        for name, cells in _rows(items, rows, note):
            tables[name].write(csv_line(cells))
    rows.write_coders(folder)


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    with ExitStack() as stack:
        tables = {}
        for name, columns in TABLES.items():
            path = folder / name
            lines = stack.enter_context(path.open(encoding="utf-8", newline=""))
            tables[name] = csv.reader(lines)
            require(next(tables[name], None) == list(columns), f"the head of {name}")
        compare = stack.enter_context(frames_read_back(folder))
        for number, (name, cells) in enumerate(_rows(items, UnitRows(labels), compare), start=1):
            require(next(tables[name], None) == cells, f"row {number} of {name}")
        for name, table in tables.items():
            require(next(table, None) is None, f"the end of {name}")


FORMAT = ExportFormat(
    "facs-events",
    "FACS events (onset, apex, offset)",
    {
        "events.csv": "a row for each stretch of frames on which a coder says a code is present",
        "codes.csv": "a row for each stretch of frames of which a coder says the same of a code: "
        "present, absent, uncertain, not_assessed, not_assessable; basis: stated of the image, by "
        "a region, by a review that does not name it, not visible, not offered",
        "unit": "the label: an Action Unit, or any other code",
        "frames": "from 1, in the film; of stills, in the order of the subject's. Stretches go "
        "over the frames that were taken; frames counts those of the film",
        "frames.csv": "which image a frame of a sequence is, and what it was called",
        "onset_s, apex_s, offset_s": "when these frames are shown, by the video's own time "
        "stamps, in seconds from its beginning; offset_s is that of the last frame of the event; "
        "empty where the images are frames of no video",
        "apex_intensity": "A to E, of the first frame with the highest; empty if none was scored",
        "side": "of all its frames; B where they differ",
        "onset_seen, offset_seen": "whether the frame right before, and right after, was coded "
        "without the code",
    },
    replace(SAYS, values=ALL_VALUES, side=True),
    _write,
    _check,
)
