"""The worker: a process beside the app that runs the jobs that wait."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from functools import partial

from ...domain import Job, JobKind
from ...errors import AnnotatorError, JobStopped
from ..workspace import Workspace
from .left_behind import remove_left_behind
from .owners import Owner, is_gone
from .running import run_job

_LOG = logging.getLogger(__name__)
_LOOK_S = 0.5
_TIDY_S = 60.0


def work(
    installation: Workspace,
    *,
    once: bool = False,
    stopping: threading.Event | None = None,
    idle_s: float | None = None,
) -> None:
    """Run jobs that wait, of each kind one at a time beside those of the others.

    Parameters
    ----------
    installation : Workspace
    once : bool
        End when none waits, and do one after the other.
    stopping : threading.Event, optional
        Set when the process is to end: what runs then waits for another process.
    idle_s : float, optional
        End when none has waited for so long, in seconds.
    """
    stopping = stopping or threading.Event()
    running: dict[JobKind, threading.Thread] = {}
    tidied = -_TIDY_S
    idle_since = time.monotonic()
    while not stopping.is_set():
        running = {kind: thread for kind, thread in running.items() if thread.is_alive()}
        begun = _begin(installation, set(JobKind) - set(running), stopping)
        running |= begun
        if running:
            idle_since = time.monotonic()
        for thread in begun.values() if once else ():
            thread.join()
        if begun:
            continue
        if time.monotonic() - tidied > _TIDY_S:
            _tidy(installation)
            tidied = time.monotonic()
        if once or (idle_s is not None and time.monotonic() - idle_since > idle_s):
            return
        stopping.wait(_LOOK_S)
    for thread in running.values():
        thread.join()


def _begin(
    installation: Workspace, kinds: set[JobKind], stopping: threading.Event
) -> dict[JobKind, threading.Thread]:
    """Begin the next job, if one waits, in a thread of its own."""
    gone, jobs = partial(is_gone, installation.settings.home), installation.record.jobs
    with contextlib.ExitStack() as stack:
        try:
            if not jobs.waits(gone, kinds):
                return {}
            owner = stack.enter_context(Owner(installation.settings.home))
            job = jobs.claim(owner.name, gone, kinds=kinds)
        except AnnotatorError as error:
            _LOG.warning("No job could be begun: %s", error)
            return {}
        if job is None:
            return {}
        thread = threading.Thread(
            target=_run, args=(installation, job, stopping, stack.pop_all()), name=f"{job.kind} job"
        )
        thread.start()
        return {job.kind: thread}


def _run(
    installation: Workspace, job: Job, stopping: threading.Event, owner: contextlib.ExitStack
) -> None:
    _LOG.info("Job %s (%s) begins.", job.id, job.kind)
    try:
        with owner:  # so that what could not be ended properly is taken up again
            run_job(installation, job, stopping=stopping)
    except (AnnotatorError, JobStopped) as error:  # on record; the text may name a file
        _LOG.info("Job %s ended early (%s).", job.id, type(error).__name__)
    with contextlib.suppress(AnnotatorError):  # tried again in a minute
        remove_left_behind(installation)


def _tidy(installation: Workspace) -> None:
    try:
        installation.record.jobs.prune()
        remove_left_behind(installation)
    except AnnotatorError as error:
        _LOG.warning("What ended jobs left could not be removed: %s", error)
