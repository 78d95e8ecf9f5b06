"""What a person states. Acts are appended, never changed: the latest of its subject counts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from ..errors import StorageError
from .regions import Region

INTENSITIES, SIDES = ("A", "B", "C", "D", "E"), ("L", "R", "B", "A")


def _now() -> datetime:
    return datetime.now(UTC)


class Decision(StrEnum):
    """What an act says of its region."""

    ACCEPTED = "accepted"
    """The suggestion stands as the machine drew it."""
    EDITED = "edited"
    """The suggestion stands after the rater changed its outline or label."""
    REJECTED = "rejected"
    """The suggestion is wrong."""
    ADDED = "added"
    """The rater drew the region."""
    UNDECIDED = "undecided"
    """Taken back, or changed without being accepted yet: nothing is stated."""
    WITHDRAWN = "withdrawn"
    """A region that the rater had drawn, deleted again."""

    @property
    def states_region(self) -> bool:
        """Whether the region is part of the rater's finding (and so of an export)."""
        return self in (Decision.ACCEPTED, Decision.EDITED, Decision.ADDED)

    @property
    def is_claim(self) -> bool:
        """Whether something is stated of the image: a finding, or that there is none here."""
        return self.states_region or self is Decision.REJECTED


class Presence(StrEnum):
    """The value of a label on an image."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    """Looked at, and not to be told."""
    NOT_ASSESSED = "not_assessed"
    """Not looked at, or taken back."""
    NOT_ASSESSABLE = "not_assessable"
    """The image does not allow to tell."""


class RemarkKind(StrEnum):
    """What a remark does."""

    NOTE = "note"
    FLAG = "flag"
    UNFLAG = "unflag"
    SKIP = "skip"
    """The image is put aside, with a reason."""
    UNSKIP = "unskip"
    ISSUE = "issue"
    """A question about an act on a region, which goes back to the rater whose act it is."""
    REPLY = "reply"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One act of one rater on one region.

    Attributes
    ----------
    id : uuid.UUID
        Made where the act is made (the browser), so that sending it twice records it once.
    image_id : uuid.UUID
    region_id : uuid.UUID
        What the acts on one region share: the suggestion's id, or a new one for a drawn region.
    rater : str
        Name of the person.
    decision : Decision
    label : str
        Code of the label after the act.
    region : Region
        The outline after the act, in original pixels. On its way into the record it may be a
        `MaskChange` of the act that it supersedes: who reads the record gets the whole mask.
    derived_from : uuid.UUID or None
        The suggestion that the region began as.
    supersedes : uuid.UUID or None
        The act on the same region that this one replaces.
    created_at : datetime
        When the server recorded it, in UTC.
    reading_id : uuid.UUID or None
        The reading it belongs to; where none is given, the rater's open one.
    """

    id: uuid.UUID
    image_id: uuid.UUID
    region_id: uuid.UUID
    rater: str
    decision: Decision
    label: str
    region: Region
    derived_from: uuid.UUID | None = None
    supersedes: uuid.UUID | None = None
    created_at: datetime = field(default_factory=_now)
    reading_id: uuid.UUID | None = None

    def check(self) -> None:
        """Refuse a decision that does not go with what it names, or a region that is none.

        Raises
        ------
        RegionError, StorageError
        """
        said, suggestion = self.decision.value, self.derived_from
        if self.decision in (Decision.ACCEPTED, Decision.EDITED, Decision.REJECTED):
            if suggestion is None:
                raise StorageError(
                    f"An act of {said!r} must name the suggestion it is about; use "
                    f"{Decision.ADDED.value!r} for a drawn region."
                )
        elif self.decision is not Decision.UNDECIDED and suggestion is not None:
            raise StorageError(
                f"An act of {said!r} is about a drawn region and cannot name a suggestion; use "
                f"{Decision.REJECTED.value!r} or {Decision.EDITED.value!r}."
            )
        if self.decision in (Decision.ADDED, Decision.EDITED):
            self.region.check()


@dataclass(frozen=True, slots=True)
class LabelValue:
    """One act of one rater on a label of the whole image; the latest of a label counts.

    Attributes
    ----------
    id : uuid.UUID
        Made where the act is made.
    image_id : uuid.UUID
    rater : str
        Name of the person.
    label : str
        Code of the label.
    value : Presence
    intensity : str or None
        ``A`` (trace) to ``E`` (maximum), of a FACS unit that is present (FACS manual 2002).
    side : str or None
        ``L``, ``R``, ``B`` (bilateral) or ``A`` (asymmetric), of a FACS unit that is present.
    supersedes : uuid.UUID or None
        The act on the same label that this one replaces.
    reading_id : uuid.UUID or None
        As of `Annotation`.
    created_at : datetime
        When the server recorded it, in UTC.
    """

    id: uuid.UUID
    image_id: uuid.UUID
    rater: str
    label: str
    value: Presence
    intensity: str | None = None
    side: str | None = None
    supersedes: uuid.UUID | None = None
    reading_id: uuid.UUID | None = None
    created_at: datetime = field(default_factory=_now)

    def check(self) -> None:
        """Refuse an unknown intensity or side, and either of a label that is not there.

        Raises
        ------
        StorageError
        """
        for name, value, allowed in (
            ("intensity", self.intensity, INTENSITIES),
            ("side", self.side, SIDES),
        ):
            if value is not None and value not in allowed:
                raise StorageError(
                    f"The {name} {value!r} of {self.label!r} is unknown; use {', '.join(allowed)}."
                )
            if value is not None and self.value not in (Presence.PRESENT, Presence.UNCERTAIN):
                raise StorageError(
                    f"{self.label!r} is {self.value.value!r} and cannot have the {name} {value!r}; "
                    "leave it out, or state the label as present."
                )


@dataclass(frozen=True, slots=True)
class Remark:
    """A note, flag, skip or issue of one rater on an image or on a region of it.

    Attributes
    ----------
    id : uuid.UUID
        Made where it is made.
    image_id : uuid.UUID
    rater : str
        Name of the person.
    kind : RemarkKind
    text : str
        What is said; needed for notes, issues, replies, and as the reason of a skip.
    region_id : uuid.UUID or None
        The region it is about; None for the image.
    answers : uuid.UUID or None
        The issue that a reply or a resolution is about.
    act_id : uuid.UUID or None
        Of an issue that is sent, the act on a region that it is about; recorded are that act's
        region and rater.
    addressee : str or None
        Of an issue, the rater of the act it is about.
    reading_id : uuid.UUID or None
        As of `Annotation`; None for the issues of a reviewer.
    created_at : datetime
        When the server recorded it, in UTC.
    """

    id: uuid.UUID
    image_id: uuid.UUID
    rater: str
    kind: RemarkKind
    text: str = ""
    region_id: uuid.UUID | None = None
    answers: uuid.UUID | None = None
    addressee: str | None = None
    reading_id: uuid.UUID | None = None
    created_at: datetime = field(default_factory=_now)
    act_id: uuid.UUID | None = None

    def check(self) -> None:
        """Refuse a remark without the text, or with another reference than its kind has.

        Raises
        ------
        StorageError
        """
        kind = self.kind
        in_words = (RemarkKind.NOTE, RemarkKind.SKIP, RemarkKind.ISSUE, RemarkKind.REPLY)
        if kind in in_words and not self.text.strip():
            raise StorageError(
                f"A remark of the kind {kind.value!r} needs a text; say why or what."
            )
        if (kind in (RemarkKind.REPLY, RemarkKind.RESOLVED)) != (self.answers is not None):
            raise StorageError(
                "A reply or a resolution names the issue it is about, and nothing else does."
            )
        if (kind is RemarkKind.ISSUE) != (self.act_id is not None):
            raise StorageError(
                "An issue names the act on a region it is about, and nothing else does."
            )


Act = Annotation | LabelValue | Remark
"""What a rater does to an image, appended to the record."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """An act that came too late: what it wanted to replace was replaced meanwhile.

    Attributes
    ----------
    sent : Act
        Not recorded.
    current : Act or None
        What counts now; None where nothing does.
    """

    sent: Act
    current: Act | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act that cannot be recorded.

    Attributes
    ----------
    act : Act
    reason : str
        What is wrong with it and what to do, in a sentence or two.
    """

    act: Act
    reason: str


@dataclass(frozen=True, slots=True)
class SaveReport:
    """What became of each act that was sent; no act keeps another from being recorded.

    Attributes
    ----------
    recorded : tuple of uuid.UUID
        On the disk now, those that were recorded before included.
    conflicts : tuple of Conflict
        Acts that came too late, and the acts on the same region or label that followed them.
    refused : tuple of Refusal
        Acts that can never be recorded as they are, and those on the same region or label that
        followed them. Like the conflicts in the order they were sent.
    """

    recorded: tuple[uuid.UUID, ...]
    conflicts: tuple[Conflict, ...] = ()
    refused: tuple[Refusal, ...] = ()
