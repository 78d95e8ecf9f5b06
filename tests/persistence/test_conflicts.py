"""A late write never wins silently: the person gets both, and merges."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from annotator.domain import BoundingBox, Decision, Presence
from annotator.domain.queues import Only, Order, QueueChoice
from annotator.errors import ConflictError, NotFoundError, StorageError


@pytest.fixture
def drawn(record, image, make):
    """A region of Ada's."""
    act = make.drawn(image)
    record.record_acts([act])
    return act


def test_the_second_of_two_changes_is_told_of_the_first(record, image, make, drawn):
    first = make.again(drawn, label="AU12", rater="Béla")
    late = make.again(drawn, region=BoundingBox(5, 5, 10, 10))
    record.record_acts([first])
    report = record.save_acts([late])
    assert report.recorded == ()
    (conflict,) = report.conflicts
    assert conflict.sent == late
    assert make.timeless(conflict.current) == make.timeless(first)
    assert [act.id for act in record.history(image.id)] == [drawn.id, first.id]
    merged = make.again(first, region=late.region)
    assert record.save_acts([merged]).recorded == (merged.id,)


def test_all_or_nothing_raises_and_writes_nothing(record, image, make, drawn):
    record.record_acts([make.again(drawn)])
    with pytest.raises(ConflictError, match="1 of 2 changes came too late") as caught:
        record.record_acts([make.drawn(image), make.again(drawn)])
    assert len(caught.value.conflicts) == 1
    assert len(record.history(image.id)) == 2


def test_what_follows_a_late_act_is_late_too_and_the_rest_is_recorded(record, image, make, drawn):
    record.record_acts([make.again(drawn)])
    late = make.again(drawn)
    following, other = make.again(late), make.drawn(image)
    report = record.save_acts([late, following, other])
    assert [conflict.sent for conflict in report.conflicts] == [late, following]
    assert report.recorded == (other.id,)


def test_an_act_that_names_nothing_where_something_counts_is_late(record, image, make, drawn):
    blind = make.drawn(image, region_id=drawn.region_id)
    assert [c.current.id for c in record.save_acts([blind]).conflicts] == [drawn.id]


def test_an_act_sent_twice_stays_recorded_though_it_is_superseded(record, image, make, drawn):
    record.record_acts([make.again(drawn)])
    assert record.save_acts([drawn]).recorded == (drawn.id,)
    assert record.save_acts([drawn]).conflicts == ()


def test_of_many_at_once_one_wins_and_the_others_see_it(record, image, make, drawn):
    with ThreadPoolExecutor(8) as pool:
        sent = [make.again(drawn, rater=f"rater {n}") for n in range(8)]
        reports = list(pool.map(lambda act: record.save_acts([act]), sent))
    recorded = [key for report in reports for key in report.recorded]
    assert len(recorded) == 1
    assert {c.current.id for report in reports for c in report.conflicts} == set(recorded)


def test_labels_of_an_image_conflict_likewise(record, image, make):
    first = make.value(image)
    record.record_acts([first])
    second = make.value(image, value=Presence.ABSENT, supersedes=first.id)
    late = make.value(image, value=Presence.UNCERTAIN, supersedes=first.id, rater="Béla")
    other = make.value(image, label="AU12", intensity="C", side="L")
    record.record_acts([second])
    report = record.save_acts([late, other])
    assert report.recorded == (other.id,)
    assert report.conflicts[0].current.value is Presence.ABSENT


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "sad"}, "no label 'sad'"),
        ({"intensity": "F"}, "intensity 'F' .* is unknown; use A, B, C, D, E"),
        ({"side": "X"}, "side 'X' .* is unknown"),
        ({"value": Presence.ABSENT, "side": "L"}, "'absent' and cannot have the side 'L'"),
    ],
)
def test_a_value_that_cannot_be_is_refused(record, image, make, changes, message):
    with pytest.raises(StorageError, match=message):
        record.record_acts([make.value(image, **changes)])
    assert record.image_record(image.id).label_values == ()


@pytest.mark.parametrize(
    ("kind", "changes", "error", "message"),
    [
        ("note", {}, StorageError, "needs a text"),
        ("skip", {"text": " "}, StorageError, "needs a text"),
        ("reply", {"text": "Why?"}, StorageError, "names the issue"),
        ("note", {"text": "x", "answers": uuid.uuid4()}, StorageError, "nothing else does"),
        ("resolved", {"answers": uuid.uuid4()}, NotFoundError, "no issue with the id"),
        ("issue", {"text": "Here?"}, StorageError, "names the act on a region"),
    ],
)
def test_a_remark_that_cannot_be_is_refused(record, image, make, kind, changes, error, message):
    with pytest.raises(error, match=message):
        record.record_acts([make.remark(image, kind, **changes)])
    assert record.image_record(image.id).remarks == ()


def test_flags_and_skips_are_kept_in_the_queue(record, project, image, make):
    record.add_images(project.id, [make.asset()])
    record.record_acts([make.remark(image, "flag"), make.remark(image, "skip", text="Unsure.")])
    page = record.queue.page(project.id, QueueChoice(Order.IMPORTED), 0, 10)
    assert [(row.flagged, row.skipped) for row in page.rows] == [(True, True), (False, False)]
    assert record.queue.page(project.id, QueueChoice(only=Only.SKIPPED), 0, 10).total == 1
    assert record.queue.first(project.id) != image.id
    record.record_acts([make.remark(image, "unskip"), make.remark(image, "unflag")])
    assert record.queue.first(project.id) == image.id
    assert record.queue.page(project.id, QueueChoice(only=Only.FLAGGED), 0, 10).total == 0


def test_an_issue_goes_back_to_who_drew_the_region(record, project, image, make, drawn):
    record.readings.sign(image.id, "Ada", "")
    issue = make.remark(image, "issue", text="Wider?", act_id=drawn.id, rater="Rex")
    record.record_acts([issue])
    (mine,) = record.readings.issues_for(project.id, "Ada")
    assert (mine.id, mine.rater, mine.addressee) == (issue.id, "Rex", "Ada")
    assert record.readings.issues_for(project.id, "Rex") == []
    assert record.readings.current(image.id, "Ada").signed_at is None
    record.record_acts([make.remark(image, "resolved", answers=issue.id)])
    assert record.readings.issues_for(project.id, "Ada") == []
    assert record.image_record(image.id).remarks[0].region_id == drawn.region_id
    with pytest.raises(NotFoundError, match="no such act on this image"):
        record.record_acts([make.remark(image, "issue", text="?", act_id=uuid.uuid4())])


def test_signing_says_that_nothing_is_here(record, project, image, make):
    assert record.project(project.id).counts.decided == 0
    record.readings.sign(image.id, "Ada", "")
    assert record.project(project.id).counts.decided == 1
    record.record_acts([make.drawn(image, decision=Decision.UNDECIDED)])
    assert record.project(project.id).counts.decided == 0
    assert record.problems() == []
