"""The app's worker: begun when a job waits, begun again when it dies, ended with the app."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from ...domain import JobKind
from ...errors import AnnotatorError
from ..workspace import Workspace
from .owners import is_gone

_logger = logging.getLogger(__name__)
_LOOK_S = 1.0
_LONGEST_WAIT_S = 60.0
_LIVED_S = 60.0
IDLE_S = 600
"""How long a worker without a job stays, with its networks loaded."""


def supervise(open_installation: Callable[[], Workspace]) -> None:
    """See, in a thread of its own, that a worker is there while jobs wait.

    Beside several apps there may be several: the record gives each job to one of them. A worker
    ends when its standard input does, which the system sees to however the app ends.

    Parameters
    ----------
    open_installation : callable
        Called in that thread.
    """
    threading.Thread(
        target=_supervise, args=(open_installation,), name="supervisor", daemon=True
    ).start()


def _supervise(open_installation: Callable[[], Workspace]) -> None:
    wait_s = _LOOK_S
    while True:
        time.sleep(wait_s)
        if not _work_waits(open_installation):
            continue
        begun = time.monotonic()
        command = [sys.executable, "-m", "annotator.cli", "work", "--beside-app"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own
            status = process.wait()
        died_early = status != 0 and time.monotonic() - begun < _LIVED_S
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S) if died_early else _LOOK_S
        if status:
            _logger.warning("The worker ended (%d); another one follows in %d s.", status, wait_s)


def _work_waits(open_installation: Callable[[], Workspace]) -> bool:
    try:
        installation = open_installation()
        gone = partial(is_gone, installation.settings.home)
        return installation.record.jobs.waits(gone, tuple(JobKind))
    except AnnotatorError:
        return False  # said by every page; looked at again in a second
