"""The demo projects: public pictures with suggestions already computed, and nothing called for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..domain import Permission, Project
from ..domain.rights import Consent, Rights, Shows
from .authority import needs
from .exporting import state_rights
from .importing import import_paths
from .progress import Progress, silent
from .projects import create_project, list_projects
from .suggesting import suggest_project
from .workspace import Workspace

_FOLDER = Path(__file__).parents[1] / "demo"
_PORTRAITS = ("astronaut.jpg", "grace_hopper.jpg")
_OF_FILMS = Rights(shows=Shows.NOBODY)
_OF_PORTRAITS = Rights(
    "public domain: see the package's SOURCES.md", Consent.GRANTED, shows=Shows.PERSONS
)


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo project.

    Attributes
    ----------
    name : str
        Of the project.
    model : str
        A card that ships.
    pictures : tuple of str
        Files of the demo's folder, or of the package ``pydicom-data`` where that is installed.
    geometry : str
        One of `SUGGESTION_GEOMETRIES`.
    rights : Rights
    """

    name: str
    model: str
    pictures: tuple[str, ...]
    geometry: str = "box"
    rights: Rights = _OF_FILMS

    def paths(self) -> list[Path]:
        """Return where those of its pictures lie that this machine has; nothing is fetched."""
        return [path for name in self.pictures if (path := _find(name)) is not None]


DEMOS: Sequence[Demo] = (
    Demo("Demo: facial expression", "face-expression", _PORTRAITS, rights=_OF_PORTRAITS),
    Demo(
        "Demo: facial movement (Action Units)",
        "face-action-units",
        _PORTRAITS,
        "polygon",
        _OF_PORTRAITS,
    ),
    Demo("Demo: film of the chest", "chest-film-opacity", ("RG1_J2KI.dcm",)),
)
"""In the order they are made; an entry more is a project more, where its pictures are."""


def _find(name: str) -> Path | None:
    if (_FOLDER / name).is_file():
        return _FOLDER / name
    from pydicom.data import get_testdata_file

    found = get_testdata_file(name, download=False)
    return None if found is None else Path(str(found))


@needs(Permission.CREATE_PROJECT)
def make_demo_if_empty(workspace: Workspace, progress: Progress = silent) -> list[Project]:
    """Make the demo where there is no project at all; return the projects that were made."""
    return [] if list_projects(workspace) else make_demo(workspace, progress)


@needs(Permission.CREATE_PROJECT)
def make_demo(workspace: Workspace, progress: Progress = silent) -> list[Project]:
    """Make the demo projects, or finish one that was interrupted; return the demo's projects.

    Raises
    ------
    AnnotatorError
        If a step fails; what was done stays, and the next call goes on from there.
    """
    names = [project.name for project in list_projects(workspace)]
    made = [demo for demo in DEMOS if demo.paths()]
    for demo in made:
        if demo.name not in names:
            create_project(workspace, demo.name, model=demo.model, geometry=demo.geometry)
            state_rights(workspace, demo.name, demo.rights, reason="annotator/demo/SOURCES.md")
        import_paths(workspace, demo.name, demo.paths())
        suggest_project(workspace, demo.name, progress=progress)
    return [workspace.record.project(demo.name) for demo in made]
