"""A verdict for each act that is sent: one that cannot be recorded keeps no other from it."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from annotator.domain import BoundingBox, Decision, LabelSet, Mode, Presence, Protocol
from annotator.errors import AnnotatorError

BLIND = Protocol(mode=Mode.BLIND_THEN_REVEAL)


@pytest.fixture
def study(record):
    return record.create_project("study", _labels(record), protocol=BLIND)


def _labels(record):
    from annotator.domain import Label

    return LabelSet((Label("project", "happy", "happy"), Label("FACS", "AU12", "AU 12")))


def verdicts(report, acts):
    """Return a word for each act: recorded, late or refused."""
    late = {conflict.sent.id for conflict in report.conflicts}
    refused = {refusal.act.id for refusal in report.refused}
    return [
        "late" if act.id in late
        else "refused" if act.id in refused
        else "recorded" if act.id in report.recorded
        else "lost"
        for act in acts
    ]  # fmt: skip


# What can never be recorded, whatever is sent with it.
NEVER = {
    "unknown image": (lambda act: {"image_id": uuid.uuid4()}, "no image with the id"),
    "label of no project": (lambda act: {"label": "sad"}, "no label 'sad'"),
    "beyond the edge": (lambda act: {"region": BoundingBox(390, 0, 20, 5)}, "10 px beyond"),
    "no name": (lambda act: {"rater": " "}, "name of its rater"),
    "broken text": (lambda act: {"rater": "A\ud800"}, "broken Unicode"),
    "contradiction": (lambda act: {"decision": Decision.ACCEPTED}, "must name the suggestion"),
    "lost suggestion": (
        lambda act: {"decision": Decision.ACCEPTED, "derived_from": uuid.uuid4()},
        "no suggestion with the id",
    ),
    "lost act": (lambda act: {"supersedes": uuid.uuid4()}, "no act with the id"),
    "reading of nobody": (lambda act: {"reading_id": uuid.uuid4()}, "not yours"),
}


@pytest.mark.parametrize("why", NEVER)
def test_poisoned_outbox_one_act_that_cannot_be_recorded_blocks_no_other(record, image, make, why):
    change, reason = NEVER[why]
    before, after = make.drawn(image), make.value(image)
    bad = make.drawn(image)
    bad = replace(bad, **change(bad))
    following = make.again(bad, image_id=image.id, rater="Ada", label="happy")
    sent = [before, bad, following, after]
    for _ in range(2):  # sent again, the verdicts are the same
        report = record.save_acts(sent)
        assert verdicts(report, sent) == ["recorded", "refused", "refused", "recorded"]
        assert reason in report.refused[0].reason
    assert [act.id for act in record.history(image.id)] == [before.id]
    with pytest.raises(AnnotatorError, match=reason):
        record.record_acts([make.drawn(image), bad])
    assert len(record.history(image.id)) == 1
    assert record.problems() == []


def test_poisoned_outbox_a_reading_signed_in_another_tab(record, study, make):
    one, other = record.add_images(study.id, [make.asset(), make.asset("b.png")]).added
    reading = record.readings.open(one.id, "Ada")
    late = make.drawn(one, reading_id=reading.id)  # drawn in the second tab, not sent yet
    record.readings.sign(one.id, "Ada", "")  # signed in the first
    second = record.readings.open(other.id, "Ada")
    good = make.drawn(other, reading_id=second.id)
    report = record.save_acts([late, make.again(late), good])
    assert report.recorded == (good.id,)
    assert report.refused[0].act == late
    assert "is signed and stands" in report.refused[0].reason
    assert "follows a change that was not recorded" in report.refused[1].reason
    assert [act.id for act in record.history(other.id)] == [good.id]


def test_an_id_that_is_recorded_with_another_content_is_refused_alone(record, image, make):
    first = make.drawn(image)
    record.record_acts([first])
    changed, other = replace(first, label="AU12"), make.drawn(image)
    report = record.save_acts([changed, other, first])
    assert report.recorded == (other.id, first.id)
    assert "says something else" in report.refused[0].reason
    twice = make.drawn(image)
    report = record.save_acts([twice, replace(twice, label="AU12")])
    assert report.recorded == (twice.id,)
    assert [refusal.act.label for refusal in report.refused] == ["AU12"]


def test_an_act_that_was_recorded_stays_so_when_it_is_sent_to_a_signed_reading(record, study, make):
    (image,) = record.add_images(study.id, [make.asset()]).added
    act = make.drawn(image, reading_id=record.readings.open(image.id, "Ada").id)
    record.record_acts([act])
    record.readings.sign(image.id, "Ada", "")
    assert record.save_acts([act]).recorded == (act.id,)


def test_late_refused_and_good_acts_of_several_images_and_projects(record, image, study, make):
    (blind,) = record.add_images(study.id, [make.asset()]).added
    drawn = make.drawn(image)
    record.record_acts([drawn, make.again(drawn)])
    late = make.again(drawn)
    unopened = make.value(blind)
    good = make.value(image, value=Presence.ABSENT)
    note = make.remark(image, "note", text="zero \0")
    flag = make.remark(image, "flag")
    sent = [late, make.again(late), unopened, note, good, flag]
    report = record.save_acts(sent)
    expected = ["late", "late", "refused", "refused", "recorded", "recorded"]
    assert verdicts(report, sent) == expected
    assert [refusal.act.id for refusal in report.refused] == [unopened.id, note.id]
    assert record.problems() == []


def test_an_act_that_comes_too_late_opens_no_signed_reading(record, image, make):
    drawn = make.drawn(image)
    record.record_acts([drawn, make.again(drawn, rater="Béla")])
    record.readings.sign(image.id, "Ada", "")
    assert record.save_acts([make.again(drawn)]).recorded == ()
    assert record.readings.current(image.id, "Ada").signed_at is not None
