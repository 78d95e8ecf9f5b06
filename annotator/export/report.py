"""What is told of a data set once it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NO_CONSENT = "no consent to handing on is on record (annotator rights PROJECT --consent granted)"
_NOUN = re.compile(r"\b[a-z]+s\b")
_AROUND_ONE = (
    (re.compile(r"\bthe ((?:rotated )?)boxes around them\b"), r"the \1box around it"),
    (re.compile(r"\btheir\b"), "its"),
    (re.compile(r"\bthemselves\b"), "itself"),
    (re.compile(r"\b(?:them|they)\b"), "it"),
    (re.compile(r"\bare\b"), "is"),
    (re.compile(r"\bwere\b"), "was"),
)


def counted(count: int, what: str) -> str:
    """Return a number and what it is of, which is given in the plural, its noun first."""
    if count == 1:
        what = _NOUN.sub(_singular, what, count=1)
        for plural, singular in _AROUND_ONE:
            what = plural.sub(singular, what)
    return f"{count} {what}"


def _singular(noun: re.Match[str]) -> str:
    word = noun[0]
    return word[:-2] if word.endswith("xes") else word[:-1]


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
