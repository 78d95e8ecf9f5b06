"""Images in the queues of projects, and the subjects they show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, batches, lookup
from db.tables import (
    EventRow,
    ImageRemovalRow,
    ImageRow,
    ImageStateRow,
    ProjectRow,
    ReadingRow,
    SubjectRow,
)

from ..domain import AddedImages, ImageAsset
from ..domain.images import ENDINGS
from ..errors import NotFoundError, ProtocolError
from .progress import new_state, refresh
from .projects import UNSTATED, check_open, lock_project, project, protocol_from
from .sessions import Part, reads, writes

_COPIED = (
    *("id", "file_name", "width", "height", "pixels_sha256", "source_sha256"),
    *("modality", "bits", "channels", "frame"),
)
"""What image and row call by the same name."""

FOUND_AGAIN = "image found again"
"""The event of a file found elsewhere: it has further `ENDINGS`, with its images."""

JOINS_RUNNING_STUDY = (
    "Reading of this project has begun, and images that are added now join a running study; "
    "nothing was added. Say that they are to join it, or make another project."
)


class Images(Part):
    """Images of projects."""

    @writes
    def add_images(
        self,
        session: Session,
        project_id: UUID,
        assets: Sequence[ImageAsset],
        *,
        actor: str = UNSTATED,
        join_running_study: bool = False,
    ) -> AddedImages:
        """Append images to a project's queue; a picture that it holds already is left out.

        Equal pixels at two places of sequences are two pictures. One that was removed comes back
        as it was.

        Raises
        ------
        ProtocolError
            If its readers are isolated and have begun, and `join_running_study` is not given.
        StorageError
            If the project is archived, or an image's id is taken.
        """
        now = datetime.now(UTC)
        # One import at a time a project, so that positions have neither gaps nor doubles.
        row = lock_project(session, project_id)
        check_open(row)
        joins = _joins_running_study(session, row)
        if joins and not join_running_study:
            raise ProtocolError(JOINS_RUNNING_STUDY)
        named = {asset.subject for asset in assets if asset.subject}
        subjects = _subject_ids(session, project_id, named, now, actor)
        rows = [
            _image_values(asset, subjects[asset.subject] if asset.subject else None)
            | {"project_id": project_id, "created_at": now}
            for asset in assets
        ]
        held, put_back = _add(session, project_id, rows, actor)
        if joins and len(held) < len(rows):
            kind, after = "images joined a running study", {"images": len(rows) - len(held)}
            log.note(session, log.Event(project_id, actor, kind, after=after))
        return AddedImages(
            added=tuple(asset for n, asset in enumerate(assets) if n not in held),
            duplicates=tuple((assets[n], image_id) for n, image_id in sorted(held.items())),
            put_back=tuple(put_back),
        )

    @reads
    def kept_endings(self, session: Session, project_id: UUID) -> dict[str, set[UUID]]:
        """Return images by the endings, as keyed hashes, of the paths that they were found at."""
        event, images = EventRow, dict[str, set[UUID]]()
        first = select(ImageRow.id, ImageRow.display).where(ImageRow.project_id == project_id)
        again = select(event.row_id, event.after).where(event.chain == project_id)
        for query in (first, again.where(event.kind == FOUND_AGAIN)):
            for image_id, kept in session.execute(query):
                for ending in (kept or {}).get(ENDINGS, ()):
                    images.setdefault(ending, set()).update(
                        {image_id, *map(UUID, kept.get("images", ()))}
                    )
        return images

    @reads
    def joins_running_study(self, session: Session, project_id: UUID) -> bool:
        """Tell whether images that are added would join a study whose readers have begun."""
        return _joins_running_study(session, project(session, project_id))

    @reads
    def images_numbered(
        self, session: Session, project_id: UUID, numbers: Sequence[int]
    ) -> list[UUID]:
        """Return the images of these numbers, from 1, removed ones included.

        Raises
        ------
        NotFoundError
            If the project has no image of one of the numbers.
        """
        query = select(ImageRow.position, ImageRow.id).where(ImageRow.project_id == project_id)
        places = {number - 1 for number in numbers}
        found = dict(lookup(session, query, ImageRow.position, places))
        for number in numbers:
            if number - 1 not in found:
                raise NotFoundError(f"The project has no image number {number}.")
        return [found[number - 1] for number in dict.fromkeys(numbers)]

    @writes
    def remove_images(
        self,
        session: Session,
        project_id: UUID,
        image_ids: Sequence[UUID],
        removed: bool = True,
        *,
        actor: str,
        reason: str,
    ) -> int:
        """Take images out of a project, or put them back: all of them or none.

        What was stated of a removed image stays in the record; the image is left out of queues,
        counts and exports.

        Returns
        -------
        int
            How many were changed; those that are so already are left as they are.

        Raises
        ------
        NotFoundError
            If the project does not exist, or does not have one of the images.
        StorageError
            If the project is archived.
        """
        check_open(lock_project(session, project_id))
        rows = lock_images(session, image_ids)
        for image_id in image_ids:
            if image_id not in rows or rows[image_id].project_id != project_id:
                raise NotFoundError(f"The project has no image with the id {image_id}.")
        return len(_set_removed(session, project_id, image_ids, removed, (actor, reason)))

    @reads
    def removed_images(self, session: Session, project_id: UUID) -> list[ImageAsset]:
        """Return the images that were taken out of a project, in queue order."""
        return assets(session, images(session, project_id, removed=True))

    @reads
    def image(self, session: Session, image_id: UUID) -> ImageAsset:
        """Return an image."""
        return assets(session, [image(session, image_id)])[0]

    @reads
    def images_of(self, session: Session, image_ids: Sequence[UUID]) -> list[ImageAsset]:
        """Return images by their ids, in the order of these; unknown ids are left out."""
        rows = {row.id: row for (row,) in lookup(session, select(ImageRow), ImageRow.id, image_ids)}
        return assets(session, [rows[one] for one in image_ids if one in rows])

    @reads
    def project_of(self, session: Session, image_id: UUID) -> UUID:
        """Return the id of the project that an image is in."""
        return image(session, image_id).project_id

    @reads
    def number(self, session: Session, image_id: UUID) -> int:
        """Return an image's number in its project, from 1; it stays when others are removed."""
        return image(session, image_id).position + 1

    @reads
    def projects_of(self, session: Session, image_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        """Return the project of each image; unknown images are left out."""
        query = select(ImageRow.id, ImageRow.project_id)
        return dict(lookup(session, query, ImageRow.id, image_ids))

    @reads
    def images(
        self, session: Session, project_id: UUID, offset: int = 0, limit: int | None = None
    ) -> list[ImageAsset]:
        """Return a project's images in queue order."""
        return assets(session, images(session, project_id, offset=offset, limit=limit))

    @reads
    def image_ids(
        self, session: Session, project_id: UUID, first: int = 1, last: int | None = None
    ) -> list[UUID]:
        """Return a project's images in queue order; from one number to another, both included."""
        state = ImageStateRow
        query = select(state.image_id).where(
            state.project_id == project_id, state.removed.is_(False), state.position >= first - 1
        )
        if last is not None:
            query = query.where(state.position < last)
        return list(session.scalars(query.order_by(state.position)))


_PICTURE = ("pixels_sha256", "source_sha256", "frame")


def _add(
    session: Session, project_id: UUID, new: Sequence[Values], actor: str
) -> tuple[dict[int, UUID], Sequence[UUID]]:
    """Append images at the end of a queue, and put back those that were removed.

    Return for each that is left out the image of its pixels, by its place; and those put back.
    What has a place in a sequence is there if its stack has those pixels at that place, or the
    same frame of its file came in before: what was kept of headers then may be less.
    """
    last = select(func.max(ImageRow.position)).where(ImageRow.project_id == project_id)
    highest = session.scalar(last)
    position = 0 if highest is None else highest + 1
    held: dict[int, UUID] = {}
    state = ImageStateRow
    about = (getattr(ImageRow, name) for name in _PICTURE)
    query = select(ImageRow.id, *about, state.stack, state.place).join(state)
    query = query.where(ImageRow.project_id == project_id)
    for batch in batches(enumerate(new)):
        known: dict[tuple[object, ...], UUID] = {}
        hashes = {row["pixels_sha256"] for _, row in batch}
        for there in lookup(session, query, ImageRow.pixels_sha256, hashes):
            known |= dict.fromkeys(_same_picture(*there[1:]), there.id)
        rows, states = [], []
        for place, row in batch:
            own = new_state(row | {"position": position})
            keys = _same_picture(*(row[name] for name in _PICTURE), own["stack"], own["place"])
            same = [known[key] for key in (keys[1:] if own["stack"] else keys) if key in known]
            if same:
                held[place] = same[-1]
                continue
            image_id: UUID = row["id"]
            known |= dict.fromkeys(keys, image_id)
            rows.append(row | {"position": position})
            states.append(own)
            position += 1
        log.record(session, ImageRow, rows, log.Event(project_id, actor, "image added"))
        add_rows(session, ImageStateRow, states)
    by = actor, "added again"
    return held, _set_removed(session, project_id, list(held.values()), False, by)


def _same_picture(*about: object) -> tuple[tuple[object, ...], ...]:
    """Return what a picture is known by: pixels alone, at a place of a stack, in a file."""
    sha256, source, frame, stack, place = about
    return (sha256,), (sha256, stack, place), (sha256, source, frame)


def _set_removed(
    session: Session,
    project_id: UUID,
    image_ids: Sequence[UUID],
    removed: bool,
    by: tuple[str, str],
) -> list[UUID]:
    """Take images out or put them back; return those of which that changes something."""
    state, (actor, reason), now = ImageStateRow, by, datetime.now(UTC)
    all_changed: list[UUID] = []
    for ids in batches(dict.fromkeys(image_ids)):
        others = select(state.image_id).where(state.image_id.in_(ids), state.removed != removed)
        changed = session.scalars(others.order_by(state.position)).all()
        rows = [
            {"id": uuid4(), "image_id": image_id, "removed": removed}
            | {"reason": reason, "created_at": now}
            for image_id in changed
        ]
        kind = "image removed" if removed else "image put back"
        event = log.Event(project_id, actor, kind, reason=reason)
        log.record(session, ImageRemovalRow, rows, event)
        refresh(session, changed)
        all_changed += changed
    return all_changed


def has_begun(session: Session, project_id: UUID) -> bool:
    """Tell whether anybody began to read a project or to act on its images."""
    state = ImageStateRow
    touched = select(state.image_id).where(state.project_id == project_id, state.acts > 0)
    opened = select(ReadingRow.id).where(ReadingRow.project_id == project_id)
    return any(session.scalar(query.limit(1)) is not None for query in (touched, opened))


def _joins_running_study(session: Session, row: ProjectRow) -> bool:
    return protocol_from(row).isolated and has_begun(session, row.id)


def _subject_ids(
    session: Session, project_id: UUID, pseudonyms: Iterable[str], now: datetime, actor: str
) -> dict[str, UUID]:
    """Return the id of each subject of a project, adding those that are new."""
    names = sorted(set(pseudonyms))
    query = select(SubjectRow.pseudonym, SubjectRow.id).where(SubjectRow.project_id == project_id)
    found = dict(lookup(session, query, SubjectRow.pseudonym, names))
    rows = [
        {"id": uuid4(), "project_id": project_id, "pseudonym": name, "created_at": now}
        for name in names
        if name not in found
    ]
    log.record(session, SubjectRow, rows, log.Event(project_id, actor, "subject added"))
    return found | {row["pseudonym"]: row["id"] for row in rows}


def images(
    session: Session,
    project_id: UUID,
    first: int = 0,
    limit: int | None = None,
    *,
    offset: int = 0,
    removed: bool = False,
) -> Sequence[ImageRow]:
    """Return images in queue order, at most `limit` of them.

    `first` is a position, where removed images leave gaps; `offset` counts images.
    """
    query = select(ImageRow).join(ImageStateRow, ImageStateRow.image_id == ImageRow.id)
    query = query.where(
        ImageRow.project_id == project_id,
        ImageRow.position >= first,
        ImageStateRow.removed.is_(removed),
    )
    return session.scalars(query.order_by(ImageRow.position).offset(offset).limit(limit)).all()


def image(session: Session, image_id: UUID) -> ImageRow:
    """Return an image."""
    row = session.get(ImageRow, image_id)
    if row is None:
        raise NotFoundError(f"There is no image with the id {image_id}.")
    return row


def removed(session: Session, image_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of some images that were taken out of their projects."""
    state = ImageStateRow
    query = select(state.image_id).where(state.removed.is_(True))
    return {image_id for (image_id,) in lookup(session, query, state.image_id, image_ids)}


def lock_images(session: Session, image_ids: Iterable[UUID]) -> dict[UUID, ImageRow]:
    """Return images by id, and keep other writers of them waiting until the commit.

    The order of sequences then is the order of commits, image by image. Locking in the order
    of ids keeps two writers from waiting for each other.
    """
    query = select(ImageRow.id, ImageRow).order_by(ImageRow.id).with_for_update(key_share=True)
    return dict(lookup(session, query, ImageRow.id, sorted(set(image_ids))))


def _image_values(asset: ImageAsset, subject_id: UUID | None) -> Values:
    black, white = asset.window or (None, None)
    return {name: getattr(asset, name) for name in _COPIED} | {
        "window_black": black,
        "window_white": white,
        "subject_id": subject_id,
        "display": None if asset.display is None else dict(asset.display),
    }


def assets(session: Session, rows: Sequence[ImageRow]) -> list[ImageAsset]:
    """Return the images of rows."""
    query = select(SubjectRow.id, SubjectRow.pseudonym)
    pseudonyms = dict(lookup(session, query, SubjectRow.id, {r.subject_id for r in rows} - {None}))
    return [
        ImageAsset(
            **{name: getattr(row, name) for name in _COPIED},
            window=None
            if row.window_black is None or row.window_white is None
            else (row.window_black, row.window_white),
            subject=pseudonyms.get(row.subject_id),
            display={k: v for k, v in (row.display or {}).items() if k != ENDINGS} or None,
        )
        for row in rows
    ]
