"""Many runs in one transaction: each has a verdict of its own, and none is recorded twice."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from patience import PATIENCE_S

from annotator.domain import BoundingBox
from annotator.record import Record


@pytest.fixture
def images(record, project, make):
    return record.add_images(project.id, [make.asset() for _ in range(6)]).added


def test_a_run_that_is_refused_keeps_back_no_other(record, project, images, make):
    a, b, c, d, e, f = images
    record.remove_images(project.id, [e.id], actor="Ada", reason="no consent")
    outside = make.suggestion(region=BoundingBox(390, 0, 20, 5))
    runs = [
        make.run(a),
        make.run(b, suggestions=(outside,)),
        make.run(c, scores={"happy": float("nan")}),
        make.run(make.asset()),
        make.run(d, 0, maps=()),
        make.run(e),
        make.run(f),
    ]
    twice = [*runs, runs[0]]
    refused = record.record_runs(twice, actor="Ada")
    reasons = {run.id: str(refused[run.id]) for run in runs if run.id in refused}
    assert set(reasons) == {runs[place].id for place in (0, 1, 2, 3, 5)}
    for place, words in (
        (0, "contradicts"),
        (1, "beyond the edge"),
        (2, "not a finite number"),
        (3, "no image with the id"),
        (5, "was removed from the project"),
    ):
        assert words in reasons[runs[place].id]
    recorded = {one.id: record.latest_run(one.id) for one in images}
    assert [one is not None for one in recorded.values()] == [True, False, False, True, False, True]
    assert recorded[a.id].id == runs[0].id
    assert record.problems() == []
    assert record.safekeeping.faults() == []


def test_the_chain_is_that_of_one_run_after_the_other(record, project, images, make):
    for run in [make.run(one) for one in images[:3]]:
        record.record_run(run, actor="Ada")
    record.record_runs([make.run(one) for one in images[3:]], actor="Ada")
    log = io.StringIO()
    record.safekeeping.write_log(project.id, log)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    recorded = [one for one in lines if one.get("kind") == "suggestions recorded"]
    assert [one["actor"] for one in recorded] == ["Ada"] * 6
    assert recorded[0].keys() == recorded[-1].keys()
    assert recorded[0]["parts"].keys() == recorded[-1]["parts"].keys()
    assert record.safekeeping.faults() == []


def test_nothing_at_all_is_recorded_of_no_runs(record, project):
    assert record.record_runs([]) == {}


def test_two_at_once_record_one_run_an_image(record, url, project, images, make):
    ready = threading.Barrier(2, timeout=PATIENCE_S)

    def work() -> dict:
        runs = [make.run(one) for one in images]
        with Record.open(url) as other:
            ready.wait()
            return other.record_runs(runs, first_only=True)

    with ThreadPoolExecutor(2) as pool:
        verdicts = [done.result(PATIENCE_S) for done in [pool.submit(work) for _ in range(2)]]
    assert verdicts == [{}, {}]
    assert [len(one.runs) for one in record.image_records(project.id)] == [1] * 6
    anew = make.run(images[0], model_sha256="cd" * 32)
    assert (
        record.record_runs([anew, make.run(images[0], model_sha256="cd" * 32)], first_only=True)
        == {}
    )
    assert record.latest_run(images[0].id).id == anew.id
