"""How a person goes through a project's images: the order, and which of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Order(StrEnum):
    """What comes first."""

    UNDECIDED = "undecided first"
    """What waits for a decision, then what was put aside, then what is reviewed."""
    IMPORTED = "as imported"
    UNCERTAINTY = "uncertainty"
    """Where the network is least sure: the entropy of its labels, in bits, taken as independent."""
    DISAGREEMENT = "disagreement"
    """Where people contradicted the machine in most regions: rejected, changed or added."""
    RANDOM = "random"
    """By chance, the same for the same seed, also after images joined."""


class Only(StrEnum):
    """Which images are left, by how far they are."""

    OPEN = "open"
    REVIEWED = "reviewed"
    FLAGGED = "flagged"
    SKIPPED = "skipped"


READING_ORDERS = (Order.IMPORTED, Order.RANDOM)
"""What a protocol may have its isolated readers go by."""


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """An order and a choice of images.

    Attributes
    ----------
    order : Order
    seed : str
        Of the random order.
    only : Only or None
        None for all.
    label : str or None
        A label code: only images on which a region of it is suggested now or stated by a person;
        or, with `scores`, only those whose score for it lies within.
    scores : (float, float) or None
        Lowest and highest score of `label` in the current run, in [0, 1].
    """

    order: Order = Order.UNDECIDED
    seed: str = ""
    only: Only | None = None
    label: str | None = None
    scores: tuple[float, float] | None = None


FIRST_OPEN = QueueChoice()
"""What waits for a decision, in the order it was imported."""
