"""Readers' regions put beside each other for an adjudication, and what is made of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..domain import (
    Annotation,
    BoundingBox,
    Decision,
    LabelValue,
    ReadingRecord,
)
from .adjudicating import SAME_PLACE_IOU, OpenAdjudication


class Ruling(StrEnum):
    """What becomes of regions that readers drew at one place, other than one reader's."""

    MERGED = "merged"
    """One box, whose edges are the means of theirs."""
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Place:
    """Regions of several readers that are about the same thing.

    Attributes
    ----------
    acts : tuple of Annotation
        At most one of each reader, in the order of the readings.
    readers : int
        How many readers there are.
    """

    acts: tuple[Annotation, ...]
    readers: int

    @property
    def agreed(self) -> bool:
        """Whether every reader has it, with the same label and nearly the same outline."""
        first, *others = self.acts
        return len(self.acts) == self.readers and all(_same(first, act) for act in others)

    @property
    def label(self) -> str:
        """The labels it was given."""
        return " / ".join(dict.fromkeys(act.label for act in self.acts))


def final_reads(opened: OpenAdjudication) -> tuple[ReadingRecord, ...]:
    """Return each reader's last word."""
    return tuple(read for read in opened.reads if read.reading.is_final)


def places(reads: Sequence[ReadingRecord]) -> list[Place]:
    """Group readers' stated regions: those of one suggestion, or of one label at one place."""
    groups: list[list[Annotation]] = []
    for read in reads:
        for act in read.annotations:
            if not act.decision.states_region:
                continue
            for group in groups:
                strangers = all(other.rater != act.rater for other in group)
                if strangers and any(_belong(act, other) for other in group):
                    group.append(act)
                    break
            else:
                groups.append([act])
    return [Place(tuple(group), len(reads)) for group in groups]


def _belong(one: Annotation, other: Annotation) -> bool:
    return one.region_id == other.region_id or _same(one, other)


def _same(one: Annotation, other: Annotation) -> bool:
    near = one.region.bounds.iou(other.region.bounds) >= SAME_PLACE_IOU
    return one.label == other.label and near


def ruled(place: Place, ruling: Annotation | Ruling, adjudicator: str) -> Annotation:
    """Return the adjudicator's act on a place; the readers' acts stay.

    Parameters
    ----------
    place : Place
    ruling : Annotation or Ruling
        One of the place's acts, which is taken over, or what else becomes of it.
    adjudicator : str
    """
    base = ruling if isinstance(ruling, Annotation) else place.acts[0]
    own = replace(base, id=uuid.uuid4(), rater=adjudicator, supersedes=base.id, reading_id=None)
    if ruling is Ruling.LEFT_OUT:
        drawn = base.derived_from is None
        return replace(own, decision=Decision.WITHDRAWN if drawn else Decision.REJECTED)
    if ruling is Ruling.MERGED:
        drawn = base.derived_from is None
        decision = Decision.ADDED if drawn else Decision.EDITED
        return replace(own, region=mean_box(place.acts), decision=decision)
    return own


def mean_box(acts: Sequence[Annotation]) -> BoundingBox:
    """Return the box whose edges are the means of those of the regions' bounds, in pixels."""
    boxes = [act.region.bounds for act in acts]
    count = len(boxes)
    return BoundingBox(
        x=sum(box.x for box in boxes) / count,
        y=sum(box.y for box in boxes) / count,
        width=sum(box.width for box in boxes) / count,
        height=sum(box.height for box in boxes) / count,
    )


def values_by_label(reads: Sequence[ReadingRecord]) -> dict[str, list[LabelValue]]:
    """Return what the readers said of each label of the whole image."""
    found: dict[str, list[LabelValue]] = {}
    for read in reads:
        for value in read.label_values:
            found.setdefault(value.label, []).append(value)
    return dict(sorted(found.items()))


def ruled_value(value: LabelValue, adjudicator: str) -> LabelValue:
    """Return the adjudicator's act that takes over a reader's value of a label."""
    return replace(value, id=uuid.uuid4(), rater=adjudicator, supersedes=value.id, reading_id=None)
