"""Kill what runs jobs at random moments: each job ends as if nothing had happened.

    python tests/benchmarks/job_kills.py --kills 20

In rounds: an import, suggestions, an export and its zip file, each under its share of kills
(SIGKILL). Rounds take turns: the worker is killed, the app or the worker beside it, and the worker
or its PostgreSQL server; while files are imported in each also a process that decodes them. A round
is checked when all four jobs are done: each image is there once and has exactly one run, the data
set is whole, as is the record.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "drivers"))

import numpy as np
import psutil
import warm_processes
from app_server import AppServer, kill_session
from killable_postgresql import KillablePostgreSQL, a_postgresql
from own_home import opened_home
from PIL import Image

from annotator.domain import Job, JobKind, JobState
from annotator.domain.rights import Shows
from annotator.export import Selection
from annotator.workflows.exporting import state_shows, verify_export
from annotator.workflows.importing import AS_USUAL
from annotator.workflows.jobs import (
    ExportTask,
    export_job,
    file_to_fetch,
    import_job,
    list_jobs,
    start_job,
    suggest_job,
)
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

_PATIENCE_S = 900.0
_PROJECT = "kills"
_RUNS_S = {JobKind.IMPORT: 1.5, JobKind.SUGGEST: 3.0, JobKind.EXPORT: 1.0, JobKind.PACK: 0.3}
"""How long a job of a kind runs before it is killed, in seconds, on average."""
_SHARES = {JobKind.IMPORT: 0.2, JobKind.SUGGEST: 0.4, JobKind.EXPORT: 0.2, JobKind.PACK: 0.2}
_SIDE_PX = 192
_moments = random.Random()  # noqa: S311 - no secret


class Runner:
    """What runs jobs: a worker by itself, or an app with its worker; killed, and begun again."""

    def __init__(
        self, workspace: Workspace, *, is_app: bool, postgresql: KillablePostgreSQL | None
    ) -> None:
        settings = workspace.settings
        self._home, self._is_app, self._postgresql = settings.home, is_app, postgresql
        self._environment = os.environ | {
            "ANNOTATOR_HOME": str(settings.home),
            "ANNOTATOR_SECRETS": str(settings.secrets_folder),
            "ANNOTATOR_DATABASE_URL": settings.database_url,
            "ANNOTATOR_RATER": "tester",
            "ANNOTATOR_DEVICE": "cpu",
        }
        self._app = AppServer(settings.home)
        self._process: BaseProcess | None = None
        self._last = ""

    def begin(self) -> None:
        """Begin what does not run."""
        if self._postgresql is not None:
            self._postgresql.begin()
        if self._process is not None and self._process.is_alive():
            return
        served = ["app", "--no-demo", "--port", str(self._app.port)]
        command = served if self._is_app else ["work"]
        # Forked from a process that has imported the product already: most moments would else be
        # those of a process that imports it.
        self._process = warm_processes.begin(
            warm_processes.annotator,
            command,
            environment=self._environment,
            stdout=self._home / "runner.log",
        )

    def kill(self) -> str:
        """Kill one of the processes that are there; return which.

        Of an app that is killed the worker is left, and has to notice.
        """
        choices: dict[str, Callable[[], None]] = {}
        if self._process is not None:
            choices["app" if self._is_app else "worker"] = self._process.kill
        for process in self._started():
            words = _words(process)
            if any(word.endswith("reading_child/start.py") for word in words):
                # Two in a row may meet one file, of which it is then said that it is damaged.
                if not self._last.endswith("reader"):
                    choices["reader"] = process.kill
            elif "work" in words:
                choices["worker beside the app"] = process.kill
        if self._postgresql is not None:
            choices["PostgreSQL"] = self._postgresql.kill
        self._last = _moments.choice(sorted(choices))
        with contextlib.suppress(psutil.NoSuchProcess):
            choices[self._last]()
        if self._process is not None and self._last in ("app", "worker"):
            self._process.join()
        return self._last

    def _started(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def end(self) -> None:
        """Kill it with all that it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                kill_session(self._process)
            self._process = None


def _words(process: psutil.Process) -> list[str]:
    """Return the command line of a process; none of one that ended meanwhile."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _photographs(folder: Path, count: int) -> Path:
    folder.mkdir()
    noise = np.random.default_rng(0)
    for number in range(count):
        pixels = noise.integers(0, 255, (_SIDE_PX, _SIDE_PX), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"photo{number:04d}.png")
    return folder


def _round(folder: Path, count: int, kills: int, which: int, met: Counter[str]) -> None:
    """Run the four jobs, each under its share of so many kills; count those that met it."""
    with contextlib.ExitStack() as stack:
        postgresql = stack.enter_context(a_postgresql()) if which == 2 else None
        url = postgresql.url if postgresql else ""
        workspace = stack.enter_context(opened_home(folder, database_url=url))
        create_project(workspace, _PROJECT, model="brain-mri-tumour")
        state_shows(workspace, _PROJECT, Shows.NOBODY)
        photographs = _photographs(folder / "photographs", count)
        runner = Runner(workspace, is_app=which == 1, postgresql=postgresql)
        stack.callback(runner.end)
        task = ExportTask(
            workspace.settings.export_folder / "set",
            selection=Selection(unfinished=True),
            then_pack=True,
        )
        jobs = (
            lambda: import_job(workspace, _PROJECT, [photographs], AS_USUAL),
            lambda: suggest_job(workspace, _PROJECT),
            lambda: export_job(workspace, _PROJECT, task),
        )
        for job, kind in zip(jobs, (JobKind.IMPORT, JobKind.SUGGEST, JobKind.EXPORT), strict=True):
            start_job(workspace, job())
            _under_kills(workspace, runner, kind, round(kills * _SHARES[kind]), met)
        _under_kills(workspace, runner, JobKind.PACK, round(kills * _SHARES[JobKind.PACK]), met)
        runner.begin()
        _check(workspace, count)


def _under_kills(
    workspace: Workspace, runner: Runner, kind: JobKind, kills: int, met: Counter[str]
) -> None:
    """Kill at random moments until a job of a kind is done; count the kills that met it."""
    killed, begun = 0, time.monotonic()
    while True:
        runner.begin()
        runs_s = _moments.expovariate(1 / _RUNS_S[kind]) if killed < kills else _PATIENCE_S
        job = _after(workspace, kind, runs_s)
        if job.state in (JobState.DONE, JobState.FAILED, JobState.PAUSED, JobState.CANCELLED):
            return
        if time.monotonic() - begun > _PATIENCE_S:
            raise SystemExit(f"a job does not end: {job}")
        met[f"{kind.value}: {runner.kill()}"] += 1
        killed += 1


def _after(workspace: Workspace, kind: JobKind, runs_s: float) -> Job:
    """Return a job when it has run for a while, or sooner when it has ended."""
    begun, since = time.monotonic(), 0.0
    while True:
        job = next((job for job in list_jobs(workspace) if job.kind is kind), None)
        if job is not None:
            if job.state is JobState.RUNNING and job.owner != _killed.get(kind):
                since = since or time.monotonic()
            over = since and time.monotonic() - since >= runs_s
            if over or not job.state.is_open or time.monotonic() - begun > _PATIENCE_S:
                _killed[kind] = job.owner
                return job
        time.sleep(0.01)


_killed: dict[JobKind, str | None] = {}
"""Who had a job when it was killed last: until another has it, it does not run."""


def _check(workspace: Workspace, count: int) -> None:
    jobs: Mapping[JobKind, Job] = {job.kind: job for job in list_jobs(workspace)}
    states = {kind.value: job.state.value for kind, job in jobs.items()}
    assert states == dict.fromkeys(("import", "suggest", "export", "pack"), "done"), jobs
    project = workspace.record.project(_PROJECT)
    names = [asset.file_name for asset in workspace.record.images(project.id, 0, count + 1)]
    assert sorted(names) == [f"photo{number:04d}.png" for number in range(count)], names
    runs = Counter(len(record.runs) for record in workspace.record.image_records(project.id))
    assert runs == {1: count}, f"runs an image: {dict(runs)}"
    file = file_to_fetch(workspace, jobs[JobKind.PACK].id)
    with tempfile.TemporaryDirectory() as out:
        with zipfile.ZipFile(file) as archive:
            archive.extractall(out)
        assert verify_export(Path(out) / "set") == []
        assert len(list((Path(out) / "set").rglob("*.png"))) == count
    left = [path.name for path in workspace.settings.export_folder.iterdir()]
    assert left == [file.name], left
    assert workspace.record.problems() == []
    assert workspace.record.safekeeping.faults() == []


def main() -> None:
    """Run rounds until there were so many kills."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--a-round", type=int, default=20, help="kills in a round")
    parser.add_argument("--first", type=int, default=0, help="kind of the first round: 0, 1 or 2")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    _moments.seed(options.seed)
    met: Counter[str] = Counter()
    rounds = 0
    while met.total() < options.kills:
        _killed.clear()
        with tempfile.TemporaryDirectory() as folder:
            _round(Path(folder), options.images, options.a_round, (options.first + rounds) % 3, met)
        rounds += 1
        sys.stdout.write(f"round {rounds}: all as it should be; kills so far: {dict(met)}\n")
        sys.stdout.flush()
    kinds: Counter[str] = Counter()
    for what, count in met.items():
        kinds[what.partition(":")[0]] += count
    sys.stdout.write(
        f"{met.total()} kills in {rounds} rounds ({dict(kinds)}): each job ended, each image has "
        "one run.\n"
    )


if __name__ == "__main__":
    main()
