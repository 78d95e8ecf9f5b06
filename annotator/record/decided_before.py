"""Images that acts alone had made reviewed, before only signatures did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import tables as t
from db.chain import RECORD_CHAIN, log
from db.rows import batches

from ..domain import Round
from . import rounds
from .checking import lock_open
from .progress import refresh
from .projects import check_open, lock_project
from .sessions import Part, reads, writes

_LEFT = "decided images left unsigned"
_REASON = "decided before signatures were kept"


def _decided(session: Session, project_id: UUID) -> dict[UUID, str]:
    """Return the images of a project that nobody signed, with who decided each, in queue order.

    Something was stated of them and nothing left undecided when the schema was upgraded to the
    one in which only a signature says so, and nobody acted on them since. Their readers went on
    from each other's work: who acted last decided.
    """
    upgraded = _upgraded_at(session)
    if upgraded is None:
        return {}
    state, act = t.ImageStateRow, t.AnnotationRow
    last = (
        select(func.max(act.sequence))
        .join(state, state.image_id == act.image_id)
        .where(
            state.project_id == project_id,
            state.decided.is_(False),
            state.removed.is_(False),
            state.claims > 0,
            state.undecided == 0,
            state.settled == state.suggested,
        )
        .group_by(act.image_id)
    )
    signed = select(t.ReadingRow.image_id).join(t.SignatureRow).where(
        t.ReadingRow.project_id == project_id
    )  # fmt: skip
    since = select(t.LabelValueRow.image_id).where(t.LabelValueRow.created_at >= upgraded)
    query = (
        select(act.image_id, t.RaterRow.name)
        .join(t.RaterRow, t.RaterRow.id == act.rater_id)
        .join(state, state.image_id == act.image_id)
        .where(
            act.sequence.in_(last),
            act.created_at < upgraded,
            act.image_id.not_in(signed),
            act.image_id.not_in(since),
        )
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(state.position))}


def _upgraded_at(session: Session) -> datetime | None:
    """Return when an older record came to keep signatures; None of one that always did."""
    query = select(t.EventRow.at, t.EventRow.after).where(
        t.EventRow.chain == RECORD_CHAIN, t.EventRow.kind == "schema upgraded"
    )
    found = (at for at, after in session.execute(query) if after and after["schema"] >= "0005")
    return min(found, default=None)


def _waiting(session: Session, project_id: UUID, rater: str) -> list[UUID]:
    left = select(t.EventRow.number).where(
        t.EventRow.chain == project_id, t.EventRow.kind == _LEFT, t.EventRow.actor == rater
    )
    if session.scalar(left.limit(1)) is not None:
        return []
    return [image for image, by in _decided(session, project_id).items() if by == rater]


class DecidedBefore(Part):
    """What to do with images that were reviewed by acts alone, before only signatures did that."""

    @reads
    def decided_before(self, session: Session, project_id: UUID) -> int:
        """Return how many such images there are."""
        return len(_decided(session, project_id))

    @reads
    def decided_by(self, session: Session, project_id: UUID, rater: str) -> list[UUID]:
        """Return those of them that a rater decided and has not left as they are."""
        return _waiting(session, project_id, rater)

    @writes
    def sign_decided(self, session: Session, project_id: UUID, rater: str) -> int:
        """Sign all that `decided_by` returns, and return how many images that are."""
        waiting = _waiting(session, project_id, rater)
        for known in lock_open(session, waiting).values():
            place = rounds.desk(session, known, rater)
            reading = place.current or rounds.open_round(session, place, Round.FIRST)
            rounds.write_signature(session, place, reading, "signed", _REASON)
        for changed in batches(waiting):
            refresh(session, changed)
        return len(waiting)

    @writes
    def leave_decided(self, session: Session, project_id: UUID, rater: str) -> None:
        """Keep in the project's chain that a rater leaves them as they are: in progress."""
        check_open(lock_project(session, project_id))
        about = {"images": len(_waiting(session, project_id, rater))}
        log.note(session, log.Event(project_id, rater, _LEFT, after=about))
