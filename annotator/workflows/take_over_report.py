"""What became of another tool's file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..domain.plurals import counted

_MOST_LETTERS = 500


@dataclass(slots=True)
class TakeOverReport:
    """What became of a file.

    Attributes
    ----------
    images, regions, values : int
        Images of the project that something was recorded on, and what.
    known : int
        Images on which it was recorded before.
    unknown_images : int
        Images of the file that the project does not have.
    unknown_labels : Counter of str
        Labels of the file that the project does not have, and how often.
    faults : list of str
        Sentences on what was left out.
    notes : Counter of str
        What was taken over as something else, and how often.
    crossed, parts : int
        Outlines that crossed themselves, and the polygons that they were taken over as.
    """

    images: int = 0
    regions: int = 0
    values: int = 0
    known: int = 0
    unknown_images: int = 0
    unknown_labels: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    crossed: int = 0
    parts: int = 0

    @property
    def nothing(self) -> bool:
        """Whether nothing of the file is in the record, of now or of before."""
        return not self.images and not self.known

    def lines(self) -> Iterator[str]:
        """Yield a line for everything that was left out, or taken over as something else."""
        yield from map(_readable, self.faults)
        for note, count in sorted(self.notes.items()):
            if count:
                yield _readable(counted(count, note))
        if self.crossed:
            outlines = counted(self.crossed, "outlines that crossed themselves were")
            yield f"{outlines} taken over as {counted(self.parts, 'parts')}"
        for label, count in sorted(self.unknown_labels.items()):
            line = f"label {label!r} is not one of the project's; {count} left out"
            yield _readable(line)
        if self.unknown_images:
            yield counted(self.unknown_images, "images of the file are not in the project")
        if self.nothing:
            yield "Nothing was taken over."

    def summary(self) -> str:
        """Return the counts in a sentence."""
        before = f" ({self.known} had it already)" if self.known else ""
        return (
            f"{counted(self.regions, 'regions')} and {counted(self.values, 'values of labels')} "
            f"taken over on {counted(self.images, 'images')}{before}."
        )


def _readable(line: str) -> str:
    """Return a line without the middle of what a file has where a word should be."""
    if len(line) <= _MOST_LETTERS:
        return line
    return f"{line[: _MOST_LETTERS // 2]} ... {line[-_MOST_LETTERS // 2 :]}"
