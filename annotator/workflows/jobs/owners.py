"""Which process has a job, and whether that process is still there.

Each process that runs jobs holds a lock on a file beside the data, which the system lets go of
when the process ends, however it ends. So what a killed process left is taken up at once, and a
process that is merely slow, or that waits for a record somebody has locked, loses nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Self

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # there a silent process is taken for gone, see `annotator.record.jobs.STALE`
    fcntl = None

_OWN: set[str] = set()
"""The names of this process, whose own locks it could not see."""
_KEPT_S = 24 * 3600


class Owner:
    """Who runs a job: a process, or a thread of one.

    Parameters
    ----------
    home : Path
        The data folder.

    Attributes
    ----------
    name : str
        Host, number of the process, and a random part.
    """

    def __init__(self, home: Path) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        self._folder = home / "workers"
        self._handle: int | None = None

    def __enter__(self) -> Self:
        """Take the lock."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._remove_old()
        _OWN.add(self.name)
        if fcntl is not None:
            # The lock of a process, which its children do not share: they may outlive it.
            self._handle = os.open(self._file(self.name), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.lockf(self._handle, fcntl.LOCK_EX)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go; what it still has is gone from now on."""
        _OWN.discard(self.name)
        if self._handle is not None:
            os.close(self._handle)

    def _file(self, name: str) -> Path:
        return self._folder / name.rpartition(":")[2]

    def _remove_old(self) -> None:
        for file in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process removed it
                if time.time() - file.stat().st_mtime > _KEPT_S and _is_free(file):
                    file.unlink()


def is_gone(home: Path, name: str) -> bool | None:
    """Tell whether a process that ran jobs is no more; None where that cannot be seen.

    Parameters
    ----------
    home : Path
        The data folder of this process: of one with another, nothing can be seen.
    name : str
        Of an `Owner`.
    """
    if name in _OWN:
        return False
    file = home / "workers" / name.rpartition(":")[2]
    return _is_free(file) if fcntl is not None and file.is_file() else None


def _is_free(file: Path) -> bool:
    if fcntl is None or file.name in {name.rpartition(":")[2] for name in _OWN}:
        return False  # to open and close it would let go of this process's own lock
    handle = os.open(file, os.O_RDWR)
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)
