"""Readings as the use cases see them: opened, signed, assigned, and what each reader sees."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from db.rows import batches

from ..domain import (
    Annotation,
    LabelValue,
    Protocol,
    ReaderProgress,
    Reading,
    Remark,
    Round,
)
from ..errors import NotFoundError, ProtocolError
from . import projects, rounds
from .act_translation import annotation_from, label_value_from, remark_from
from .checking import lock_image, lock_known
from .raters import known_raters, rater_ids, rater_names
from .rows import acts as act_rows
from .rows import readings as rows
from .sessions import Sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class ReaderView:
    """What one reader sees of people's work on an image.

    Attributes
    ----------
    reading : Reading or None
        The one they go on with; None where nothing is theirs yet.
    annotations : tuple of Annotation
        The act that counts of each region.
    label_values : tuple of LabelValue
        The act that counts of each label.
    remarks : tuple of Remark
    """

    reading: Reading | None
    annotations: tuple[Annotation, ...]
    label_values: tuple[LabelValue, ...]
    remarks: tuple[Remark, ...]


class Readings:
    """Protocols, readings, signatures and assignments of a record.

    Parameters
    ----------
    sessions : Sessions
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def set_protocol(
        self, project_id: uuid.UUID, protocol: Protocol, *, actor: str, reason: str
    ) -> None:
        """Change how a project is read; what it was stays in its chain.

        Raises
        ------
        NotFoundError
            If there is no such project.
        ProtocolError
            If reading has begun, and the change would alter what readers see or who counts.
        """

        def write(session: Session) -> None:
            row = projects.project(session, project_id)
            before = projects.protocol_from(row)
            lasting = replace(
                before, assignment=protocol.assignment, adjudication=protocol.adjudication
            )
            if protocol != lasting and rows.has_readings(session, project_id):
                raise ProtocolError(
                    "Reading has begun, so the mode, the arms, the seed and the number of readers "
                    "stay as they are; make another project for another protocol."
                )
            projects.change_project(
                session,
                project_id,
                projects.protocol_values(row.settings, protocol),
                actor=actor,
                kind="protocol changed",
                reason=reason,
            )

        self._sessions.write(write)

    def open(self, image_id: uuid.UUID, rater: str) -> Reading:
        """Return the reading that a reader of an isolated project goes on with, opened if need be.

        Raises
        ------
        NotFoundError
            If there is no such image.
        ProtocolError
            If the image is not theirs to read.
        """
        own = self._sessions.read(lambda session: _own(session, image_id, rater))
        current = next((r for r in reversed(own) if r.round is not Round.ADJUDICATION), None)
        if current is not None and not rounds.is_due(current):
            return current

        def write(session: Session) -> Reading:
            known = lock_image(session, image_id)
            return rounds.next_round(session, rounds.desk(session, known, rater))

        return self._sessions.write(write)

    def current(self, image_id: uuid.UUID, rater: str) -> Reading | None:
        """Return a reader's last round on an image, if there is one; nothing is opened."""
        own = self._sessions.read(lambda session: _own(session, image_id, rater))
        return next((r for r in reversed(own) if r.round is not Round.ADJUDICATION), None)

    def view(self, image_id: uuid.UUID, reading: Reading | None, rater: str) -> ReaderView:
        """Return what a reader sees of people's work on an image.

        Parameters
        ----------
        image_id : uuid.UUID
        reading : Reading or None
            What they see is limited to it; None where readers see each other's work.
        rater : str
        """

        def read(session: Session) -> ReaderView:
            scope = None
            if reading is not None:
                scope = rounds.lineage(reading, _own(session, image_id, reading.rater))
            remarks = tuple(remarks_on(session, [image_id]))
            if scope is not None:
                remarks = tuple(r for r in remarks if rater in (r.rater, r.addressee))
            return ReaderView(reading, *_counting(session, image_id, scope), remarks)

        return self._sessions.read(read)

    def sign(self, image_id: uuid.UUID, rater: str, reason: str) -> Reading:
        """Sign a reader's open reading of an image.

        Raises
        ------
        ProtocolError
            If there is none, or it is signed already.
        """

        def write(session: Session) -> Reading:
            known = lock_image(session, image_id)
            place = rounds.desk(session, known, rater)
            if known.protocol.isolated:
                reading = place.current
            else:
                reading = place.current or rounds.open_round(session, place, Round.FIRST)
            if reading is None or reading.signed_at is not None:
                raise ProtocolError(
                    "You have no open reading of this image to sign; open it first."
                    if reading is None
                    else "Your reading of this image is signed already."
                )
            signed = rounds.write_signature(session, place, reading, "signed", reason)
            return replace(reading, signed_at=signed)

        return self._sessions.write(write)

    def reopen(self, image_id: uuid.UUID, rater: str, reason: str) -> Reading:
        """Open a reader's signed reading again, with a reason.

        Raises
        ------
        ProtocolError
            If there is none, no reason is given, or it is a blind first read: what was seen since
            cannot be unseen.
        """
        if not reason.strip():
            raise ProtocolError("A signed reading is opened again for a reason; give it.")

        def write(session: Session) -> Reading:
            known = lock_image(session, image_id)
            place = rounds.desk(session, known, rater)
            reading = place.current
            if reading is None or reading.signed_at is None:
                raise ProtocolError("You have no signed reading of this image to open again.")
            if not reading.is_final:
                raise ProtocolError("A blind first read that is signed stays as it is.")
            rounds.write_signature(session, place, reading, "reopened", reason)
            return replace(reading, signed_at=None)

        return self._sessions.write(write)

    def issues_for(self, project_id: uuid.UUID, rater: str) -> list[Remark]:
        """Return the issues of a project that wait for a rater, oldest first."""

        def read(session: Session) -> list[Remark]:
            rater_id = known_raters(session, [rater]).get(rater)
            if rater_id is None:
                return []
            found = act_rows.open_issues(session, rater_id, project_id)
            names = rater_names(session, {row.rater_id for row in found})
            return [remark_from(row, names[row.rater_id], {rater_id: rater}) for row in found]

        return self._sessions.read(read)

    def assign(self, pairs: Sequence[tuple[uuid.UUID, str]], *, actor: str) -> int:
        """Assign images to raters; those that are assigned so already are left as they are.

        Parameters
        ----------
        pairs : sequence of (uuid.UUID, str)
            Image and rater.
        actor : str

        Returns
        -------
        int
            How many assignments are new.

        Raises
        ------
        NotFoundError
            If an image does not exist.
        """

        def write(session: Session) -> int:
            image_ids = [image_id for image_id, _ in pairs]
            known = lock_known(session, image_ids)
            if missing := set(image_ids) - known.keys():
                raise NotFoundError(f"There is no image with the id {min(missing)}.")
            raters = rater_ids(session, {rater for _, rater in pairs}, datetime.now(UTC))
            held = set()
            for batch in batches(set(image_ids)):
                held |= {(row.image_id, row.rater_id) for row in rows.assignments(session, batch)}
            wanted = dict.fromkeys((image_id, raters[rater]) for image_id, rater in pairs)
            new = [
                rounds.assignment(known[image_id], rater_id)
                for image_id, rater_id in wanted
                if (image_id, rater_id) not in held
            ]
            rows.assign(session, new, actor)
            return len(new)

        return self._sessions.write(write) if pairs else 0

    def withdraw(self, image_id: uuid.UUID, rater: str, *, actor: str, reason: str) -> None:
        """Take an assignment back; what the rater did stays.

        Raises
        ------
        NotFoundError
            If the image is not assigned to them.
        """

        def write(session: Session) -> None:
            lock_image(session, image_id)
            rater_id = known_raters(session, [rater]).get(rater)
            for row in rows.assignments(session, [image_id]):
                if row.rater_id == rater_id and row.state != "withdrawn":
                    rows.withdraw(session, row, actor, reason)
                    return
            raise NotFoundError("The image is not assigned to this rater; nothing was changed.")

        self._sessions.write(write)

    def assigned(self, project_id: uuid.UUID) -> dict[uuid.UUID, list[str]]:
        """Return the raters of each image of a project that has any, withdrawn ones left out."""

        def read(session: Session) -> dict[uuid.UUID, list[str]]:
            found: dict[uuid.UUID, list[str]] = {}
            for image_id, rater in rows.assigned(session, project_id):
                found.setdefault(image_id, []).append(rater)
            return found

        return self._sessions.read(read)

    def progress(self, project_id: uuid.UUID) -> list[ReaderProgress]:
        """Return how far each reader of a project is, by name."""

        def read(session: Session) -> list[ReaderProgress]:
            loads = rows.loads(session, project_id)
            names = rater_names(session, loads)
            return sorted(
                (ReaderProgress(names[key], *load) for key, load in loads.items()),
                key=lambda one: one.rater,
            )

        return self._sessions.read(read)


def _own(session: Session, image_id: uuid.UUID, rater: str) -> tuple[Reading, ...]:
    rater_id = known_raters(session, [rater]).get(rater)
    return () if rater_id is None else rounds.own_readings(session, image_id, rater_id)


def _counting(
    session: Session, image_id: uuid.UUID, scope: Sequence[uuid.UUID] | None
) -> tuple[tuple[Annotation, ...], tuple[LabelValue, ...]]:
    regions = act_rows.region_acts(session, [image_id], latest=True, readings=scope)
    values = act_rows.label_acts(session, [image_id], latest=True, readings=scope)
    return (
        tuple(annotation_from(row, rater) for row, rater in regions),
        tuple(label_value_from(row, rater) for row, rater in values),
    )


def remarks_on(session: Session, image_ids: Sequence[uuid.UUID]) -> list[Remark]:
    """Return all remarks on some images, in the order recorded."""
    found = act_rows.remarks(session, image_ids)
    names = rater_names(session, {r.addressee_id for r, _ in found if r.addressee_id})
    return [remark_from(row, rater, names) for row, rater in found]
