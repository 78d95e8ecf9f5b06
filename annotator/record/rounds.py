"""Which reading a rater's acts belong to, what may be done in it, and when it is signed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import batches
from db.tables import ImageStateRow, RaterRow, ReadingRow, SignatureRow

from ..domain import Mode, Protocol, Reading, Round
from ..errors import ProtocolError
from .act_rows import Own, Scope, Shared
from .assignments import is_taken_back, take
from .checking import KnownOfImage, check_rater
from .raters import known_rater, rater_ids

_COPIED = ("id", "project_id", "image_id", "opened_at")


@dataclass(frozen=True, slots=True)
class Desk:
    """One rater's place at one image, whose writers wait; `own` are all their readings of it."""

    known: KnownOfImage
    rater: str
    rater_id: UUID
    own: tuple[Reading, ...]

    @property
    def current(self) -> Reading | None:
        """The reading that the rater goes on with."""
        return current_of(self.own)

    def with_reading(self, reading: Reading) -> Desk:
        """Return the place with a reading as it is now: changed, or opened."""
        others = tuple(one for one in self.own if one.id != reading.id)
        return replace(self, own=(*others, reading))

    def scope(self, reading: Reading | None) -> Scope:
        """Return the acts that count together with those of a reading."""
        return scope(self.known.protocol, self.known.image_id, reading, self.own)


def scope(
    protocol: Protocol, image_id: UUID, reading: Reading | None, own: Sequence[Reading]
) -> Scope:
    """Return the acts on an image that count together with those of one of its rater's readings."""
    if not protocol.isolated and not (reading and reading.is_imported):
        return Shared((image_id,))
    return Own((image_id,), lineage(reading, own) if reading else ())


def current_of(own: Sequence[Reading]) -> Reading | None:
    """Return a rater's last round of an image, which they read by their own eyes."""
    return next((one for one in reversed(own) if one.is_own_look), None)


def desk(session: Session, known: KnownOfImage, rater: str) -> Desk:
    """Return a rater's place at an image; a rater who is new is added."""
    check_rater(rater)
    rater_id = rater_ids(session, [rater], datetime.now(UTC))[rater]
    return Desk(known, rater, rater_id, tuple(readings(session, [known.image_id], rater_id)))


def readings(
    session: Session, image_ids: Sequence[UUID], rater_id: UUID | None = None
) -> list[Reading]:
    """Return readings of some images in the order they were opened, of all raters or of one."""
    query = select(ReadingRow, RaterRow.name).join(RaterRow)
    query = query.where(ReadingRow.image_id.in_(image_ids))
    if rater_id is not None:
        query = query.where(ReadingRow.rater_id == rater_id)
    found = session.execute(query.order_by(ReadingRow.opened_at, ReadingRow.id)).all()
    return _from_rows(session, found)


def latest_signed(session: Session, project_id: UUID, limit: int) -> list[Reading]:
    """Return the own looks of a project that were signed last, the newest first."""
    query = select(ReadingRow, RaterRow.name).join(RaterRow)
    query = query.join(SignatureRow, SignatureRow.reading_id == ReadingRow.id)
    query = query.where(ReadingRow.project_id == project_id, SignatureRow.act == "signed")
    query = query.where(ReadingRow.round.in_((Round.FIRST, Round.REVEALED)))
    query = query.join(ImageStateRow, ImageStateRow.image_id == ReadingRow.image_id)
    query = query.where(ImageStateRow.removed.is_(False))
    found = session.execute(query.order_by(SignatureRow.sequence.desc()).limit(limit)).all()
    newest = {row.id: (row, rater) for row, rater in reversed(found)}  # one may be signed again
    latest = _from_rows(session, list(reversed(newest.values())))
    return [reading for reading in latest if reading.signed_at is not None]


def _from_rows(session: Session, found: Sequence[Any]) -> list[Reading]:
    """Return readings of rows and the names of their raters."""
    signed = _signed_at(session, [row.id for row, _ in found])
    return [
        Reading(
            **{name: getattr(row, name) for name in _COPIED},
            rater=rater,
            round=Round(row.round),
            arm=Mode(row.arm),
            signed_at=signed.get(row.id),
        )
        for row, rater in found
    ]


def _signed_at(session: Session, reading_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return when readings were signed; those that are open are left out."""
    row = SignatureRow
    latest = select(func.max(row.sequence)).group_by(row.reading_id)
    query = select(row.reading_id, row.created_at).where(row.act == "signed")
    return {
        reading_id: at
        for ids in batches(reading_ids)
        for reading_id, at in session.execute(
            query.where(row.sequence.in_(latest.where(row.reading_id.in_(ids))))
        )
    }


def signed_by(session: Session, rater: str, ids: Collection[UUID]) -> set[UUID]:
    """Return which of some ids are of a rater's signatures, or of their readings signed now."""
    own = select(ReadingRow.id).where(ReadingRow.rater_id == known_rater(session, rater))
    written = select(SignatureRow.id).where(SignatureRow.reading_id.in_(own))
    signed = _signed_at(session, session.scalars(own.where(ReadingRow.id.in_(ids))))
    return {*session.scalars(written.where(SignatureRow.id.in_(ids))), *signed}


def stated_by(session: Session, image_id: UUID, rater: str, act_id: UUID | None) -> Reading | None:
    """Return that of a rater's readings of an image which an act signed or opened again."""
    query = select(SignatureRow.reading_id).where(SignatureRow.id == act_id)
    reading_id = None if act_id is None else session.scalar(query)
    if reading_id is None:
        return None
    own = readings(session, [image_id], known_rater(session, rater))
    return next((one for one in own if one.id == reading_id), None)


def lineage(reading: Reading, own: Sequence[Reading]) -> tuple[UUID, ...]:
    """Return the ids of the readings that one goes on from, and its own."""
    if reading.round is not Round.REVEALED:
        return (reading.id,)
    before = [
        other.id
        for other in own
        if other.round is Round.FIRST
        and (other.image_id, other.rater) == (reading.image_id, reading.rater)
    ]
    return (*before, reading.id)


def open_round(session: Session, place: Desk, round_: Round, actor: str = "") -> Reading:
    """Append a reading, opened by its rater or, where a file is taken over, by somebody else."""
    known = place.known
    reading = Reading(
        id=uuid4(),
        project_id=known.project_id,
        image_id=known.image_id,
        rater=place.rater,
        round=round_,
        arm=known.protocol.arm(known.position),
        opened_at=datetime.now(UTC),
    )
    values = {name: getattr(reading, name) for name in _COPIED}
    values |= {"rater_id": place.rater_id, "round": round_.value, "arm": reading.arm.value}
    event = log.Event(known.project_id, actor or place.rater, "reading opened")
    log.record(session, ReadingRow, [values], event)
    return reading


def is_due(current: Reading | None) -> bool:
    """Tell whether a new round has to be opened before the rater can go on."""
    return current is None or (current.signed_at is not None and not current.is_final)


def next_round(session: Session, place: Desk) -> Reading:
    """Return the reading a rater goes on with, opened if need be where the image is theirs."""
    current = place.current
    if place.known.protocol.isolated:
        take(session, place.known, place.rater_id, place.rater)
    if current is None:
        return open_round(session, place, Round.FIRST)
    return open_round(session, place, Round.REVEALED) if is_due(current) else current


def reading_for_acts(place: Desk, reading_id: UUID | None) -> Reading | None:
    """Return the reading that an act belongs to; None where the act opens the rater's first.

    Refused are another's reading, and one that is signed where readers are isolated.
    """
    reading = next((r for r in place.own if r.id == reading_id), None)
    if reading_id is not None and reading is None:
        raise ProtocolError(
            "This belongs to a reading that is not yours on this image. Load the image again."
        )
    reading = reading or place.current
    if not place.known.protocol.isolated:
        return reading
    if reading is None:
        raise ProtocolError("You have not opened this image; open it before you act on it.")
    if reading.signed_at is not None:
        raise ProtocolError(
            "Your reading of this image is signed and stands as it is. Open it again first, if "
            "the protocol allows that."
        )
    return reading


def imported(of_image: Iterable[Reading]) -> set[UUID | None]:
    """Return the ids of the readings that came from files."""
    return {reading.id for reading in of_image if reading.is_imported}


def imported_reading(session: Session, place: Desk, actor: str) -> Reading:
    """Return the reading of a table that somebody takes over, opened if need be."""
    earlier = (reading for reading in place.own if reading.is_imported)
    return next(earlier, None) or open_round(session, place, Round.IMPORTED, actor)


def ready_for_acts(
    session: Session, place: Desk, reading: Reading | None, signed: Iterable[Reading]
) -> Reading:
    """Return a reading open for acts; `signed` are the signed ones of the image.

    Where people go on from each other's work the signature is the image's: an act opens every
    signed reading of it again, until somebody signs what is there now.
    """
    if not place.known.protocol.isolated:
        for one in signed:
            write_signature(session, place, one, "reopened", "acted on again")
    if reading is None:
        return open_round(session, place, Round.FIRST)
    return replace(reading, signed_at=None)


def write_signature(
    session: Session,
    place: Desk,
    reading: Reading,
    act: str,
    reason: str,
    act_id: UUID | None = None,
) -> datetime:
    """Append that a reading is signed, or open again, by the rater of a place.

    The caller derives the image's state anew. Readings stay as they are where the image was taken
    back from an isolated reader.
    """
    known = place.known
    is_assigned = known.protocol.isolated and reading.round is not Round.ADJUDICATION
    if is_assigned and is_taken_back(session, known.image_id, place.rater_id):
        raise ProtocolError(
            f"The image was taken back from {place.rater}: what they stated stays on record, and "
            "is neither signed nor opened again. Assign it to them again first."
        )
    now = datetime.now(UTC)
    signature = {"id": act_id or uuid4(), "reading_id": reading.id, "act": act, "reason": reason}
    event = log.Event(reading.project_id, place.rater, f"reading {act}", reason=reason)
    log.record(session, SignatureRow, [signature | {"created_at": now}], event)
    return now
