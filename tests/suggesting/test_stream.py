"""Suggestions for a whole project as a stream: failures told apart, stopped and resumed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from noise_slices import noise_slices
from patience import PATIENCE_S
from sqlalchemy import Engine, event

from annotator.engines import local
from annotator.engines.engine import Item
from annotator.errors import JobStopped, StorageError
from annotator.workflows import suggesting
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.suggesting import shared_suggester, suggest_project

CARD = "brain-mri-tumour"


@pytest.fixture
def project(workspace, tmp_path):
    """Twelve slices of several sizes."""
    folder = tmp_path / "slices"
    noise_slices(folder, 12, (64, 80, 48), 72, name="slice{:02d}.png")
    create_project(workspace, "slices", model=CARD)
    import_paths(workspace, "slices", [folder])
    return workspace.record.project("slices")


def runs_of(workspace, project):
    return [one.runs for one in workspace.record.image_records(project.id)]


def comparable(runs):
    """What a run says, without when it was made and its ids."""
    return [
        (
            run.scores,
            [(s.label, s.region, s.score, s.strength) for s in run.suggestions],
            run.notices,
        )
        for (run,) in runs
    ]


def test_failures_of_one_batch_are_told_apart_and_the_rest_goes_on(workspace, project, monkeypatch):
    assets = workspace.record.images(project.id)
    pixels, prepare = suggesting.shown_pixels, type(shared(workspace)).prepare_all

    def damaged(of, asset):
        if asset.id == assets[1].id:
            raise StorageError("The stored picture is damaged; import its file again.")
        if asset.id == assets[2].id:
            raise ValueError("nobody expected this")
        return pixels(of, asset)

    def not_finite(self, *pictures):
        prepared = prepare(self, *pictures)
        for made in prepared:
            if made.image_id == assets[4].id:
                made.values[0, 3, 3] = torch.nan
        return prepared

    monkeypatch.setattr(suggesting, "shown_pixels", damaged)
    monkeypatch.setattr(type(shared(workspace)), "prepare_all", not_finite)
    report = suggest_project(workspace, "slices")
    assert [one.partition(":")[0] for one in report.failures] == [
        assets[place].file_name for place in (1, 2, 4)
    ]
    expected = ("damaged", "fault in the program", "not finite")
    for reason, words in zip(report.failures, expected, strict=True):
        assert words in reason
    assert report.images == 9
    assert [len(runs) for runs in runs_of(workspace, project)] == [
        int(place not in (1, 2, 4)) for place in range(12)
    ]


def shared(workspace):
    return shared_suggester(CARD, workspace.settings)


def test_stopped_in_the_middle_and_resumed_it_gives_the_same_as_in_one_go(
    workspace, project, monkeypatch
):
    monkeypatch.setattr(shared(workspace)._asking, "batch", 4)
    told = []

    def stop(done, total):
        told.append((done, total))
        if len(told) == 5:
            raise JobStopped

    with pytest.raises(JobStopped):
        suggest_project(workspace, "slices", progress=stop)
    assert not [one for one in threading.enumerate() if one.name.startswith("runs are")]
    begun = sum(map(len, runs_of(workspace, project)))
    assert 5 <= begun < 12
    report = suggest_project(workspace, "slices")
    assert report.images == 12 - begun
    resumed = runs_of(workspace, project)
    assert [len(runs) for runs in resumed] == [1] * 12
    suggest_project(workspace, "slices", again=True)
    whole = [runs[-1:] for runs in runs_of(workspace, project)]
    for (scores, regions, notices), (same, others, likewise) in zip(
        comparable(resumed), comparable(whole), strict=True
    ):
        assert scores == pytest.approx(same, abs=1e-5)
        assert [one[:2] for one in regions] == [one[:2] for one in others]
        assert notices == likewise


def test_states_of_many_images_are_one_update(workspace, project):
    """A hundred updates by turns were most of what recording a hundred runs took."""
    images = workspace.record.image_ids(project.id)
    pixels = [suggesting.shown_pixels(workspace, workspace.record.image(one)) for one in images]
    suggest = shared(workspace).suggest
    runs = [suggest(one, picture) for one, picture in zip(images, pixels, strict=True)]
    updates = []

    def note(*sent):
        updates.extend([sent[2]] if sent[2].startswith("UPDATE image_states") else [])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert workspace.record.record_runs(runs) == {}
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(updates) == 1
    assert workspace.record.project(project.id).counts.suggested == len(images)


def test_progress_ends_with_all_images_on_record(workspace, project):
    told = []
    suggest_project(workspace, "slices", progress=lambda *done: told.append(done))
    assert told[-1] == (12, 12)
    assert told == sorted(told)
    assert [len(runs) for runs in runs_of(workspace, project)] == [1] * 12


def test_two_at_once_record_each_image_once(workspace, project):
    ready = threading.Barrier(2, timeout=PATIENCE_S)

    def work():
        ready.wait()
        return suggest_project(workspace, "slices")

    with ThreadPoolExecutor(2) as pool:
        reports = [one.result(PATIENCE_S) for one in [pool.submit(work) for _ in range(2)]]
    assert [report.failures for report in reports] == [[], []]
    assert [len(runs) for runs in runs_of(workspace, project)] == [1] * 12


def test_small_pictures_go_together_and_large_ones_alone(workspace, project):
    assets = workspace.record.images(project.id)
    film = replace(assets[0], width=3000, height=2500)
    items = [Item(asset) for asset in (*assets, film, film, *assets[:2])]
    groups = list(local._groups(items))
    assert [item for group in groups for item in group] == items
    assert [len(group) for group in groups] == [8, 4, 1, 1, 2]


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        MemoryError(),
    ],
    ids=["processor", "gpu", "python"],
)
def test_too_little_memory_halves_the_batch_and_goes_on(workspace, project, monkeypatch, error):
    suggester = shared(workspace)
    monkeypatch.setattr(suggester._asking, "batch", 8)
    tried, batch = [], suggester._classifier.batch

    def little(inputs):
        tried.append(len(inputs))
        if len(inputs) > 3:
            raise error
        return batch(inputs)

    monkeypatch.setattr(suggester._classifier, "batch", little)
    report = suggest_project(workspace, "slices")
    assert report.images == 12
    assert tried[:3] == [8, 4, 2]
    assert suggester.batch == 2


def test_what_came_of_the_second_stage_is_on_record_as_it_was(workspace, project):
    suggest_project(workspace, "slices")
    (run,) = next(runs for runs in runs_of(workspace, project) if runs[0].suggestions)
    latest = workspace.record.latest_run(run.image_id)
    assert latest.suggestions == run.suggestions
    assert all(one.check.score_without is not None for one in run.suggestions)
    assert "checks" not in run.provenance.parameters
    (again,) = workspace.record.suggestions([run.suggestions[0].id])
    assert again == run.suggestions[0]


def test_without_the_second_stage_nothing_is_asked_twice(workspace, project, monkeypatch):
    def refuse(*_):
        pytest.fail("the network was asked again")

    monkeypatch.setattr("annotator.suggest.suggester.questions", refuse)
    assert suggest_project(workspace, "slices", check=False).images == 12
    suggestions = [one for (run,) in runs_of(workspace, project) for one in run.suggestions]
    assert suggestions
    assert all(one.check is None for one in suggestions)


def test_a_fault_in_the_second_stage_is_one_images(workspace, project, monkeypatch):
    assets = workspace.record.images(project.id)
    check = type(shared(workspace)).check

    def faulty(self, proposed, spec):
        if any(one.run.image_id == assets[3].id for one in proposed):
            raise ValueError("nobody expected this")
        return check(self, proposed, spec)

    monkeypatch.setattr(type(shared(workspace)), "check", faulty)
    report = suggest_project(workspace, "slices")
    assert report.images == 11
    (failure,) = report.failures
    assert failure.startswith(assets[3].file_name)
