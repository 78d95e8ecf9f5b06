"""Images in the queues of projects, and the subjects they show."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from db.chain import log
from db.errors import RecordNotFoundError
from db.rows import Values, add_rows, batches, pairs
from db.tables import ImageRow, ImageStateRow, SubjectRow

from ..domain import AddedImages, ImageAsset
from .progress import new_state
from .projects import UNSTATED, lock_project
from .sessions import Part

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_COPIED = (
    *("id", "file_name", "width", "height", "pixels_sha256", "source_sha256"),
    *("modality", "bits", "channels", "frame"),
)
"""What image and row call by the same name."""


class Images(Part):
    """Images of projects."""

    def add_images(
        self, project_id: uuid.UUID, assets: Sequence[ImageAsset], *, actor: str = UNSTATED
    ) -> AddedImages:
        """Append images to a project's queue; a picture that it holds already is left out.

        Raises
        ------
        NotFoundError
            If there is no such project.
        StorageError
            Also if an image's id is taken.
        """

        def write(session: Session) -> dict[int, uuid.UUID]:
            now = datetime.now(UTC)
            named = {asset.subject for asset in assets if asset.subject}
            subjects = _subject_ids(session, project_id, named, now, actor)
            rows = [
                _image_values(asset, subjects[asset.subject] if asset.subject else None)
                | {"project_id": project_id, "created_at": now}
                for asset in assets
            ]
            return _add(session, project_id, rows, actor)

        held = self._sessions.write(write)
        return AddedImages(
            added=tuple(asset for n, asset in enumerate(assets) if n not in held),
            duplicates=tuple((assets[n], image_id) for n, image_id in sorted(held.items())),
        )

    def image(self, image_id: uuid.UUID) -> ImageAsset:
        """Return an image.

        Raises
        ------
        NotFoundError
        """
        return self._sessions.read(lambda session: assets(session, [image(session, image_id)])[0])

    def project_of(self, image_id: uuid.UUID) -> uuid.UUID:
        """Return the id of the project that an image is in.

        Raises
        ------
        NotFoundError
        """
        return self._sessions.read(lambda session: image(session, image_id).project_id)

    def projects_of(self, image_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
        """Return the project of each image; unknown images are left out."""

        def read(session: Session) -> dict[uuid.UUID, uuid.UUID]:
            found: dict[uuid.UUID, uuid.UUID] = {}
            for ids in batches(image_ids):
                query = select(ImageRow.id, ImageRow.project_id).where(ImageRow.id.in_(ids))
                found |= pairs(session, query)
            return found

        return self._sessions.read(read)

    def images(
        self, project_id: uuid.UUID, offset: int = 0, limit: int | None = None
    ) -> list[ImageAsset]:
        """Return a project's images in queue order."""
        return self._sessions.read(
            lambda session: assets(session, images(session, project_id, offset, limit))
        )

    def image_ids(
        self, project_id: uuid.UUID, first: int = 1, last: int | None = None
    ) -> list[uuid.UUID]:
        """Return a project's images in queue order; from one number to another, both included."""
        state = ImageStateRow
        query = select(state.image_id).where(
            state.project_id == project_id, state.removed.is_(False), state.position >= first - 1
        )
        if last is not None:
            query = query.where(state.position < last)
        return self._sessions.read(
            lambda session: list(session.scalars(query.order_by(state.position)))
        )


def _add(
    session: Session, project_id: uuid.UUID, new: Sequence[Values], actor: str
) -> dict[int, uuid.UUID]:
    """Append images at the end of a queue; return for each left out the image of its pixels."""
    # One import at a time a project, so that the positions have neither gaps nor doubles.
    lock_project(session, project_id)
    last = select(func.max(ImageRow.position)).where(ImageRow.project_id == project_id)
    highest = session.scalar(last)
    position = 0 if highest is None else highest + 1
    held: dict[int, uuid.UUID] = {}
    for batch in batches(enumerate(new)):
        hashes = [row["pixels_sha256"] for _, row in batch]
        query = select(ImageRow.pixels_sha256, ImageRow.id).where(
            ImageRow.project_id == project_id, ImageRow.pixels_sha256.in_(hashes)
        )
        known = pairs(session, query)
        rows = []
        for place, row in batch:
            if row["pixels_sha256"] in known:
                held[place] = known[row["pixels_sha256"]]
                continue
            known[row["pixels_sha256"]] = row["id"]
            rows.append(row | {"position": position})
            position += 1
        add_rows(session, ImageRow, rows)
        add_rows(session, ImageStateRow, [new_state(row) for row in rows])
        for row in rows:
            _note(session, ImageRow, row, actor, "image added")
    return held


def _subject_ids(
    session: Session, project_id: uuid.UUID, pseudonyms: Iterable[str], now: datetime, actor: str
) -> dict[str, uuid.UUID]:
    """Return the id of each subject of a project, adding those that are new."""
    found: dict[str, uuid.UUID] = {}
    for batch in batches(sorted(set(pseudonyms))):
        query = select(SubjectRow.pseudonym, SubjectRow.id).where(
            SubjectRow.project_id == project_id, SubjectRow.pseudonym.in_(batch)
        )
        found.update(pairs(session, query))
        rows = [
            {"id": uuid.uuid4(), "project_id": project_id, "pseudonym": name, "created_at": now}
            for name in batch
            if name not in found
        ]
        for row in add_rows(session, SubjectRow, rows):
            found[row["pseudonym"]] = row["id"]
            _note(session, SubjectRow, row, actor, "subject added")
    return found


def _note(
    session: Session, table: type[ImageRow | SubjectRow], row: Values, actor: str, kind: str
) -> None:
    chain = row["project_id"]
    log.note(session, log.Event(chain, actor, kind, row_id=row["id"], table=table, values=row))


def images(
    session: Session, project_id: uuid.UUID, first: int = 0, limit: int | None = None
) -> Sequence[ImageRow]:
    """Return images in queue order, from position `first` on, at most `limit` of them."""
    query = select(ImageRow).join(ImageStateRow, ImageStateRow.image_id == ImageRow.id)
    query = query.where(
        ImageRow.project_id == project_id,
        ImageRow.position >= first,
        ImageStateRow.removed.is_(False),
    )
    return session.scalars(query.order_by(ImageRow.position).limit(limit)).all()


def image(session: Session, image_id: uuid.UUID) -> ImageRow:
    """Return an image.

    Raises
    ------
    RecordNotFoundError
        If there is none of that id.
    """
    row = session.get(ImageRow, image_id)
    if row is None:
        raise RecordNotFoundError(f"There is no image with the id {image_id}.")
    return row


def lock_images(session: Session, image_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ImageRow]:
    """Return images by id, and keep other writers of them waiting until the commit.

    The order of sequences then is the order of commits, image by image. Locking in the order
    of ids keeps two writers from waiting for each other.
    """
    found: dict[uuid.UUID, ImageRow] = {}
    for ids in batches(sorted(set(image_ids))):
        query = select(ImageRow).where(ImageRow.id.in_(ids)).order_by(ImageRow.id)
        for row in session.scalars(query.with_for_update(key_share=True)):
            found[row.id] = row
    return found


def _image_values(asset: ImageAsset, subject_id: uuid.UUID | None) -> Values:
    black, white = asset.window or (None, None)
    return {name: getattr(asset, name) for name in _COPIED} | {
        "window_black": black,
        "window_white": white,
        "subject_id": subject_id,
        "display": None if asset.display is None else dict(asset.display),
    }


def assets(session: Session, rows: Sequence[ImageRow]) -> list[ImageAsset]:
    """Return the images of rows."""
    pseudonyms: dict[uuid.UUID | None, str] = {}
    for ids in batches({row.subject_id for row in rows if row.subject_id}):
        query = select(SubjectRow.id, SubjectRow.pseudonym).where(SubjectRow.id.in_(ids))
        pseudonyms |= pairs(session, query)
    return [
        ImageAsset(
            **{name: getattr(row, name) for name in _COPIED},
            window=None
            if row.window_black is None or row.window_white is None
            else (row.window_black, row.window_white),
            subject=pseudonyms.get(row.subject_id),
            display=row.display,
        )
        for row in rows
    ]
