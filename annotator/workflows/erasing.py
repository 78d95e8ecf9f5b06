"""Erase what shows a person, at their demand: from the record and from the pixel store."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from ..domain import Erasable, Permission
from ..domain.plurals import counted
from ..errors import StorageError
from .authority import needs
from .workspace import Workspace

_PORTION = 100  # pictures that are removed while imports wait


@needs(Permission.ERASE)
def preview_erasure(
    workspace: Workspace,
    project_name: str,
    *,
    subject: str | None = None,
    images: Sequence[uuid.UUID] | None = None,
) -> Erasable:
    """Return what `erase` with the same arguments would take away; nothing is changed."""
    project = workspace.record.project(project_name)
    return workspace.record.erasing.look(project.id, subject, images)


@needs(Permission.ERASE)
def erase(
    workspace: Workspace,
    project_name: str,
    *,
    subject: str | None = None,
    images: Sequence[uuid.UUID] | None = None,
    actor: str,
    reason: str,
) -> Erasable:
    """Erase the images of a person, some images, or with neither the whole project; for ever.

    Rows, what events say of them, and pictures that no other image shows are gone, also from
    backups made from now on. Of each row its digest stays, so that the record still verifies.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    subject : str, optional
        Pseudonym of the person shown.
    images : sequence of uuid.UUID, optional
    actor : str
    reason : str
        Stays in the log; it should name nobody.

    Raises
    ------
    NotFoundError
        If there is no such project, person or image.
    StorageError
        If no reason is given, a picture cannot be removed, or others use the database while its
        files are overwritten; the rows are erased in the last two cases.
    """
    project = workspace.record.project(project_name)
    erased = workspace.record.erasing.erase(project.id, subject, images, actor=actor, reason=reason)
    left = []
    for first in range(0, len(erased.pixels), _PORTION):
        some = erased.pixels[first : first + _PORTION]
        left += workspace.record.erasing.remove_pictures(some, workspace.pixels.remove)
    workspace.record.erasing.overwrite()
    if left:
        raise StorageError(
            f"The rows are erased, but {counted(len(left), 'pictures are')} still in the "
            "pixel store. " + " ".join(left)
        )
    return erased


@needs(Permission.ERASE)
def delete_project(workspace: Workspace, project_name: str, *, actor: str, reason: str) -> Erasable:
    """Erase a whole project, which is archived or empty, for ever.

    Raises
    ------
    NotFoundError
        If there is no such project.
    StorageError
        If it is neither, or as of `erase`.
    """
    project = workspace.record.project(project_name)
    empty = not project.counts.images and not workspace.record.removed_images(project.id)
    if project.archived_at is None and not empty:
        raise StorageError(
            f"The project {project.name!r} holds images; archive it before it is deleted."
        )
    return erase(workspace, project_name, actor=actor, reason=reason)


@needs(Permission.ERASE)
def not_reached(workspace: Workspace) -> list[Path]:
    """Return the earlier copies of the record in the data folder, which an erasure leaves."""
    home = workspace.settings.home
    return sorted({*home.glob("*.backup"), *home.glob("*-before-*")})
