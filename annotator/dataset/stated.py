"""What a data set states: regions, values of labels, and one reader's whole word on an image."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from ..domain import Presence, Region, Round


@dataclass(frozen=True, slots=True)
class StatedRegion:
    """A region of a data set, and who stated it.

    Attributes
    ----------
    id : uuid.UUID
        Of the act, or of the suggestion.
    region_id : uuid.UUID
    label : str
    region : Region
    rater : str
        The person; of a suggestion, the model; of a consensus, its name.
    decision : str
        ``accepted``, ``edited``, ``added``, ``suggested`` or ``consensus``.
    round : str
        ``first``, ``revealed``, ``adjudication``; ``imported`` for what a file said; empty for
        what the machine or a consensus says.
    created_at : datetime
    derived_from : uuid.UUID or None
    """

    id: uuid.UUID
    region_id: uuid.UUID
    label: str
    region: Region
    rater: str
    decision: str
    round: str
    created_at: datetime
    derived_from: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class StatedValue:
    """The value of a label on an image, who stated it, and how.

    ``basis`` is ``stated`` (of the whole image) or ``region`` (it is present where one stands).
    """

    label: str
    value: Presence
    rater: str
    round: str
    created_at: datetime
    intensity: str | None = None
    side: str | None = None
    basis: str = "stated"


@dataclass(frozen=True, slots=True)
class Read:
    """One person's (or the machine's) whole word on an image.

    Attributes
    ----------
    rater, round : str
        As of `StatedRegion`.
    regions : tuple of StatedRegion
    values : tuple of StatedValue
    complete : bool
        Whether nothing is left open in it, so that a label it does not name was not seen.
    by_machine : bool
    conflicts : tuple of str
        A sentence for each label whose value and regions contradict each other: what goes out.
    visibility : frozenset of str
        FACS codes of what cannot be seen (70 to 74) that are present, selected or not: units that
        are not named are then not assessable.
    """

    rater: str
    round: str
    regions: tuple[StatedRegion, ...]
    values: tuple[StatedValue, ...]
    complete: bool
    by_machine: bool = False
    conflicts: tuple[str, ...] = ()
    visibility: frozenset[str] = frozenset()

    @property
    def is_table(self) -> bool:
        """Whether it came from a file: what it leaves out is no statement."""
        return self.round == Round.IMPORTED

    def names(self, label: str) -> bool:
        """Tell whether it states a label, by a value, a region, or as what cannot be seen."""
        stated = {region.label for region in self.regions} | {value.label for value in self.values}
        return label in self.visibility | stated
