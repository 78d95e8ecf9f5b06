"""What is told of a data set once it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..domain.plurals import counted

NO_CONSENT = "no consent to handing on is on record (annotator rights PROJECT --consent granted)"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported.

    Attributes
    ----------
    folder : Path
        The data set.
    manifest : dict
        As in its ``manifest.json``.
    """

    folder: Path
    manifest: dict[str, Any] = field(repr=False)

    def summary(self, *, place: bool = True) -> str:
        """Return the counts in a sentence or two; without the place for who fetches it."""
        counts = self.manifest["counts"]
        images = counts["images"]
        written = (
            f"{counted(images['all'], 'images')} with "
            f"{counted(counts['annotations'], 'annotations')}"
            f"{f' in {self.folder}' if place else ''}: "
            f"{images['reviewed']} reviewed ({images['negative']} without findings), "
            f"{images['in progress']} in progress, {images['not reviewed']} not reviewed."
        )
        out = counts["left_out"]
        if not out:
            return written
        why = ", ".join(f"{count} {reason}" for reason, count in out.items())
        return f"{written} {counted(self.left_out, 'images')} left out as unfinished ({why})."

    @property
    def left_out(self) -> int:
        """How many images are not in the data set because nobody finished them."""
        return sum(self.manifest["counts"]["left_out"].values())

    def losses(self) -> list[str]:
        """Return a line for each kind of thing that the data set does not say."""
        lines = [counted(count, what) for what, count in self.manifest["losses"].items()]
        if unsigned := self.manifest.get("decided_before_signatures"):
            decided = "images decided before signatures were kept: in progress until signed"
            lines.append(counted(unsigned, decided))
        withheld = self.manifest["pictures"]["withheld"]
        return (
            [*lines, counted(withheld, f"pictures left out: {NO_CONSENT}")] if withheld else lines
        )
