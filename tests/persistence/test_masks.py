"""Masks in the record: a stroke is kept as what it changed, and whoever reads gets the mask."""

from __future__ import annotations

import uuid

import numpy as np
import pytest

from annotator.domain import (
    Adjudication,
    BoundingBox,
    Decision,
    Mask,
    MaskChange,
    Mode,
    Protocol,
)
from annotator.errors import StorageError
from annotator.record import Record

SHAPE = 300, 400


def blob(x: int, y: int, size: int = 10) -> Mask:
    """A square of pixels, without the one in its middle."""
    pixels = np.ones((size, size), dtype=bool)
    pixels[size // 2, size // 2] = False
    mask = Mask.of(pixels, x, y)
    assert mask is not None
    return mask


def pixels_of(region) -> np.ndarray:
    assert isinstance(region, Mask)
    return region.mask(*SHAPE)


@pytest.fixture
def painted(record, image, make):
    """A mask of Ada's."""
    act = make.drawn(image, region=blob(20, 30))
    record.record_acts([act])
    return act


@pytest.fixture
def stroke(make):
    """Makes a later act that flips pixels of the mask of one before it."""

    def made(act, flips=None, **changes):
        change = MaskChange(act.id, flips or blob(24, 34, 7))
        return make.again(act, region=change, **changes)

    return made


def test_a_stroke_is_kept_as_sent_and_read_as_the_mask(
    record, image, painted, stroke, url, execute
):
    first = stroke(painted)
    second = stroke(first, blob(60, 60, 5))
    for act in (first, second):
        assert record.save_acts([act]).recorded == (act.id,)
    after = pixels_of(painted.region) ^ pixels_of(first.region.flips)
    last = after ^ pixels_of(second.region.flips)
    history = [pixels_of(act.region) for act in record.history(image.id)]
    assert [seen.tolist() for seen in history[1:]] == [after.tolist(), last.tolist()]
    (counting,) = record.image_record(image.id).annotations
    assert (pixels_of(counting.region) == last).all()
    (seen,) = record.readings.view(image.id, None, "Ada").annotations
    assert seen.region == counting.region
    *_, (row,) = execute(url, "SELECT region FROM annotations ORDER BY sequence")
    assert painted.region.counts not in str(row), "the record grows by the stroke only"
    assert str(first.id) in str(row)


def test_a_change_of_a_change_of_one_parcel(record, image, painted, stroke):
    acts = [painted]
    for n in range(5):
        acts.append(stroke(acts[-1], blob(40 + 8 * n, 50)))
    assert record.save_acts(acts).recorded == tuple(act.id for act in acts)
    flips = [act.region.flips for act in acts[1:]]
    assert record.history(image.id)[-1].region == painted.region.flipped(*flips)


def test_the_second_of_two_tabs_gets_the_whole_mask_that_counts(record, painted, stroke):
    mine, theirs = stroke(painted), stroke(painted, blob(100, 100), rater="Béla")
    following = stroke(theirs, blob(120, 120), rater="Béla")
    record.save_acts([mine])
    late = record.save_acts([theirs, following])
    assert late.recorded == ()
    assert {one.sent.id for one in late.conflicts} == {theirs.id, following.id}
    for one in late.conflicts:
        assert one.current.id == mine.id
        assert one.current.region == painted.region.flipped(mine.region.flips)


def test_a_stroke_sent_twice_is_recorded_once_also_within_what_follows(
    record, image, painted, stroke
):
    first = stroke(painted)
    second = stroke(first, blob(60, 60, 5))
    record.save_acts([first])
    assert record.save_acts([first, second]).recorded == (first.id, second.id)
    assert len(record.history(image.id)) == 3
    other = stroke(painted, blob(1, 1), id=first.id)
    (refused,) = record.save_acts([other]).refused
    assert "recorded already" in refused.reason


NEVER = {
    "nothing left": (lambda act: MaskChange(act.id, act.region), "no pixel of the mask"),
    "over the edge": (lambda act: MaskChange(act.id, blob(395, 0)), "5 px beyond"),
    "far away": (lambda act: MaskChange(act.id, blob(2**30, 2**30)), "px beyond"),
    "another act": (lambda act: MaskChange(uuid.uuid4(), blob(1, 1)), "names another act"),
}


@pytest.mark.parametrize("why", NEVER)
def test_a_change_that_cannot_be_is_refused_with_what_follows_it(
    record, image, make, painted, stroke, why
):
    change, reason = NEVER[why]
    wrong = make.again(painted, region=change(painted))
    other = make.drawn(image, region=blob(5, 5))
    report = record.save_acts([wrong, stroke(wrong), other])
    assert report.recorded == (other.id,)
    first, following = (one.reason for one in report.refused)
    assert reason in first
    assert reason in following
    assert len(record.history(image.id)) == 2


def test_a_change_of_nothing_and_of_a_box_are_refused(record, image, make, stroke):
    drawn = make.drawn(image)
    record.record_acts([drawn])
    blind = stroke(drawn, supersedes=None)
    lost = stroke(drawn, supersedes=(lost_id := uuid.uuid4()))
    lost = make.again(lost, supersedes=lost_id, region=MaskChange(lost_id, blob(1, 1)))
    for act, why in (
        (stroke(drawn), "make it a mask"),
        (blind, "names another act"),
        (lost, "no act with the id"),
    ):
        (refused,) = record.save_acts([act]).refused
        assert why in refused.reason
    assert len(record.history(image.id)) == 1


def test_a_stroke_on_another_region_s_mask_is_refused(record, image, make, painted, stroke):
    other = make.drawn(image, region=blob(100, 100))
    record.record_acts([other])
    (refused,) = record.save_acts([stroke(painted, region_id=other.region_id)]).refused
    assert "another region" in refused.reason


def test_undone_to_the_first_and_redone_is_the_same_bit_for_bit(record, image, painted, stroke):
    acts, states = [painted], [painted.region]
    for n in range(12):
        acts.append(stroke(acts[-1], blob(20 + 5 * n, 28 + 3 * (n % 4), 8)))
        states.append(states[-1].flipped(acts[-1].region.flips))
    flips = [act.region.flips for act in acts[1:]]
    for change in (*reversed(flips), *flips):
        acts.append(stroke(acts[-1], change))
    for first in range(1, len(acts), 5):
        parcel = acts[first : first + 5]
        assert len(record.save_acts(parcel).recorded) == len(parcel)
    history = [act.region for act in record.history(image.id)]
    assert history[:13] == states
    assert history[13:25] == states[-2::-1]
    assert history[25:] == states[1:]
    assert record.image_record(image.id).annotations[0].region == states[-1]


def test_a_whole_mask_between_strokes_begins_anew(record, image, make, painted, stroke):
    first = stroke(painted)
    whole = make.again(first, region=blob(70, 70))
    last = stroke(whole, blob(71, 71, 4))
    record.save_acts([first, whole, last])
    (counting,) = record.image_record(image.id).annotations
    assert counting.region == blob(70, 70).flipped(blob(71, 71, 4))


def test_isolated_readers_paint_apart(record, make, stroke):
    blind = Protocol(mode=Mode.BLIND_THEN_REVEAL, readers=2)
    project = record.create_project("study", make.labels(), protocol=blind)
    image = record.add_images(project.id, [make.asset()]).added[0]
    region_id, masks = uuid.uuid4(), {}
    for rater, at in (("Ada", 20), ("Béla", 120)):
        reading = record.readings.open(image.id, rater)
        own = {"rater": rater, "reading_id": reading.id}
        first = make.drawn(image, region_id=region_id, region=blob(at, 20), **own)
        record.save_acts([first, change := stroke(first, blob(at + 5, 25), **own)])
        masks[rater] = first.region.flipped(change.region.flips)
        if rater == "Béla":  # who knows Ada's act changes nothing of it, and sees nothing of it
            sneaky = stroke(record.history(image.id)[0], blob(1, 1), **own)
            (conflict,) = record.save_acts([sneaky]).conflicts
            assert conflict.current.region == masks["Béla"]
    seen = record.image_record(image.id)
    assert {act.rater: act.region for act in seen.annotations} == masks
    for reading in seen.readings:
        assert [act.region for act in reading.annotations] == [masks[reading.reading.rater]]
    for rater, mask in masks.items():
        own = record.readings.current(image.id, rater)
        (act,) = record.readings.view(image.id, own, rater).annotations
        assert act.region == mask


def test_an_adjudicator_paints_on_a_reader_s_mask(record, make, stroke):
    two = Protocol(readers=2, adjudication=Adjudication.ALL)
    project = record.create_project("study", make.labels(), protocol=two)
    image = record.add_images(project.id, [make.asset()]).added[0]
    reading = record.readings.open(image.id, "Ada")
    first = make.drawn(image, region=blob(20, 20), reading_id=reading.id)
    second = stroke(first, blob(25, 25))
    record.save_acts([first, second])
    record.readings.open(image.id, "Béla")
    for rater in ("Ada", "Béla"):
        record.readings.sign(image.id, rater, "done")
    decided = stroke(second, blob(40, 40), rater="Cyd")
    record.adjudications.sign(image.id, "Cyd", [decided], "a little more")
    (counting,) = record.image_record(image.id).annotations
    assert counting.region == first.region.flipped(blob(25, 25), blob(40, 40))


def unguarded(url, execute, statement):
    """Do what an owner of the database can do behind the program's back."""
    if url.startswith("sqlite"):
        for (name,) in execute(url, "SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            execute(url, f"DROP TRIGGER {name}")
    else:
        execute(url, "ALTER TABLE annotations DISABLE TRIGGER ALL")
    execute(url, statement)


def test_the_chain_covers_strokes_and_shows_one_that_was_tampered_with(
    record, image, painted, stroke, url, execute
):
    act = stroke(painted)
    record.save_acts([act, stroke(act, blob(1, 1), decision=Decision.WITHDRAWN)])
    assert record.safekeeping.faults() == []
    moved = "UPDATE annotations SET region = replace({}, '\"x\": 24', '\"x\": 25'){}"
    kept = ("region", "") if url.startswith("sqlite") else ("region::text", "::json")
    unguarded(url, execute, moved.format(*kept))
    (fault,) = record.safekeeping.faults()
    assert fault.startswith(f"The row {act.id} of annotations was changed")


def test_a_mask_whose_beginning_is_gone_is_said_in_words(
    record, image, painted, stroke, url, execute
):
    record.save_acts([stroke(painted)])
    unguarded(url, execute, "DELETE FROM annotations WHERE supersedes IS NULL")
    with pytest.raises(StorageError, match="whose mask"):
        record.history(image.id)
    with pytest.raises(StorageError, match="whose mask"):
        record.image_record(image.id)


def test_masks_survive_an_upgrade_and_another_opening(url, record, image, painted, stroke):
    act = stroke(painted)
    record.save_acts([act])
    with Record.open(url) as again:
        again.upgrade()
        (counting,) = again.image_record(image.id).annotations
        assert counting.region == painted.region.flipped(act.region.flips)
        assert again.problems() == []
        assert again.save_acts([stroke(act, blob(90, 90))]).recorded


def test_nothing_of_an_erased_mask_is_known(record, project, image, make, painted, stroke):
    act = stroke(painted)
    record.save_acts([act])
    record.erasing.erase(project.id, None, [image.id], actor="Ada", reason="asked for")
    other = record.add_images(project.id, [make.asset()]).added[0]
    (refused,) = record.save_acts([stroke(act, image_id=other.id)]).refused
    assert "no act with the id" in refused.reason
    assert record.safekeeping.faults() == []


def test_a_box_after_a_mask_ends_its_strokes(record, image, make, painted, stroke):
    boxed = make.again(painted, region=BoundingBox(20, 30, 10, 10))
    record.save_acts([boxed])
    (refused,) = record.save_acts([stroke(boxed)]).refused
    assert "box" in refused.reason
