"""FACS by coder and sequence: files that each frame adds a line to, with a head or without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ...dataset.csv_lines import append_line
from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ..self_check import require
from .sequences import Place, Sequences, frames_read_back, frames_table
from .unit_rows import UnitRow, UnitRows

Lines = Callable[[UnitRow, Place], Mapping[str, str]]
"""Returns the line for each file that a row adds to; the first line of a file that does not exist
yet is `Head`'s."""

Head = Callable[[str], str]
"""Returns the head of a file by its name below the coder's folder; empty for none."""


class SequenceTables:
    """Writes the files of every coder and sequence, and walks through them again.

    Parameters
    ----------
    lines : callable
    head : callable
    by_subject : bool
        As of `Sequences`.
    """

    def __init__(self, lines: Lines, head: Head, *, by_subject: bool = True) -> None:
        self._lines = lines
        self._head = head
        self._by_subject = by_subject

    def _walk(
        self, items: Iterable[ExportItem], rows: UnitRows
    ) -> Iterator[tuple[ExportItem, Place, dict[str, tuple[str, str]]]]:
        """Yield each image with its place and, by file, the head and the line that it adds."""
        sequences = Sequences(by_subject=self._by_subject)
        for item in items:
            place = sequences.place(item)
            added = {
                f"coder-{row.coder}/{name}": (self._head(name), line)
                for row in rows.of(item)
                for name, line in self._lines(row, place).items()
            }
            yield item, place, added

    def write(
        self, folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
    ) -> None:
        """Write the files of every sequence, which image a frame is, and who the coders are."""
        del project
        rows = UnitRows(labels)
        with frames_table(folder) as note:
            for item, place, added in self._walk(items, rows):
                note(item, place)
                for name, (head, line) in added.items():
                    append_line(folder / name, head, line)
        rows.write_coders(folder)

    def check(self, folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
        """Compare all files with the items, line by line.

        Raises
        ------
        ExportError
            At the first difference.
        """
        ends: dict[str, int] = {}
        with frames_read_back(folder) as compare:
            for item, place, added in self._walk(items, UnitRows(labels)):
                compare(item, place)
                for name, (head, line) in added.items():
                    wanted = (line if name in ends else head + line).encode()
                    with (folder / name).open("rb") as file:
                        file.seek(ends.get(name, 0))
                        require(file.read(len(wanted)) == wanted, f"{name} of image {item.number}")
                        ends[name] = file.tell()
        for name, end in ends.items():
            require((folder / name).stat().st_size == end, f"the end of {name}")
