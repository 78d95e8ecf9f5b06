"""A job that finds a disk full waits, or fails with a sentence and leaves nothing."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from jobs_at_work import ended, names, now, workers
from noise_slices import noise_slices
from patience import wait_for

from annotator.domain import JobState
from annotator.errors import StorageError
from annotator.export import Selection
from annotator.settings import Settings
from annotator.workflows.importing import AS_USUAL, import_paths
from annotator.workflows.jobs import (
    ExportTask,
    ask_job,
    export_job,
    import_job,
    list_jobs,
    running,
    start_job,
    work,
)
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

ALL = Selection(unfinished=True)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of so many MB, which only root may."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Write a file that leaves nothing of a disk."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


def full_disk_home(disk: Path) -> contextlib.AbstractContextManager[Workspace]:
    settings = Settings.from_environment(
        {"ANNOTATOR_HOME": str(disk / "home"), "ANNOTATOR_SECRETS": str(disk / "secrets")}
    )
    return Workspace.open(settings, upgrade=True)


def test_a_disk_that_is_really_full_of_pictures_and_record_is_waited_for(tmp_path):
    folder = noise_slices(tmp_path / "in", 20, (300,), 300)
    with small_disk(tmp_path / "disk", 12) as disk, full_disk_home(disk) as workspace:
        create_project(workspace, "films", labels=["x"])
        job = import_job(workspace, "films", [folder], AS_USUAL)
        recorded, ballast = type(workspace.record).add_images, list[Path]()

        def filling(self, *args, **kwargs):
            if not ballast and len(names(workspace, "films")) == 3:
                ballast.append(fill(disk))
            return recorded(self, *args, **kwargs)

        with pytest.MonkeyPatch.context() as patch, workers(workspace):
            patch.setattr(type(workspace.record), "add_images", filling)
            start_job(workspace, job)
            wait_for(lambda: ballast or not now(workspace, job).state.is_open, "a full disk")
            waits = [thread for thread in threading.enumerate() if thread.name == "import job"]
            assert waits, "the job goes on"
            with pytest.raises(StorageError, match="full"):
                workspace.record.jobs.keep(job.id, {"filler": "x" * 9_000_000})
            ballast[0].unlink()
            stopped = ended(workspace, job)
        assert stopped.state is JobState.DONE, stopped
        assert "0 refused" in stopped.sentence
        assert len(names(workspace, "films")) == len(set(names(workspace, "films"))) == 20
        assert workspace.record.problems() == []
        assert workspace.record.safekeeping.faults() == []


def test_an_export_to_a_full_disk_leaves_nothing_and_is_made_when_there_is_room(
    workspace, tmp_path
):
    import_paths(workspace, "p", [noise_slices(tmp_path / "in", 20, (300,), 300)])
    with small_disk(tmp_path / "disk", 4) as disk:
        ballast = fill(disk)
        with ballast.open("r+b") as file:
            file.truncate(ballast.stat().st_size - 500_000)
        task = ExportTask(disk / "set", selection=ALL)
        job = start_job(workspace, export_job(workspace, "p", task))
        work(workspace, once=True)
        failed = now(workspace, job)
        assert failed.state is JobState.FAILED
        assert "is full and nothing was exported; free some space" in failed.sentence
        assert list(disk.iterdir()) == [ballast]
        ballast.unlink()
        again = start_job(workspace, export_job(workspace, "p", task))
        work(workspace, once=True)
        assert now(workspace, again).state is JobState.DONE


def test_a_zip_file_that_finds_the_disk_full_rests_and_is_made_when_there_is_room(
    workspace, tmp_path, monkeypatch
):
    import_paths(workspace, "p", [noise_slices(tmp_path / "in", 20, (300,), 300)])
    with small_disk(workspace.settings.export_folder, 3) as disk:
        task = ExportTask(disk / "set", selection=ALL, then_pack=True)
        start_job(workspace, export_job(workspace, "p", task))
        run = partial(work, workspace, once=True)
        options = running.run_job.__kwdefaults__
        monkeypatch.setattr(running.run_job, "__kwdefaults__", {**options, "patience_s": 0.0})
        run()
        packing = list_jobs(workspace)[0]
        assert packing.state is JobState.PAUSED
        assert packing.sentence == (
            "set.zip could not be written because the disk is full; free some space. Then "
            "resume this job."
        )
        assert [path.name for path in disk.iterdir()] == ["set"]
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        ask_job(workspace, packing.id, JobState.WAITING)
        run()
        assert now(workspace, packing).state is JobState.DONE
        assert [path.name for path in disk.iterdir()] == ["set.zip"]
