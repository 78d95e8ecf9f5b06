"""Protocols: who reads what, what they see meanwhile, and that nothing overwrites anything."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.domain import (
    Adjudication,
    Assignment,
    Decision,
    Mode,
    Presence,
    Protocol,
    Review,
    Round,
    Sights,
)
from annotator.domain.queues import FIRST_OPEN
from annotator.errors import NotFoundError, ProtocolError
from annotator.settings import Settings
from annotator.workflows import adjudicating, annotating, queueing, reading
from annotator.workflows.workspace import Workspace

BLIND = Protocol(mode=Mode.BLIND_THEN_REVEAL)


@pytest.fixture
def workspace(url, tmp_path):
    """An open installation on the database."""
    environment = {"ANNOTATOR_HOME": str(tmp_path / "home"), "ANNOTATOR_DATABASE_URL": url}
    with Workspace.open(Settings.from_environment(environment)) as opened:
        yield opened


@pytest.fixture
def begin(workspace, make):
    """Makes a project of a protocol with some images, each with a run."""

    def project(protocol, count=1):
        record = workspace.record
        made = record.create_project("study", make.labels())
        reading.set_protocol(workspace, made.id, protocol, actor="Eve", reason="planned so")
        images = record.add_images(made.id, [make.asset() for _ in range(count)]).added
        for image in images:
            record.record_run(make.run(image))
        return made, images

    return project


def test_the_protocol_is_an_event_and_lasts_once_reading_began(workspace, begin, tmp_path):
    project, (image,) = begin(BLIND)
    assert workspace.record.project(project.id).protocol == BLIND
    with (tmp_path / "log").open("w+") as log:
        workspace.record.safekeeping.write_log(project.id, log)
        log.seek(0)
        assert "planned so" in log.read()
    annotating.open_image(workspace, project.id, image.id, "Ada")
    with pytest.raises(ProtocolError, match="Reading has begun"):
        reading.set_protocol(workspace, project.id, Protocol(), actor="Eve")
    later = replace(BLIND, adjudication=Adjudication.ALL)
    reading.set_protocol(workspace, project.id, later, actor="Eve")
    assert workspace.record.protocol(project.id) == later


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        (Protocol(readers=0), "1 to 100 readers"),
        (Protocol(arms=(Mode.UNAIDED,), seed="x"), "at least two different modes"),
        (Protocol(arms=(Mode.UNAIDED, Mode.LABELS_ONLY)), "from a seed"),
        (Protocol(seed="x"), "A seed is for randomised arms"),
    ],
)
def test_a_protocol_that_cannot_be_followed_is_refused(protocol, message):
    with pytest.raises(ProtocolError, match=message):
        reading.check_protocol(protocol)


def test_blind_means_nothing_of_the_machine_before_the_signature(workspace, begin, make):
    project, (image,) = begin(BLIND)
    run = workspace.record.latest_run(image.id)
    view = annotating.open_image(workspace, project.id, image.id, "Ada")
    assert (view.run, view.decided_suggestions, view.sights.anything) == (None, (), False)
    (row,) = queueing.ordered_page(workspace, project.id, "Ada", FIRST_OPEN).rows
    assert row.suggestions == 0
    with pytest.raises(ProtocolError, match="not shown in this round"):
        annotating.explain_why(workspace, project, image.id, "happy", "dual", "Ada")
    with pytest.raises(ProtocolError, match="not shown in this round"):
        annotating.require_maps(workspace, project.id, image.id, "Somebody")
    guessed = make.decided(run.suggestions[0], image, "accepted")
    with pytest.raises(ProtocolError, match="before the first read is signed"):
        annotating.record_acts(workspace, [guessed])

    own = make.drawn(image, reading_id=view.reading.id)
    assert annotating.save_acts(workspace, [own]).recorded == (own.id,)
    signed = reading.sign_reading(workspace, image.id, "Ada")
    assert not signed.is_final
    with pytest.raises(ProtocolError, match="stays as it is"):
        reading.reopen_reading(workspace, image.id, "Ada", "I saw more")
    late = make.drawn(image, reading_id=view.reading.id)
    with pytest.raises(ProtocolError, match="signed and stands"):
        annotating.record_acts(workspace, [late])

    shown = annotating.open_image(workspace, project.id, image.id, "Ada")
    assert shown.reading.round is Round.REVEALED
    assert [s.id for s in shown.run.suggestions] == [s.id for s in run.suggestions]
    assert [act.id for act in shown.annotations] == [own.id]
    annotating.require_maps(workspace, project.id, image.id, "Ada")


def test_first_and_revealed_reads_are_two_things(workspace, begin, make):
    project, (image,) = begin(BLIND)
    annotating.open_image(workspace, project.id, image.id, "Ada")
    first = make.drawn(image)
    workspace.record.record_acts([first])
    reading.sign_reading(workspace, image.id, "Ada")
    annotating.open_image(workspace, project.id, image.id, "Ada")
    moved = make.again(first, label="AU12")
    workspace.record.record_acts([moved])
    reading.sign_reading(workspace, image.id, "Ada")
    record = workspace.record.image_record(image.id)
    assert [(r.reading.round, [a.id for a in r.annotations]) for r in record.readings] == [
        (Round.FIRST, [first.id]),
        (Round.REVEALED, [moved.id]),
    ]
    assert [act.id for act in record.annotations] == [moved.id]
    assert record.review is Review.REVIEWED


def test_who_reads_nothing_sees_nobodys_acts_where_readers_are_isolated(workspace, begin, make):
    project, (image,) = begin(Protocol(readers=2))
    annotating.open_image(workspace, project.id, image.id, "Ada")
    acts = [make.drawn(image), make.value(image), make.remark(image, "note", text="unsure")]
    workspace.record.record_acts(acts)
    view = workspace.record.readings.view(image.id, None, "Bob")
    assert (view.annotations, view.label_values, view.remarks) == ((), (), ())


SEEN = {
    Mode.SUGGESTIONS_FIRST: (True, True, True),
    Mode.LABELS_AND_MAPS: (True, True, False),
    Mode.LABELS_ONLY: (True, False, False),
    Mode.UNAIDED: (False, False, False),
    Mode.BLIND_THEN_REVEAL: (False, False, False),
}


@pytest.mark.parametrize("mode", SEEN)
def test_each_mode_shows_what_it_says(workspace, begin, mode):
    project, (image,) = begin(Protocol(mode=mode, readers=2))
    view = annotating.open_image(workspace, project.id, image.id, "Ada")
    scores, maps, regions = SEEN[mode]
    assert (view.run is not None and bool(view.run.scores)) == scores
    assert (view.run is not None and bool(view.run.maps)) == maps
    assert (view.run is not None and bool(view.run.suggestions)) == regions
    assert (view.run is not None and bool(view.run.notices)) == regions


def test_readers_do_not_see_each_other(workspace, begin, make):
    project, (image,) = begin(Protocol(readers=2))
    for name in ("Ada", "Béla"):
        view = annotating.open_image(workspace, project.id, image.id, name)
        assert (view.annotations, view.label_values, view.remarks) == ((), (), ())
        assert view.review is Review.NOT_REVIEWED
        workspace.record.record_acts(
            [
                make.drawn(image, rater=name),
                make.value(image, rater=name),
                make.remark(image, "note", text=f"of {name}", rater=name),
            ]
        )
        reading.sign_reading(workspace, image.id, name)
        seen = annotating.open_image(workspace, project.id, image.id, name)
        assert {act.rater for act in (*seen.annotations, *seen.label_values)} == {name}
        assert [remark.rater for remark in seen.remarks] == [name]
        assert not seen.editable
    with pytest.raises(ProtocolError, match="not assigned to you"):
        annotating.open_image(workspace, project.id, image.id, "Cleo")
    theirs = annotating.open_image(workspace, project.id, image.id, "Ada").reading.id
    with pytest.raises(ProtocolError, match="not yours"):
        workspace.record.record_acts([make.drawn(image, rater="Béla", reading_id=theirs)])


def test_both_may_decide_on_one_suggestion(workspace, begin, make):
    project, (image,) = begin(Protocol(readers=2))
    suggestion = workspace.record.latest_run(image.id).suggestions[0]
    for name, decision in (("Ada", "accepted"), ("Béla", "rejected")):
        annotating.open_image(workspace, project.id, image.id, name)
        act = make.decided(suggestion, image, decision, rater=name)
        assert workspace.record.save_acts([act]).conflicts == ()
    found = workspace.record.image_record(image.id).annotations
    assert [(act.rater, act.decision.value) for act in found] == [
        ("Ada", "accepted"),
        ("Béla", "rejected"),
    ]


def test_the_default_protocol_goes_on_from_each_other(workspace, begin, make):
    project, (image,) = begin(Protocol())
    act = make.drawn(image)
    workspace.record.record_acts([act])
    view = annotating.open_image(workspace, project.id, image.id, "Béla")
    assert [seen.id for seen in view.annotations] == [act.id]
    assert view.editable
    workspace.record.record_acts([make.again(act, rater="Béla", label="AU12")])
    reading.sign_reading(workspace, image.id, "Béla")
    assert annotating.open_image(workspace, project.id, image.id, "Ada").review is Review.REVIEWED


@pytest.mark.parametrize("method", [Assignment.ROUND_ROBIN, Assignment.LEAST_LOADED])
def test_images_are_shared_out_evenly(workspace, begin, method):
    project, images = begin(Protocol(readers=2, assignment=method), count=9)
    names = ["Ada", "Béla", "Cleo"]
    assert reading.assign(workspace, project.id, names, actor="Eve") == 18
    assert reading.assign(workspace, project.id, names, actor="Eve") == 0
    progress = reading.reader_progress(workspace, project.id)
    assert [(one.rater, one.assigned, one.signed) for one in progress] == [
        (name, 6, 0) for name in names
    ]
    held = workspace.record.readings.assigned(project.id)
    assert all(len(set(readers)) == 2 for readers in held.values())
    with pytest.raises(ProtocolError, match="not assigned to you"):
        annotating.open_image(workspace, project.id, images[0].id, "Dan")
    assert workspace.record.problems() == []


def test_by_hand_and_taken_back(workspace, begin):
    protocol = Protocol(readers=2, assignment=Assignment.BY_HAND)
    project, (first, second) = begin(protocol, count=2)
    assert reading.next_image(workspace, project.id, "Ada") is None
    reading.assign(workspace, project.id, ["Ada"], actor="Eve", image_ids=[second.id])
    assert reading.next_image(workspace, project.id, "Ada") == second.id
    with pytest.raises(ProtocolError, match="would have more"):
        reading.assign(workspace, project.id, ["B", "C"], actor="Eve", image_ids=[second.id])
    reading.withdraw_assignments(workspace, [second.id], "Ada", actor="Eve", reason="on leave")
    assert reading.next_image(workspace, project.id, "Ada") is None
    with pytest.raises(NotFoundError, match="not assigned to this rater"):
        reading.withdraw_assignments(workspace, [first.id], "Ada", actor="Eve", reason="")
    with pytest.raises(ProtocolError, match="not assigned to you"):
        annotating.open_image(workspace, project.id, second.id, "Ada")
    assert workspace.record.problems() == []
    assert workspace.record.safekeeping.faults() == []


def test_open_assignment_gives_out_what_lacks_readers(workspace, begin):
    project, _ = begin(Protocol(readers=2), count=3)
    for name in ("Ada", "Béla", "Cleo"):
        seen = []
        while (image_id := reading.next_image(workspace, project.id, name)) not in (None, *seen):
            annotating.open_image(workspace, project.id, image_id, name)
            reading.sign_reading(workspace, image_id, name)
            seen.append(image_id)
        assert len(seen) == (3 if name != "Cleo" else 0)
    assert workspace.record.project(project.id).counts.decided == 3


def test_adjudication_keeps_the_originals_and_asks_why(workspace, begin, make):
    protocol = Protocol(readers=2, adjudication=Adjudication.DISAGREEMENT)
    project, (agreed, disputed) = begin(protocol, count=2)
    drawn = {}
    for name in ("Ada", "Béla"):
        for image in (agreed, disputed):
            annotating.open_image(workspace, project.id, image.id, name)
            value = Presence.ABSENT if (name, image) == ("Béla", disputed) else Presence.PRESENT
            drawn[name, image.id] = make.drawn(image, rater=name)
            workspace.record.record_acts(
                [drawn[name, image.id], make.value(image, rater=name, value=value)]
            )
            if name == "Béla" and image is disputed:
                with pytest.raises(ProtocolError, match="1 of 2 readers"):
                    adjudicating.open_adjudication(workspace, image.id, "Judge")
            reading.sign_reading(workspace, image.id, name)
    assert adjudicating.adjudication_queue(workspace, project.id) == [disputed.id]
    opened = adjudicating.open_adjudication(workspace, disputed.id, "Judge")
    assert opened.disagreements == ("happy",)
    assert [read.reading.rater for read in opened.reads] == ["Ada", "Béla"]
    upheld = make.again(drawn["Ada", disputed.id], rater="Judge")
    with pytest.raises(ProtocolError, match="needs a reason"):
        adjudicating.adjudicate(workspace, disputed.id, "Judge", [upheld], " ")
    adjudicating.adjudicate(workspace, disputed.id, "Judge", [upheld], "The corner is raised.")
    record = workspace.record.image_record(disputed.id)
    assert [act.id for act in record.annotations] == [upheld.id]
    kept = [[act.id for act in read.annotations] for read in record.readings]
    assert kept == [[drawn["Ada", disputed.id].id], [drawn["Béla", disputed.id].id], [upheld.id]]
    assert adjudicating.adjudication_queue(workspace, project.id) == []
    assert workspace.record.safekeeping.faults() == []


@pytest.mark.parametrize("mode", [Mode.UNAIDED, Mode.LABELS_ONLY, Mode.BLIND_THEN_REVEAL])
def test_an_adjudicator_sees_and_decides_on_suggestions_whatever_the_arm(
    workspace, begin, make, mode
):
    project, (image,) = begin(Protocol(mode, readers=2, adjudication=Adjudication.ALL), count=1)
    run = make.run(image)
    workspace.record.record_run(run)
    for name in ("Ada", "Béla"):
        for _ in ("first", "revealed"):
            annotating.open_image(workspace, project.id, image.id, name)
            reading.sign_reading(workspace, image.id, name)
    opened = adjudicating.open_adjudication(workspace, image.id, "Judge")
    assert opened.run is not None
    assert opened.own.reading.sights == Sights(scores=True, maps=True, regions=True)
    accepted = make.decided(run.suggestions[0], image, "accepted", rater="Judge")
    adjudicating.adjudicate(workspace, image.id, "Judge", [accepted], "It is there.")
    record = workspace.record.image_record(image.id)
    assert [act.id for act in record.annotations] == [accepted.id]


@pytest.mark.parametrize("signed", [False, True])
def test_who_was_taken_off_an_image_is_not_shown_it_and_signs_no_more(
    workspace, begin, make, signed
):
    """What they stated stays; given the image again, they go on where they were."""
    protocol = Protocol(Mode.BLIND_THEN_REVEAL, assignment=Assignment.BY_HAND)
    project, (image,) = begin(protocol, count=1)
    given = {"actor": "Eve", "image_ids": [image.id]}
    reading.assign(workspace, project.id, ["Ada"], **given)
    view = annotating.open_image(workspace, project.id, image.id, "Ada")
    act = make.drawn(image, reading_id=view.reading.id)
    workspace.record.record_acts([act])
    if signed:
        reading.sign_reading(workspace, image.id, "Ada")
    reading.withdraw_assignments(workspace, [image.id], "Ada", actor="Eve", reason="ill")
    with pytest.raises(ProtocolError, match="not assigned to you"):
        annotating.open_image(workspace, project.id, image.id, "Ada")
    if not signed:
        with pytest.raises(ProtocolError, match="taken back from Ada"):
            reading.sign_reading(workspace, image.id, "Ada")
    assert [one.id for one in workspace.record.history(image.id)] == [act.id]
    reading.assign(workspace, project.id, ["Ada"], **given)
    again = annotating.open_image(workspace, project.id, image.id, "Ada")
    assert (again.reading.round is Round.REVEALED) == signed
    assert [one.id for one in again.annotations] == [act.id]


def test_a_skipped_image_comes_last(workspace, begin, make):
    project, (first, second) = begin(Protocol(readers=2), count=2)
    annotating.open_image(workspace, project.id, first.id, "Ada")
    annotating.open_image(workspace, project.id, second.id, "Ada")
    workspace.record.record_acts([make.remark(first, "skip", text="Not sure yet.")])
    assert reading.next_image(workspace, project.id, "Ada") == second.id
    reading.sign_reading(workspace, second.id, "Ada")
    assert reading.next_image(workspace, project.id, "Ada") == first.id


@given(
    seed=st.text(min_size=1, max_size=20),
    arms=st.lists(st.sampled_from(list(Mode)), min_size=2, max_size=5, unique=True),
    count=st.integers(1, 60),
)
def test_arms_are_balanced_and_follow_from_the_seed(seed, arms, count):
    protocol = Protocol(arms=tuple(arms), seed=seed)
    drawn = [protocol.arm(position) for position in range(count)]
    counts = [Counter(drawn)[arm] for arm in arms]
    assert max(counts) - min(counts) <= 1
    assert Protocol.from_json(protocol.to_json()) == protocol
    assert [Protocol(arms=tuple(arms), seed=seed).arm(n) for n in range(count)] == drawn


DECISIONS = st.sampled_from(["accepted", "edited", "rejected", "undecided"])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    suggestions=st.integers(0, 2),
    decided=st.lists(st.tuples(st.integers(0, 1), DECISIONS), max_size=4),
    drawn=st.sampled_from([None, "added", "undecided", "withdrawn"]),
    signed=st.booleans(),
)
def test_what_is_counted_and_what_is_exported_agree(
    record, make, suggestions, decided, drawn, signed
):
    project = record.create_project(uuid.uuid4().hex, make.labels())
    (image,) = record.add_images(project.id, [make.asset()]).added
    run = make.run(image, suggestions)
    record.record_run(run)
    last = {}
    for number, decision in decided:
        if number < suggestions:
            act = make.decided(run.suggestions[number], image, decision)
            act = replace(act, supersedes=last.get(number))
            record.record_acts([act])
            last[number] = act.id
    if drawn:
        record.record_acts([make.drawn(image, decision=Decision(drawn))])
    if signed:
        record.readings.sign(image.id, "Ada", "")
    (exported,) = record.image_records(project.id)
    counts = record.project(project.id).counts
    assert counts.decided == (exported.review is Review.REVIEWED)
    assert record.queue.review(image.id) is exported.review
