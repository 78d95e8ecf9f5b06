"""FACS by subject and frame: DISFA's and BP4D's layouts.

A subject's images in the order of the project are the frames of one sequence, from 1; those of a
film are a sequence of their own. Images of nobody known are the sequence ``unknown``.
``frames.csv`` says which image a frame is.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ...dataset.items import ExportItem
from ...domain import LabelSet
from ..export_format import CheckItems, WriteItems
from ..self_check import require
from .frame_tables import number_text
from .unit_rows import UnitRow, UnitRows

FRAMES = "frames.csv"
UNKNOWN = "unknown"

Lines = Callable[[UnitRow, str, int], Mapping[str, str]]
"""Returns the line for each file that a row adds to, given the sequence and the frame; the first
line of a file that does not exist yet is `Head`'s."""

Head = Callable[[str], str]
"""Returns the head of a file by its name; empty for none."""


class Sequences:
    """Numbers the frames of each subject."""

    def __init__(self) -> None:
        self._frames: Counter[str] = Counter()

    def place(self, item: ExportItem) -> tuple[str, int]:
        """Return the sequence of an image and its frame there."""
        subject = item.image.subject or UNKNOWN
        if item.image.frame is not None:
            subject = f"{subject}-{item.image.source_sha256[:8]}"
        # Two subjects whose names differ in signs only must not become one folder.
        name = re.sub(r"[^A-Za-z0-9-]", lambda m: f"_{ord(m[0]):x}_", subject)
        self._frames[name] += 1
        return name, self._frames[name]


def _walk(
    items: Iterable[ExportItem], rows: UnitRows, lines: Lines
) -> Iterator[tuple[ExportItem, str, int, dict[str, str]]]:
    """Yield each image with its sequence, its frame, and the lines that it adds to files."""
    sequences = Sequences()
    for item in items:
        sequence, frame = sequences.place(item)
        added: dict[str, str] = {}
        for row in rows.of(item):
            said = lines(row, sequence, frame)
            added |= {f"coder-{row.coder}/{name}": line for name, line in said.items()}
        yield item, sequence, frame, added


@contextmanager
def frames_table(folder: Path) -> Iterator[Callable[[ExportItem, str, int], None]]:
    """Open ``frames.csv``; yield what notes which image a frame of a sequence is."""
    with (folder / FRAMES).open("w", encoding="utf-8", newline="") as out:
        frames = csv.writer(out, lineterminator="\r\n")
        frames.writerow(("sequence", "frame", "file_name", "image_uuid", "time_s"))
        yield lambda item, sequence, frame: frames.writerow(frame_row(item, sequence, frame))


def frame_row(item: ExportItem, sequence: str, frame: int) -> tuple[object, ...]:
    """Return the row of ``frames.csv``; the time is empty where it is no frame of a video."""
    image = item.image
    return sequence, frame, item.file_name, image.id, number_text(image.time_s)


def writer(lines: Lines, head: Head) -> WriteItems:
    """Return what writes the files of every sequence."""

    def write(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
        del project
        rows = UnitRows(labels)
        with frames_table(folder) as note:
            for item, sequence, frame, added in _walk(items, rows, lines):
                note(item, sequence, frame)
                for name, line in added.items():
                    _append(folder / name, line, head)
        rows.write_coders(folder)

    return write


def _append(path: Path, line: str, head: Head) -> None:
    new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii", newline="\n") as out:
        if new:
            out.write(head(path.name))
        out.write(line)


def checker(lines: Lines, head: Head) -> CheckItems:
    """Return what walks through all files again, line by line."""

    def check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
        places: dict[str, int] = {}
        for item, _, _, added in _walk(items, UnitRows(labels), lines):
            for name, line in added.items():
                with (folder / name).open("rb") as file:
                    start = places.get(name)
                    if start is None:
                        first = head(Path(name).name).encode()
                        require(file.read(len(first)) == first, f"the head of {name}")
                        start = len(first)
                    file.seek(start)
                    wanted = line.encode()
                    require(file.read(len(wanted)) == wanted, f"{name} of image {item.number}")
                    places[name] = start + len(wanted)
        for name, end in places.items():
            require((folder / name).stat().st_size == end, f"the end of {name}")

    return check
