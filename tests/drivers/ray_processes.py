"""Processes of one Ray session on this machine, told from others by the token that they carry."""

from __future__ import annotations

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


def read(path: Path) -> bytes:
    """Return a file's bytes; none where it is not there, or not any more."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
