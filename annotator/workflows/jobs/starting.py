"""Starting long work: as a job that waits for the worker, or here and now."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...domain import Job, JobKind, Permission
from ...errors import NotFoundError
from ...settings import engine_named
from ..authority import needs, require_place
from ..blinding import require_unblinded
from ..importing import ImportOptions
from ..progress import Progress
from ..workspace import Workspace
from .kinds import ExportTask, FetchTask, ImportTask, SuggestTask, TakeOverTask
from .options import to_json
from .owners import Owner
from .running import PATIENCE_HERE_S, run_job

_LOOK_S = 0.5


@needs(Permission.ADD_IMAGES)
def import_job(
    workspace: Workspace,
    project_name: str,
    paths: Sequence[Path],
    options: ImportOptions,
    *,
    actor: str | None = None,
    job_id: uuid.UUID | None = None,
    then_suggest: bool = False,
) -> Job:
    """Return a job that takes files and folders into a project, see `importing.import_paths`.

    Parameters
    ----------
    job_id : uuid.UUID, optional
        Which it is to have; of uploads, their folder is called so.
    then_suggest : bool
        Whether suggestions are computed where it brought images.

    Raises
    ------
    NotFoundError
        If there is no such project, file or folder.
    NotAllowedError
        If they are not files that came by the browser, and the person may not name others.
    """
    require_place(workspace, *paths, within=workspace.settings.upload_folder)
    for path in paths:
        if not path.exists():
            raise NotFoundError(f"There is no file or folder {path}; nothing was imported.")
    task = ImportTask(tuple(paths), options, then_suggest)
    return _job(workspace, JobKind.IMPORT, project_name, task, actor, job_id)


@needs(Permission.SUGGEST)
def suggest_job(
    workspace: Workspace,
    project_name: str,
    *,
    again: bool = False,
    engine: str = "",
    check: bool = True,
    actor: str | None = None,
) -> Job:
    """Return a job that computes a project's suggestions, see `suggesting.suggest_project`.

    Raises
    ------
    NotFoundError
        If there is no such project.
    SettingsError
        If there is no such engine.
    """
    task = SuggestTask(again, engine and engine_named(engine), check)
    return _job(workspace, JobKind.SUGGEST, project_name, task, actor)


@needs(Permission.EXPORT)
def export_job(
    workspace: Workspace, project_name: str, task: ExportTask, *, actor: str | None = None
) -> Job:
    """Return a job that writes a project as a data set, see `exporting.export_project`.

    Raises
    ------
    NotFoundError
        If there is no such project.
    NotAllowedError
        If it is not a folder among the exports, and the person may not name others.
    ProtocolError
        If the person still has images of the project to read by themselves.
    """
    require_place(workspace, task.output, within=workspace.settings.export_folder)
    require_unblinded(workspace, workspace.record.project_id(project_name))
    return _job(workspace, JobKind.EXPORT, project_name, task, actor)


@needs(Permission.READ)
def own_table_job(
    workspace: Workspace, project_name: str, task: TakeOverTask, *, job_id: uuid.UUID | None = None
) -> Job:
    """Return a job that takes a person's own annotations over, see `own_tables.take_over_own`.

    Raises
    ------
    NotFoundError
        If there is no such project.
    NotAllowedError
        If it is no file that came by the browser, and the person may not name others.
    """
    return _taking_over(workspace, project_name, replace(task, own=True), None, job_id)


@needs(Permission.ADD_IMAGES)
def take_over_job(
    workspace: Workspace,
    project_name: str,
    task: TakeOverTask,
    *,
    actor: str | None = None,
    job_id: uuid.UUID | None = None,
) -> Job:
    """Return a job that takes another tool's file over, see `taking_over.take_over`.

    Raises
    ------
    NotFoundError
        If there is no such project.
    NotAllowedError
        If it is no file that came by the browser, and the person may not name others.
    """
    return _taking_over(workspace, project_name, replace(task, own=False), actor, job_id)


def _taking_over(
    workspace: Workspace,
    project_name: str,
    task: TakeOverTask,
    actor: str | None,
    job_id: uuid.UUID | None,
) -> Job:
    within = workspace.settings.upload_folder
    require_place(workspace, task.path, *task.originals, within=within)
    return _job(workspace, JobKind.TAKE_OVER, project_name, task, actor, job_id)


@needs(Permission.SERVER_FILES)
def fetch_job(
    workspace: Workspace, card: str, *, accept: str | None = None, actor: str | None = None
) -> Job:
    """Return a job that brings a card's weights into the data folder, see `networks.fetch_card`."""
    return _job(workspace, JobKind.FETCH, None, FetchTask(card, accept), actor)


def _job(
    workspace: Workspace,
    kind: JobKind,
    project_name: str | None,
    task: Any,
    actor: str | None,
    job_id: uuid.UUID | None = None,
) -> Job:
    return Job(
        kind,
        actor or workspace.person.name,
        None if project_name is None else workspace.record.project_id(project_name),
        workspace.person.account_id,
        to_json(task),
        id=job_id or uuid.uuid4(),
    )


def start_job(installation: Workspace, job: Job) -> Job:
    """Have a job wait for the worker; return it."""
    installation.record.jobs.add(job)
    return job


def run_here(
    installation: Workspace, job: Job, progress: Progress, *, tell: Callable[[str], None]
) -> Any:
    """Run a job in this process, once no other of its kind runs in its project.

    Parameters
    ----------
    installation : Workspace
    job : Job
    progress : callable
        Called with the steps done and all steps.
    tell : callable
        Told that another job is waited for.

    Returns
    -------
    object
        What its use case returned.

    Raises
    ------
    JobStopped
        If somebody paused or cancelled it.
    AnnotatorError
        As of its use case.
    """
    with Owner(installation.settings.home) as owner:
        waited = False
        jobs = installation.record.jobs
        while (running := jobs.add(job, owner=owner.name)) is None:
            if not waited:
                tell(f"Another {job.kind} job of this project is running; this one waits for it.")
            waited = True
            time.sleep(_LOOK_S)
        outcome = run_job(installation, running, progress=progress, patience_s=PATIENCE_HERE_S)
    return outcome.report
