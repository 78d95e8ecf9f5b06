"""Jobs in tests: who runs them, how they stand, and what came of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from patience import PATIENCE_S, wait_for

from annotator.domain import Job
from annotator.errors import StorageError
from annotator.workflows.jobs import work
from annotator.workflows.workspace import Workspace


def runs(workspace: Workspace, project: str = "films") -> list[int]:
    """Return how many runs each image has."""
    project_id = workspace.record.project(project).id
    return [len(one.runs) for one in workspace.record.image_records(project_id)]


def names(workspace: Workspace, project: str) -> list[str]:
    """Return the names of a project's images."""
    project_id = workspace.record.project(project).id
    return [asset.file_name for asset in workspace.record.images(project_id, 0, 1000)]


def now(workspace: Workspace, job: Job) -> Job:
    """Return a job as it is on record now."""
    return workspace.record.jobs.job(job.id)


@contextmanager
def workers(*workspaces: Workspace) -> Iterator[None]:
    """Have each run jobs, as a process of its own would."""
    stopping = threading.Event()
    threads = [
        threading.Thread(target=work, args=(one,), kwargs={"stopping": stopping})
        for one in workspaces
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert not any(thread.is_alive() for thread in threads)


def ended(workspace: Workspace, job: Job) -> Job:
    """Wait for a job's end and return it."""

    def state() -> Job | None:
        with suppress(StorageError):  # its database may be gone for a while
            return None if now(workspace, job).state.is_open else now(workspace, job)
        return None

    return wait_for(state, "the job's end")
