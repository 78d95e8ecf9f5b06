"""Create and list projects."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..domain import Label, LabelSet, Permission, Project
from ..domain.rights import Rights, Shows, are_of_faces
from ..domain.vocabularies import vocabulary as get_vocabulary
from ..domain.vocabularies import vocabulary_names
from ..errors import AnnotatorError, NotFoundError
from .authority import needs
from .blinding import as_told
from .workspace import Workspace

GEOMETRIES = ("box", "polygon")
_LONGEST_NAME = 120


class ProjectError(AnnotatorError):
    """A project cannot be created as asked for."""


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
        ``box`` or ``polygon``: how suggestions are drawn.
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
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ProjectError(
            f"A project needs a name of at most {_LONGEST_NAME} printable characters; give one."
        )
    if geometry not in GEOMETRIES:
        raise ProjectError(f"Geometry {geometry!r} is unknown; use {' or '.join(GEOMETRIES)}.")
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
def list_projects(workspace: Workspace, rater: str | None = None) -> list[Project]:
    """Return the projects that the person may see, by name, with the counts that they may know.

    `rater` is as of `blinding.is_blinded`.
    """
    return [
        as_told(workspace, project, rater)
        for project in workspace.record.projects()
        if workspace.person.may(Permission.SEE, project.id)
    ]


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
