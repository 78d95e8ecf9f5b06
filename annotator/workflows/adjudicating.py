"""Adjudication: what the readers said side by side, and a decision with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ..domain import (
    Act,
    Adjudication,
    Annotation,
    ImageAsset,
    ImageRecord,
    Permission,
    Presence,
    Reading,
    ReadingRecord,
    SuggestionRun,
    iou,
    label_facts,
)
from ..errors import ProtocolError
from .authority import needs
from .blinding import require_unblinded
from .workspace import Workspace

SAME_PLACE_IOU = 0.5
"""Regions of one label agree if their boxes overlap this much (intersection over union)."""

_PORTION = 50  # images looked at at once for disagreement


@dataclass(frozen=True, slots=True)
class OpenAdjudication:
    """An image with what all its readers said.

    Attributes
    ----------
    asset : ImageAsset
    run : SuggestionRun or None
        What the machine said; its maps are left out.
    reads : tuple of ReadingRecord
        Every signed reading, first and revealed ones apart, and every table that was taken over,
        in the order they were opened.
    disagreements : tuple of str
        The labels that the readers' last rounds do not agree on.
    own : ReadingRecord
        The adjudicator's.
    """

    asset: ImageAsset
    run: SuggestionRun | None
    reads: tuple[ReadingRecord, ...]
    disagreements: tuple[str, ...]
    own: ReadingRecord


def disagreements(record: ImageRecord) -> tuple[str, ...]:
    """Return the labels that readers' last rounds disagree on.

    Tables that were taken over are readers here, of the labels that they name.

    On what holds of a label (`label_facts`: a region that stands makes it present) if that differs
    (not assessed agrees with nothing else), and on regions of a label if one reader's has no
    counterpart of the same label in the other's, with at least `SAME_PLACE_IOU` between them.
    """
    finals = [
        read for read in record.readings if read.reading.is_signed_off or read.reading.is_imported
    ]
    run = record.runs[-1] if record.runs else None
    differing: set[str] = set()
    for one, other in combinations(finals, 2):
        differing |= _differing_labels(one, other, run)
    return tuple(sorted(differing))


def _differing_labels(
    one: ReadingRecord, other: ReadingRecord, run: SuggestionRun | None
) -> set[str]:
    first, second = _stated(one, run), _stated(other, run)
    labels = first.keys() | second.keys()
    differing = {label for label in labels if first.get(label) != second.get(label)}
    differing |= _unmatched(one, other) | _unmatched(other, one)
    # A reader signs what they leave out; what a table leaves out is no statement.
    for read, stated in ((one, first), (other, second)):
        if read.reading.is_imported:
            differing &= stated.keys()
    return differing


def _stated(read: ReadingRecord, run: SuggestionRun | None) -> dict[str, object]:
    return {
        fact.label: fact.words
        for fact in label_facts(read.annotations, read.label_values, run).values()
        if _states(fact.value)
    }


def _states(value: Presence) -> bool:
    return value is not Presence.NOT_ASSESSED


def _unmatched(one: ReadingRecord, other: ReadingRecord) -> set[str]:
    theirs = [act for act in other.annotations if act.decision.states_region]
    return {
        act.label
        for act in one.annotations
        if act.decision.states_region and not any(agree(act, their) for their in theirs)
    }


def agree(one: Annotation, other: Annotation) -> bool:
    """Tell whether two regions have one label and are at one place."""
    return one.label == other.label and iou(one.region, other.region) >= SAME_PLACE_IOU


@needs(Permission.ADJUDICATE)
def adjudication_queue(
    workspace: Workspace, project_id: uuid.UUID, limit: int = 50
) -> list[uuid.UUID]:
    """Return the images that wait for adjudication, in queue order.

    Those whose readers have all signed; where the protocol says so, only if they disagree.

    Raises
    ------
    ProtocolError
        If the project's protocol has no adjudication.
    """
    require_unblinded(workspace, project_id)
    protocol = workspace.record.protocol(project_id)
    if protocol.adjudication is Adjudication.NONE:
        raise ProtocolError("This project's protocol has no adjudication.")
    found: list[uuid.UUID] = []
    after = 0
    while len(found) < limit:
        portion = workspace.record.queue.to_adjudicate(project_id, after, _PORTION)
        if not portion:
            break
        for _, image_id in portion:
            if protocol.adjudication is Adjudication.ALL or disagreements(
                workspace.record.image_record(image_id)
            ):
                found.append(image_id)
        after = portion[-1][0] + 1
    return found[:limit]


@needs(Permission.ADJUDICATE)
def open_adjudication(workspace: Workspace, image_id: uuid.UUID, rater: str) -> OpenAdjudication:
    """Open an image for adjudication, with all its readers' signed work.

    Raises
    ------
    NotFoundError
        If there is no such image.
    ProtocolError
        If readers of it have not signed yet, or its project has nothing to adjudicate.
    """
    require_unblinded(workspace, workspace.record.project_of(image_id))
    reading = workspace.record.adjudications.open(image_id, rater)
    record = workspace.record.image_record(image_id)
    return OpenAdjudication(
        asset=record.image,
        run=record.runs[-1] if record.runs else None,
        reads=tuple(
            read
            for read in record.readings
            if (read.reading.is_own_look and read.reading.signed_at) or read.reading.is_imported
        ),
        disagreements=disagreements(record),
        own=next(read for read in record.readings if read.reading.id == reading.id),
    )


@needs(Permission.ADJUDICATE)
def adjudicate(
    workspace: Workspace, image_id: uuid.UUID, rater: str, acts: Sequence[Act], reason: str
) -> Reading:
    """Record what was adjudicated, and sign it; what the readers said stays as it is.

    An act may name a reader's act on the same region as the one it goes on from.

    Raises
    ------
    ProtocolError
        If no reason is given, or it is signed already.
    StorageError
        If an act cannot be recorded; nothing is.
    """
    return workspace.record.adjudications.sign(image_id, rater, acts, reason)
