"""What jobs leave in the data folder: files that a browser sent, and files to be downloaded."""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...domain import Job, JobKind, Permission
from ...errors import NotAllowedError, NotFoundError
from ..authority import needs
from ..workspace import Workspace

_STALE_S = 24 * 3600
_DOWNLOAD_LASTS = timedelta(days=1)
_FETCHED_LASTS = timedelta(minutes=10)


def upload_folder_of(installation: Workspace, job_id: uuid.UUID) -> Path:
    """Return the folder in which the files of an import wait that a browser sent."""
    return installation.settings.upload_folder / str(job_id)


def remove_left_behind(installation: Workspace) -> None:
    """Remove what jobs that ended, and servers that were killed, left; it may show people.

    Raises
    ------
    StorageError
        If the record cannot be read.
    """
    jobs = {str(job.id): job for job in installation.record.jobs.all()}
    folder = installation.settings.upload_folder
    for left in folder.iterdir() if folder.is_dir() else ():
        job = jobs.get(left.name)
        with contextlib.suppress(FileNotFoundError):  # another process removed it
            old = time.time() - left.stat().st_mtime > _STALE_S
            if (job is None and old) or (job is not None and not job.state.is_open):
                shutil.rmtree(left, ignore_errors=True)
    now = datetime.now(UTC)
    for job in jobs.values():
        if job.state.is_open or job.ended_at is None or "file" not in job.options:
            continue
        fetched_at = datetime.fromisoformat(job.options.get("fetched_at", now.isoformat()))
        if job.ended_at < now - _DOWNLOAD_LASTS or fetched_at < now - _FETCHED_LASTS:
            _remove_file(installation, job)


@needs(Permission.SIGNED_IN)
def file_to_fetch(workspace: Workspace, job_id: uuid.UUID) -> Path:
    """Return the file that a job of one's own made to be downloaded.

    Raises
    ------
    NotFoundError
        If it was fetched already, or is too old.
    NotAllowedError
        If somebody else started the job.
    """
    job = workspace.record.jobs.job(job_id)
    if not (workspace.person.is_operator or job.account_id == workspace.person.account_id):
        raise NotAllowedError("Somebody else exported this; export it yourself.")
    file = workspace.settings.export_folder / str(job.options.get("file", ""))
    if job.kind is not JobKind.PACK or job.state.is_open or not file.is_file():
        raise NotFoundError("This file was downloaded already, or is a day old; export again.")
    return file


def note_fetched(installation: Workspace, job_id: uuid.UUID) -> None:
    """Have a file that is being downloaded go soon; at once would end a slow download."""
    job = installation.record.jobs.job(job_id)
    fetched = {"fetched_at": datetime.now(UTC).isoformat()}
    installation.record.jobs.keep(job_id, fetched | dict(job.options))


def _remove_file(installation: Workspace, job: Job) -> None:
    # The name alone: nothing but what jobs made lies under it.
    name = Path(str(job.options["file"])).name
    (installation.settings.export_folder / name).unlink(missing_ok=True)
    installation.record.jobs.keep(job.id, {})
