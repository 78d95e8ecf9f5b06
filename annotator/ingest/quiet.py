"""Keep decoders' own warnings from being printed: they quote headers, and headers name people."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

for _name in ("PIL", "pydicom", "pylibjpeg", "openjpeg", "nibabel.global"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_lock = threading.Lock()
_depth = 0
_outer = warnings.catch_warnings()


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back Python warnings while a decoder runs, in any number of threads at once.

    ``warnings.catch_warnings`` alone restores the wrong state when two threads leave it in the
    order they came; the first in and the last out do it here.
    """
    global _depth, _outer  # noqa: PLW0603 - the state of `warnings` is one per process
    with _lock:
        if _depth == 0:
            _outer = warnings.catch_warnings()
            _outer.__enter__()
            warnings.simplefilter("ignore")
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                _outer.__exit__(None, None, None)
