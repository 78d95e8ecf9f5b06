"""Kill the worker, and the app, at random moments: each job ends as if nothing had happened.

    python tests/benchmarks/job_kills.py --kills 20

In rounds: an import, suggestions, an export and its zip file go on while what runs them is killed
(SIGKILL) at random moments and begun again. A round ends when all four are done, and is checked:
each image is there once and has exactly one run, the data set is whole, as is the record.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "drivers"))

import numpy as np
from app_server import AppServer
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
)
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

_PATIENCE_S = 300.0
_PROJECT = "kills"


class Runner:
    """What runs jobs: a worker by itself, or an app with its worker; killed, and begun again."""

    def __init__(self, home: Path, secrets: Path, *, is_app: bool) -> None:
        self._home, self._is_app = home, is_app
        self._environment = os.environ | {
            "ANNOTATOR_HOME": str(home),
            "ANNOTATOR_SECRETS": str(secrets),
            "ANNOTATOR_RATER": "tester",
            "ANNOTATOR_DEVICE": "cpu",
        }
        self._app = AppServer(home)
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Begin it where it does not run."""
        if self._process is not None:
            return
        served = ["app", "--no-demo", "--port", str(self._app.port)]
        command = served if self._is_app else ["work"]
        with (self._home / "runner.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "annotator.cli", *command],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it; of an app the worker is left, and has to notice."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def end(self) -> None:
        """Kill it with all that it started."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def _photographs(folder: Path, count: int) -> Path:
    folder.mkdir()
    noise = np.random.default_rng(0)
    for number in range(count):
        pixels = noise.integers(0, 255, (192, 192, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"photo{number:04d}.png")
    return folder


def _round(folder: Path, count: int, kills: int, *, is_app: bool) -> Counter[str]:
    """Run the four jobs under so many kills; return how many met which."""
    met: Counter[str] = Counter()
    with opened_home(folder) as workspace:
        create_project(workspace, _PROJECT, model="untrained-resnet18")
        state_shows(workspace, _PROJECT, Shows.NOBODY)
        photographs = _photographs(folder / "photographs", count)
        settings = workspace.settings
        runner = Runner(settings.home, settings.secrets_folder, is_app=is_app)
        try:
            importing = import_job(workspace, _PROJECT, [photographs], AS_USUAL, then_suggest=True)
            start_job(workspace, importing)
            left = kills // 2
            left -= _under_kills(workspace, runner, left, 2, met)
            task = ExportTask(
                settings.export_folder / "set", selection=Selection(unfinished=True), then_pack=True
            )
            start_job(workspace, export_job(workspace, _PROJECT, task))
            _under_kills(workspace, runner, kills - sum(met.values()), 4, met)
        finally:
            runner.end()
        _check(workspace, count)
    return met


def _under_kills(
    workspace: Workspace, runner: Runner, kills: int, jobs: int, met: Counter[str]
) -> int:
    """Kill at random moments until so many jobs are done; return how many kills that took."""
    killed, begun = 0, time.monotonic()
    while True:
        listed = list_jobs(workspace)
        if len(listed) >= jobs and all(not job.state.is_open for job in listed):
            return killed
        if time.monotonic() - begun > _PATIENCE_S:
            raise SystemExit(f"jobs do not end: {[(j.kind, j.state, j.log) for j in listed]}")
        runner.begin()
        _wait_for_moment(workspace)
        if killed < kills:
            runs = [job.kind.value for job in list_jobs(workspace) if job.state is JobState.RUNNING]
            met["+".join(sorted(runs)) or "none running"] += 1
            runner.kill()
            killed += 1


def _wait_for_moment(workspace: Workspace) -> None:
    """Wait until something runs (which may have to be begun first), and for a moment then."""
    begun = time.monotonic()
    moment = random.expovariate(2.0)
    while time.monotonic() - begun < _PATIENCE_S:
        states = [job.state for job in list_jobs(workspace)]
        runs = JobState.RUNNING in states
        if moment <= 0 or not any(state.is_open for state in states):
            return
        time.sleep(0.01)
        moment -= 0.01 if runs else 0.0


def _check(workspace: Workspace, count: int) -> None:
    jobs: Mapping[JobKind, Job] = {job.kind: job for job in list_jobs(workspace)}
    states = {kind.value: job.state.value for kind, job in jobs.items()}
    assert states == dict.fromkeys(("import", "suggest", "export", "pack"), "done"), states
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
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--a-round", type=int, default=10, help="kills in a round")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random.seed(options.seed)
    met: Counter[str] = Counter()
    rounds = 0
    while sum(met.values()) < options.kills:
        kills = min(options.a_round, options.kills - sum(met.values()))
        is_app = bool(rounds % 2)
        with tempfile.TemporaryDirectory() as folder:
            met += _round(Path(folder), options.images, kills, is_app=is_app)
        rounds += 1
        what = "the app" if is_app else "the worker"
        sys.stdout.write(
            f"round {rounds}: {what} killed, all as it should be; kills so far: {dict(met)}\n"
        )
    sys.stdout.write(
        f"{sum(met.values())} kills in {rounds} rounds: each job ended, each image has one run.\n"
    )


if __name__ == "__main__":
    main()
