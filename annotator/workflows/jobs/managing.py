"""Seeing jobs, and pausing, resuming and cancelling them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...domain import Job, JobKind, JobState, Permission
from ..authority import needs, require
from ..blinding import is_blinded, may_see_machine
from ..workspace import Workspace
from .kinds import WORK
from .owners import is_gone

_HIDDEN = "What came of it is not shown before you have read."


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
    return [
        _as_told(workspace, job) for job in workspace.record.jobs.all(of) if _sees(workspace, job)
    ]


def _sees(workspace: Workspace, job: Job) -> bool:
    if _is_own(workspace, job):
        return True
    if not workspace.person.may(WORK[job.kind].permission, job.project_id):
        return False
    return job.project_id is None or not is_blinded(workspace, job.project_id)


def _is_own(workspace: Workspace, job: Job) -> bool:
    return workspace.person.is_operator or job.account_id == workspace.person.account_id


def _as_told(workspace: Workspace, job: Job) -> Job:
    hidden = False
    if job.kind is JobKind.SUGGEST and job.project_id is not None:
        may_see = workspace.person.may(Permission.SEE, job.project_id)
        hidden = not (may_see and may_see_machine(workspace, job.project_id))
    if hidden:
        job = replace(job, log=(), sentence=_HIDDEN if job.state is JobState.DONE else "")
    return replace(job, options={"file": job.options["file"]} if "file" in job.options else {})


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
    return _without_options(workspace.record.jobs.ask(job_id, wish, gone))


def _without_options(job: Job) -> Job:
    values: dict[str, Any] = {}
    return replace(job, options=values)
