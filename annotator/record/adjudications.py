"""Adjudication: the readers' signed work side by side, and a decision that leaves it as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from ..domain import Act, Reading, Round
from ..errors import ProtocolError
from . import acts as writing
from . import rounds
from .checking import KnownOfImage, lock_image
from .progress import refresh
from .rounds import Desk
from .sessions import Part, writes


class Adjudications(Part):
    """Readings of the round of adjudication."""

    @writes
    def open(self, session: Session, image_id: UUID, rater: str) -> Reading:
        """Return the rater's adjudication of an image, opened if need be.

        Raises
        ------
        ProtocolError
            If readers of it have not signed yet, or the rater is one of them with work to do.
        """
        known = lock_image(session, image_id)
        return _open(session, known, rounds.desk(session, known, rater))

    @writes
    def sign(
        self, session: Session, image_id: UUID, rater: str, acts: Sequence[Act], reason: str
    ) -> Reading:
        """Record what was adjudicated and sign it; what the readers stated stays as it is.

        Raises
        ------
        ConflictError
            If an act came too late; nothing is recorded.
        ProtocolError
            If no reason is given, or the adjudication is signed already.
        AnnotatorError
            As of `Record.save_acts`.
        """
        if not reason.strip():
            raise ProtocolError("An adjudication needs a reason; say how it was decided.")
        known = lock_image(session, image_id)
        reading = _open(session, known, rounds.desk(session, known, rater))
        if reading.signed_at is not None:
            raise ProtocolError("You have signed the adjudication of this image already.")
        own = [replace(act, reading_id=reading.id) for act in acts]
        writing.write_all(session, own)
        place = rounds.desk(session, known, rater)
        signed = rounds.write_signature(session, place, reading, "signed", reason)
        refresh(session, [image_id])
        return replace(reading, signed_at=signed)


def _open(session: Session, known: KnownOfImage, place: Desk) -> Reading:
    if not known.protocol.isolated:
        raise ProtocolError(
            "Readers of this project go on from each other's work; there is nothing to adjudicate."
        )
    for reading in place.own:
        if reading.round is Round.ADJUDICATION:
            return reading
    signed = sum(one.is_signed_off for one in rounds.readings(session, [known.image_id]))
    if signed < known.protocol.signatures_needed:
        raise ProtocolError(
            f"{signed} of {known.protocol.readers} readers of this image have signed; it is "
            "adjudicated when all have."
        )
    return rounds.open_round(session, place, Round.ADJUDICATION)
