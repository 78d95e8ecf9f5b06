"""What somebody asks of a data set: whose word, of which round, and on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self


class Take(StrEnum):
    """Whose word a data set holds."""

    SUGGESTIONS = "suggestions"
    """What the machine proposed, whatever people said of it."""
    FIRST = "first"
    """Each reader's first read."""
    FINAL = "final"
    """The adjudication where there is one, else each reader's last word."""
    ADJUDICATED = "adjudicated"
    """Adjudications only."""


class Consensus(StrEnum):
    """How the regions of several readers become one."""

    NONE = "none"
    MAJORITY = "majority"
    """Pixels and values that more than half of the readers state."""
    STAPLE = "staple"
    """Pixels by Warfield et al., IEEE TMI 2004; values by majority."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export.

    Attributes
    ----------
    take : Take
    consensus : Consensus
    unfinished : bool
        Also images that nobody finished (of the machine's word: that it has not seen), which
        are otherwise left out, and, where readers are isolated, readings that nobody signed.
    imported : bool
        Whether tables that were taken over from files count as readers: in a consensus, and where
        readers are isolated at all.
    labels : frozenset of str
        Codes; empty for all.
    raters : frozenset of str
        Names; empty for all.
    since, until : datetime or None
        Of the act, in UTC; from `since` on, and before `until`.
    pseudonyms : bool
        Raters become ``rater-1``, ``rater-2``, ...; names of files and free text stay out.
    splits : mapping of str to float
        Name and share of each part; empty for one undivided set. Images of one subject (of one
        study or film, or of the same pixels, where the subject is not known) are in one part.
    seed : str
        Of the splits.
    pictures : str
        ``windowed-8bit`` or ``16bit``: how 16-bit grey is copied; empty for the format's own way.
    scores : bool
        Whether the classifier's own scores of each image are beside what people say.
    originals : tuple of Path
        Files and folders as they were imported, for formats that refer to them. They are found
        by their content, and what is written of them names whom they name.
    image_prefix : str
        Path or URL that stands before the name of each picture, for formats that take one.
    """

    take: Take = Take.FINAL
    consensus: Consensus = Consensus.NONE
    unfinished: bool = False
    imported: bool = False
    labels: frozenset[str] = frozenset()
    raters: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    pseudonyms: bool = False
    splits: Mapping[str, float] = field(default_factory=dict)
    seed: str = ""
    pictures: str = ""
    scores: bool = False
    originals: tuple[Path, ...] = ()
    image_prefix: str = ""

    @property
    def dated(self) -> bool:
        """Whether it takes what was stated in some time only."""
        return self.since is not None or self.until is not None

    def to_json(self) -> dict[str, Any]:
        """Return the selection as JSON-ready values, for the manifest."""
        return {
            "take": self.take.value,
            "consensus": self.consensus.value,
            "unfinished": self.unfinished,
            "imported": self.imported,
            "labels": sorted(self.labels),
            "raters": sorted(self.raters),  # with pseudonyms: those
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "pseudonyms": self.pseudonyms,
            "splits": dict(self.splits),
            "seed": self.seed,
            "pictures": self.pictures,
            "scores": self.scores,
            "refers_to_originals": bool(self.originals),
            "image_prefix": self.image_prefix,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; what an earlier version did not write is the default."""
        read = {one.name: value[one.name] for one in fields(cls) if one.name in value}
        if "unsigned" in value:  # as it was called
            read.setdefault("unfinished", value["unsigned"])
        for name, kind in _KINDS.items():
            if read.get(name) is not None:
                read[name] = kind(read[name])
        return cls(**read)


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "take": Take,
    "consensus": Consensus,
    "labels": frozenset,
    "raters": frozenset,
    "since": datetime.fromisoformat,
    "until": datetime.fromisoformat,
}
"""What a field is, where JSON has a text or a list for it."""

FINISHED = Selection()
"""The final word of everybody, on images that people finished: what is exported by default."""

EVERYTHING = Selection(unfinished=True)
"""The final word of everybody, on everything."""
