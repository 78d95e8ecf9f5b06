"""Create, list and manage projects."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..domain import (
    SUGGESTION_GEOMETRIES,
    ImageAsset,
    Label,
    LabelSet,
    Permission,
    Project,
)
from ..domain.rights import Rights, Shows, are_of_faces
from ..domain.vocabularies import vocabulary as get_vocabulary
from ..domain.vocabularies import vocabulary_names
from ..errors import AnnotatorError, NotFoundError
from .authority import needs
from .blinding import as_told
from .workspace import Workspace

_LONGEST_NAME = 120


class ProjectError(AnnotatorError):
    """A project cannot be created or changed as asked for."""


@needs(Permission.CREATE_PROJECT)
def create_project(
    workspace: Workspace,
    name: str,
    *,
    model: str | None = None,
    vocabulary: str | None = None,
    labels: Sequence[str] = (),
    against: str | None = None,
    geometry: str = "box",
    actor: str | None = None,
) -> Project:
    """Create a project.

    Whether its raster pictures show recognisable persons is taken from the model's card; labels of
    faces mean persons. Else nobody has stated it (`state_shows`), and no raster picture leaves.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Not taken yet; surrounding blanks are dropped.
    model : str, optional
        A model card: its labels become the project's, and it makes the suggestions.
    vocabulary : str, optional
        Without a model: the vocabulary whose labels become the project's.
    labels : sequence of str, optional
        With a model or a vocabulary, which of its labels to use; without, the project's own
        label codes.
    against : str, optional
        Contrast of the suggestions: ``dual``, ``none``, ``rest`` or a label code; the card's if
        not given.
    geometry : str
        One of `SUGGESTION_GEOMETRIES`: how suggestions are drawn.
    actor : str, optional
        Who creates it, for its log; the person of the workspace if not given.

    Raises
    ------
    ProjectError
        If the name is blank, the labels are missing, a model comes with a vocabulary, or a value
        is not one of those offered.
    NotFoundError
        If there is no such vocabulary, or the model or vocabulary has no such label.
    SuggestError
        If there is no such model card.
    StorageError
        If the name is taken.
    """
    name = _checked_name(name)
    if geometry not in SUGGESTION_GEOMETRIES:
        *others, last = SUGGESTION_GEOMETRIES
        raise ProjectError(f"Geometry {geometry!r} is unknown; use {', '.join(others)} or {last}.")
    if model is not None and model.endswith(".toml"):
        # A file's place must not depend on where the next command is typed.
        model = str(Path(model).expanduser().resolve())
    if model is None:
        label_set, contrast = _labels_without_model(vocabulary, labels, against), None
        shows = Shows.NOT_STATED
    elif vocabulary is not None:
        raise ProjectError(
            f"A project has the labels of its model {model} or of the vocabulary {vocabulary}; "
            "name one of the two."
        )
    else:
        label_set, contrast, shows = _labels_of_model(model, labels, against)
    who = actor or workspace.person.name
    project = workspace.record.create_project(
        name,
        label_set,
        model_name=model,
        contrast=contrast,
        suggestion_geometry=geometry,
        actor=who,
    )
    if shows is Shows.NOT_STATED and are_of_faces(label_set):
        shows = Shows.PERSONS
    if shows is not Shows.NOT_STATED:
        rights = Rights(shows=shows)
        workspace.record.rights.state(project.id, rights, actor=who, reason="project created")
    return project


@needs(Permission.SIGNED_IN)
def list_projects(
    workspace: Workspace, rater: str | None = None, *, archived: bool = False
) -> list[Project]:
    """Return the projects that the person may see, by name, with the counts that they may know.

    `rater` is as of `blinding.is_blinded`; `archived` lists the archived ones instead.
    """
    return [
        as_told(workspace, project, rater)
        for project in workspace.record.projects()
        if workspace.person.may(Permission.SEE, project.id)
        and (project.archived_at is not None) == archived
    ]


@needs(Permission.MANAGE)
def rename_project(workspace: Workspace, project_id: uuid.UUID, name: str, *, reason: str) -> None:
    """Give a project another name.

    Raises
    ------
    ProjectError
        If the name is blank or no reason is given.
    StorageError
        If the name is taken, or the project is archived.
    """
    workspace.record.rename_project(
        project_id, _checked_name(name), actor=workspace.person.name, reason=_checked(reason)
    )


@needs(Permission.MANAGE)
def archive_project(
    workspace: Workspace, project_id: uuid.UUID, *, archived: bool = True, reason: str
) -> None:
    """Archive a project, which is then listed no more and can be read only, or bring it back.

    Raises
    ------
    ProjectError
        If no reason is given.
    """
    workspace.record.archive_project(
        project_id, archived, actor=workspace.person.name, reason=_checked(reason)
    )


@needs(Permission.MANAGE)
def add_label(
    workspace: Workspace, project_id: uuid.UUID, code: str, meaning: str = "", *, reason: str
) -> None:
    """Add a label of one's own to a project.

    Raises
    ------
    ProjectError
        If no reason is given.
    StorageError
        If the code is blank or there already, or the project is archived.
    """
    label = Label("project", code.strip(), meaning.strip() or code.strip())
    workspace.record.add_label(
        project_id, label, actor=workspace.person.name, reason=_checked(reason)
    )


@needs(Permission.MANAGE)
def rename_label(
    workspace: Workspace, project_id: uuid.UUID, code: str, meaning: str, *, reason: str
) -> None:
    """Change what a label is called in words; its code stays, for annotations name it.

    Raises
    ------
    ProjectError
        If the words or the reason are blank.
    NotFoundError
        If there is no such label.
    """
    if not meaning.strip():
        raise ProjectError("A label needs a name in words; give one.")
    workspace.record.change_label(
        project_id,
        code,
        meaning=meaning.strip(),
        actor=workspace.person.name,
        reason=_checked(reason),
    )


@needs(Permission.MANAGE)
def retire_label(
    workspace: Workspace, project_id: uuid.UUID, code: str, *, retired: bool = True, reason: str
) -> None:
    """Offer a label no more, or again; what was stated with it stays, and is exported.

    Raises
    ------
    ProjectError
        If no reason is given.
    NotFoundError
        If there is no such label.
    StorageError
        If it is the only one left, or the project is archived.
    """
    workspace.record.change_label(
        project_id, code, retired=retired, actor=workspace.person.name, reason=_checked(reason)
    )


@needs(Permission.MANAGE)
def remove_images(
    workspace: Workspace,
    project_id: uuid.UUID,
    image_ids: Sequence[uuid.UUID],
    *,
    removed: bool = True,
    reason: str,
) -> int:
    """Take images out of a project's queue, counts and exports, or put them back.

    What was stated of them stays in the record.

    Returns
    -------
    int
        How many were changed.

    Raises
    ------
    ProjectError
        If no reason is given.
    NotFoundError
        If the project does not have one of them; nothing is changed.
    """
    return workspace.record.remove_images(
        project_id, image_ids, removed, actor=workspace.person.name, reason=_checked(reason)
    )


@needs(Permission.MANAGE)
def removed_images(workspace: Workspace, project_id: uuid.UUID) -> list[ImageAsset]:
    """Return the images that were taken out of a project, in queue order."""
    return workspace.record.removed_images(project_id)


def _checked(reason: str) -> str:
    if not reason.strip():
        raise ProjectError("Changes of a project are recorded with a reason; give it.")
    return reason.strip()


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ProjectError(
            f"A project needs a name of at most {_LONGEST_NAME} printable characters; give one."
        )
    return name


@needs(Permission.SIGNED_IN)
def project_of_image(workspace: Workspace, image_id: uuid.UUID) -> uuid.UUID | None:
    """Return the id of the project that an image is in; None if there is no such image."""
    try:
        return workspace.record.project_of(image_id)
    except NotFoundError:
        return None


def project_summary(project: Project) -> dict[str, Any]:
    """Return what is worth knowing of a project, JSON-ready."""
    return {
        "id": str(project.id),
        "name": project.name,
        "model": project.model_name,
        "contrast": project.contrast,
        "geometry": project.suggestion_geometry,
        "labels": list(project.label_set.codes),
        "archived_at": project.archived_at.isoformat() if project.archived_at else None,
        "created_at": project.created_at.isoformat(),
        "counts": asdict(project.counts),
    }


def list_vocabularies() -> list[dict[str, Any]]:
    """Return what is worth knowing of each vocabulary that ships, JSON-ready."""
    return [
        {
            "name": name,
            "title": found.title,
            "scheme": found.scheme,
            "source": found.source,
            "labels": [asdict(label) for label in found.label_set],
        }
        for name in vocabulary_names()
        for found in (get_vocabulary(name),)
    ]


def _labels_without_model(
    vocabulary: str | None, labels: Sequence[str], against: str | None
) -> LabelSet:
    codes = list(dict.fromkeys(code.strip() for code in labels if code.strip()))
    if not codes and vocabulary is None:
        raise ProjectError("A project needs labels; name a model card, a vocabulary, or labels.")
    if against is not None:
        raise ProjectError(
            f"The rival {against!r} is for a model's maps, and this project has no model; name a "
            "model card, or leave the rival out."
        )
    if vocabulary is None:
        return LabelSet(tuple(Label("project", code, code) for code in codes))
    offered = get_vocabulary(vocabulary).label_set
    return LabelSet(tuple(offered[code] for code in codes)) if codes else offered


def _labels_of_model(
    model: str, labels: Sequence[str], against: str | None
) -> tuple[LabelSet, str, Shows]:
    from ..suggest.cards import contrast, is_rival, label_code, label_set, open_card

    card = open_card(model)
    of_card = label_set(card)
    codes = list(dict.fromkeys(label_code(card, name) for name in labels)) or of_card.codes
    rival = contrast(card, against or card.contrast)
    if is_rival(rival) and list(codes) == [rival]:
        raise ProjectError(
            f"{rival} is the project's only label and cannot be set against itself; name "
            "another rival or more labels."
        )
    shows = Shows(card.shows or Shows.NOT_STATED)
    return LabelSet(tuple(of_card[code] for code in codes)), rival, shows
