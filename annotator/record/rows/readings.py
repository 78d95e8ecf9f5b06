"""Readings, their signatures, and which image is assigned to whom."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, batches, pairs, values_of
from db.tables import (
    AssignmentRow,
    ImageStateRow,
    RaterRow,
    ReadingRow,
    SignatureRow,
)

from ..progress import refresh


def open_reading(session: Session, reading: Values, actor: str) -> None:
    """Append a reading; the caller has locked its image."""
    add_rows(session, ReadingRow, [reading])
    log.note(
        session,
        log.Event(
            chain=reading["project_id"],
            actor=actor,
            kind="reading opened",
            row_id=reading["id"],
            table=ReadingRow,
            values=reading,
        ),
    )


@dataclass(frozen=True, slots=True)
class Where:
    """A reading, and the image and project it belongs to."""

    reading_id: uuid.UUID
    project_id: uuid.UUID
    image_id: uuid.UUID


def sign(session: Session, where: Where, signature: Values, actor: str) -> None:
    """Append a signature, or that a reading is open again; the caller has locked its image."""
    (row,) = add_rows(session, SignatureRow, [signature | {"reading_id": where.reading_id}])
    refresh(session, [where.image_id])
    event = log.Event(
        chain=where.project_id,
        actor=actor,
        kind=f"reading {row['act']}",
        row_id=row["id"],
        table=SignatureRow,
        values=row,
        reason=row["reason"],
    )
    log.note(session, event)


def readings(
    session: Session, image_ids: Sequence[uuid.UUID], rater_id: uuid.UUID | None = None
) -> list[tuple[ReadingRow, str, datetime | None]]:
    """Return readings with the rater's name and the time they were signed, if they are.

    In the order they were opened; of all raters, or of one.
    """
    query = select(ReadingRow, RaterRow.name).join(RaterRow)
    query = query.where(ReadingRow.image_id.in_(image_ids))
    if rater_id is not None:
        query = query.where(ReadingRow.rater_id == rater_id)
    found = session.execute(query.order_by(ReadingRow.opened_at, ReadingRow.id)).all()
    signed = signed_at(session, [row.id for row, _ in found])
    return [(row, name, signed.get(row.id)) for row, name in found]


def signed_at(session: Session, reading_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Return when readings were signed; those that are open are left out."""
    found: dict[uuid.UUID, datetime] = {}
    for ids in batches(reading_ids):
        latest = select(func.max(SignatureRow.sequence)).where(SignatureRow.reading_id.in_(ids))
        query = select(SignatureRow.reading_id, SignatureRow.created_at).where(
            SignatureRow.sequence.in_(latest.group_by(SignatureRow.reading_id)),
            SignatureRow.act == "signed",
        )
        found.update(pairs(session, query))
    return found


def has_readings(session: Session, project_id: uuid.UUID) -> bool:
    """Tell whether anybody began to read the project or to act on its images."""
    state = ImageStateRow
    touched = select(state.image_id).where(state.project_id == project_id, state.acts > 0)
    opened = select(ReadingRow.id).where(ReadingRow.project_id == project_id)
    return any(session.scalar(query.limit(1)) is not None for query in (touched, opened))


def assign(session: Session, assignments: Sequence[Values], actor: str) -> None:
    """Append assignments; the caller has locked their images, which are not assigned so yet."""
    for row in add_rows(session, AssignmentRow, assignments):
        _note(session, row, actor, "assigned", "")
    for changed in batches({row["image_id"] for row in assignments}):
        refresh(session, changed)


def withdraw(session: Session, row: AssignmentRow, actor: str, reason: str) -> None:
    """Take an assignment back; the caller has locked its image."""
    session.execute(
        update(AssignmentRow).where(AssignmentRow.id == row.id).values(state="withdrawn")
    )
    _note(session, values_of(row), actor, "assignment withdrawn", reason)
    refresh(session, [row.image_id])


def _note(session: Session, row: Values, actor: str, kind: str, reason: str) -> None:
    event = log.Event(
        chain=row["project_id"],
        actor=actor,
        kind=kind,
        row_id=row["id"],
        table=AssignmentRow,
        values=row,
        reason=reason,
    )
    log.note(session, event)


def assignments(session: Session, image_ids: Sequence[uuid.UUID]) -> Sequence[AssignmentRow]:
    """Return the assignments of some images, withdrawn ones included."""
    query = select(AssignmentRow).where(AssignmentRow.image_id.in_(image_ids))
    return session.scalars(query.order_by(AssignmentRow.created_at, AssignmentRow.id)).all()


def assigned(session: Session, project_id: uuid.UUID) -> Sequence[tuple[uuid.UUID, str]]:
    """Return image and rater of a project's assignments in queue order, without withdrawn ones."""
    row = AssignmentRow
    query = select(row.image_id, RaterRow.name).join(RaterRow)
    query = query.where(row.project_id == project_id, row.state != "withdrawn")
    found = session.execute(query.order_by(row.position, row.created_at, row.id))
    return [(image_id, name) for image_id, name in found]


def loads(session: Session, project_id: uuid.UUID) -> dict[uuid.UUID, tuple[int, int]]:
    """Return for each rater of a project the images assigned to them, and those they signed."""
    counting = select(AssignmentRow.rater_id, AssignmentRow.state, func.count()).where(
        AssignmentRow.project_id == project_id, AssignmentRow.state != "withdrawn"
    )
    found: dict[uuid.UUID, tuple[int, int]] = {}
    for rater_id, state, count in session.execute(
        counting.group_by(AssignmentRow.rater_id, AssignmentRow.state)
    ):
        assigned, done = found.get(rater_id, (0, 0))
        found[rater_id] = (assigned + count, done + count * (state == "done"))
    return found
