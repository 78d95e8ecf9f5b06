"""Readings as the use cases see them: opened, signed, assigned, and what each reader sees."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from db.tables import ImageStateRow, ReadingRow, RunRow, SuggestionRow

from ..domain import (
    Annotation,
    Decision,
    LabelValue,
    Protocol,
    ReaderProgress,
    Reading,
    Remark,
    Round,
)
from ..errors import ProtocolError
from . import assignments, decided_before, projects, rounds
from .act_translation import annotation_from, label_value_from, remark_from
from .checking import lock_image, why_closed
from .progress import refresh
from .raters import known_raters, rater_names
from .rows import acts as act_rows
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
            projects.check_open(row)
            before = projects.protocol_from(row)
            lasting = replace(
                before,
                assignment=protocol.assignment,
                adjudication=protocol.adjudication,
                decide_all=protocol.decide_all,
            )
            if protocol != lasting and _has_begun(session, project_id):
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
        """Return the reading that a reader goes on with, opened if need be.

        Who only looks leaves an open reading, which states nothing.

        Raises
        ------
        NotFoundError
            If there is no such image.
        ProtocolError
            If readers are isolated, and the image is not theirs to read.
        """

        def read(session: Session) -> Reading | None:
            rater_id = known_raters(session, [rater]).get(rater)
            if rater_id is None or assignments.is_taken_back(session, image_id, rater_id):
                return None
            return rounds.current_of(_own(session, image_id, rater))

        current = self._sessions.read(read)
        if current is not None and not rounds.is_due(current):
            return current

        def write(session: Session) -> Reading:
            known = lock_image(session, image_id)
            return rounds.next_round(session, rounds.desk(session, known, rater))

        return self._sessions.write(write)

    def current(self, image_id: uuid.UUID, rater: str) -> Reading | None:
        """Return a reader's last round on an image, if there is one; nothing is opened."""
        return self._sessions.read(
            lambda session: rounds.current_of(_own(session, image_id, rater))
        )

    def why_closed(self, image_id: uuid.UUID) -> str:
        """Return why nothing more may be recorded of an image; blank where it may."""
        return self._sessions.read(lambda session: why_closed(session, image_id))

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

    def sign(
        self, image_id: uuid.UUID, rater: str, reason: str, reading_id: uuid.UUID | None = None
    ) -> Reading:
        """Sign a reader's reading of an image; one that is signed already stays as it is.

        Parameters
        ----------
        image_id : uuid.UUID
        rater, reason : str
        reading_id : uuid.UUID, optional
            The reading that the reader has before them; their last round if not given.

        Raises
        ------
        ProtocolError
            If there is none, or the protocol asks for a decision on each suggestion and some
            are undecided.
        """

        def write(session: Session) -> Reading:
            known = lock_image(session, image_id)
            place = rounds.desk(session, known, rater)
            reading = place.current
            if reading is None and reading_id is None and not known.protocol.isolated:
                reading = rounds.open_round(session, place, Round.FIRST)
            if reading_id is not None:
                own_looks = (one for one in place.own if one.is_own_look)
                reading = next((one for one in own_looks if one.id == reading_id), None)
            if reading is None:
                raise ProtocolError(
                    "You have no open reading of this image to sign; open it first."
                )
            if reading.signed_at is not None:
                return reading
            if known.protocol.decide_all:
                _check_all_decided(session, place, reading)
            signed = rounds.write_signature(session, place, reading, "signed", reason)
            refresh(session, [image_id])
            return replace(reading, signed_at=signed)

        return self._sessions.write(write)

    def decided_before(self, project_id: uuid.UUID) -> int:
        """Return how many images were reviewed by acts alone, before only signatures did that."""
        return self._sessions.read(
            lambda session: len(decided_before.decided_before(session, project_id))
        )

    def decided_by(self, project_id: uuid.UUID, rater: str) -> list[uuid.UUID]:
        """Return those of them that a rater decided and has not left as they are."""
        return self._sessions.read(
            lambda session: decided_before.waiting_for(session, project_id, rater)
        )

    def sign_decided(self, project_id: uuid.UUID, rater: str) -> int:
        """Sign all that `decided_by` returns, and return how many images that are."""
        return self._sessions.write(
            lambda session: decided_before.sign_all(session, project_id, rater)
        )

    def leave_decided(self, project_id: uuid.UUID, rater: str) -> None:
        """Keep that a rater leaves them as they are, in progress."""
        self._sessions.write(lambda session: decided_before.leave(session, project_id, rater))

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
            refresh(session, [image_id])
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

    def assign(self, image_ids: Sequence[uuid.UUID], raters: Sequence[str], *, actor: str) -> int:
        """Give images readers as the protocol says; what is assigned already stays.

        Returns
        -------
        int
            How many assignments are new, those that were withdrawn and are given again included.

        Raises
        ------
        NotFoundError
            If an image does not exist; nothing is changed.
        ProtocolError
            If, by hand, an image would have too many readers; nothing is changed.
        """
        return self._sessions.write(
            lambda session: assignments.assign(session, image_ids, raters, actor)
        )

    def withdraw(
        self, image_ids: Sequence[uuid.UUID], rater: str, *, actor: str, reason: str
    ) -> int:
        """Take back those of some images that are assigned to a rater; what they did stays.

        Returns
        -------
        int
            How many were taken back.

        Raises
        ------
        NotFoundError
            If none of them is assigned to the rater; nothing is changed.
        """
        return self._sessions.write(
            lambda session: assignments.withdraw(session, image_ids, rater, actor, reason)
        )

    def assigned(self, project_id: uuid.UUID) -> dict[uuid.UUID, list[str]]:
        """Return the raters of each image of a project that has any, withdrawn ones left out."""

        def read(session: Session) -> dict[uuid.UUID, list[str]]:
            found: dict[uuid.UUID, list[str]] = {}
            for image_id, rater in assignments.assigned(session, project_id):
                found.setdefault(image_id, []).append(rater)
            return found

        return self._sessions.read(read)

    def progress(self, project_id: uuid.UUID) -> list[ReaderProgress]:
        """Return how far each reader of a project is, by name."""

        def read(session: Session) -> list[ReaderProgress]:
            loads = assignments.loads_of(session, project_id)
            names = rater_names(session, loads)
            return sorted(
                (ReaderProgress(names[key], *load) for key, load in loads.items()),
                key=lambda one: one.rater,
            )

        return self._sessions.read(read)


def _own(session: Session, image_id: uuid.UUID, rater: str) -> tuple[Reading, ...]:
    rater_id = known_raters(session, [rater]).get(rater)
    return () if rater_id is None else tuple(rounds.readings(session, [image_id], rater_id))


def _has_begun(session: Session, project_id: uuid.UUID) -> bool:
    """Tell whether anybody began to read the project or to act on its images."""
    state = ImageStateRow
    touched = select(state.image_id).where(state.project_id == project_id, state.acts > 0)
    opened = select(ReadingRow.id).where(ReadingRow.project_id == project_id)
    return any(session.scalar(query.limit(1)) is not None for query in (touched, opened))


def _check_all_decided(session: Session, place: rounds.Desk, reading: Reading) -> None:
    """Refuse to sign while a suggestion that the reading shows is undecided."""
    if not reading.sights.regions:
        return
    annotations, _ = _counting(session, reading.image_id, place.scope(reading))
    undecided = {act.region_id for act in annotations if act.decision is Decision.UNDECIDED}
    last = select(func.max(RunRow.sequence)).where(RunRow.image_id == reading.image_id)
    shown = select(SuggestionRow.id).join(RunRow).where(RunRow.sequence == last.scalar_subquery())
    undecided |= set(session.scalars(shown)) - {act.region_id for act in annotations}
    if undecided:
        what = "1 suggestion is" if len(undecided) == 1 else f"{len(undecided)} suggestions are"
        raise ProtocolError(
            f"{what} undecided, and this project asks for a decision on each before Done. Accept, "
            "change or reject it first."
        )


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
