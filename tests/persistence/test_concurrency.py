"""Many writers at once, and writers killed in the middle: what was acknowledged is there once."""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from patience import PATIENCE_S
from writing_rater import begin_writing

from annotator.errors import StorageError


def test_threads_share_a_record(record, image, make):
    def write(number):
        acts = [make.drawn(image, rater=f"rater {number}") for _ in range(20)]
        for act in acts:
            record.record_acts([act])
        return [act.id for act in acts]

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(write, range(8)))
    history = record.history(image.id)
    assert Counter(act.id for act in history) == Counter(i for ids in sent for i in ids)
    for number, ids in enumerate(sent):
        assert [act.id for act in history if act.rater == f"rater {number}"] == ids


def test_one_act_sent_by_many_threads_is_recorded_once(record, image, make):
    act = make.drawn(image)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: record.record_acts([act]), range(16)))
    assert answers == [[act.id]] * 16
    assert [found.id for found in record.history(image.id)] == [act.id]


def test_one_project_name_goes_to_one_of_many(record, project):
    def create(_):
        try:
            return record.create_project("wanted", project.label_set)
        except StorageError:
            return None

    with ThreadPoolExecutor(8) as pool:
        created = [found for found in pool.map(create, range(8)) if found]
    assert [record.project("wanted").id] == [found.id for found in created]


def test_one_picture_imported_by_many_joins_once(record, project, make):
    first = make.asset()
    twins = [make.asset(pixels_sha256=first.pixels_sha256) for _ in range(8)]
    others = [make.asset() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        pairs = zip(twins, others, strict=True)
        outcomes = list(pool.map(lambda pair: record.add_images(project.id, pair), pairs))
    assert sum(len(outcome.added) for outcome in outcomes) == 9
    assert sum(len(outcome.duplicates) for outcome in outcomes) == 7
    places = [
        record.queue.place(project.id, found).position for found in record.image_ids(project.id)
    ]
    assert places == list(range(1, 10))


def test_processes_write_at_once(url, record, image, tmp_path):
    printed = [tmp_path / f"rater {number}" for number in range(3)]
    raters = [begin_writing(url, image.id, file.name, 30, file) for file in printed]
    for rater in raters:
        rater.join(PATIENCE_S)
    assert [rater.exitcode for rater in raters] == [0] * 3
    sent = {number: file.read_text().split() for number, file in enumerate(printed)}
    history = record.history(image.id)
    assert len(history) == 90
    for number, ids in sent.items():
        assert [str(act.id) for act in history if act.rater == f"rater {number}"] == ids
    assert record.problems() == []


def test_killed_writers_lose_nothing_they_had_acknowledged(url, record, image, tmp_path):
    kills = 6
    said = [tmp_path / f"rater {number}" for number in range(kills)]
    for pair in zip(said[::2], said[1::2], strict=True):
        raters = [begin_writing(url, image.id, file.name, 100_000, file) for file in pair]
        while not all(file.exists() and file.stat().st_size for file in pair):
            assert all(rater.is_alive() for rater in raters)
            time.sleep(0.01)
        time.sleep(random.uniform(0.0, 0.3))  # noqa: S311 - any moment will do
        for rater in raters:
            rater.kill()
            rater.join(PATIENCE_S)
    lines = [line for file in said for line in file.read_text().splitlines(keepends=True)]
    acknowledged = {line.strip() for line in lines if line.endswith("\n")}
    recorded = Counter(str(act.id) for act in record.history(image.id))
    assert len(acknowledged) >= kills
    assert {recorded[act_id] for act_id in acknowledged} == {1}
    # A writer may die between the commit and its answer: one act each, recorded, not answered.
    assert len(recorded) - len(acknowledged) <= kills
    assert record.problems() == []
