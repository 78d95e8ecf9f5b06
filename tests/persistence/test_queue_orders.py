"""The queue in an order of one's own: on both databases, against the orders by hand."""

from __future__ import annotations

import math
import threading
import uuid

import pytest
from patience import PATIENCE_S

from annotator.domain import Decision, ImageAsset, Project, Protocol
from annotator.domain.queues import FIRST_OPEN, READING_ORDERS, Only, Order, QueueChoice
from annotator.errors import NotFoundError
from annotator.record import Record
from annotator.record import acts as writing
from annotator.record.pools import IsolatedReader
from annotator.record.progress import entropy_bits

BY_COLUMN = (Order.UNCERTAINTY, Order.DISAGREEMENT)


@pytest.fixture
def images(record: Record, project: Project, make) -> list[ImageAsset]:
    return list(record.add_images(project.id, [make.asset(f"{n}.png") for n in range(6)]).added)


def listed(record: Record, project: Project, choice: QueueChoice, reader=None) -> list[str]:
    page = record.queue.page(project.id, choice, 0, 100, reader)
    assert page.total == len(page.rows)
    return [row.file_name.removesuffix(".png") for row in page.rows]


def test_uncertain_images_come_first_and_a_later_run_counts(record, project, images, make) -> None:
    for image, score in zip(images, [0.99, 0.5, 0.8, 0.6, 0.1], strict=False):
        record.record_run(make.run(image, scores={"happy": score, "AU12": 0.0}))
    choice = QueueChoice(Order.UNCERTAINTY)
    assert listed(record, project, choice) == ["1", "3", "2", "4", "0", "5"]  # 5 has no run
    record.record_run(make.run(images[0], scores={"happy": 0.55, "AU12": 0.5}))
    assert listed(record, project, choice)[:2] == ["0", "1"]


def test_entropy_is_that_of_independent_labels() -> None:
    assert entropy_bits([0.5, 0.5]) == pytest.approx(2)
    assert entropy_bits([0.0, 1.0]) == pytest.approx(0, abs=1e-9)
    quarter = -(0.25 * math.log2(0.25) + 0.75 * math.log2(0.75))
    assert entropy_bits([0.25]) == pytest.approx(quarter)


def test_contradictions_are_counted_and_taken_back(record, project, images, make) -> None:
    choice = QueueChoice(Order.DISAGREEMENT)
    added = make.drawn(images[4])
    record.record_acts([added, make.drawn(images[2]), make.drawn(images[2])])
    assert listed(record, project, choice)[:2] == ["2", "4"]
    record.record_acts([make.again(added, decision=Decision.WITHDRAWN)])
    record.record_acts([make.drawn(images[5])])
    assert listed(record, project, choice)[:3] == ["2", "5", "0"]


def test_random_is_the_same_for_a_seed_and_when_images_join(record, project, images, make) -> None:
    choice = QueueChoice(Order.RANDOM, seed="a")
    before = listed(record, project, choice)
    assert sorted(before) == list("012345")
    orders = {tuple(listed(record, project, QueueChoice(Order.RANDOM, str(n)))) for n in range(8)}
    assert len(orders) > 4
    record.add_images(project.id, [make.asset("6.png")])
    after = listed(record, project, choice)
    after.remove("6")
    assert after == before


def test_the_order_of_a_study_that_runs_is_that_of_earlier_versions(record, project, images):
    assert listed(record, project, QueueChoice(Order.RANDOM, seed="a")) == list("052431")


@pytest.mark.parametrize(
    ("reader", "order"),
    [
        *((None, order) for order in (*READING_ORDERS, *BY_COLUMN)),
        *((IsolatedReader("Ada", n), order) for n in (0, 2) for order in READING_ORDERS),
    ],
)
def test_one_goes_on_as_the_page_lists(record, project, images, make, reader, order) -> None:
    for image, score in zip(images[1:], [0.9, 0.5, 0.6, 0.5], strict=False):
        record.record_run(make.run(image, scores={"happy": score, "AU12": 0.0}))
    if not reader:
        record.record_acts([make.drawn(images[n]) for n in (3, 3, 5)])
    else:
        record.readings.set_protocol(project.id, Protocol(readers=2), actor="M", reason="")
        record.readings.assign([images[n].id for n in (0, 1, 3, 4)], ["Ada"], actor="M")
        record.readings.withdraw([images[4].id], "Ada", actor="M", reason="ill")
        record.readings.open(images[1].id, "Ada")
    record.readings.sign(images[1].id, "Ada", "")
    record.remove_images(project.id, [images[0].id], actor="M", reason="double")
    for only in (None, Only.OPEN, Only.REVIEWED):
        choice = QueueChoice(order, seed="b", only=only)
        rows = record.queue.page(project.id, choice, 0, 9, reader).rows
        ids: list[uuid.UUID | None] = [row.image_id for row in rows]
        assert record.queue.page(project.id, choice, 1, 2, reader).rows == rows[1:3]
        assert record.queue.first(project.id, choice, reader) == ids[0]
        for n, image_id in enumerate(ids):
            place = record.queue.place(project.id, image_id, choice, reader)
            assert (place.position, place.total) == (n + 1, len(ids))
            assert place.next_id == [*ids, None][n + 1]
            if only is not Only.OPEN:
                assert place.previous_id == [None, *ids][n]


def test_filters(record, project, images, make) -> None:
    record.record_run(make.run(images[0], scores={"happy": 0.8, "AU12": 0.1}, count=1))
    record.record_acts([
        make.drawn(images[1], label="AU12"),
        make.remark(images[2], "flag"),
        make.remark(images[3], "skip", text="blurred"),
        make.remark(images[4], "flag"),
        make.remark(images[4], "unflag"),
    ])  # fmt: skip

    record.readings.sign(images[1].id, "Ada", "")

    def shown(**filters: object) -> list[str]:
        return listed(record, project, QueueChoice(**filters))

    assert shown(only=Only.REVIEWED) == ["1"]
    assert shown(only=Only.OPEN) == ["0", "2", "4", "5", "3"]  # what was skipped comes last
    assert shown(only=Only.FLAGGED) == ["2"]
    assert shown(only=Only.SKIPPED) == ["3"]
    assert shown(label="AU12") == ["1"]
    assert shown(label="happy") == ["0"]
    assert shown(label="happy", scores=(0.7, 0.9)) == ["0"]
    assert shown(label="happy", scores=(0.9, 1.0)) == []


def test_an_isolated_reader_filters_by_own_flags(record, project, images, make) -> None:
    record.readings.set_protocol(project.id, Protocol(readers=2), actor="M", reason="")
    shown = [image.id for image in images]
    record.readings.assign(shown, ["Ann", "Bob"], actor="M")
    for rater, flagged in (("Ann", images[:2]), ("Bob", images[1:3])):
        for image in flagged:
            reading = record.readings.open(image.id, rater)
            flag = make.remark(image, "flag", rater=rater, reading_id=reading.id)
            record.record_acts([flag])
    choice = QueueChoice(only=Only.FLAGGED)
    assert listed(record, project, choice, IsolatedReader("Ann")) == ["0", "1"]
    assert listed(record, project, choice, IsolatedReader("Bob")) == ["1", "2"]


def test_neighbours_follow_the_order_and_survive_a_decision(record, project, images, make) -> None:
    choice = QueueChoice(Order.RANDOM, seed="a", only=Only.OPEN)
    order = [row.image_id for row in record.queue.page(project.id, choice, 0, 9).rows]
    place = record.queue.place(project.id, order[2], choice)
    assert (place.position, place.total) == (3, 6)
    assert (place.previous_id, place.next_id) == (order[1], order[3])
    record.readings.sign(order[2], "Ada", "")
    after = record.queue.place(project.id, order[2], choice)
    assert (after.previous_id, after.next_id) == (order[1], order[3])
    # One goes back to what was just reviewed.
    assert record.queue.place(project.id, order[3], choice).previous_id == order[2]


def test_what_waits_is_gone_to_in_turn_and_comes_to_an_end(record, project, images, make) -> None:
    record.readings.sign(images[3].id, "Ada", "")
    record.record_acts([make.remark(images[4], "skip", text="blurred")])

    def waiting(project_id: uuid.UUID, position: int) -> uuid.UUID | None:
        return record.queue.place(project_id, images[position].id, FIRST_OPEN).next_id

    assert waiting(project.id, 2) == images[5].id
    assert waiting(project.id, 5) == images[0].id
    for n in (0, 1, 2, 5):
        record.readings.sign(images[n].id, "Ada", "")
    assert waiting(project.id, 0) == images[4].id
    record.readings.sign(images[4].id, "Ada", "")
    assert waiting(project.id, 0) == images[1].id  # all is done: one leafs through
    assert waiting(project.id, 5) is None


def test_an_isolated_reader_goes_through_their_own_and_what_is_free(
    record, project, images, make
) -> None:
    record.readings.set_protocol(project.id, Protocol(readers=2), actor="M", reason="")
    for rater in ("Ada", "Bob"):
        record.readings.assign([images[n].id for n in (0, 1)], [rater], actor="M")
    record.readings.assign([images[2].id], ["Cyd"], actor="M")
    free = IsolatedReader("Cyd", 2)
    assert listed(record, project, FIRST_OPEN, free) == ["2", "3", "4", "5"]
    assert listed(record, project, FIRST_OPEN, IsolatedReader("Cyd")) == ["2"]
    assert listed(record, project, FIRST_OPEN, IsolatedReader("Eve")) == []
    record.readings.open(images[2].id, "Cyd")
    record.readings.sign(images[2].id, "Cyd", "")
    assert listed(record, project, FIRST_OPEN, free) == ["3", "4", "5", "2"]
    place = record.queue.place(project.id, images[2].id, FIRST_OPEN, free)
    assert (place.position, place.next_id) == (1, images[3].id)
    last = record.queue.place(project.id, images[5].id, FIRST_OPEN, free)
    assert last.next_id == images[3].id


def test_an_image_of_another_project_has_no_place(record, project, images, make) -> None:
    other = record.create_project("other", make.labels())
    choice = QueueChoice(Order.RANDOM)
    with pytest.raises(NotFoundError, match="another project"):
        record.queue.place(other.id, images[0].id, choice)
    with pytest.raises(NotFoundError):
        record.queue.place(project.id, uuid.uuid4(), choice)


def test_an_act_that_commits_late_is_seen_by_the_order_of_disagreement(
    url, record, project, images, make, monkeypatch
) -> None:
    """Fault 12: of two writers on PostgreSQL the one with the lower sequence commits last."""
    if url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time")
    choice = QueueChoice(Order.DISAGREEMENT)
    record.record_acts([make.drawn(images[0])])
    written, gate, write_all = threading.Event(), threading.Event(), writing.write_all

    def slow(session, acts) -> None:
        write_all(session, acts)
        session.flush()
        if acts[0].image_id == images[1].id:
            written.set()
            gate.wait(PATIENCE_S)

    monkeypatch.setattr(writing, "write_all", slow)
    late = [make.drawn(images[1]) for _ in range(3)]
    first = threading.Thread(target=record.record_acts, args=[late])
    first.start()
    assert written.wait(PATIENCE_S)
    record.record_acts([make.drawn(images[2])])
    assert listed(record, project, choice)[:2] == ["0", "2"]
    gate.set()
    first.join(PATIENCE_S)
    assert listed(record, project, choice)[:3] == ["1", "0", "2"]
