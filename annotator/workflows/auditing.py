"""Verify the record, and write its log out for an audit."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ..domain import Permission
from ..errors import ExportError
from ..record import Record
from ..settings import Settings
from .authority import needs, require_place
from .blinding import require_unblinded
from .workspace import Workspace


def verify(settings: Settings) -> list[str]:
    """Compare the record with its chains, and look for damage; slow on a large one.

    It works also where the record cannot be opened for work because it is not as far as it was.

    Returns
    -------
    list of str
        A sentence for each row changed, removed, added or reordered behind the program's back,
        each project whose end is missing, and each damage of the file.

    Raises
    ------
    StorageError
        If the database cannot be reached.
    """
    with Record.open(settings.database_url, heads_folder=settings.home) as record:
        return record.safekeeping.faults()


def accept_loss(settings: Settings, *, actor: str, reason: str) -> list[str]:
    """Go on with a record that is not as far as it was; its chains say who decided so and why.

    Returns
    -------
    list of str
        What was missing.

    Raises
    ------
    StorageError
        If no reason is given.
    """
    with Record.open(settings.database_url, heads_folder=settings.home) as record:
        return record.safekeeping.accept(actor, reason)


@needs(Permission.AUDIT)
def write_log(workspace: Workspace, project_name: str | None, output: Path) -> int:
    """Write a project's events as JSON lines, or those of the record itself; return their number.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ExportError
        If the file exists or cannot be written.
    ProtocolError
        If the person still has images of the project to read by themselves.
    """
    require_place(workspace, output, within=workspace.settings.export_folder)
    project_id = None if project_name is None else workspace.record.project(project_name).id
    if project_id is not None:
        require_unblinded(workspace, project_id)
    partial = output.with_name(f".{output.name}.partial")
    with ExitStack() as cleaning:
        cleaning.callback(partial.unlink, missing_ok=True)
        try:
            if output.exists():
                raise ExportError(f"{output} exists; name a new file.")
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                count = workspace.record.safekeeping.write_log(project_id, file)
            partial.replace(output)
        except OSError as error:
            raise ExportError(
                f"{output} cannot be written ({error.strerror}); name another place."
            ) from error
    return count
