"""The demo project: public-domain portraits with suggestions already computed."""

from __future__ import annotations

from pathlib import Path

from ..domain import Project
from .importing import import_paths
from .progress import Progress, silent
from .projects import create_project, list_projects
from .suggesting import suggest_project
from .workspace import Workspace

DEMO_PROJECT = "Demo: facial expression"
DEMO_MODEL = "face-expression"
_PICTURES = Path(__file__).parents[1] / "demo"


def make_demo_if_empty(workspace: Workspace, progress: Progress = silent) -> list[Project]:
    """Make the demo where there is no project at all; return the projects that were made."""
    return [] if list_projects(workspace) else make_demo(workspace, progress)


def make_demo(workspace: Workspace, progress: Progress = silent) -> list[Project]:
    """Make the demo project, or finish one that was interrupted; return the demo's projects.

    Raises
    ------
    AnnotatorError
        If a step fails; what was done stays, and the next call goes on from there.
    """
    names = [project.name for project in list_projects(workspace)]
    if DEMO_PROJECT not in names:
        create_project(workspace, DEMO_PROJECT, model=DEMO_MODEL)
    import_paths(workspace, DEMO_PROJECT, sorted(_PICTURES.glob("*.jpg")))
    suggest_project(workspace, DEMO_PROJECT, progress=progress)
    return [workspace.record.project(DEMO_PROJECT)]
