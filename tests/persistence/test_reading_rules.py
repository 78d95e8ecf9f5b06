"""Readings in combination: two readers, two tabs, managers and adjudicators at one image."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from annotator.domain import (
    Adjudication,
    Assignment,
    Decision,
    Label,
    LabelSet,
    Mode,
    Protocol,
    Review,
)
from annotator.errors import NotFoundError, ProtocolError
from db.chain import RECORD_CHAIN, log

LABELS = LabelSet((Label("project", "happy", "happy"), Label("project", "sad", "sad")))
TWO = Protocol(readers=2, adjudication=Adjudication.ALL)
BLIND = Protocol(mode=Mode.BLIND_THEN_REVEAL)


class Table:
    """One image of a project of a protocol, and what people do to it."""

    def __init__(self, record: Any, make: Any, protocol: Protocol, count: int = 1) -> None:
        self.record, self.make = record, make
        self.project = record.create_project("table", LABELS, protocol=protocol)
        assets = [make.asset(f"{n}.png") for n in range(count)]
        self.images = record.add_images(self.project.id, assets).added
        self.image = self.images[0]
        self.drawn: dict[str, Any] = {}
        self.shown: dict[str, Any] = {}

    def open(self, rater: str) -> None:
        self.shown[rater] = self.record.readings.open(self.image.id, rater)

    def draw(self, rater: str) -> None:
        """What a tab sends that was opened before; it may be refused."""
        act = self.make.drawn(self.image, rater=rater, reading_id=self.shown[rater].id)
        if self.record.save_acts([act]).recorded:
            self.drawn[rater] = act

    def sign(self, rater: str) -> None:
        self.record.readings.sign(self.image.id, rater, "", self.shown[rater].id)

    def reopen(self, rater: str) -> None:
        self.record.readings.reopen(self.image.id, rater, "seen again")

    def ask(self, rater: str) -> None:
        """A reviewer's question about what somebody drew."""
        act = self.drawn[rater]
        ask = self.make.remark(self.image, "issue", rater="Rex", text="?", act_id=act.id)
        self.record.record_acts([ask])

    def withdraw(self, rater: str) -> None:
        self.record.readings.withdraw([self.image.id], rater, actor="M", reason="ill")

    def assign(self, rater: str) -> None:
        self.record.readings.assign([self.image.id], [rater], actor="M")

    def adjudicate(self, rater: str) -> None:
        self.record.adjudications.sign(self.image.id, rater, [], "seen")

    def state(self) -> str:
        """How far the image is, by its record and by what is counted beside it."""
        review = self.record.image_record(self.image.id).review
        assert self.record.queue.review(self.image.id) is review
        assert self.record.problems() == []
        return review.value

    def signed(self) -> str:
        """Who has signed their last word."""
        reads = self.record.image_record(self.image.id).readings
        return " ".join(sorted(r.reading.rater for r in reads if r.reading.is_signed_off))

    def acts(self) -> int:
        return len(self.record.history(self.image.id))


@pytest.fixture
def table(record, make) -> Callable[..., Table]:
    return lambda protocol=TWO, **more: Table(record, make, protocol, **more)


# Who does what in turn | how far the image is | who has signed | acts recorded. A ! is refused.
RULES = {
    "open": [
        ("open A", "not reviewed", "", 0),
        ("open A, draw A", "in progress", "", 1),
        ("open A, draw A, sign A", "reviewed", "A", 1),
        ("open A, sign A, sign A", "reviewed", "A", 0),
        ("open A, sign A, draw A", "in progress", "", 1),
        ("open A, open B, sign A, draw B", "in progress", "", 1),
        ("open A, open B, sign A, draw B, sign A", "reviewed", "A", 1),
        ("open A, open B, sign A, draw B, sign B", "reviewed", "B", 1),
        ("open A, open B, draw A, sign A, sign B, ask A", "reviewed", "B", 1),
        ("open A, draw A, sign A, ask A", "in progress", "", 1),
        ("open A, sign A, reopen A", "not reviewed", "", 0),
        ("open A, sign A, adjudicate! C", "reviewed", "A", 0),
    ],
    "two": [
        ("open A, draw A, sign A", "in progress", "A", 1),
        ("open A, open B, sign A, sign B", "reviewed", "A B", 0),
        ("open A, open B, open! C", "not reviewed", "", 0),
        ("open A, sign A, draw A", "in progress", "A", 0),  # the second tab's is refused
        ("open A, sign A, reopen A, draw A", "in progress", "", 1),
        ("open A, open B, draw A, draw B, sign A, sign B, ask A", "in progress", "B", 2),
        ("open A, open B, draw A, draw B, sign A, sign B, ask B, sign B", "reviewed", "A B", 2),
        ("open A, open B, sign A, adjudicate! C", "in progress", "A", 0),
        ("open A, open B, sign A, sign B, adjudicate C", "reviewed", "A B", 0),
        ("open A, open B, sign A, sign B, adjudicate C, adjudicate! C", "reviewed", "A B", 0),
        ("open A, open B, sign A, sign B, reopen A, adjudicate! C", "in progress", "B", 0),
        ("open A, withdraw A, open B, open C, sign B, sign C", "reviewed", "B C", 0),
        ("assign A, withdraw A, open! A", "not reviewed", "", 0),
        ("assign A, withdraw A, assign A, open A, sign A", "in progress", "A", 0),
        ("assign A, withdraw A, withdraw! A", "not reviewed", "", 0),
        ("open A, draw A, sign A, withdraw A, assign A", "in progress", "A", 1),
    ],
    "blind": [
        ("open A, sign A", "not reviewed", "", 0),
        (
            "open A, sign A, sign A",
            "not reviewed",
            "",
            0,
        ),  # pressed twice: nothing unseen is signed
        ("open A, sign A, reopen! A", "not reviewed", "", 0),
        ("open A, sign A, draw A", "not reviewed", "", 0),
        ("open A, draw A, sign A, open A, draw A, sign A", "reviewed", "A", 2),
        ("open A, sign A, open A, sign A, reopen A", "not reviewed", "", 0),
        ("open A, draw A, sign A, open A, sign A, ask A", "in progress", "", 1),
        ("open A, draw A, sign A, ask A", "in progress", "", 1),  # the blind read stays as it was
    ],
}
PROTOCOLS = {"open": Protocol(), "two": TWO, "blind": BLIND}


@pytest.mark.parametrize(
    ("protocol", "deeds", "review", "signed", "acts"),
    [(name, *row) for name, rows in RULES.items() for row in rows],
)
def test_rules_in_combination(table, protocol, deeds, review, signed, acts):
    at = table(PROTOCOLS[protocol])
    for deed in deeds.split(", "):
        what, rater = deed.split()
        if what.endswith("!"):
            with pytest.raises((ProtocolError, NotFoundError)):
                getattr(at, what[:-1])(rater)
        else:
            getattr(at, what)(rater)
    assert (at.state(), at.signed(), at.acts()) == (review, signed, acts)


@pytest.mark.parametrize("asked", ["ann", "bob"])
def test_question_to_wrong_reader_it_goes_to_the_rater_of_the_act(record, table, make, asked):
    at = table(TWO)
    run = make.run(at.image, 1)
    record.record_run(run)
    acts = {}
    for rater, decision in (("ann", "rejected"), ("bob", "accepted")):
        at.open(rater)
        acts[rater] = make.decided(
            run.suggestions[0], at.image, decision, rater=rater, reading_id=at.shown[rater].id
        )
        record.record_acts([acts[rater]])
        at.sign(rater)
    at.drawn = acts
    at.ask(asked)
    other = "bob" if asked == "ann" else "ann"
    assert [one.addressee for one in record.readings.issues_for(at.project.id, asked)] == [asked]
    assert record.readings.issues_for(at.project.id, other) == []
    assert at.signed() == other


def test_reassign_after_withdrawal_somebody_reads_the_image(record, table):
    at = table(Protocol(mode=Mode.UNAIDED, assignment=Assignment.LEAST_LOADED))
    readings, image = record.readings, [at.image.id]
    assert readings.assign(image, ["ann", "bob"], actor="M") == 1
    assert readings.withdraw(image, "ann", actor="M", reason="ill") == 1
    assert readings.assign(image, ["ann", "bob"], actor="M") == 1
    assert readings.assigned(at.project.id) == {at.image.id: ["bob"]}, "ann was taken off it"
    assert readings.withdraw(image, "bob", actor="M", reason="ill") == 1
    assert readings.assign(image, ["ann"], actor="M") == 1
    assert readings.assigned(at.project.id) == {at.image.id: ["ann"]}, "asked for by name"
    log = io.StringIO()
    record.safekeeping.write_log(at.project.id, log)
    assert sum(json.loads(line)["kind"] == "assigned" for line in log.getvalue().splitlines()) == 3
    assert record.problems() == []
    assert record.safekeeping.faults() == []


def test_withdraw_a_range_takes_back_whose_they_are_and_counts_them(record, table):
    at = table(Protocol(mode=Mode.UNAIDED, assignment=Assignment.ROUND_ROBIN), count=6)
    ids = [image.id for image in at.images]
    assert record.readings.assign(ids, ["ann", "bob"], actor="M") == 6
    assert record.readings.withdraw(ids[:5], "ann", actor="M", reason="ill") == 3
    loads = {one.rater: one.assigned for one in record.readings.progress(at.project.id)}
    assert loads == {"bob": 3}
    with pytest.raises(NotFoundError, match="None of these images is assigned"):
        record.readings.withdraw(ids, "ann", actor="M", reason="ill")


def test_by_hand_all_or_nothing_is_assigned(record, table):
    at = table(Protocol(mode=Mode.UNAIDED, assignment=Assignment.BY_HAND), count=3)
    ids = [image.id for image in at.images]
    record.readings.assign(ids[2:], ["bob"], actor="M")
    with pytest.raises(ProtocolError, match=r"would have more.*Nothing was changed"):
        record.readings.assign(ids, ["ann"], actor="M")
    assert record.readings.assigned(at.project.id) == {ids[2]: ["bob"]}


def test_done_with_undecided_suggestions_is_refused_where_the_protocol_says_so(record, table, make):
    at = table(Protocol(decide_all=True))
    run = make.run(at.image, 2)
    record.record_run(run)
    at.open("A")
    with pytest.raises(ProtocolError, match="2 suggestions are undecided"):
        at.sign("A")
    one, other = run.suggestions
    edited = make.decided(one, at.image, "undecided", rater="A")
    record.record_acts([edited, make.decided(other, at.image, "rejected", rater="A")])
    with pytest.raises(ProtocolError, match="1 suggestion is undecided"):
        at.sign("A")
    record.record_acts([make.again(edited, decision=Decision.EDITED)])
    at.sign("A")
    assert at.state() == Review.REVIEWED.value


def test_the_one_rule_of_a_signed_reading_is_the_one_that_is_counted(record, table):
    """The SQL that counts signatures beside the acts follows `Reading.is_signed_off`."""
    at = table(TWO)
    for rater in ("A", "B"):
        at.open(rater)
        at.sign(rater)
        counted = sum(r.reading.is_signed_off for r in record.image_record(at.image.id).readings)
        assert [one.signed for one in record.readings.progress(at.project.id)].count(1) == counted
    at.reopen("A")
    assert {one.rater: one.signed for one in record.readings.progress(at.project.id)} == {
        "A": 0, "B": 1,
    }  # fmt: skip


def test_reviewed_without_done_images_decided_before_are_shown_to_who_decided_them(
    record, table, make
):
    at = table(Protocol(), count=6)
    ids = [image.id for image in at.images]
    run = make.run(at.images[2], 1)
    record.record_run(run)  # the third is undecided
    by = ["ann", "bob", "ann", "ann", "ann", "ann"]
    acts = [make.drawn(image, rater=rater) for image, rater in zip(at.images, by, strict=True)]
    record.record_acts(acts)
    record.readings.sign(ids[3], "ann", "")
    readings, project = record.readings, at.project.id
    assert readings.decided_by(project, "ann") == [], "a record that always kept signatures"
    upgraded = log.Event(
        RECORD_CHAIN, "annotator db upgrade", "schema upgraded",
        before={"schema": "0004"}, after={"schema": "0005"},
    )  # fmt: skip
    record._sessions.write(lambda session: log.note(session, upgraded))
    record.record_acts([make.again(acts[4])])  # goes on with it: Done is theirs to press
    assert readings.decided_by(project, "ann") == [ids[0], ids[5]]
    assert readings.decided_by(project, "bob") == [ids[1]]
    assert readings.decided_before(project) == 3
    assert record.project(project).counts.decided == 1, "in progress until somebody signs"
    assert readings.sign_decided(project, "ann") == 2
    assert readings.decided_by(project, "ann") == []
    assert record.project(project).counts.decided == 3
    readings.leave_decided(project, "bob")
    assert readings.decided_by(project, "bob") == [], "asked once"
    assert readings.decided_before(project) == 1, "what is left is named by exports"
    assert record.problems() == []
    assert record.safekeeping.faults() == []
