"""The queue of a project as the use cases see it: what comes next, and pages of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ..domain import ImageAsset, Mode, Protocol, QueuePage, QueuePlace, QueueRow, Review, sights
from ..domain import Round as ReadingRound
from ..errors import NotFoundError
from . import images
from . import queue_rows as queue
from .raters import known_raters
from .sessions import Sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.tables import ImageStateRow

_STATES = {
    None: ("open", "skipped", "done"),
    "open": ("open", "skipped"),
    "reviewed": ("done",),
    "skipped": ("skipped",),
}


class Queues:
    """Places, pages and next images of projects.

    Parameters
    ----------
    sessions : Sessions
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def place(self, project_id: uuid.UUID, image_id: uuid.UUID) -> QueuePlace:
        """Return where an image stands in its project's queue, and its neighbours.

        Raises
        ------
        NotFoundError
            If the project has no such image.
        """

        def read(session: Session) -> QueuePlace:
            position = _position(session, project_id, image_id)
            near = {
                other.position: other.id
                for other in images.images(session, project_id, position - 1, 3)
            }
            return QueuePlace(
                position=position + 1,
                total=len(images.image_ids(session, project_id)),
                previous_id=near.get(position - 1),
                next_id=near.get(position + 1),
            )

        return self._sessions.read(read)

    def own_place(self, project_id: uuid.UUID, image_id: uuid.UUID, rater: str) -> QueuePlace:
        """Return where an image stands among those that a reader of an isolated project has.

        Raises
        ------
        NotFoundError
            If the project has no such image.
        """

        def read(session: Session) -> QueuePlace:
            position = _position(session, project_id, image_id)
            rater_id = known_raters(session, [rater]).get(rater)
            if rater_id is None:
                return QueuePlace(1, 1, None, None)
            return QueuePlace(*queue.neighbours(session, project_id, rater_id, position))

        return self._sessions.read(read)

    def frames(
        self, project_id: uuid.UUID, asset: ImageAsset, rater: str | None = None
    ) -> QueuePlace | None:
        """Return where a frame stands among those of its file, and its neighbours.

        Parameters
        ----------
        project_id : uuid.UUID
        asset : ImageAsset
        rater : str, optional
            Only those assigned to this reader are counted; all of the project if not given.

        Returns
        -------
        QueuePlace or None
            None for an image that is no frame.
        """
        if asset.frame is None:
            return None
        frame = asset.frame
        return self._sessions.read(
            lambda session: QueuePlace(
                *queue.frames(session, _frames(session, project_id, asset, rater), frame)
            )
        )

    def frame_at(
        self, project_id: uuid.UUID, asset: ImageAsset, place: int, rater: str | None = None
    ) -> uuid.UUID | None:
        """Return the frame at a place, from 1, among those that `frames` counts; None without."""
        return self._sessions.read(
            lambda session: queue.frame_at(
                session, _frames(session, project_id, asset, rater), place
            )
        )

    def first_undecided(self, project_id: uuid.UUID) -> uuid.UUID | None:
        """Return the first image that waits for a decision, else the first; None if empty."""

        def read(session: Session) -> uuid.UUID | None:
            waiting = queue.first_undecided(session, project_id)
            first = images.images(session, project_id, 0, 1)
            return waiting or (first[0].id if first else None)

        return self._sessions.read(read)

    def review(self, image_id: uuid.UUID) -> Review:
        """Return how far people are with an image, as the record keeps count of it."""
        return self._sessions.read(lambda session: _review(queue.state(session, image_id)))

    def page(self, project_id: uuid.UUID, after: int, limit: int, only: str | None) -> QueuePage:
        """Return rows of the whole project behind a position, counted from 0."""

        def read(session: Session) -> QueuePage:
            found, total = queue.page(session, project_id, after, limit, only)
            return QueuePage(
                tuple(_row(state, name, _review(state)) for state, name in found), total
            )

        return self._sessions.read(read)

    def own_page(
        self,
        project_id: uuid.UUID,
        rater: str,
        after: int,
        limit: int,
        only: str | None,
        protocol: Protocol,
    ) -> QueuePage:
        """Return a reader's own rows of an isolated project; nothing in them tells of others.

        The number of suggestions is told only where the arm shows them from the start.
        """
        wanted = _STATES.get(only, _STATES[None])

        def read(session: Session) -> QueuePage:
            rater_id = known_raters(session, [rater]).get(rater)
            if rater_id is None:
                return QueuePage((), 0)
            found, total = queue.assigned_page(session, project_id, rater_id, after, limit, wanted)
            rows = []
            for assignment, state, name in found:
                review = Review.REVIEWED if assignment.state == "done" else Review.NOT_REVIEWED
                arm: Mode = protocol.arm(state.position)
                told = state.suggested if sights(arm, ReadingRound.FIRST).regions else 0
                own = assignment.state == "skipped"
                rows.append(
                    QueueRow(state.image_id, state.position + 1, name, review, told, False, own)
                )
            return QueuePage(tuple(rows), total)

        return self._sessions.read(read)

    def to_adjudicate(
        self, project_id: uuid.UUID, readers: int, after: int, limit: int
    ) -> list[tuple[int, uuid.UUID]]:
        """Return position and id of images that all readers signed and nobody adjudicated."""
        return self._sessions.read(
            lambda session: queue.to_adjudicate(session, project_id, readers, after, limit)
        )


def _frames(
    session: Session, project_id: uuid.UUID, asset: ImageAsset, rater: str | None
) -> queue.FramesOf:
    rater_id = None
    if rater is not None:
        # Who is not on record yet has no frames, which is not the same as having all.
        rater_id = known_raters(session, [rater]).get(rater, uuid.UUID(int=0))
    return queue.FramesOf(project_id, asset.source_sha256, rater_id)


def _position(session: Session, project_id: uuid.UUID, image_id: uuid.UUID) -> int:
    row = images.image(session, image_id)
    if row.project_id != project_id:
        raise NotFoundError(f"The image {image_id} is in another project.")
    return row.position


def _review(state: ImageStateRow) -> Review:
    if state.decided:
        return Review.REVIEWED
    return Review.IN_PROGRESS if state.acts or state.signed else Review.NOT_REVIEWED


def _row(state: ImageStateRow, name: str, review: Review) -> QueueRow:
    return QueueRow(
        image_id=state.image_id,
        position=state.position + 1,
        file_name=name,
        review=review,
        suggestions=state.suggested,
        flagged=state.flagged,
        skipped=state.skipped,
    )
