"""Readers at rest, kept warm for the next file."""

from __future__ import annotations

import atexit
import contextlib
import os
from collections.abc import Iterator

from ...errors import IngestError
from .reader import Reader, ReaderEndedError

_KEPT = 4
"""Readers at rest; an import decodes no more files at once as it usually chooses."""
_MOST_FILES = 20_000
_MOST_BYTES = 1_000_000_000
"""A reader that was asked for so many files, or that kept so much memory, is replaced."""

_resting: list[Reader] = []


@contextlib.contextmanager
def a_reader() -> Iterator[Reader]:
    """Lend a reader for one file; what it does then is stopped when the loan ends."""
    reader = _rested() or Reader()
    try:
        yield reader
    except GeneratorExit:
        with contextlib.suppress(ReaderEndedError, IngestError):
            reader.stop()
            while reader.busy:
                reader.answer()
        raise
    finally:
        if reader.busy or not _is_fit(reader):
            reader.end()
        else:
            _resting.append(reader)


def _rested() -> Reader | None:
    while _resting:
        try:
            reader = _resting.pop()
        except IndexError:  # another thread took it
            return None
        if reader.lives:
            return reader
        reader.end()
    return None


def _is_fit(reader: Reader) -> bool:
    return (
        reader.lives
        and len(_resting) < _KEPT
        and reader.files < _MOST_FILES
        and reader.resident_bytes < _MOST_BYTES
    )


@atexit.register
def end_readers() -> None:
    """End the readers that rest."""
    while _resting:
        _resting.pop().end()


os.register_at_fork(after_in_child=_resting.clear)
