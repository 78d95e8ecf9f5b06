"""Commands on long work: run what waits, list it, pause, resume and cancel it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import uuid
from typing import TYPE_CHECKING, Any

from .terminal import command, complain, open_workspace, print_json

if TYPE_CHECKING:
    from ..domain import Job

_ASKED = {"pause": "paused", "resume": "waiting", "cancel": "cancelled"}


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    work = command(
        commands, "work", _work, "run the jobs that wait, on a server; `annotator app` does so too"
    )
    work.add_argument("--once", action="store_true", help="end when no job waits")
    work.add_argument("--beside-app", action="store_true", help=argparse.SUPPRESS)
    jobs = command(
        commands,
        "jobs",
        _jobs,
        "list jobs; or: jobs pause ID, jobs resume ID, jobs cancel ID",
    )
    jobs.add_argument(
        "project", nargs="?", help="those of one project; or `pause`, `resume` or `cancel`"
    )
    jobs.add_argument("id", nargs="?", help="of the job, or how it begins")
    jobs.add_argument("--json", action="store_true")


def _work(options: argparse.Namespace) -> int:
    from ..workflows.jobs import work
    from ..workflows.jobs.supervising import IDLE_S

    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    if options.beside_app:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the app, with which this ends
        threading.Thread(target=_wait_for_app, args=(stopping,), daemon=True).start()
    with open_workspace() as workspace:
        try:
            idle_s = IDLE_S if options.beside_app else None
            work(workspace, once=options.once, stopping=stopping, idle_s=idle_s)
        except KeyboardInterrupt:
            stopping.set()
            raise
    return 0


def _wait_for_app(stopping: threading.Event) -> None:
    """Set an event when the app is no more: the pipe from it ends then."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stopping.set()


def _jobs(options: argparse.Namespace) -> int:
    from ..workflows.jobs import list_jobs

    # A project may be called "pause": it is one where no job is named.
    asks = options.project in _ASKED and options.id is not None
    if options.id is not None and not asks:
        return complain(
            "Write: annotator jobs [PROJECT], or annotator jobs pause|resume|cancel ID."
        )
    with open_workspace() as workspace:
        if asks:
            return _ask(workspace, options.project, options.id)
        jobs = list_jobs(workspace, options.project)
        names = {project.id: project.name for project in workspace.record.projects()}
    if options.json:
        print_json([_to_json(job, names) for job in jobs])
        return 0
    for job in jobs:
        steps = f"{job.done} of {job.total}" if job.total else ""
        name = names.get(job.project_id, "") if job.project_id else ""
        words = (str(job.id)[:8], job.kind, job.state, steps, name, job.started_by, job.sentence)
        print("\t".join(words))
    return 0


def _to_json(job: Job, names: dict[uuid.UUID, str]) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "kind": job.kind.value,
        "project": names.get(job.project_id) if job.project_id else None,
        "started_by": job.started_by,
        "state": job.state.value,
        "asked": job.asked.value if job.asked else None,
        "done": job.done,
        "total": job.total,
        "sentence": job.sentence,
        "log": list(job.log),
        "created_at": job.created_at.isoformat(),
        "ended_at": job.ended_at.isoformat() if job.ended_at else None,
    }


def _ask(workspace: Any, wish: str, begin: str) -> int:
    from ..domain import JobState
    from ..workflows.jobs import ask_job, list_jobs

    found = [job for job in list_jobs(workspace) if str(job.id).startswith(begin.lower())]
    if len(found) != 1:
        return complain(
            f"{len(found)} jobs have an id that begins with {begin}; list them: annotator jobs."
        )
    job = ask_job(workspace, found[0].id, JobState(_ASKED[wish]))
    asked = f", asked to be {job.asked}" if job.asked else ""
    print(f"{str(job.id)[:8]} is {job.state}{asked}.")
    if wish == "resume":
        print("It goes on in the app's worker; without an app: annotator work --once.")
    return 0
