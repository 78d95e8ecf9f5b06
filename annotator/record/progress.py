"""How far each image is: derived from runs, acts and readings, kept beside them, and checked.

The states are written in the transaction that changes what they follow from, while the image
is locked. They make the queue of a large project as quick to count as that of a small one, and
they can always be derived again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.rows import Values, walk

from ..domain import Decision, ImageAsset, Mode, Round
from ..domain.readings import is_final
from ..domain.sequences import sequence_place

_CLAIMS = tuple(decision.value for decision in Decision if decision.is_claim)
_SAYS = (
    *("file_name", "width", "height", "pixels_sha256", "source_sha256"),
    *("modality", "frame", "display"),
)
"""What of an image's row says where it belongs in a sequence, and what a value of it needs."""
_CONTRADICTS = ("rejected", "edited", "added")


@dataclass(slots=True)
class State:
    """How far an image is; what the database's row has besides the image's place.

    `settled` are suggestions of the current `run` whose latest act decides something; `claims`,
    `undecided` and `disagreement` regions whose latest act states something, takes back, or
    contradicts the machine; `acts` those of all raters; `assigned` and `signed` raters;
    `uncertainty` the entropy of the run's scores in bits, -1 without one.
    """

    run: int | None = None
    suggested: int = 0
    settled: int = 0
    claims: int = 0
    undecided: int = 0
    acts: int = 0
    assigned: int = 0
    signed: int = 0
    adjudicated: bool = False
    flagged: bool = False
    skipped: bool = False
    decided: bool = False
    uncertainty: float = -1.0
    disagreement: int = 0
    removed: bool = False


def new_state(image: Values) -> Values:
    """Return the state of an image that was just added, from its row."""
    place = {name: image[name] for name in ("project_id", "position")}
    return {"image_id": image["id"], **place, **in_sequence(image), **asdict(State())}


def in_sequence(image: Values) -> Values:
    """Return where an image belongs in a sequence, from its row."""
    said = sequence_place(ImageAsset(**{name: image[name] for name in _SAYS}))
    stack = said.stack_id(image["project_id"]) if said else None
    return {"stack": stack, "place": said.place if said else None}


def refresh(session: Session, image_ids: Sequence[UUID]) -> None:
    """Derive the states of some images anew; the caller has locked them."""
    states, assignments = _derived(session, image_ids)
    changed = [{"image_id": image_id, **asdict(state)} for image_id, state in states.items()]
    session.execute(update(t.ImageStateRow), changed)
    for row, derived in assignments:
        if row.state != derived:
            one = update(t.AssignmentRow).where(t.AssignmentRow.id == row.id)
            session.execute(one.values(state=derived))


def rebuild(session: Session) -> None:
    """Make the states of all images of an otherwise filled record anew."""
    session.execute(delete(t.ImageStateRow))
    for ids in walk(session, t.ImageRow.id):
        session.execute(insert(t.ImageStateRow), [new_state(row) for row in _rows(session, ids)])
        refresh(session, ids)


def _rows(session: Session, image_ids: Sequence[UUID]) -> Iterator[Values]:
    query = select(*t.ImageRow.__table__.columns).where(t.ImageRow.id.in_(image_ids))
    return (dict(row) for row in session.execute(query).mappings())


def wrong_states(session: Session) -> Iterator[UUID]:
    """Yield the images whose state is missing or does not follow from what is recorded."""
    for ids in walk(session, t.ImageRow.id):
        kept, places = {}, {}
        query = select(t.ImageStateRow).where(t.ImageStateRow.image_id.in_(ids))
        for row in session.scalars(query):
            kept[row.image_id] = State(**{name: getattr(row, name) for name in asdict(State())})
            places[row.image_id] = {"stack": row.stack, "place": row.place}
        states, assignments = _derived(session, ids)
        wrong = {row.image_id for row, derived in assignments if row.state != derived}
        wrong |= {image_id for image_id, state in states.items() if kept.get(image_id) != state}
        wrong |= {i["id"] for i in _rows(session, ids) if places.get(i["id"]) != in_sequence(i)}
        yield from (image_id for image_id in ids if image_id in wrong)


def _derived(
    session: Session, image_ids: Sequence[UUID]
) -> tuple[dict[UUID, State], list[tuple[t.AssignmentRow, str]]]:
    """Return the states of at most some hundred images, and those of their assignments."""
    states = {image_id: State() for image_id in image_ids}
    _count_suggestions(session, states, _count_acts(session, states))
    signers = _count_signatures(session, states)
    put_aside = _look_at_remarks(session, states)
    _look_at_removals(session, states)
    assignments = []
    rows = session.scalars(select(t.AssignmentRow).where(t.AssignmentRow.image_id.in_(image_ids)))
    for row in rows.all():
        who = (row.image_id, row.rater_id)
        derived = "done" if who in signers else "skipped" if who in put_aside else "open"
        if row.state != "withdrawn":
            states[row.image_id].assigned += 1
            assignments.append((row, derived))
    query = select(t.ImageRow.id, t.ProjectRow.signatures_needed).join(t.ProjectRow)
    for image_id, needed in session.execute(query.where(t.ImageRow.id.in_(image_ids))):
        # Open projects once needed no signature, and have a 0.
        states[image_id].decided = states[image_id].signed >= max(1, needed)
    return states, assignments


def _count_acts(session: Session, states: dict[UUID, State]) -> set[tuple[UUID, UUID]]:
    """Count acts, and what counts of them; return (image, region) of what is decided."""
    act = t.AnnotationRow
    of_images = act.image_id.in_(list(states))
    last = select(func.max(act.sequence)).where(of_images).group_by(act.image_id, act.region_id)
    query = select(act.image_id, act.region_id, act.decision).where(act.sequence.in_(last))
    counting = {(row[0], row[1]): row[2] for row in session.execute(query)}
    for of_image in (act.image_id, t.LabelValueRow.image_id):
        for image_id, count in _grouped(session, func.count(), of_image, states):
            states[image_id].acts += count
    for (image_id, _), decision in counting.items():
        states[image_id].claims += decision in _CLAIMS
        states[image_id].undecided += decision == "undecided"
        states[image_id].disagreement += decision in _CONTRADICTS
    return {key for key, decision in counting.items() if decision != "undecided"}


def _count_suggestions(
    session: Session, states: dict[UUID, State], settled: set[tuple[UUID, UUID]]
) -> None:
    for image_id, run in _grouped(session, func.max(t.RunRow.sequence), t.RunRow.image_id, states):
        states[image_id].run = run
    current = [state.run for state in states.values() if state.run is not None]
    if current:
        scores = select(t.RunRow.image_id, t.RunRow.scores).where(t.RunRow.sequence.in_(current))
        for image_id, of_labels in session.execute(scores):
            states[image_id].uncertainty = entropy_bits(of_labels.values())
        suggested = select(t.RunRow.image_id, t.SuggestionRow.id).join(t.RunRow)
        for image_id, region_id in session.execute(suggested.where(t.RunRow.sequence.in_(current))):
            states[image_id].suggested += 1
            states[image_id].settled += (image_id, region_id) in settled


def _count_signatures(session: Session, states: dict[UUID, State]) -> set[tuple[UUID, UUID]]:
    """Count signed readings; return (image, rater) of those who signed their last round."""
    latest = (
        select(func.max(t.SignatureRow.sequence))
        .join(t.ReadingRow)
        .where(t.ReadingRow.image_id.in_(list(states)))
        .group_by(t.SignatureRow.reading_id)
    )
    query = select(
        t.ReadingRow.image_id, t.ReadingRow.rater_id, t.ReadingRow.round, t.ReadingRow.arm
    )
    signed = query.join(t.SignatureRow).where(
        t.SignatureRow.sequence.in_(latest), t.SignatureRow.act == "signed"
    )
    signers = set()
    for image_id, rater_id, round_, arm in session.execute(signed):
        if round_ == Round.ADJUDICATION:
            states[image_id].adjudicated = True
        elif is_final(Mode(arm), Round(round_)):
            states[image_id].signed += 1
            signers.add((image_id, rater_id))
    return signers


def _look_at_remarks(session: Session, states: dict[UUID, State]) -> set[tuple[UUID, UUID]]:
    """See what is flagged and put aside; return (image, rater) of those who put it aside."""
    query = select(t.RemarkRow.image_id, t.RemarkRow.rater_id, t.RemarkRow.kind).where(
        t.RemarkRow.image_id.in_(list(states)),
        t.RemarkRow.kind.in_(("flag", "unflag", "skip", "unskip")),
    )
    put_aside: set[tuple[UUID, UUID]] = set()
    for image_id, rater_id, kind in session.execute(query.order_by(t.RemarkRow.sequence)):
        if kind in ("flag", "unflag"):
            states[image_id].flagged = kind == "flag"
        else:
            (put_aside.add if kind == "skip" else put_aside.discard)((image_id, rater_id))
    for image_id, _ in put_aside:
        states[image_id].skipped = True
    return put_aside


def _look_at_removals(session: Session, states: dict[UUID, State]) -> None:
    query = select(t.ImageRemovalRow.image_id, t.ImageRemovalRow.removed)
    of_images = query.where(t.ImageRemovalRow.image_id.in_(list(states)))
    for image_id, removed in session.execute(of_images.order_by(t.ImageRemovalRow.sequence)):
        states[image_id].removed = removed


def entropy_bits(scores: Iterable[float]) -> float:
    """Return the entropy of labels that are each there with the given score, in bits.

    Parameters
    ----------
    scores : iterable of float
        In [0, 1]. The labels are taken as independent, which those of a softmax are not; it
        orders images of one network, and is not compared between networks.
    """
    return sum(
        -share * math.log2(share) for score in scores for share in (score, 1 - score) if share > 0
    )


def _grouped(session: Session, value: Any, by: Any, states: dict[UUID, State]) -> Iterable[Any]:
    return session.execute(select(by, value).where(by.in_(list(states))).group_by(by))
