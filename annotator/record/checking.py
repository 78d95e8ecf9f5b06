"""What the record refuses, in sentences; rules that need the image or the label set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from db.errors import RecordValueError
from db.tables import ProjectRow
from db.tables.columns import check_text

from ..domain import Act, Annotation, LabelValue, Presence, Protocol, Region
from ..errors import NotFoundError, StorageError
from . import images, projects

_EDGE_TOLERANCE_PX = 1e-6  # what float arithmetic on pixels of a large image may add


@dataclass(frozen=True, slots=True)
class KnownOfImage:
    """What acts and suggestions on an image are held against."""

    image_id: UUID
    project_id: UUID
    position: int
    protocol: Protocol
    width: int
    height: int
    codes: Collection[str]
    retired: Collection[str] = ()
    closed: str = ""
    """Why nothing more may be recorded of it; blank where it may."""

    def check_open(self) -> None:
        """Refuse what would be recorded of a removed image, or in an archived project."""
        if self.closed:
            raise StorageError(self.closed)

    def check_offered(self, label: str) -> None:
        """Refuse to state something new with a retired label."""
        if label in self.retired:
            raise StorageError(
                f"The label {label!r} is retired: what was stated with it stays, and nothing new "
                "is. Choose another label."
            )

    def check_label(self, label: str) -> None:
        """Refuse a label that the project lacks."""
        if label not in self.codes:
            raise StorageError(
                f"The project has no label {label!r}; its labels are {', '.join(self.codes)}."
            )

    def check(self, label: str, region: Region) -> None:
        """Refuse a label that the project lacks, and a region that leaves the image."""
        self.check_label(label)
        region.bounds  # noqa: B018 - refuses a polygon on one row or column
        left, top, right, bottom = region.extent
        over = max(-left, -top, right - self.width, bottom - self.height)
        if over > _EDGE_TOLERANCE_PX:
            raise StorageError(
                f"A region for {label!r} reaches {over:g} px beyond the edge of the image of "
                f"{self.width} x {self.height} px; keep it inside."
            )


def lock_image(session: Session, image_id: UUID) -> KnownOfImage:
    """Keep other writers of an image, which is open, waiting, and return what is known of it."""
    return lock_open(session, [image_id])[image_id]


def lock_open(session: Session, image_ids: Collection[UUID]) -> dict[UUID, KnownOfImage]:
    """Keep other writers of images waiting, and return what is known of them: all are open."""
    known = lock_known(session, image_ids)
    if missing := set(image_ids) - known.keys():
        raise NotFoundError(f"There is no image with the id {min(missing)}.")
    for one in known.values():
        one.check_open()
    return known


def lock_known(session: Session, image_ids: Iterable[UUID]) -> dict[UUID, KnownOfImage]:
    """Keep other writers of images waiting, and return what is known of those that exist."""
    rows = images.lock_images(session, image_ids)
    project_ids = {row.project_id for row in rows.values()}
    labels = projects.labels(session, project_ids)
    of_projects = {key: projects.project(session, key) for key in project_ids}
    protocols = {key: projects.protocol_from(row) for key, row in of_projects.items()}
    removed = images.removed(session, rows)
    return {
        row.id: KnownOfImage(
            **{name: getattr(row, name) for name in ("project_id", "position", "width", "height")},
            image_id=row.id,
            protocol=protocols[row.project_id],
            codes=[label.code for label in labels[row.project_id]],
            retired=[label.code for label in labels[row.project_id] if label.retired],
            closed=_why_closed(of_projects[row.project_id], row.id in removed),
        )
        for row in rows.values()
    }


def why_closed(session: Session, image_id: UUID) -> str:
    """Return why nothing more may be recorded of an image; blank where it may."""
    project = projects.project(session, images.image(session, image_id).project_id)
    return _why_closed(project, bool(images.removed(session, [image_id])))


def _why_closed(project: ProjectRow, removed: bool) -> str:
    if removed:
        return "This image was removed from the project; nothing more can be recorded of it."
    if project.archived_at is not None:
        return projects.ARCHIVED.format(project.name)
    return ""


def check_rater(name: str) -> None:
    """Refuse a name that nobody can be recorded under."""
    if not name.strip():
        raise StorageError("What is recorded needs the name of its rater; state who annotates.")
    _check_text(name)


def _check_text(text: str) -> None:
    try:
        check_text(text)
    except RecordValueError as error:
        raise StorageError(str(error)) from error


def check_act(act: Act, known: KnownOfImage) -> None:
    """Refuse an act that contradicts itself, the label set, or the image's edge."""
    known.check_open()
    if isinstance(act, Annotation):
        known.check(act.label, act.region)
        if act.decision.states_region:
            known.check_offered(act.label)
    elif isinstance(act, LabelValue):
        known.check_label(act.label)
        if act.value is not Presence.NOT_ASSESSED:
            known.check_offered(act.label)
    else:
        _check_text(act.text)
    act.check()
