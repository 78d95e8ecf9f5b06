"""Processes of one Ray session on this machine, told from others by the token that they carry."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

AT_WORK = re.compile(rb"ray::MapWorker\(.*\)\.submit")
"""The title of a worker that has a block of images in hand."""


def processes(token: str, title: re.Pattern[bytes]) -> list[int]:
    """Return the processes with a title whose session has a token."""
    return [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if title.match(read(folder / "cmdline")) and token.encode() in read(folder / "environ")
    ]


def of_session(leader: int) -> list[int]:
    """Return the processes of the session that one began; some of Ray's hide what they carry."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(int(folder.name)) == leader and read(folder / "cmdline"):
                found.append(int(folder.name))
    return found


def read(path: Path) -> bytes:
    """Return a file's bytes; none where it is not there, or not any more."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
