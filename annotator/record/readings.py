"""Readings as the use cases see them: opened, signed, assigned, and what each reader sees."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.tables import ImageRow, RunRow, SuggestionRow

from ..domain import Annotation, Decision, LabelValue, Protocol, Reading, Remark, Round
from ..errors import ProtocolError
from . import images, projects, rounds
from .act_rows import acts_of, open_issues, remarks_on
from .assignments import Assignments, is_taken_back
from .checking import lock_image, why_closed
from .decided_before import DecidedBefore
from .progress import refresh
from .raters import known_rater
from .sessions import reads, writes


@dataclass(frozen=True, slots=True)
class ReaderView:
    """What one reader sees of people's work on an image: of each region and label what counts."""

    annotations: tuple[Annotation, ...]
    label_values: tuple[LabelValue, ...]
    remarks: tuple[Remark, ...]


class Readings(Assignments, DecidedBefore):
    """Protocols, readings, signatures and assignments of a record."""

    @writes
    def set_protocol(
        self, session: Session, project_id: UUID, protocol: Protocol, *, actor: str, reason: str
    ) -> None:
        """Change how a project is read; what it was stays in its chain.

        Raises
        ------
        ProtocolError
            If reading has begun, and the change would alter what readers see or who counts.
        """
        row = projects.project(session, project_id)
        projects.check_open(row)
        before = projects.protocol_from(row)
        may_change = ("assignment", "adjudication", "decide_all", "masks_may_overlap")
        lasting = replace(before, **{name: getattr(protocol, name) for name in may_change})
        if protocol != lasting and images.has_begun(session, project_id):
            raise ProtocolError(
                "Reading has begun, so the mode, the arms, the seed and the number of readers "
                "stay as they are; make another project for another protocol."
            )
        changes = projects.protocol_values(row.settings, protocol)
        by = {"actor": actor, "reason": reason}
        projects.change_project(session, project_id, changes, kind="protocol changed", **by)

    def open(self, image_id: UUID, rater: str) -> Reading:
        """Return the reading that a reader goes on with, opened if need be.

        Who only looks leaves an open reading, which states nothing.

        Raises
        ------
        ProtocolError
            If readers are isolated, and the image is not theirs to read.
        """

        def read(session: Session) -> Reading | None:
            if is_taken_back(session, image_id, known_rater(session, rater)):
                return None
            return rounds.current_of(_own(session, image_id, rater))

        current = self._sessions.read(read)
        if current is not None and not rounds.is_due(current):
            return current

        def write(session: Session) -> Reading:
            known = lock_image(session, image_id)
            return rounds.next_round(session, rounds.desk(session, known, rater))

        return self._sessions.write(write)

    @reads
    def current(self, session: Session, image_id: UUID, rater: str) -> Reading | None:
        """Return a reader's last round on an image, if there is one; nothing is opened."""
        return rounds.current_of(_own(session, image_id, rater))

    @reads
    def latest_signed(self, session: Session, project_id: UUID, limit: int) -> list[Reading]:
        """Return the own looks of a project that were signed last, the newest first."""
        return rounds.latest_signed(session, project_id, limit)

    @reads
    def why_closed(self, session: Session, image_id: UUID) -> str:
        """Return why nothing more may be recorded of an image; blank where it may."""
        return why_closed(session, image_id)

    @reads
    def view(
        self, session: Session, image_id: UUID, reading: Reading | None, rater: str
    ) -> ReaderView:
        """Return what a reader sees of people's work on an image.

        Where readers are isolated, it is limited to what belongs to their `reading`.
        """
        project_id = images.image(session, image_id).project_id
        protocol = projects.protocol_from(projects.project(session, project_id))
        scope = rounds.scope(protocol, image_id, reading, _own(session, image_id, rater))
        return ReaderView(
            tuple(acts_of(session, Annotation, scope)),
            tuple(acts_of(session, LabelValue, scope)),
            tuple(
                remark
                for remark in remarks_on(session, [image_id])
                if not protocol.isolated or rater in (remark.rater, remark.addressee)
            ),
        )

    @reads
    def remarks(self, session: Session, image_id: UUID) -> tuple[Remark, ...]:
        """Return what all readers of an image remarked on it, oldest first."""
        return tuple(remarks_on(session, [image_id]))

    @writes
    def sign(
        self,
        session: Session,
        image_id: UUID,
        rater: str,
        reason: str,
        reading_id: UUID | None = None,
        seen: Collection[UUID] | None = None,
        act_id: UUID | None = None,
    ) -> Reading:
        """Sign a reader's reading of an image; one that is signed already stays as it is.

        It is that which the reader has before them, or else their last round.
        Where people go on from each other's work, `seen` are the acts that they have before them.
        What the act `act_id` signed before is signed once, also where it was opened again since.

        Raises
        ------
        ProtocolError
            If there is none, or the protocol asks for a decision on each suggestion and some
            are undecided, or others stated what the reader has not seen.
        """
        if before := rounds.stated_by(session, image_id, rater, act_id):
            return before
        known = lock_image(session, image_id)
        place = rounds.desk(session, known, rater)
        reading = place.current
        if reading is None and reading_id is None and not known.protocol.isolated:
            reading = rounds.open_round(session, place, Round.FIRST)
        if reading_id is not None:
            own_looks = (one for one in place.own if one.is_own_look)
            reading = next((one for one in own_looks if one.id == reading_id), None)
        if reading is None:
            raise ProtocolError("You have no open reading of this image to sign; open it first.")
        if reading.signed_at is not None:
            return reading
        if seen is not None and not known.protocol.isolated:
            _check_seen(session, place, seen)
        if known.protocol.decide_all:
            _check_all_decided(session, place, reading)
        signed = rounds.write_signature(session, place, reading, "signed", reason, act_id)
        refresh(session, [image_id])
        return replace(reading, signed_at=signed)

    @writes
    def reopen(
        self,
        session: Session,
        image_id: UUID,
        rater: str,
        reason: str,
        act_id: UUID | None = None,
    ) -> Reading:
        """Open a reader's signed reading again, with a reason; by one act `act_id` once.

        Raises
        ------
        ProtocolError
            If there is none, no reason is given, or it is a blind first read: what was seen since
            cannot be unseen.
        """
        if not reason.strip():
            raise ProtocolError("A signed reading is opened again for a reason; give it.")
        if before := rounds.stated_by(session, image_id, rater, act_id):
            return before
        known = lock_image(session, image_id)
        place = rounds.desk(session, known, rater)
        reading = place.current
        if reading is None or reading.signed_at is None:
            raise ProtocolError("You have no signed reading of this image to open again.")
        if not reading.is_final:
            raise ProtocolError("A blind first read that is signed stays as it is.")
        rounds.write_signature(session, place, reading, "reopened", reason, act_id)
        refresh(session, [image_id])
        return replace(reading, signed_at=None)

    @reads
    def issues_for(self, session: Session, project_id: UUID, rater: str) -> list[Remark]:
        """Return the issues of a project that wait for a rater, oldest first."""
        of_project = select(ImageRow.id).where(ImageRow.project_id == project_id)
        return open_issues(session, known_rater(session, rater), of_project)


def _own(session: Session, image_id: UUID, rater: str) -> tuple[Reading, ...]:
    return tuple(rounds.readings(session, [image_id], known_rater(session, rater)))


def _check_seen(session: Session, place: rounds.Desk, seen: Collection[UUID]) -> None:
    """Refuse to sign what others stated meanwhile: the signature is the image's."""
    scope = place.scope(None)
    counting: list[Annotation | LabelValue] = [
        *acts_of(session, Annotation, scope),
        *acts_of(session, LabelValue, scope),
    ]
    others = {act.rater for act in counting if act.rater != place.rater and act.id not in seen}
    if others:
        raise ProtocolError(
            f"{' and '.join(sorted(others))} changed this image since you opened it. Look at the "
            "changes, then press Done again."
        )


def _check_all_decided(session: Session, place: rounds.Desk, reading: Reading) -> None:
    """Refuse to sign while a suggestion that the reading shows is undecided."""
    if not reading.sights.regions:
        return
    annotations = acts_of(session, Annotation, place.scope(reading))
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
