"""Which reading a rater's acts belong to, and what may be done in it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..domain import Assignment, Mode, Reading, Round
from ..errors import ProtocolError
from .act_translation import reading_from
from .checking import KnownOfImage
from .raters import rater_ids
from .rows import readings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Desk:
    """One rater's place at one image, whose writers wait for one another.

    Attributes
    ----------
    known : KnownOfImage
    rater : str
    rater_id : uuid.UUID
    own : tuple of Reading
        The rater's readings of the image, in the order they were opened.
    """

    known: KnownOfImage
    rater: str
    rater_id: uuid.UUID
    own: tuple[Reading, ...]

    @property
    def current(self) -> Reading | None:
        """The rater's last round, adjudication aside."""
        rounds = [reading for reading in self.own if reading.round is not Round.ADJUDICATION]
        return rounds[-1] if rounds else None

    def with_reading(self, reading: Reading) -> Desk:
        """Return the place with a reading as it is now: changed, or opened."""
        others = tuple(one for one in self.own if one.id != reading.id)
        return replace(self, own=(*others, reading))

    def scope(self, reading: Reading) -> tuple[uuid.UUID, ...] | None:
        """Return the readings whose acts count together with this one's; None for all."""
        return lineage(reading, self.own) if self.known.protocol.isolated else None


def desk(session: Session, known: KnownOfImage, rater: str) -> Desk:
    """Return a rater's place at an image; a rater who is new is added."""
    if not rater.strip():
        raise ProtocolError("A reading needs the name of its reader; state who reads.")
    now = datetime.now(UTC)
    rater_id = rater_ids(session, [rater], now)[rater]
    return Desk(known, rater, rater_id, own_readings(session, known.image_id, rater_id))


def own_readings(session: Session, image_id: uuid.UUID, rater_id: uuid.UUID) -> tuple[Reading, ...]:
    """Return a rater's readings of an image, in the order they were opened."""
    rows = readings.readings(session, [image_id], rater_id)
    return tuple(reading_from(*row) for row in rows)


def signed_readers(session: Session, image_id: uuid.UUID) -> list[str]:
    """Return the readers of an image whose last round is signed."""
    rows = readings.readings(session, [image_id])
    found = [reading_from(*row) for row in rows]
    return [reading.rater for reading in found if reading.is_final and reading.signed_at]


def lineage(reading: Reading, own: Sequence[Reading]) -> tuple[uuid.UUID, ...]:
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


def open_round(session: Session, place: Desk, round_: Round) -> Reading:
    """Append a reading."""
    known = place.known
    reading = Reading(
        id=uuid.uuid4(),
        project_id=known.project_id,
        image_id=known.image_id,
        rater=place.rater,
        round=round_,
        arm=known.protocol.arm(known.position),
        opened_at=datetime.now(UTC),
    )
    row = {
        "id": reading.id,
        "project_id": reading.project_id,
        "image_id": reading.image_id,
        "rater_id": place.rater_id,
        "round": round_.value,
        "arm": reading.arm.value,
        "opened_at": reading.opened_at,
    }
    readings.open_reading(session, row, place.rater)
    return reading


def is_due(current: Reading | None) -> bool:
    """Tell whether a new round has to be opened before the rater can go on."""
    if current is None:
        return True
    is_blind = current.round is Round.FIRST and current.arm is Mode.BLIND_THEN_REVEAL
    return is_blind and current.signed_at is not None


def next_round(session: Session, place: Desk) -> Reading:
    """Return the reading a rater of an isolated project goes on with; opened if need be.

    Raises
    ------
    ProtocolError
        If the image is not this rater's to read.
    """
    current = place.current
    if current is not None and not is_due(current):
        return current
    if current is not None:
        return open_round(session, place, Round.REVEALED)
    _take(session, place)
    return open_round(session, place, Round.FIRST)


def _take(session: Session, place: Desk) -> None:
    """See that the image is assigned to the rater, or assign it where that is open."""
    known = place.known
    live = [
        row
        for row in readings.assignments(session, [known.image_id])
        if row.state != "withdrawn" or row.rater_id == place.rater_id
    ]
    mine = [row for row in live if row.rater_id == place.rater_id]
    if mine and mine[0].state != "withdrawn":
        return
    is_open = known.protocol.assignment is Assignment.OPEN
    if mine or not is_open or len(live) >= known.protocol.readers:
        raise ProtocolError(
            "This image is not assigned to you: others read it. Go on with your next image."
        )
    readings.assign(session, [assignment(known, place.rater_id)], place.rater)


def assignment(known: KnownOfImage, rater_id: uuid.UUID) -> dict[str, object]:
    """Return the row of a new assignment."""
    return {
        "id": uuid.uuid4(),
        "project_id": known.project_id,
        "image_id": known.image_id,
        "rater_id": rater_id,
        "position": known.position,
        "state": "open",
        "created_at": datetime.now(UTC),
    }


def reading_for_acts(place: Desk, reading_id: uuid.UUID | None) -> Reading | None:
    """Return the reading that an act belongs to; None where the act opens the rater's first.

    Raises
    ------
    ProtocolError
        If the rater has no such reading, or it is signed and readers are isolated.
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


def ready_for_acts(session: Session, place: Desk, reading: Reading | None) -> Reading:
    """Return a reading open for acts: where people go on from each other's work, by acting."""
    if reading is None:
        return open_round(session, place, Round.FIRST)
    if reading.signed_at is not None:
        write_signature(session, place, reading, "reopened", "acted on again")
        return replace(reading, signed_at=None)
    return reading


def write_signature(
    session: Session, place: Desk, reading: Reading, act: str, reason: str
) -> datetime:
    """Append a signature or a re-opening of a reading; return its time."""
    now = datetime.now(UTC)
    row = {"id": uuid.uuid4(), "act": act, "reason": reason, "created_at": now}
    where = readings.Where(reading.id, reading.project_id, reading.image_id)
    readings.sign(session, where, row, place.rater)
    return now
