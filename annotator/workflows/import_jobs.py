"""Imports that go on beside other work: one that can be paused, and one that watches a folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from ..domain import Permission
from ..errors import AnnotatorError
from ..ingest.files import find_files
from .authority import needs, require_place
from .import_report import ImportReport
from .importing import AS_USUAL, ImportOptions, import_paths
from .workspace import Workspace


class JobState(StrEnum):
    """What a job does now."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    """By a person; importing the same files again goes on where it was."""
    DONE = "done"
    FAILED = "failed"


class ImportJob:
    """An import in a thread of its own.

    It ends with the process; then too, importing the same files again goes on where it was.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    paths : sequence of Path
        As of `import_paths`.
    options : ImportOptions
    actor : str, optional
        As of `import_paths`.
    afterwards : callable, optional
        Called when the files are no more needed, however it ends.

    Attributes
    ----------
    project_name : str
    done, total : int
        Files done, and found; 0 until they are counted.
    report : ImportReport or None
        Once it is done or stopped.
    fault : str
        Why it failed, in a sentence.
    """

    def __init__(
        self,
        workspace: Workspace,
        project_name: str,
        paths: Sequence[Path],
        options: ImportOptions,
        *,
        actor: str | None = None,
        afterwards: Callable[[], None] | None = None,
    ) -> None:
        self.project_name = project_name
        self.done = self.total = 0
        self.report: ImportReport | None = None
        self.fault = ""
        self._workspace, self._paths, self._options = workspace, list(paths), options
        self._actor, self._afterwards = actor, afterwards
        self._may_run = threading.Event()
        self._may_run.set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="import", daemon=True)
        self._thread.start()

    @property
    def state(self) -> JobState:
        """What it does now."""
        if self._thread.is_alive():
            return JobState.RUNNING if self._may_run.is_set() else JobState.PAUSED
        if self.fault:
            return JobState.FAILED
        stopped = self.report is not None and self.report.stopped
        return JobState.STOPPED if stopped else JobState.DONE

    def pause(self) -> None:
        """Rest after the file that is being recorded."""
        self._may_run.clear()

    def resume(self) -> None:
        """Go on."""
        self._may_run.set()

    def stop(self) -> None:
        """End after the file that is being recorded, also when it rests."""
        self._stopped.set()
        self._may_run.set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for its end; return whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _go_on(self) -> bool:
        self._may_run.wait()
        return not self._stopped.is_set()

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def _run(self) -> None:
        try:
            self.report = import_paths(
                self._workspace,
                self.project_name,
                self._paths,
                self._progress,
                options=self._options,
                actor=self._actor,
                go_on=self._go_on,
            )
        except AnnotatorError as error:
            self.fault = str(error)
        except Exception:
            # Nobody else would hear of it; its text may quote a header.
            self.fault = "The import stopped because of an internal error; start it again."
            raise
        finally:
            if self._afterwards:
                self._afterwards()


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
