"""The record as the use cases see it: values in, values out, errors in sentences."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from db.errors import RecordNotFoundError

from ..domain import (
    SUGGESTIONS_FIRST,
    Act,
    AddedImages,
    Annotation,
    ImageAsset,
    ImageRecord,
    LabelSet,
    Project,
    Protocol,
    SaveReport,
    Suggestion,
    SuggestionRun,
)
from ..errors import ConflictError, NotFoundError, StorageError
from . import acts as writing
from .act_translation import annotation_from
from .adjudications import Adjudications
from .checking import checked_run, lock_known
from .orderings import Orderings
from .people import People
from .queues import Queues
from .readings import Readings
from .rights import StatedRights
from .rows import acts, images, projects, queue, runs
from .safekeeping import Safekeeping
from .sessions import OpenDatabase, in_sentences
from .signing_in import SigningIn
from .streaming import image_records, stream
from .translation import (
    image_from,
    image_values,
    project_from,
    project_values,
    protocol_from,
    run_from,
    run_values,
    suggestion_from,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.engine import Database
    from db.tables import ImageRow, ProjectRow

UNSTATED = "unstated"
"""The actor of an event where nobody said who acts."""


class Record(OpenDatabase):
    """Projects, images, what the machine suggested and what people said of it.

    Everything is appended; a method that writes has everything on the disk when it returns, or
    nothing. One `Record` may be shared by all threads of a process: every call has a session of
    its own.

    Every method raises `StorageError` if the database cannot be read or written; the record is
    then as it was before the call. Methods that write take the name of who acts, for the event
    that is appended with it.

    Parameters
    ----------
    database : Database

    Attributes
    ----------
    queue : Queues
        What is to be looked at next, and how far the work is.
    orderings : Orderings
        The queue as a person ordered it.
    readings : Readings
        Who reads what, and what they see.
    adjudications : Adjudications
        Readers' work side by side.
    safekeeping : Safekeeping
        Verification, the log, backups.
    people : People
        Accounts and roles.
    signing_in : SigningIn
        Links, passwords and sessions.
    rights : StatedRights
        Licence and consent.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.queue = Queues(self._sessions)
        self.orderings = Orderings(self._sessions)
        self.readings = Readings(self._sessions)
        self.adjudications = Adjudications(self._sessions)
        self.safekeeping = Safekeeping(self._sessions)
        self.people = People(self._sessions)
        self.signing_in = SigningIn(self._sessions)
        self.rights = StatedRights(self._sessions)

    def create_project(
        self,
        name: str,
        label_set: LabelSet,
        *,
        model_name: str | None = None,
        contrast: str | None = None,
        suggestion_geometry: str = "box",
        protocol: Protocol = SUGGESTIONS_FIRST,
        actor: str = UNSTATED,
    ) -> Project:
        """Create a project; see `Project` for the parameters.

        Raises
        ------
        StorageError
            If the name is blank or taken, or there is no label.
        """
        if not name.strip() or not len(label_set):
            raise StorageError("A project needs a name and at least one label; give both.")
        project = Project(name, label_set, model_name, contrast, suggestion_geometry, protocol)
        row, labels = project_values(project)
        self._sessions.write(lambda session: projects.add_project(session, row, labels, actor))
        return project

    def projects(self) -> list[Project]:
        """Return all projects by name."""

        def read(session: Session) -> list[Project]:
            return [_project(session, row) for row in projects.projects(session)]

        return self._sessions.read(read)

    def project(self, name_or_id: str | uuid.UUID) -> Project:
        """Return a project by its name or its id.

        Raises
        ------
        NotFoundError
            If there is none; the message names those that exist.
        """
        return self._sessions.read(
            lambda session: _project(session, _find_project(session, name_or_id))
        )

    def protocol(self, project_id: uuid.UUID) -> Protocol:
        """Return how a project is read; quick, for nothing is counted.

        Raises
        ------
        NotFoundError
            If there is no such project.
        """
        return self._sessions.read(
            lambda session: protocol_from(projects.project(session, project_id))
        )

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
            subjects = images.subject_ids(session, project_id, named, now, actor)
            rows = [
                image_values(asset, subjects[asset.subject] if asset.subject else None)
                | {"created_at": now}
                for asset in assets
            ]
            return images.add_images(session, project_id, rows, actor)

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

        def read(session: Session) -> ImageAsset:
            return _assets(session, [images.image(session, image_id)])[0]

        return self._sessions.read(read)

    def project_of(self, image_id: uuid.UUID) -> uuid.UUID:
        """Return the id of the project that an image is in.

        Raises
        ------
        NotFoundError
        """
        return self._sessions.read(lambda session: images.image(session, image_id).project_id)

    def images(
        self, project_id: uuid.UUID, offset: int = 0, limit: int | None = None
    ) -> list[ImageAsset]:
        """Return a project's images in queue order."""
        return self._sessions.read(
            lambda session: _assets(session, images.images(session, project_id, offset, limit))
        )

    def image_ids(self, project_id: uuid.UUID) -> list[uuid.UUID]:
        """Return the ids of all of a project's images in queue order."""
        return self._sessions.read(lambda session: list(images.image_ids(session, project_id)))

    def images_without_run(
        self, project_id: uuid.UUID, model_name: str, model_sha256: str
    ) -> list[uuid.UUID]:
        """Return the images whose current run is missing or not of this model, in queue order."""
        model = {"model_name": model_name, "model_sha256": model_sha256}
        return self._sessions.read(
            lambda session: list(queue.images_without_run(session, project_id, model))
        )

    def record_run(self, run: SuggestionRun, *, actor: str = UNSTATED) -> None:
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
            runs.add_run(session, *run_values(checked_run(run, known)), actor=actor)

        self._sessions.write(write)

    def latest_run(self, image_id: uuid.UUID, *, maps: bool = True) -> SuggestionRun | None:
        """Return the current run on an image with its suggestions and maps; None without one."""

        def read(session: Session) -> SuggestionRun | None:
            row = runs.current_run(session, image_id)
            if row is None:
                return None
            suggestions = runs.suggestions(session, [row.id]).get(row.id, [])
            return run_from(row, suggestions, runs.maps(session, row.id) if maps else ())

        return self._sessions.read(read)

    def suggestions(self, suggestion_ids: Sequence[uuid.UUID]) -> list[Suggestion]:
        """Return suggestions of any runs by their ids; unknown ids are left out."""
        return self._sessions.read(
            lambda session: list(
                map(suggestion_from, runs.suggestions_by_id(session, suggestion_ids))
            )
        )

    def save_acts(self, acts: Sequence[Act]) -> SaveReport:
        """Append acts in order, leaving out those that come too late. Sent twice, recorded once.

        An act comes too late when what it says it replaces is not what counts: it would win
        over an act that its rater never saw. The time recorded is the server's, now.

        Raises
        ------
        NotFoundError
            If an image, a suggestion or another act that is named does not exist.
        ProtocolError
            If an act's reading is signed or another's.
        StorageError
            Also if an id is recorded with another content, a label is not the project's, a
            region leaves its image, or a decision contradicts what it is about. In every one
            of these cases nothing is recorded.
        """
        if not acts:
            return SaveReport(())
        return self._sessions.write(lambda session: writing.write(session, acts))

    def record_acts(self, acts: Sequence[Act]) -> list[uuid.UUID]:
        """Append acts as `save_acts` does: all of them or none.

        Returns
        -------
        list of uuid.UUID
            The ids, all of which are on the disk now.

        Raises
        ------
        ConflictError
            If one came too late; it holds each with what counts now.
        AnnotatorError
            As of `save_acts`.
        """

        def write(session: Session) -> None:
            conflicts = writing.write(session, acts).conflicts
            if conflicts:
                raise ConflictError(
                    f"{len(conflicts)} of {len(acts)} changes came too late: the region or label "
                    "was changed meanwhile. Nothing was recorded; look at both and decide.",
                    conflicts,
                )

        if acts:
            self._sessions.write(write)
        return [act.id for act in acts]

    def current_annotations(self, image_id: uuid.UUID) -> list[Annotation]:
        """Return the act that counts of each region of an image, whoever made it, in order."""
        return self._acts(image_id, latest=True)

    def history(self, image_id: uuid.UUID) -> list[Annotation]:
        """Return all acts on regions of an image, in the order recorded."""
        return self._acts(image_id, latest=False)

    def _acts(self, image_id: uuid.UUID, *, latest: bool) -> list[Annotation]:
        def read(session: Session) -> list[Annotation]:
            rows = acts.region_acts(session, [image_id], latest=latest)
            return [annotation_from(row, rater) for row, rater in rows]

        return self._sessions.read(read)

    def image_record(self, image_id: uuid.UUID) -> ImageRecord:
        """Return all that is recorded of one image.

        Raises
        ------
        NotFoundError
        """

        def read(session: Session) -> ImageRecord:
            row = images.image(session, image_id)
            protocol = protocol_from(projects.project(session, row.project_id))
            return next(image_records(session, [row], protocol))

        return self._sessions.read(read)

    def image_records(self, project_id: uuid.UUID) -> Generator[ImageRecord, None, None]:
        """Yield all that is recorded of each image, in queue order.

        The record is seen as it is at the first one; memory stays bounded however long the
        queue. Close the iterator (or use it up) to give its connection back.
        """
        with in_sentences(), self._sessions.database.reading() as session:
            yield from stream(session, project_id)


def _project(session: Session, row: ProjectRow) -> Project:
    labels = projects.labels(session, [row.id])[row.id]
    return project_from(row, labels, queue.counts(session, row.id))


def _assets(session: Session, rows: Sequence[ImageRow]) -> list[ImageAsset]:
    subjects = images.pseudonyms(session, {row.subject_id for row in rows if row.subject_id})
    return [
        image_from(row, subjects.get(row.subject_id) if row.subject_id else None) for row in rows
    ]


def _find_project(session: Session, name_or_id: str | uuid.UUID) -> ProjectRow:
    if isinstance(name_or_id, uuid.UUID):
        return projects.project(session, name_or_id)
    row = projects.project_named(session, name_or_id)
    if row is not None:
        return row
    with contextlib.suppress(ValueError, RecordNotFoundError):
        return projects.project(session, uuid.UUID(name_or_id))
    names = ", ".join(project.name for project in projects.projects(session))
    raise NotFoundError(
        f"There is no project {name_or_id!r}; " + (f"there are {names}." if names else "create it.")
    )
