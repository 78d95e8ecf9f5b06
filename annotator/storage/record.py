"""The record as the use cases see it: values in, values out, errors in sentences."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from db import progress, schema, store
from db.engine import Database
from db.errors import DatabaseError, RecordNotFoundError

from ..domain import (
    AddedImages,
    Annotation,
    ImageAsset,
    ImageRecord,
    LabelSet,
    Project,
    QueuePlace,
    Suggestion,
    SuggestionRun,
)
from ..errors import NotFoundError, StorageError
from .checking import check_act, checked_run, lock_known
from .streaming import stream
from .translation import (
    act_from,
    act_values,
    image_from,
    image_values,
    project_from,
    project_values,
    run_from,
    run_values,
    suggestion_from,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.tables import ProjectRow

_Result = TypeVar("_Result")


class Record:
    """Projects, images, what the machine suggested and what people said of it.

    Everything is appended; a method that writes has everything on the disk when it returns, or
    nothing. One `Record` may be shared by all threads of a process: every call has a session of
    its own.

    Every method raises `StorageError` if the database cannot be read or written; the record is
    then as it was before the call.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, *, lock_timeout_s: float = 5.0, attempts: int = 5) -> Self:
        """Open the record at a database URL; nothing is read or made yet.

        Parameters
        ----------
        url : str
            ``sqlite:///FILE`` (the folder must exist) or ``postgresql://...``.
        lock_timeout_s : float
            How long one attempt to write waits for another writer, in seconds.
        attempts : int
            How often a write is tried while others hold the database.

        Raises
        ------
        StorageError
            If the URL cannot be used; the message never repeats it.
        """
        with _in_sentences():
            return cls(Database(url, lock_timeout_s=lock_timeout_s, attempts=attempts))

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def revision(self) -> str | None:
        """Return the schema's revision; None where there are no tables yet."""
        with _in_sentences():
            return schema.current(self._database)

    def upgrade(self) -> str:
        """Bring the schema up to this version's and return its revision.

        Two processes may do so at once. A database of a newer version is refused and left as
        it is.
        """
        with _in_sentences():
            return schema.upgrade(self._database)

    def check_schema(self) -> None:
        """Refuse a schema that is missing, older or newer than this version's; quick."""
        with _in_sentences():
            schema.check(self._database)

    def problems(self) -> list[str]:
        """Look the whole database over and return a sentence for each fault; slow."""
        with _in_sentences():
            schema.check(self._database)
            return schema.problems(self._database)

    def create_project(
        self,
        name: str,
        label_set: LabelSet,
        *,
        model_name: str | None = None,
        contrast: str | None = None,
        suggestion_geometry: str = "box",
    ) -> Project:
        """Create a project; see `Project` for the parameters.

        Raises
        ------
        StorageError
            If the name is blank or taken, or there is no label.
        """
        if not name.strip() or not len(label_set):
            raise StorageError("A project needs a name and at least one label; give both.")
        project = Project(name, label_set, model_name, contrast, suggestion_geometry)
        row, labels = project_values(project)
        self._write(lambda session: store.add_project(session, row, labels))
        return project

    def projects(self) -> list[Project]:
        """Return all projects by name."""

        def read(session: Session) -> list[Project]:
            rows = store.projects(session)
            return [_project(session, row) for row in rows]

        return self._read(read)

    def project(self, name_or_id: str | uuid.UUID) -> Project:
        """Return a project by its name or its id.

        Raises
        ------
        NotFoundError
            If there is none; the message names those that exist.
        """
        return self._read(lambda session: _project(session, _find_project(session, name_or_id)))

    def add_images(self, project_id: uuid.UUID, assets: Sequence[ImageAsset]) -> AddedImages:
        """Append images to a project's queue; a picture that it holds already is left out.

        Raises
        ------
        NotFoundError
            If there is no such project.
        StorageError
            Also if an image's id is taken.
        """
        now = datetime.now(UTC)
        rows = [image_values(asset) | {"created_at": now} for asset in assets]
        held = self._write(lambda session: store.add_images(session, project_id, rows))
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
        return self._read(lambda session: image_from(store.image(session, image_id)))

    def images(
        self, project_id: uuid.UUID, offset: int = 0, limit: int | None = None
    ) -> list[ImageAsset]:
        """Return a project's images in queue order."""
        return self._read(
            lambda session: list(map(image_from, store.images(session, project_id, offset, limit)))
        )

    def image_ids(self, project_id: uuid.UUID) -> list[uuid.UUID]:
        """Return the ids of all of a project's images in queue order."""
        return self._read(lambda session: list(store.image_ids(session, project_id)))

    def place(self, project_id: uuid.UUID, image_id: uuid.UUID) -> QueuePlace:
        """Return where an image stands in its project's queue, and its neighbours.

        Raises
        ------
        NotFoundError
            If the project has no such image.
        """

        def read(session: Session) -> QueuePlace:
            row = store.image(session, image_id)
            if row.project_id != project_id:
                raise NotFoundError(f"The image {image_id} is in another project.")
            near = {
                other.position: other.id
                for other in store.images(session, project_id, row.position - 1, 3)
            }
            return QueuePlace(
                position=row.position + 1,
                total=store.image_count(session, project_id),
                previous_id=near.get(row.position - 1),
                next_id=near.get(row.position + 1),
            )

        return self._read(read)

    def first_undecided(self, project_id: uuid.UUID) -> uuid.UUID | None:
        """Return the first image that waits for a decision, else the first; None if empty."""

        def read(session: Session) -> uuid.UUID | None:
            waiting = progress.first_undecided(session, project_id)
            first = store.images(session, project_id, 0, 1)
            return waiting or (first[0].id if first else None)

        return self._read(read)

    def images_without_run(
        self, project_id: uuid.UUID, model_name: str, model_sha256: str
    ) -> list[uuid.UUID]:
        """Return the images whose current run is missing or not of this model, in queue order."""
        model = {"model_name": model_name, "model_sha256": model_sha256}
        return self._read(
            lambda session: list(progress.images_without_run(session, project_id, model))
        )

    def record_run(self, run: SuggestionRun) -> None:
        """Append a run; it becomes its image's current one.

        Raises
        ------
        NotFoundError
            If there is no such image.
        StorageError
            Also if a suggestion has a label that the project lacks, leaves the image, or has a
            share outside [0, 1]; or if the run is recorded already.
        """

        def write(session: Session) -> None:
            known = lock_known(session, [run.image_id])[run.image_id]
            store.add_run(session, *run_values(checked_run(run, known)))

        self._write(write)

    def latest_run(self, image_id: uuid.UUID) -> SuggestionRun | None:
        """Return the current run on an image with its suggestions and maps; None without one."""

        def read(session: Session) -> SuggestionRun | None:
            row = store.current_run(session, image_id)
            if row is None:
                return None
            suggestions = store.suggestions(session, [row.id]).get(row.id, [])
            return run_from(row, suggestions, store.maps(session, row.id))

        return self._read(read)

    def suggestions(self, suggestion_ids: Sequence[uuid.UUID]) -> list[Suggestion]:
        """Return suggestions of any runs by their ids; unknown ids are left out."""
        return self._read(
            lambda session: list(
                map(suggestion_from, store.suggestions_by_id(session, suggestion_ids))
            )
        )

    def record_acts(self, acts: Sequence[Annotation]) -> list[uuid.UUID]:
        """Append acts in order: all of them or none. One sent twice is recorded once.

        The time recorded is the server's, now: `created_at` of the given values is not used.

        Returns
        -------
        list of uuid.UUID
            The ids, all of which are on the disk now.

        Raises
        ------
        NotFoundError
            If an image, a suggestion or a superseded act does not exist.
        StorageError
            Also if an id is recorded with another content, a label is not the project's, a
            region leaves its image, or a decision contradicts what it is about.
        """

        def write(session: Session) -> None:
            now = datetime.now(UTC)
            known = lock_known(session, [act.image_id for act in acts])
            suggested = store.images_of_suggestions(
                session, [act.derived_from for act in acts if act.derived_from]
            )
            earlier = store.regions_of_annotations(
                session, [act.supersedes for act in acts if act.supersedes]
            )
            for act in acts:
                check_act(act, known[act.image_id], suggested, earlier)
                earlier[act.id] = (act.image_id, act.region_id)
            raters = store.rater_ids(session, [act.rater for act in acts], now)
            rows = [act_values(replace(act, created_at=now), raters[act.rater]) for act in acts]
            store.append_annotations(session, rows)

        if acts:
            self._write(write)
        return [act.id for act in acts]

    def current_annotations(self, image_id: uuid.UUID) -> list[Annotation]:
        """Return the act that counts of each region of an image, in the order recorded."""
        return self._acts(image_id, latest=True)

    def history(self, image_id: uuid.UUID) -> list[Annotation]:
        """Return all acts on an image, in the order recorded."""
        return self._acts(image_id, latest=False)

    def _acts(self, image_id: uuid.UUID, *, latest: bool) -> list[Annotation]:
        def read(session: Session) -> list[Annotation]:
            rows = store.history(session, [image_id], latest=latest)
            return [act_from(row, rater) for row, rater in rows]

        return self._read(read)

    def image_records(self, project_id: uuid.UUID) -> Generator[ImageRecord, None, None]:
        """Yield all that is recorded of each image, in queue order.

        The record is seen as it is at the first one; memory stays bounded however long the
        queue. Close the iterator (or use it up) to give its connection back.
        """
        with _in_sentences(), self._database.reading() as session:
            yield from stream(session, project_id)

    def _read(self, work: Callable[[Session], _Result]) -> _Result:
        with _in_sentences(), self._database.reading() as session:
            return work(session)

    def _write(self, work: Callable[[Session], _Result]) -> _Result:
        with _in_sentences():
            return self._database.write(work)


@contextlib.contextmanager
def _in_sentences() -> Iterator[None]:
    """Turn the errors of ``db``, which are sentences already, into those of the product."""
    try:
        yield
    except RecordNotFoundError as error:
        raise NotFoundError(str(error)) from error
    except DatabaseError as error:
        raise StorageError(str(error)) from error


def _project(session: Session, row: ProjectRow) -> Project:
    labels = store.labels(session, [row.id])[row.id]
    return project_from(row, labels, progress.counts(session, row.id))


def _find_project(session: Session, name_or_id: str | uuid.UUID) -> ProjectRow:
    if isinstance(name_or_id, uuid.UUID):
        return store.project(session, name_or_id)
    row = store.project_named(session, name_or_id)
    if row is not None:
        return row
    with contextlib.suppress(ValueError, RecordNotFoundError):
        return store.project(session, uuid.UUID(name_or_id))
    names = ", ".join(project.name for project in store.projects(session))
    raise NotFoundError(
        f"There is no project {name_or_id!r}; " + (f"there are {names}." if names else "create it.")
    )
