"""What a person states. Acts are appended, never changed: the latest of a region counts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from .regions import Region


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
        The outline after the act, in original pixels.
    derived_from : uuid.UUID or None
        The suggestion that the region began as.
    supersedes : uuid.UUID or None
        The act on the same region that this one replaces.
    created_at : datetime
        When the server recorded it, in UTC.
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
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
