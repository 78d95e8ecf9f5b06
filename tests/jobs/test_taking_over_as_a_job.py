"""Another tool's file is taken over by a job: its report stays, and what stops it loses nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jobs_at_work import now

from annotator.domain import Job, JobKind, JobState
from annotator.errors import JobStopped, UnavailableError
from annotator.workflows.importing import import_paths
from annotator.workflows.jobs import (
    TakeOverTask,
    ask_job,
    own_table_job,
    remove_left_behind,
    run_here,
    start_job,
    take_over_job,
    upload_folder_of,
    work,
)
from annotator.workflows.jobs.kinds import _MOST_LINES
from annotator.workflows.workspace import Workspace

COUNT = 12


@pytest.fixture
def labels(workspace: Workspace, photographs: Path, tmp_path: Path) -> Path:
    """A file with a region for each picture, and one for a picture that is not there."""
    import_paths(workspace, "p", [photographs])
    names = [f"photo{number:02d}.png" for number in range(COUNT)] + ["missing.png"]
    coco = {
        "images": [
            {"id": number, "file_name": name, "width": 4, "height": 4}
            for number, name in enumerate(names)
        ],
        "categories": [{"id": 1, "name": "x"}],
        "annotations": [
            {"id": number, "image_id": number, "category_id": 1, "bbox": [1, 1, 2, 2]}
            for number in range(len(names))
        ],
    }
    file = tmp_path / "labels.json"
    file.write_text(json.dumps(coco))
    return file


def task(labels: Path) -> TakeOverTask:
    return TakeOverTask(labels, "coco", "a tool")


def regions(workspace: Workspace) -> list[int]:
    project = workspace.record.project("p")
    return [len(workspace.record.history(one)) for one in workspace.record.image_ids(project.id)]


def test_the_worker_does_it_and_the_report_is_its_result(workspace, labels):
    job = start_job(workspace, take_over_job(workspace, "p", task(labels)))
    work(workspace, once=True)
    ended = now(workspace, job)
    assert (ended.state, ended.done, ended.total) == (JobState.DONE, COUNT, COUNT)
    assert ended.sentence == "12 regions and 0 values of labels taken over on 12 images."
    assert ended.log == ("1 image of the file is not in the project",)
    assert regions(workspace) == [1] * COUNT


def test_what_a_browser_sent_goes_when_it_is_taken_over(workspace, labels):
    job = Job(JobKind.TAKE_OVER, "tester")
    folder = upload_folder_of(workspace, job.id)
    folder.mkdir(parents=True)
    sent = folder / "labels.json"
    sent.write_text(labels.read_text())
    start_job(workspace, take_over_job(workspace, "p", task(sent), job_id=job.id))
    work(workspace, once=True)
    assert now(workspace, job).state is JobState.DONE
    remove_left_behind(workspace)
    assert not folder.exists()


def test_paused_in_the_middle_it_goes_on_and_records_nothing_twice(workspace, labels):
    def pause(done: int, total: int) -> None:
        if done == 5:
            raise JobStopped

    job = take_over_job(workspace, "p", task(labels))
    with pytest.raises(JobStopped):
        run_here(workspace, job, pause, tell=print)
    assert sum(regions(workspace)) == 5
    ask_job(workspace, job.id, JobState.WAITING)
    work(workspace, once=True)
    assert now(workspace, job).state is JobState.DONE
    assert regions(workspace) == [1] * COUNT


def test_a_record_that_is_locked_is_waited_for_and_no_fault_of_an_image(
    workspace, labels, monkeypatch
):
    import_acts, refusals = type(workspace.record).import_acts, iter(range(2))

    def locked(self, *args, **kwargs):
        if sum(regions(workspace)) == 3 and next(refusals, None) is not None:
            raise UnavailableError("The database is locked; try again.")
        return import_acts(self, *args, **kwargs)

    monkeypatch.setattr(type(workspace.record), "import_acts", locked)
    job = start_job(workspace, take_over_job(workspace, "p", task(labels)))
    work(workspace, once=True)
    ended = now(workspace, job)
    assert ended.state is JobState.DONE
    assert "The database is locked; try again." in ended.log
    assert not [line for line in ended.log if "left out" in line]
    assert regions(workspace) == [1] * COUNT


def test_ones_own_annotations_are_recorded_under_ones_own_name(workspace, labels):
    job = start_job(workspace, own_table_job(workspace, "p", task(labels)))
    work(workspace, once=True)
    assert now(workspace, job).state is JobState.DONE
    (first, *_) = workspace.record.image_ids(workspace.record.project("p").id)
    assert [act.rater for act in workspace.record.history(first)] == ["tester"]


def test_a_file_with_thousands_of_faults_says_how_many_the_log_leaves_out(workspace, labels):
    coco = json.loads(labels.read_text())
    coco["categories"] = [{"id": number, "name": f"label {number}"} for number in range(300)]
    for number in range(300):
        coco["annotations"].append(
            {"id": 100 + number, "image_id": 0, "category_id": number, "bbox": [1, 1, 2, 2]}
        )
    labels.write_text(json.dumps(coco))
    job = start_job(workspace, take_over_job(workspace, "p", task(labels)))
    work(workspace, once=True)
    ended = now(workspace, job)
    assert len(ended.log) == _MOST_LINES + 1
    assert ended.log[-1].endswith("more; `annotator take-over` prints them all.")
