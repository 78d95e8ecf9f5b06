"""An import that goes on with whatever comes into a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...domain import Permission
from ...ingest.files import find_files
from ..authority import needs, require_place
from ..import_report import ImportReport
from ..importing import AS_USUAL, ImportOptions, import_paths
from ..workspace import Workspace


@needs(Permission.ADD_IMAGES)
def watch_folder(
    workspace: Workspace,
    project_name: str,
    folder: Path,
    *,
    wait: Callable[[], bool],
    tell: Callable[[ImportReport], None],
    options: ImportOptions = AS_USUAL,
    actor: str | None = None,
) -> None:
    """Take in what comes into a folder, until there is no more waiting.

    A file is taken in when its size and time are those of the round before: before, somebody may
    still be writing it.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    folder : Path
    wait : callable
        Waits for the next round; False ends.
    tell : callable
        Called with the report of each round that took files in.
    options : ImportOptions
        Without files to make.
    actor : str, optional
        As of `import_paths`.
    """
    require_place(workspace, folder, within=workspace.settings.upload_folder)
    before: dict[Path, tuple[int, int]] = {}
    taken: dict[Path, tuple[int, int]] = {}
    while True:
        now = _stamps(folder)
        settled = [p for p, s in now.items() if before.get(p) == s and taken.get(p) != s]
        if settled:
            tell(import_paths(workspace, project_name, settled, options=options, actor=actor))
            taken.update((path, now[path]) for path in settled)
        before = now
        if not wait():
            return


def _stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return size and time of each file of a folder that is to be taken in."""
    stamps = {}
    for found in find_files([folder]):
        try:
            status = found.path.stat()
        except OSError:
            continue  # it went away meanwhile
        if not found.skipped:
            stamps[found.path] = (status.st_size, status.st_mtime_ns)
    return stamps
