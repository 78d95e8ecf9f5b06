"""Seeing jobs, and pausing, resuming and cancelling them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial

from ...domain import Job, JobKind, JobState, Permission
from ..authority import needs, require
from ..blinding import is_blinded, may_see_machine
from ..workspace import Workspace
from .kinds import WORK
from .owners import is_gone

_Sees = Callable[[uuid.UUID | None], bool]
_HIDDEN = "What came of it is not shown before you have read."
_TOLD = ("file", "left_out", "losses")
"""What is told of a job's options: what it left to be fetched, and what came of it in numbers."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job that goes on in a project, as everybody there may know of it.

    Attributes
    ----------
    id : uuid.UUID
    kind : JobKind
    done, total : int
        0 for who still reads by themselves.
    """

    id: uuid.UUID
    kind: JobKind
    done: int
    total: int


@needs(Permission.SIGNED_IN)
def list_jobs(workspace: Workspace, project_name: str | None = None) -> list[Job]:
    """Return the jobs that somebody may see, the newest first, without their options.

    These are their own, and those that they might have started themselves. Who still reads by
    themselves in a project sees only their own there, and of suggestions not what came of them.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    of = None if project_name is None else workspace.record.project_id(project_name)
    # Pages ask every second: of each project once, however many jobs it has had.
    blinded, sees_machine = cache(partial(is_blinded, workspace)), _sees_machine(workspace)
    return [
        _as_told(job, sees_machine)
        for job in workspace.record.jobs.all(of)
        if _is_own(workspace, job)
        or (
            workspace.person.may(WORK[job.kind].permission, job.project_id)
            and (job.project_id is None or not blinded(job.project_id))
        )
    ]


def _is_own(workspace: Workspace, job: Job) -> bool:
    return workspace.person.is_operator or job.account_id == workspace.person.account_id


def _sees_machine(workspace: Workspace) -> _Sees:
    return cache(
        lambda project_id: (
            workspace.person.may(Permission.SEE, project_id)
            and may_see_machine(workspace, project_id)
        )
    )


def _as_told(job: Job, sees_machine: _Sees) -> Job:
    of_machine = job.kind is JobKind.SUGGEST and job.project_id is not None
    if of_machine and not sees_machine(job.project_id):
        job = replace(job, log=(), sentence=_HIDDEN if job.state is JobState.DONE else "")
    return replace(job, options={key: job.options[key] for key in _TOLD if key in job.options})


@needs(Permission.SIGNED_IN)
def projects_at_work(workspace: Workspace) -> frozenset[uuid.UUID]:
    """Return the projects, among those that a person sees, in which a job runs."""
    running = workspace.record.jobs.projects_at_work()
    return frozenset(one for one in running if workspace.person.may(Permission.SEE, one))


@needs(Permission.SEE)
def jobs_under_way(workspace: Workspace, project_id: uuid.UUID) -> list[JobLine]:
    """Return what goes on in a project."""
    running = [
        job for job in workspace.record.jobs.all(project_id) if job.state is JobState.RUNNING
    ]
    if not running:
        return []
    blinded = is_blinded(workspace, project_id)
    return [
        JobLine(job.id, job.kind, *((0, 0) if blinded else (job.done, job.total)))
        for job in running
    ]


@needs(Permission.SIGNED_IN)
def ask_job(workspace: Workspace, job_id: uuid.UUID, wish: JobState) -> Job:
    """Pause a job, cancel it, or have it wait for its turn again; return it.

    Parameters
    ----------
    workspace : Workspace
    job_id : uuid.UUID
    wish : JobState
        Paused, cancelled or waiting.

    Raises
    ------
    NotFoundError
        If there is no such job.
    NotAllowedError
        If it is another's, and the person could not have started it.
    StorageError
        If it has ended.
    """
    job = workspace.record.jobs.job(job_id)
    if not _is_own(workspace, job):
        require(workspace, WORK[job.kind].permission, job.project_id)
    gone = partial(is_gone, workspace.settings.home)
    return replace(workspace.record.jobs.ask(job_id, wish, gone), options={})
