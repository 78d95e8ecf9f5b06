"""Running one job: its beat, its end, and what is waited for; the same code wherever it runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from ...domain import Job, JobState, Person
from ...errors import AnnotatorError, JobStopped, NotAllowedError, UnavailableError
from ..progress import Progress, silent
from ..workspace import Workspace
from .kinds import WORK, Outcome

_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_BEAT_S = 2.0
PATIENCE_S = 15 * 60.0
"""How long a worker waits for a record that is locked or out of reach, or a disk that is full."""
PATIENCE_HERE_S = 60.0
"""The same where a person sits before the job."""
_LONGEST_WAIT_S = 30.0


class _Beat:
    """Tells the record that a job is alive and how far it is, and hears what is asked of it."""

    def __init__(
        self, installation: Workspace, job: Job, shown: Progress, stopping: threading.Event
    ) -> None:
        self.job = job
        self.steps = job.done, job.total
        self.earlier = 0
        self.sentence = ""
        self.is_ours = True
        self.ending = False
        self._lines: list[str] = []
        self._jobs, self._shown, self._stopping = installation.record.jobs, shown, stopping
        self._over, self._soon = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="job's beat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._soon.set()
        self._thread.join()

    def progress(self, done: int, total: int) -> None:
        """Take how far it is, and end the work where it is to end."""
        before = self.steps
        # Of one that goes on, what was done before may be left out of the count.
        self.earlier = max(0, self.job.total - total) if self.job.went_on else 0
        self.steps = self.earlier + done, self.earlier + total
        self._shown(*self.steps)
        if not before[1]:
            self._soon.set()
        self.check()

    def check(self) -> None:
        """Raise `JobStopped` where the job is to end, or is no longer this process's."""
        if self.asked is not None or self._stopping.is_set() or not self.is_ours:
            raise JobStopped

    def rest(self, seconds: float) -> None:
        """Wait, unless the job is to end; one that has come to its end only waits."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.ending:
                self.check()
            time.sleep(0.1)

    @property
    def asked(self) -> JobState | None:
        """What it was asked to become."""
        return self.job.asked

    def say(self, sentence: str) -> None:
        """Have the job say why it waits; empty: no longer."""
        if sentence and sentence != self.sentence:
            self._lines.append(sentence)
        self.sentence = sentence

    def take_lines(self) -> list[str]:
        """Return the lines that are not on record yet."""
        lines, self._lines = self._lines, []
        return lines

    def _run(self) -> None:
        while not self._over.is_set():
            lines = self.take_lines()
            try:
                now = self._jobs.beat(self.job, self.steps, self.sentence, lines)
            except AnnotatorError as error:
                # The work itself meets the same, and says it; the lock of this process holds.
                _LOG.warning("A job could not say how far it is (%s).", type(error).__name__)
                self._lines[:0] = lines
            else:
                self.is_ours = now is not None
                self.job = self.job if now is None else replace(self.job, asked=now.asked)
            self._soon.wait(_BEAT_S)
            self._soon.clear()


def run_job(
    installation: Workspace,
    job: Job,
    *,
    progress: Progress = silent,
    stopping: threading.Event | None = None,
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """Run a job that this process has, as the person who started it, and record its end.

    Parameters
    ----------
    installation : Workspace
        Its person is not looked at.
    job : Job
    progress : callable, optional
        Called with the steps done and all steps.
    stopping : threading.Event, optional
        Set when the process is to end: the job then waits for another.
    patience_s : float
        How long a record or a disk that takes nothing now is waited for, in seconds.

    Raises
    ------
    JobStopped
        If somebody paused or cancelled it, the process is to end, or another has it now.
    AnnotatorError
        What made it fail, which is on record by then; of `UnavailableError` it is paused.
    """
    stopping = stopping or threading.Event()
    with _Beat(installation, job, progress, stopping) as beat:
        state, outcome, sentence = JobState.FAILED, None, _INTERNAL
        try:
            outcome = _with_patience(lambda: _work(installation, job, beat), beat, patience_s)
            state, sentence = JobState.DONE, _whole(beat.earlier or job.done, job.total, outcome)
        except JobStopped:
            state = beat.asked or JobState.WAITING
            sentence = "" if state is JobState.WAITING else _at(state, beat.steps)
            raise
        except UnavailableError as error:
            state, sentence = JobState.PAUSED, f"{error} Then resume this job."
            raise
        except AnnotatorError as error:
            sentence = str(error)
            raise
        except KeyboardInterrupt:
            state, sentence = JobState.CANCELLED, _at(JobState.CANCELLED, beat.steps)
            raise
        finally:
            _leave(installation, beat, state, sentence, outcome)
    return outcome


_INTERNAL = "It stopped because of an internal error; see the server's log, then start it again."


def _work(installation: Workspace, job: Job, beat: _Beat) -> Outcome:
    workspace = installation.as_person(person_of_job(installation, job))
    return WORK[job.kind].run(workspace, job, beat.progress)


def person_of_job(installation: Workspace, job: Job) -> Person:
    """Return who started a job, with the roles that they have now.

    Raises
    ------
    NotAllowedError
        If they may no longer sign in.
    """
    if job.account_id is None:
        return Person(job.started_by)
    for account in installation.record.people.accounts():
        if account.id == job.account_id and account.active:
            return account.person
    raise NotAllowedError(f"{job.started_by}, who started this, has no account any more.")


def _with_patience(work: Callable[[], _Result], beat: _Beat, patience_s: float) -> _Result:
    """Do what can be done again, until the record and the disk take it."""
    begun, wait_s = time.monotonic(), 1.0
    while True:
        steps = beat.steps
        try:
            return work()
        except UnavailableError as error:
            if beat.steps != steps:
                begun, wait_s = time.monotonic(), 1.0  # it had gone on meanwhile
            if time.monotonic() - begun > patience_s:
                raise
            beat.say(str(error))
        beat.rest(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        beat.say("")


def _whole(done: int, total: int, outcome: Outcome) -> str:
    return f"Went on after {done} of {total}: {outcome.sentence}" if done else outcome.sentence


def _at(state: JobState, steps: tuple[int, int]) -> str:
    return f"{state.value.capitalize()} at {steps[0]} of {steps[1]}."


def _leave(
    installation: Workspace,
    beat: _Beat,
    state: JobState,
    sentence: str,
    outcome: Outcome | None,
) -> None:
    """Record the end, however long the record takes nothing: else it would be done again."""
    job, following, beat.ending = beat.job, None, True
    if outcome is not None and outcome.following is not None:
        then = outcome.following
        following = replace(
            Job(then.kind, job.started_by, job.project_id, job.account_id),
            options=then.options,
            log=then.log,
        )
    options = job.options if state.is_open else outcome.result if outcome else {}
    done, total = beat.steps
    left = replace(job, state=state, sentence=sentence, options=options, done=done, total=total)
    lines = [*beat.take_lines(), *(outcome.lines if outcome else ())]
    _with_patience(
        lambda: installation.record.jobs.leave(job, left, lines, following),
        beat,
        PATIENCE_S,
    )
