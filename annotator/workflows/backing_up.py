"""Back the record up, restore it, and move it to another database."""

from __future__ import annotations

from pathlib import Path

from ..domain import Permission
from ..errors import SettingsError
from ..record import restore
from ..settings import Settings
from .authority import needs
from .workspace import Workspace


@needs(Permission.SAFEKEEP)
def back_up(workspace: Workspace, target: Path) -> None:
    """Write the record, as it is at one moment, to a file; others may go on working.

    The pictures are not in it: they lie in the data folder under the names of their content, and
    are never changed, so any copy of that folder will do.

    Raises
    ------
    StorageError
        If the file exists or cannot be written.
    """
    workspace.record.safekeeping.write_backup(target)


def restore_backup(settings: Settings, source: Path, *, actor: str, reason: str) -> Path | None:
    """Put a backup in the place of the record; no server may be running on it.

    Its chains then say that it was restored, by whom and why.

    Returns
    -------
    Path or None
        Where the SQLite database that was there lies now; None where there was none.

    Raises
    ------
    StorageError
        If the backup is not whole, no reason is given, or a PostgreSQL database is not empty.
    SettingsError
        If the data folder cannot be made.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"The data folder {settings.home} cannot be made ({error.strerror}); name another "
            "one in ANNOTATOR_HOME."
        ) from error
    return restore(settings.database_url, settings.home, source, actor=actor, reason=reason)


@needs(Permission.SAFEKEEP)
def copy_record(workspace: Workspace, url: str) -> int:
    """Copy the record into an empty database of either kind, without loss.

    Returns
    -------
    int
        The number of rows copied; the chains of the copy were verified.

    Raises
    ------
    StorageError
        If that database holds a record already, or cannot be used.
    """
    return workspace.record.safekeeping.copy_to(url, workspace.settings.home)
