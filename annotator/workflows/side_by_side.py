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
    LabelFact,
    LabelValue,
    Mask,
    ReadingRecord,
    SuggestionRun,
    label_facts,
    majority,
)
from .adjudicating import OpenAdjudication, agree


class Ruling(StrEnum):
    """What becomes of regions that readers drew at one place, other than one reader's."""

    MERGED = "merged"
    """One region made of theirs, see `merged`."""
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
        return len(self.acts) == self.readers and all(agree(first, act) for act in others)

    @property
    def label(self) -> str:
        """The labels it was given."""
        return " / ".join(dict.fromkeys(act.label for act in self.acts))


def final_reads(opened: OpenAdjudication) -> tuple[ReadingRecord, ...]:
    """Return each reader's last word, and each table that was taken over."""
    return tuple(read for read in opened.reads if read.reading.is_final or read.reading.is_imported)


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
    return one.region_id == other.region_id or agree(one, other)


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
        return replace(own, region=merged(place.acts) or base.region, decision=decision)
    return own


def merged(acts: Sequence[Annotation]) -> Mask | BoundingBox | None:
    """Return one region made of several.

    Where one is a mask, the pixels that more than half of them have, or None where there is no
    such pixel; else the box whose edges are the means of those of their bounds, in pixels.
    """
    regions = [act.region for act in acts]
    if any(isinstance(region, Mask) for region in regions):
        return majority(regions)
    boxes = [region.box_around for region in regions]
    count = len(boxes)
    return BoundingBox(
        x=sum(box.x for box in boxes) / count,
        y=sum(box.y for box in boxes) / count,
        width=sum(box.width for box in boxes) / count,
        height=sum(box.height for box in boxes) / count,
    )


def facts_by_label(
    reads: Sequence[ReadingRecord], run: SuggestionRun | None
) -> dict[str, list[tuple[str, LabelFact]]]:
    """Return what holds of each label for each reader, with the reader's name.

    Of the labels that at least one of them stated of the whole image: where regions alone say
    that a label is present, the ruling on the regions is the ruling on the label.
    """
    found: dict[str, list[tuple[str, LabelFact]]] = {}
    for read in reads:
        for label, fact in label_facts(read.annotations, read.label_values, run).items():
            found.setdefault(label, []).append((read.reading.rater, fact))
    return {
        label: facts
        for label, facts in sorted(found.items())
        if any(fact.stated for _, fact in facts)
    }


def ruled_value(fact: LabelFact, image_id: uuid.UUID, adjudicator: str) -> LabelValue:
    """Return the adjudicator's act that takes over what holds of a label for a reader."""
    stated = fact.stated.id if fact.stated else None
    return LabelValue(
        uuid.uuid4(), image_id, adjudicator, fact.label, *fact.words, supersedes=stated
    )
