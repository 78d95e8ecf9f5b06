"""Films and subjects as sequences of frames: what tables by frame call them, and number.

The frames of a film are numbered as in the film; a film is called by its file. A subject's stills
are a sequence in the order of the project, or all stills are one; stills of nobody known are the
sequence ``unknown``. ``frames.csv`` says which image a frame is, and what it was called.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...dataset.csv_lines import csv_line
from ...dataset.items import ExportItem
from ...domain import ImageAsset
from ..self_check import require

FRAMES = "frames.csv"
COLUMNS = (
    "sequence",
    "sequence_number",
    "frame",
    "last_frame",
    "file_name",
    "image_uuid",
    "time_s",
    "original_file_name",
    "frame_in_file",
    "subject",
)
UNKNOWN, STILLS, FILM = "unknown", "stills", "film"
_LONGEST_NAME = 60

Note = Callable[[ExportItem, "Place"], None]
"""Takes note of an image and its place, in the order of the items."""


class Place(NamedTuple):
    """Where an image is in a sequence.

    Attributes
    ----------
    sequence : str
        As files are called, without ending: unique, ASCII.
    number : int
        Of the sequence, from 1 in the order in which they appear.
    frame : int
        From 1: in the film; of stills, in the order of the project.
    last_frame : int
        The last one of the same pixels.
    position : int
        From 1, among the images that are here.
    film : str
        Name of the film, unique; empty for a still.
    alone : bool
        Whether no other image is known to be of the same sequence.
    """

    sequence: str
    number: int
    frame: int
    last_frame: int
    position: int
    film: str
    alone: bool


class Sequences:
    """Gives each image its place.

    Parameters
    ----------
    by_subject : bool
        Whether each subject's stills are a sequence, or all stills are one.
    """

    def __init__(self, *, by_subject: bool = True) -> None:
        self._by_subject = by_subject
        self._names: dict[tuple[bool, str], tuple[str, int]] = {}
        self._lengths: Counter[str] = Counter()

    def place(self, item: ExportItem) -> Place:
        """Return the place of the next image."""
        image = item.image
        film = image.frame is not None
        stills_of = (image.subject or "") if self._by_subject else ""
        key = film, image.source_sha256 if film else stills_of
        own = self._own_name(image)
        if key not in self._names:
            self._names[key] = self._free(own), len(self._names) + 1
        name, number = self._names[key]
        self._lengths[name] += 1
        position = self._lengths[name]
        frame = position if image.frame is None else image.frame + 1
        last = image.last_frame
        ending = Path(image.file_name).suffix
        called = image.file_name if name == own and own != FILM else f"{name}{ending}"
        return Place(
            sequence=name,
            number=number,
            frame=frame,
            last_frame=frame if last is None else last + 1,
            position=position,
            film=called if film else "",
            alone=not film and not image.subject,
        )

    def _own_name(self, image: ImageAsset) -> str:
        if image.frame is None:
            return _plain(image.subject or UNKNOWN) or UNKNOWN if self._by_subject else STILLS
        # Without names of files, each image has its identity for a name.
        named = str(image.id) not in image.file_name
        return (_plain(Path(image.file_name).stem) if named else "") or FILM

    def _free(self, name: str) -> str:
        """Return a name that no other sequence has, however a system compares names."""
        taken = {other.lower() for other, _ in self._names.values()}
        number, free = 1, name
        while free.lower() in taken:
            number += 1
            free = f"{name}-{number}"
        return free


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", letters).strip("._")[:_LONGEST_NAME]


def frame_row(item: ExportItem, place: Place) -> tuple[str, ...]:
    """Return the row of ``frames.csv``; cells of a film's frame are empty for a still."""
    image = item.image
    return (
        place.sequence,
        str(place.number),
        str(place.frame),
        str(place.last_frame),
        item.file_name,
        str(image.id),
        number_text(image.time_s),
        image.file_name,
        number_text(image.frame),
        image.subject or "",
    )


@contextmanager
def frames_table(folder: Path) -> Iterator[Note]:
    """Open ``frames.csv``; yield what notes an image in it."""
    with (folder / FRAMES).open("w", encoding="utf-8", newline="") as out:
        out.write(csv_line(COLUMNS))
        yield lambda item, place: _written(out, frame_row(item, place))


def _written(out: io.TextIOBase, row: Iterable[str]) -> None:
    out.write(csv_line(row))


@contextmanager
def frames_read_back(folder: Path) -> Iterator[Note]:
    """Open ``frames.csv``; yield what compares an image with it.

    Raises
    ------
    ExportError
        At the first difference.
    """
    with (folder / FRAMES).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        require(next(rows, None) == list(COLUMNS), f"the head of {FRAMES}")

        def compare(item: ExportItem, place: Place) -> None:
            same = next(rows, None) == list(frame_row(item, place))
            require(same, f"the frame of image {item.number}")

        yield compare
        require(next(rows, None) is None, f"the end of {FRAMES}")


def number_text(value: float | None) -> str:
    """Return a number, or nothing where there is none."""
    return "" if value is None else str(value)
