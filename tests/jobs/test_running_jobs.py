"""Jobs run: by the worker or here, paused, resumed, refused, and with a record that is locked."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from jobs_at_work import names, now, workers
from patience import PATIENCE_S, wait_for
from PIL import Image

from annotator.cli import main
from annotator.domain import Job, JobKind, JobState
from annotator.errors import AnnotatorError, JobStopped, UnavailableError
from annotator.export import Selection
from annotator.workflows.exporting import verify_export
from annotator.workflows.importing import AS_USUAL, ImportOptions
from annotator.workflows.jobs import (
    ExportTask,
    ask_job,
    export_job,
    file_to_fetch,
    import_job,
    jobs_under_way,
    list_jobs,
    remove_left_behind,
    run_here,
    running,
    start_job,
    suggest_job,
    upload_folder_of,
    work,
)
from annotator.workflows.jobs.options import from_json, to_json
from annotator.workflows.jobs.owners import Owner, is_gone
from annotator.workflows.workspace import Workspace

COUNT = 12
ALL = Selection(unfinished=True)


def added(workspace: Workspace, photographs: Path) -> Job:
    return start_job(workspace, import_job(workspace, "p", [photographs], AS_USUAL))


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> list[running._Beat]:
    """The beats of the jobs that run in a test, which are quick: each knows what was asked."""
    begun: list[running._Beat] = []

    class Noted(running._Beat):
        def __enter__(self) -> Self:
            begun.append(self)
            return super().__enter__()

    monkeypatch.setattr(running, "_Beat", Noted)
    monkeypatch.setattr(running, "_BEAT_S", 0.01)
    return begun


def test_the_worker_imports_exports_and_makes_a_zip_file_that_its_owner_fetches(
    workspace, photographs
):
    job = added(workspace, photographs)
    assert "photos" in json.dumps(job.options)
    work(workspace, once=True)
    ended = now(workspace, job)
    assert (ended.state, ended.done, ended.total, ended.options) == (
        JobState.DONE, COUNT, COUNT, {},
    )  # fmt: skip
    assert ended.sentence == f"{COUNT} imported, 0 already there, 0 refused, 0 skipped."
    folder = workspace.settings.export_folder / "p-1"
    task = ExportTask(folder, selection=ALL, then_pack=True)
    start_job(workspace, export_job(workspace, "p", task))
    work(workspace, once=True)
    packed, exported, _ = list_jobs(workspace)
    assert (packed.kind, packed.state, exported.state) == (
        JobKind.PACK, JobState.DONE, JobState.DONE,
    )  # fmt: skip
    assert str(folder) not in exported.sentence
    assert (exported.options["left_out"], packed.options["left_out"]) == (0, 0)
    file = file_to_fetch(workspace, packed.id)
    assert not folder.exists()
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        archive.extractall(workspace.settings.home / "out")
    assert verify_export(workspace.settings.home / "out" / "p-1") == []
    workspace.record.jobs.keep(packed.id, {"file": file.name, "fetched_at": "2020-01-01T00:00Z"})
    remove_left_behind(workspace)
    assert not file.exists()
    with pytest.raises(AnnotatorError, match="downloaded already"):
        file_to_fetch(workspace, packed.id)


def test_a_job_fails_in_a_sentence_and_the_next_one_runs(workspace, photographs, tmp_path):
    gone = import_job(workspace, "p", [photographs / "photo00.png"], AS_USUAL)
    start_job(workspace, gone)
    (photographs / "photo00.png").unlink()
    following = added(workspace, photographs)
    work(workspace, once=True)
    assert now(workspace, gone).state is JobState.DONE
    assert "0 imported" in now(workspace, gone).sentence
    assert now(workspace, following).state is JobState.DONE
    without_model = start_job(workspace, suggest_job(workspace, "p"))
    work(workspace, once=True)
    assert now(workspace, without_model).state is JobState.FAILED
    assert "has no model" in now(workspace, without_model).sentence


def test_paused_while_it_runs_and_resumed(workspace, photographs, monkeypatch, beats):
    reached, go_on = threading.Event(), threading.Event()
    recorded = workspace.record.add_images

    def slowly(_self, *args, **kwargs):
        if len(names(workspace, "p")) == 3:
            reached.set()
            assert go_on.wait(PATIENCE_S)
        return recorded(*args, **kwargs)

    monkeypatch.setattr(type(workspace.record), "add_images", slowly)
    with workers(workspace):
        job = added(workspace, photographs)
        assert reached.wait(PATIENCE_S)
        (line,) = jobs_under_way(workspace, workspace.record.project("p").id)
        assert line.kind is JobKind.IMPORT
        assert ask_job(workspace, job.id, JobState.PAUSED).asked is JobState.PAUSED
        wait_for(lambda: beats[-1].asked is JobState.PAUSED, "the pause to be heard")
        go_on.set()
        wait_for(lambda: now(workspace, job).state is JobState.PAUSED, "the pause")
        rested = now(workspace, job)
        assert 3 < len(names(workspace, "p")) < COUNT
        assert rested.sentence == f"Paused at {rested.done} of {COUNT}."
        ask_job(workspace, job.id, JobState.WAITING)
        wait_for(lambda: now(workspace, job).state is JobState.DONE, "the job's end")
    assert len(names(workspace, "p")) == len(set(names(workspace, "p"))) == COUNT
    assert now(workspace, job).sentence.startswith(f"Went on after {rested.done} of {COUNT}: ")


def test_cancelled_before_it_began_and_its_uploads_go(workspace, photographs):
    start = Job(JobKind.IMPORT, "tester", workspace.record.project("p").id)
    sent = upload_folder_of(workspace, start.id)
    sent.mkdir(parents=True)
    workspace.record.jobs.add(start)
    remove_left_behind(workspace)
    assert sent.is_dir()
    assert ask_job(workspace, start.id, JobState.CANCELLED).state is JobState.CANCELLED
    remove_left_behind(workspace)
    assert not sent.exists()


def test_a_worker_that_is_to_end_leaves_its_job_for_the_next(workspace, photographs, monkeypatch):
    stopping = threading.Event()
    recorded = type(workspace.record).add_images

    def third(self, *args, **kwargs):
        if len(names(workspace, "p")) == 3:
            stopping.set()
        return recorded(self, *args, **kwargs)

    monkeypatch.setattr(type(workspace.record), "add_images", third)
    job = added(workspace, photographs)
    work(workspace, stopping=stopping)
    assert now(workspace, job).state is JobState.WAITING
    assert len(names(workspace, "p")) == 4
    work(workspace, once=True)
    assert now(workspace, job).state is JobState.DONE
    assert len(names(workspace, "p")) == COUNT


def test_a_killed_foreground_import_is_taken_up_by_the_worker(workspace, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(60):
        Image.fromarray(np.full((4, 4, 3), number, np.uint8)).save(folder / f"{number:02d}.png")
    environment = os.environ | {
        "ANNOTATOR_HOME": str(workspace.settings.home),
        "ANNOTATOR_SECRETS": str(workspace.settings.secrets_folder),
    }
    command = [sys.executable, "-m", "annotator.cli", "import", "p", str(folder)]
    with subprocess.Popen(command, env=environment) as process:
        wait_for(
            lambda: len(names(workspace, "p")) > 5 or process.poll() is not None, "the first images"
        )
        process.send_signal(signal.SIGKILL)
    (job,) = list_jobs(workspace)
    assert job.state is JobState.RUNNING
    work(workspace, once=True)
    (job,) = list_jobs(workspace)
    assert job.state is JobState.DONE
    assert "Its process ended; it goes on from where it was." in job.log
    assert sorted(names(workspace, "p")) == [f"{number:02d}.png" for number in range(60)]


def test_a_record_that_is_locked_for_a_while_is_waited_for(workspace, photographs, monkeypatch):
    """Before, each image of the while was a failure of its own."""
    recorded, refusals = type(workspace.record).add_images, iter(range(2))

    def locked(self, *args, **kwargs):
        if len(names(workspace, "p")) == 3 and next(refusals, None) is not None:
            raise UnavailableError("The database is locked; try again.")
        return recorded(self, *args, **kwargs)

    monkeypatch.setattr(type(workspace.record), "add_images", locked)
    job = added(workspace, photographs)
    work(workspace, once=True)
    ended = now(workspace, job)
    assert ended.state is JobState.DONE
    assert "The database is locked; try again." in ended.log
    assert len(names(workspace, "p")) == COUNT


def test_a_disk_that_stays_full_pauses_the_job_and_says_what_to_do(
    workspace, photographs, monkeypatch
):
    monkeypatch.setattr(running, "PATIENCE_S", 0.0)
    monkeypatch.setattr(running.run_job, "__kwdefaults__", {
        **running.run_job.__kwdefaults__, "patience_s": 0.0,
    })  # fmt: skip

    def full(self, *args, **kwargs):
        raise UnavailableError("The disk of the data folder is full; free some space.")

    with monkeypatch.context() as during:
        during.setattr(type(workspace.pixels), "put", full)
        job = added(workspace, photographs)
        work(workspace, once=True)
    rested = now(workspace, job)
    assert rested.state is JobState.PAUSED
    assert rested.sentence == (
        "The disk of the data folder is full; free some space. Then resume this job."
    )
    ask_job(workspace, job.id, JobState.WAITING)
    work(workspace, once=True)
    assert (now(workspace, job).state, len(names(workspace, "p"))) == (JobState.DONE, COUNT)


def test_a_real_lock_of_the_file_ends_no_job(workspace, photographs):
    file = workspace.settings.database_url.removeprefix("sqlite:///")
    other = sqlite3.connect(file, timeout=PATIENCE_S, isolation_level=None)
    with contextlib.closing(other), workers(workspace):
        job = added(workspace, photographs)
        wait_for(
            lambda: bool(names(workspace, "p")) or not now(workspace, job).state.is_open,
            "the first images",
        )
        other.execute("BEGIN IMMEDIATE")
        time.sleep(3)
        other.execute("ROLLBACK")
        wait_for(lambda: not now(workspace, job).state.is_open, "the job's end")
    assert (now(workspace, job).state, len(names(workspace, "p"))) == (JobState.DONE, COUNT)


def test_here_waits_for_one_of_its_kind_and_is_listed(workspace, photographs, capsys):
    project_id = workspace.record.project("p").id
    other = Job(JobKind.IMPORT, "Ada", project_id)
    words: list[str] = []
    with Owner(workspace.settings.home) as owner:
        workspace.record.jobs.add(other, owner=owner.name)
        held = workspace.record.jobs.job(other.id)

        def tell(sentence: str) -> None:
            words.append(sentence)
            workspace.record.jobs.leave(held, Job(held.kind, "Ada", state=JobState.DONE), [])

        job = import_job(workspace, "p", [photographs], AS_USUAL)
        report = run_here(workspace, job, lambda done, total: None, tell=tell)
    assert words == ["Another import job of this project is running; this one waits for it."]
    assert report.imported == COUNT


def test_somebody_cancels_what_runs_here(workspace, photographs, beats):

    def cancel(done: int, total: int) -> None:
        (job,) = list_jobs(workspace)
        ask_job(workspace, job.id, JobState.CANCELLED)
        wait_for(lambda: beats[-1].asked is JobState.CANCELLED, "the cancelling to be heard")

    job = import_job(workspace, "p", [photographs], AS_USUAL)
    with pytest.raises(JobStopped):
        run_here(workspace, job, cancel, tell=print)
    assert now(workspace, job).state is JobState.CANCELLED
    assert now(workspace, job).options == {}


def test_the_command_line_lists_pauses_and_resumes(workspace, photographs, monkeypatch, capsys):
    monkeypatch.setenv("ANNOTATOR_HOME", str(workspace.settings.home))
    job = added(workspace, photographs)
    short = str(job.id)[:8]
    assert main(["jobs", "pause", short]) == 0
    assert "is paused." in capsys.readouterr().out
    assert main(["work", "--once"]) == 0
    assert names(workspace, "p") == []
    assert main(["jobs", "resume", short]) == 0
    assert "annotator work --once" in capsys.readouterr().out
    assert main(["work", "--once"]) == 0
    assert len(names(workspace, "p")) == COUNT
    assert main(["jobs", "p", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["state"], listed["done"]) == (str(job.id), "done", COUNT)
    assert main(["jobs", "cancel", short]) == 1
    assert "has ended (done)" in capsys.readouterr().err


def test_a_lock_tells_whether_a_process_is_there(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from annotator.workflows.jobs.owners import "
        "Owner\nwith Owner(Path(sys.argv[1])) as owner: print(owner.name, flush=True); "
        "time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert is_gone(tmp_path, name) is False
        process.kill()
        process.wait()
        assert is_gone(tmp_path, name) is True
    assert is_gone(tmp_path, "elsewhere:1:0123456789ab") is None
    with Owner(tmp_path) as owner, Owner(tmp_path):
        assert is_gone(tmp_path, owner.name) is False
    assert is_gone(tmp_path, owner.name) is True


def test_options_come_back_as_they_were(tmp_path):
    task = ExportTask(
        tmp_path / os.fsdecode(b"no\xfftext"),
        selection=Selection(splits={"train": 0.5, "val": 0.5}),
    )
    assert from_json(ExportTask, json.loads(json.dumps(to_json(task)))) == task
    options = ImportOptions(report=tmp_path / "a b.jsonl")
    text = json.dumps(to_json(options), allow_nan=False)
    assert from_json(ImportOptions, json.loads(text)) == options
