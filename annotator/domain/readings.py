"""Readings: who reads an image, in which round, and what of the machine they may see meanwhile."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from .annotations import Annotation, LabelValue
from .queues import Order


class Mode(StrEnum):
    """What a reader is shown of the machine, and when; the arm of a reading study."""

    SUGGESTIONS_FIRST = "suggestions-first"
    """Scores, maps and suggested regions from the start."""
    BLIND_THEN_REVEAL = "blind-then-reveal"
    """Nothing until the first read is signed; then everything."""
    LABELS_ONLY = "labels-only"
    """The machine's labels with their scores; no map, no region."""
    LABELS_AND_MAPS = "labels-and-maps"
    """Labels, scores and maps; no region."""
    UNAIDED = "unaided"
    """Nothing, ever: the control arm."""


class Round(StrEnum):
    """Which look at an image a reading is."""

    FIRST = "first"
    REVEALED = "revealed"
    """The same reader again, with what the machine says."""
    ADJUDICATION = "adjudication"
    """Somebody who sees the readers' work side by side."""
    IMPORTED = "imported"
    """A table taken over from a file: no person's own look."""


class Assignment(StrEnum):
    """How images come to readers."""

    OPEN = "open"
    """Whoever opens an image takes it, until it has its readers."""
    BY_HAND = "by-hand"
    ROUND_ROBIN = "round-robin"
    LEAST_LOADED = "least-loaded"


class Adjudication(StrEnum):
    """Which images are adjudicated when all their readers have signed."""

    NONE = "none"
    DISAGREEMENT = "disagreement"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Sights:
    """What of the machine's work a reader may see: scores of labels, maps, suggested regions."""

    scores: bool
    maps: bool
    regions: bool

    @property
    def anything(self) -> bool:
        """Whether anything of it may be seen."""
        return self.scores or self.maps or self.regions


_EVERYTHING = Sights(scores=True, maps=True, regions=True)
_NOTHING = Sights(scores=False, maps=False, regions=False)
_SIGHTS = {
    Mode.SUGGESTIONS_FIRST: _EVERYTHING,
    Mode.BLIND_THEN_REVEAL: _NOTHING,
    Mode.LABELS_ONLY: Sights(scores=True, maps=False, regions=False),
    Mode.LABELS_AND_MAPS: Sights(scores=True, maps=True, regions=False),
    Mode.UNAIDED: _NOTHING,
}


def sights(arm: Mode, round_: Round) -> Sights:
    """Return what may be seen in a round of an arm."""
    return _SIGHTS[arm] if round_ is Round.FIRST else _EVERYTHING


def is_final(arm: Mode, round_: Round) -> bool:
    """Tell whether a round of an arm is its reader's last word on an image."""
    if round_ is Round.FIRST:
        return arm is not Mode.BLIND_THEN_REVEAL
    return round_ is Round.REVEALED


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a project is read.

    Attributes
    ----------
    mode : Mode
        For all images, where there are no arms.
    arms : tuple of Mode
        At least two; each image is given one of them at random, in balanced blocks.
    seed : str
        Of that randomisation: the same seed gives the same arms, and the same orders.
    order : Order
        In which isolated readers read: as imported, or at random from the seed, each in their own.
    readers : int
        How many people read each image, independently, >= 1.
    assignment : Assignment
    adjudication : Adjudication
    decide_all : bool
        Whether a reading is signed only when each suggestion that it shows is decided.
    masks_may_overlap : bool
        Whether a pixel may be in the masks of several labels; if not, painting one takes it out
        of the others.
    """

    mode: Mode = Mode.SUGGESTIONS_FIRST
    arms: tuple[Mode, ...] = ()
    seed: str = ""
    readers: int = 1
    assignment: Assignment = Assignment.OPEN
    adjudication: Adjudication = Adjudication.NONE
    order: Order = Order.IMPORTED
    decide_all: bool = False
    masks_may_overlap: bool = True

    @property
    def isolated(self) -> bool:
        """Whether each reader sees their own work only.

        Not so in the one protocol that is no study: one reader, suggestions first. There,
        whoever opens an image goes on from what others did.
        """
        return bool(self.arms) or self.readers > 1 or self.mode is not Mode.SUGGESTIONS_FIRST

    @property
    def signatures_needed(self) -> int:
        """How many readers' signatures make an image reviewed; nothing else does."""
        return self.readers

    def arm(self, position: int) -> Mode:
        """Return the arm of the image at a place of the queue, from 0.

        Permuted blocks of the length of the arms, each ordered by SHA-256 of seed, block and
        arm: balanced to within one image an arm, and the same on every machine.
        """
        if not self.arms:
            return self.mode
        block, place = divmod(position, len(self.arms))

        def order(numbered: tuple[int, Mode]) -> str:
            number, _ = numbered
            return hashlib.sha256(f"{self.seed}:{block}:{number}".encode()).hexdigest()

        return sorted(enumerate(self.arms), key=order)[place][1]

    def to_json(self) -> dict[str, Any]:
        """Return the protocol as JSON-ready values; `from_json` reads it back."""
        return {
            "mode": self.mode.value,
            "arms": [arm.value for arm in self.arms],
            "seed": self.seed,
            "readers": self.readers,
            "assignment": self.assignment.value,
            "adjudication": self.adjudication.value,
            "order": self.order.value,
            "decide_all": self.decide_all,
            "masks_may_overlap": self.masks_may_overlap,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self:
        """Read what `to_json` wrote; None stands for the default."""
        if value is None:
            return cls()
        return cls(
            mode=Mode(value["mode"]),
            arms=tuple(map(Mode, value["arms"])),
            seed=value["seed"],
            readers=value["readers"],
            assignment=Assignment(value["assignment"]),
            adjudication=Adjudication(value["adjudication"]),
            order=Order(value.get("order", Order.IMPORTED)),
            decide_all=value.get("decide_all", False),
            masks_may_overlap=value.get("masks_may_overlap", True),
        )


SUGGESTIONS_FIRST = Protocol()
"""What a project is read by until it says otherwise."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One rater's look at one image, in one round.

    Attributes
    ----------
    id, project_id, image_id : uuid.UUID
    rater : str
        Name of the person.
    round : Round
    arm : Mode
    opened_at : datetime
        In UTC.
    signed_at : datetime or None
        When its rater signed it; None while it is open, or open again.
    """

    id: uuid.UUID
    project_id: uuid.UUID
    image_id: uuid.UUID
    rater: str
    round: Round
    arm: Mode
    opened_at: datetime
    signed_at: datetime | None = None

    @property
    def sights(self) -> Sights:
        """What of the machine may be seen in it."""
        return sights(self.arm, self.round)

    @property
    def is_final(self) -> bool:
        """Whether it is its reader's last word; an image is read when enough of them are signed."""
        return is_final(self.arm, self.round)

    @property
    def is_own_look(self) -> bool:
        """Whether its reader looked for themselves: at no other's work, and out of no file."""
        return self.round in (Round.FIRST, Round.REVEALED)

    @property
    def is_imported(self) -> bool:
        """Whether it is a table that was taken over: nobody signs it."""
        return self.round is Round.IMPORTED

    @property
    def is_signed_off(self) -> bool:
        """Whether its reader's last word is signed: the one rule of what makes images reviewed."""
        return self.is_final and self.signed_at is not None


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """A reading with what counts in it.

    Attributes
    ----------
    reading : Reading
    annotations : tuple of Annotation
        The act that counts of each region. In a revealed reading, also those of the same
        reader's first read that were not acted on again.
    label_values : tuple of LabelValue
        Of each label, likewise.
    """

    reading: Reading
    annotations: tuple[Annotation, ...] = ()
    label_values: tuple[LabelValue, ...] = ()


class Review(StrEnum):
    """How far people are with an image.

    Only on a reviewed image does the absence of a region mean that nobody saw a finding.
    """

    REVIEWED = "reviewed"
    """Signed by as many readers as the protocol asks for, and not acted on since."""
    IN_PROGRESS = "in progress"
    """Someone acted on it or signed it, and it is not reviewed."""
    NOT_REVIEWED = "not reviewed"
    """Nobody acted on it."""
