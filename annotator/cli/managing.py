"""Commands that change a project: its name, labels and images, and whether it is archived."""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..domain.plurals import counted
from .terminal import command, count, group, open_workspace

if TYPE_CHECKING:
    from ..workflows.workspace import Workspace

Change = Callable[["Workspace", uuid.UUID, argparse.Namespace], str]


def add_managing(commands: Any, projects: Any) -> None:
    """Add these commands to the command line's parser and to those on projects."""
    rename = _changing(projects, "rename", _rename, "give a project another name")
    rename.add_argument("name", metavar="NEW_NAME")
    _changing(projects, "archive", _archive, "archive a project: not listed, read only")
    _changing(projects, "restore", _restore, "bring an archived project back")

    _changing(projects, "delete", _delete, "erase an archived or empty project, for ever")

    labels = group(projects, "labels", "change the labels of a project")
    add = _changing(labels, "add", _add_label, "add a label")
    rename = _changing(labels, "rename", _rename_label, "change what a label is called in words")
    retire = _changing(labels, "retire", _retire_label, "offer a label no more; old acts stay")
    offer = _changing(labels, "offer", _offer_label, "offer a retired label again")
    for parser in (add, rename, retire, offer):
        parser.add_argument("code")
    add.add_argument("meaning", nargs="?", default="", help="its name in words")
    rename.add_argument("meaning", help="its name in words")

    images = group(commands, "images", "remove images of a project, or put them back")
    for name, change, text in (
        ("remove", _remove, "leave images out of queue, counts and exports"),
        ("restore", _put_back, "put removed images back"),
    ):
        parser = _changing(images, name, change, text)
        parser.add_argument("number", type=count, nargs="+", help="number of the image, from 1")


def _changing(commands: Any, name: str, change: Change, text: str) -> argparse.ArgumentParser:
    def handle(options: argparse.Namespace) -> int:
        with open_workspace() as workspace:
            project = workspace.record.project(options.project)
            print(change(workspace, project.id, options))
        return 0

    parser = command(commands, name, handle, text)
    parser.add_argument("project")
    parser.add_argument("--reason", required=True, help="recorded with the change")
    return parser


def _rename(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import rename_project

    rename_project(workspace, project_id, options.name, reason=options.reason)
    return f"The project is called {options.name.strip()!r} now."


def _archive(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import archive_project

    archive_project(workspace, project_id, reason=options.reason)
    return "Archived; bring it back with: annotator project restore"


def _restore(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import archive_project

    archive_project(workspace, project_id, archived=False, reason=options.reason)
    return "Restored."


def _delete(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.erasing import delete_project

    who = workspace.person.name
    gone = delete_project(workspace, str(project_id), actor=who, reason=options.reason)
    return f"Deleted, with {counted(gone.images, 'images')}; digests stay in the log."


def _add_label(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import add_label

    add_label(workspace, project_id, options.code, options.meaning, reason=options.reason)
    return f"Label {options.code} added."


def _rename_label(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import rename_label

    rename_label(workspace, project_id, options.code, options.meaning, reason=options.reason)
    return f"Label {options.code} is called {options.meaning!r} now."


def _retire_label(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import retire_label

    retire_label(workspace, project_id, options.code, reason=options.reason)
    return f"Label {options.code} retired."


def _offer_label(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import retire_label

    retire_label(workspace, project_id, options.code, retired=False, reason=options.reason)
    return f"Label {options.code} is offered again."


def _remove(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import remove_images

    ids = workspace.record.images_numbered(project_id, options.number)
    removed = remove_images(workspace, project_id, ids, reason=options.reason)
    return f"{counted(removed, 'images')} removed."


def _put_back(workspace: Workspace, project_id: uuid.UUID, options: argparse.Namespace) -> str:
    from ..workflows.projects import remove_images

    ids = workspace.record.images_numbered(project_id, options.number)
    changed = remove_images(workspace, project_id, ids, removed=False, reason=options.reason)
    return f"{counted(changed, 'images')} put back."
