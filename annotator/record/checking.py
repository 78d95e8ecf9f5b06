"""What the record refuses, in sentences; rules that need the image or the label set."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from db.errors import RecordValueError
from db.rows import Values
from db.tables import ProjectRow
from db.tables.columns import check_text

from ..domain import (
    Act,
    Annotation,
    Decision,
    LabelValue,
    MapRecord,
    Presence,
    Protocol,
    Region,
    Remark,
    RemarkKind,
    Suggestion,
    SuggestionRun,
)
from ..errors import NotFoundError, StorageError
from . import images, projects

_EDGE_TOLERANCE_PX = 1e-6  # what float arithmetic on pixels of a large image may add
_UNIT_TOLERANCE = 1e-5  # what a sum of float32 shares may be over 1
_OF_SUGGESTION = (Decision.ACCEPTED, Decision.EDITED, Decision.REJECTED)
_OF_DRAWING = (Decision.ADDED, Decision.WITHDRAWN)
_WITH_TEXT = (RemarkKind.NOTE, RemarkKind.SKIP, RemarkKind.ISSUE, RemarkKind.REPLY)
_ANSWERS = (RemarkKind.REPLY, RemarkKind.RESOLVED)
_INTENSITIES = ("A", "B", "C", "D", "E")
_SIDES = ("L", "R", "B", "A")

_Made = TypeVar("_Made", Suggestion, MapRecord)


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
        _check_decision(act)
    elif isinstance(act, LabelValue):
        known.check_label(act.label)
        if act.value is not Presence.NOT_ASSESSED:
            known.check_offered(act.label)
        _check_value(act)
    else:
        _check_remark(act)


def _check_decision(act: Annotation) -> None:
    if act.decision in _OF_SUGGESTION and act.derived_from is None:
        raise StorageError(
            f"An act of {act.decision.value!r} must name the suggestion it is about; use "
            f"{Decision.ADDED.value!r} for a drawn region."
        )
    if act.decision in (Decision.ADDED, Decision.EDITED):
        act.region.check()
    if act.decision in _OF_DRAWING and act.derived_from is not None:
        raise StorageError(
            f"An act of {act.decision.value!r} is about a drawn region and cannot name a "
            f"suggestion; use {Decision.REJECTED.value!r} or {Decision.EDITED.value!r}."
        )


def _check_value(act: LabelValue) -> None:
    for name, value, allowed in (
        ("intensity", act.intensity, _INTENSITIES),
        ("side", act.side, _SIDES),
    ):
        if value is not None and value not in allowed:
            raise StorageError(
                f"The {name} {value!r} of {act.label!r} is unknown; use {', '.join(allowed)}."
            )
        if value is not None and act.value not in (Presence.PRESENT, Presence.UNCERTAIN):
            raise StorageError(
                f"{act.label!r} is {act.value.value!r} and cannot have the {name} {value!r}; leave "
                "it out, or state the label as present."
            )


def _check_remark(act: Remark) -> None:
    _check_text(act.text)
    if act.kind in _WITH_TEXT and not act.text.strip():
        raise StorageError(
            f"A remark of the kind {act.kind.value!r} needs a text; say why or what."
        )
    if (act.kind in _ANSWERS) != (act.answers is not None):
        raise StorageError(
            "A reply or a resolution names the issue it is about, and nothing else does."
        )
    if (act.kind is RemarkKind.ISSUE) != (act.act_id is not None):
        raise StorageError("An issue names the act on a region it is about, and nothing else does.")


def checked_run(run: SuggestionRun, known: KnownOfImage) -> SuggestionRun:
    """Return a run as it is recorded: shares that rounding put outside [0, 1] put back.

    Refused are labels that the project lacks, regions that leave the image, other shares outside
    [0, 1], and maps that are no grid.
    """
    for suggestion in run.suggestions:
        known.check(suggestion.label, suggestion.region)
    for record in run.maps:
        if record.grid.ndim != 2 or record.grid.size == 0:
            raise StorageError(
                f"The map of {record.label!r} has the shape {record.grid.shape}, not (h, w)."
            )
    return replace(
        run,
        suggestions=tuple(
            _with_shares(one, "score", "strength", "explained_mass") for one in run.suggestions
        ),
        maps=tuple(_with_shares(one, "explained_mass") for one in run.maps),
    )


def _with_shares(made: _Made, *names: str) -> _Made:
    shares: Values = {name: _share(name.replace("_", " "), getattr(made, name)) for name in names}
    return replace(made, **shares)


def _share(name: str, value: float) -> float:
    nearest = min(1.0, max(0.0, float(value)))
    if not abs(value - nearest) <= _UNIT_TOLERANCE:  # also true for NaN
        raise StorageError(f"A suggestion's {name} is {value}, not a number in [0, 1].")
    return nearest
