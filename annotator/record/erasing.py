"""Erasure of what shows a person: rows, what events say of them, and which pictures then go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from db import tables as t
from db.chain import RECORD_CHAIN, log
from db.chain.erasures import Erasure, erasing, speaking_events
from db.rows import batches, lookup, values_of
from db.tables import EventRow, ImageRow, ProjectRow, SubjectRow

from ..domain import Erasable
from ..errors import NotFoundError, StorageError
from .jobs import forget_jobs
from .projects import lock_project
from .sessions import Part, in_sentences, reads, writes

# In the order in which rows go: first what refers to others.
_OF_RUNS: tuple[Any, ...] = (t.MapRow, t.SuggestionRow)
_ACTS: tuple[Any, ...] = (t.RemarkRow, t.LabelValueRow, t.AnnotationRow)


class Erasing(Part):
    """Erases images with all that hangs on them; what is left is digests."""

    @reads
    def look(
        self,
        session: Session,
        project_id: UUID,
        subject: str | None,
        image_ids: Sequence[UUID] | None,
    ) -> Erasable:
        """Return what `erase` with the same arguments would take away."""
        return _erasable(session, _rows(session, project_id, subject, image_ids))

    @writes
    def erase(
        self,
        session: Session,
        project_id: UUID,
        subject: str | None,
        image_ids: Sequence[UUID] | None,
        *,
        actor: str,
        reason: str,
    ) -> Erasable:
        """Erase the images of a person, some images, or with neither the whole project.

        Rows leave a tombstone with their digest; events keep their hashes and lose what they
        say of the person. The pictures are the caller's to remove.

        Pictures of what is gone are shown by no image of the record any more. The reason stays in
        the log, so it should name nobody.

        Raises
        ------
        NotFoundError
            If there is no such person or image in the project.
        StorageError
            If no reason is given.
        """
        if not reason.strip():
            raise StorageError("An erasure needs a reason, for it is recorded; give it.")
        name = lock_project(session, project_id).name
        rows = _rows(session, project_id, subject, image_ids)
        erasable = _erasable(session, rows)
        whole = subject is None and image_ids is None
        texts = {row.file_name for row in rows} | ({name} if whole else set())
        texts |= {subject} if subject else set()
        forget_jobs(session, project_id, open_too=whole)
        with erasing(session, project_id, actor, reason) as erasure:
            _erase_images(erasure, [row.id for row in rows])
            subject_ids = {row.subject_id for row in rows}
            _erase_subjects(session, erasure, project_id, subject_ids, subject)
            if whole:
                _erase_project(erasure, project_id)
            elif subject:
                _forget_consent(session, project_id, subject, actor)
            erasure.events(_about(session, project_id, erasure.ids, texts, whole=whole))
            erasure.finish({"images": erasable.images})
        return erasable

    @writes
    def remove_pictures(
        self, session: Session, pixels: Sequence[str], remove: Callable[[str], None]
    ) -> list[str]:
        """Have pictures removed that no image shows, while nobody can add one that does.

        An import that had stored one of them, and records it after, has to store it again.

        Returns
        -------
        list of str
            Why some could not be removed.
        """
        if not self._database.is_sqlite:  # which has one writer
            session.execute(text("LOCK TABLE images IN SHARE ROW EXCLUSIVE MODE"))
        column, left = ImageRow.pixels_sha256, list[str]()
        shown = {sha256 for (sha256,) in lookup(session, select(column), column, pixels)}
        for sha256 in set(pixels) - shown:
            try:
                remove(sha256)
            except StorageError as error:
                left.append(str(error))
        return left

    @in_sentences()
    def overwrite(self) -> None:
        """Overwrite what the database's files still hold of erased rows; needs to be alone.

        Raises
        ------
        StorageError
            If somebody else uses the database; the rows are erased, and this can be repeated.
        """
        self._database.compact()


def _rows(
    session: Session, project_id: UUID, subject: str | None, image_ids: Sequence[UUID] | None
) -> Sequence[ImageRow]:
    query = select(ImageRow).where(ImageRow.project_id == project_id).order_by(ImageRow.position)
    if subject is not None:
        known = select(SubjectRow.id).where(
            SubjectRow.project_id == project_id, SubjectRow.pseudonym == subject
        )
        subject_id = session.scalar(known)
        if subject_id is None:
            raise NotFoundError(f"The project shows nobody with the pseudonym {subject!r}.")
        query = query.where(ImageRow.subject_id == subject_id)
    if image_ids is None:
        return session.scalars(query).all()
    rows = [row for (row,) in lookup(session, query, ImageRow.id, set(image_ids))]
    if len(rows) < len(set(image_ids)):
        raise NotFoundError("An image that is to be erased is not in the project.")
    return rows


def _erasable(session: Session, rows: Sequence[ImageRow]) -> Erasable:
    pixels, ids = {row.pixels_sha256 for row in rows}, {row.id for row in rows}
    query = select(ImageRow.id, ImageRow.pixels_sha256)
    same = lookup(session, query, ImageRow.pixels_sha256, pixels)
    shared = {sha256 for image_id, sha256 in same if image_id not in ids}
    acts = sum(
        count
        for table in _ACTS
        for (count,) in lookup(session, select(func.count(table.id)), table.image_id, ids)
    )
    return Erasable(len(rows), acts, tuple(sorted(pixels - shared)), len(shared))


def _erase_images(erasure: Erasure, image_ids: Sequence[UUID]) -> None:
    for ids in batches(image_ids):
        runs = select(t.RunRow.id).where(t.RunRow.image_id.in_(ids))
        readings = select(t.ReadingRow.id).where(t.ReadingRow.image_id.in_(ids))
        erasure.rows(t.ImageStateRow, t.ImageStateRow.image_id.in_(ids), keyed=False)
        for table in (*_ACTS, t.AssignmentRow, t.ImageRemovalRow):
            erasure.rows(table, table.image_id.in_(ids))
        for table in _OF_RUNS:  # told by the event of their run
            erasure.rows(table, table.run_id.in_(runs), keyed=False)
        erasure.rows(t.RunRow, t.RunRow.image_id.in_(ids))
        erasure.rows(t.SignatureRow, t.SignatureRow.reading_id.in_(readings))
        erasure.rows(t.ReadingRow, t.ReadingRow.image_id.in_(ids))
        erasure.rows(ImageRow, ImageRow.id.in_(ids))


def _erase_subjects(
    session: Session,
    erasure: Erasure,
    project_id: UUID,
    subject_ids: set[UUID | None],
    subject: str | None,
) -> None:
    """Erase the subjects of whom no image is left."""
    if subject is not None:
        of_name = SubjectRow.pseudonym == subject, SubjectRow.project_id == project_id
        subject_ids |= set(session.scalars(select(SubjectRow.id).where(*of_name)))
    for ids in batches(each for each in subject_ids if each):
        shown = select(ImageRow.subject_id).where(ImageRow.subject_id.in_(ids))
        erasure.rows(SubjectRow, SubjectRow.id.in_(ids) & SubjectRow.id.not_in(shown))


def _erase_project(erasure: Erasure, project_id: UUID) -> None:
    erasure.rows(SubjectRow, SubjectRow.project_id == project_id)
    erasure.rows(t.RoleGrantRow, t.RoleGrantRow.project_id == project_id)
    erasure.rows(t.LabelRow, t.LabelRow.project_id == project_id, keyed=False)
    erasure.rows(ProjectRow, ProjectRow.id == project_id)


def _forget_consent(session: Session, project_id: UUID, subject: str, actor: str) -> None:
    row = values_of(lock_project(session, project_id))
    rights = row["settings"].get("rights") or {}
    if subject not in rights.get("subjects", {}):
        return
    left = {name: stated for name, stated in rights["subjects"].items() if name != subject}
    row["settings"] = row["settings"] | {"rights": rights | {"subjects": left}}
    changed = update(ProjectRow).where(ProjectRow.id == project_id)
    session.execute(changed.values(settings=row["settings"]))
    kind = "consent of an erased person removed"
    log.note(session, log.Event(project_id, actor, kind, project_id, ProjectRow, row))


def _about(
    session: Session, project_id: UUID, erased: set[UUID], needles: set[str], *, whole: bool
) -> list[tuple[UUID, int]]:
    """Return chain and number of the events that say more of what is erased than its digest."""
    named = re.compile(
        "|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(needles)) or r"$^"
    )

    def speaks(event: EventRow) -> bool:
        if event.row_id in erased or (whole and event.chain == project_id):
            return True
        texts = (event.reason, *_texts(event.before), *_texts(event.after))
        return any(named.search(text) for text in texts)

    return [
        (event.chain, event.number)
        for event in speaking_events(session)
        if event.chain == project_id or (event.chain == RECORD_CHAIN and event.row_id is None)
        if speaks(event)
    ]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
