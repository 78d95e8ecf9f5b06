"""Acts of raters: appended once, in order, and only when they can be what they say."""

from __future__ import annotations

import math
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.domain import BoundingBox, Decision, Ellipse, Mask, Polygon
from annotator.errors import NotFoundError, RegionError, StorageError


def test_acts_are_read_back_with_the_servers_time(record, image, make):
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    act = make.drawn(image, created_at=long_ago)
    before = datetime.now(UTC)
    assert record.record_acts([act]) == [act.id]
    (found,) = record.history(image.id)
    assert before <= found.created_at <= datetime.now(UTC)
    assert found.created_at.utcoffset() == timedelta(0)
    assert make.timeless(found) == make.timeless(act)


@pytest.mark.parametrize(
    "region",
    [
        BoundingBox(0, 0, 400, 300),
        Ellipse(10.125, 20.1, 30, 40.3),
        Polygon(((0.1, 0.2), (399.9, 0.3), (200, 299.7), (1e-7, 17))),
    ],
)
def test_every_kind_of_region_is_kept_exactly(record, image, make, region):
    record.record_acts([make.drawn(image, region=region)])
    assert record.image_record(image.id).annotations[0].region == region


def test_who_accepts_a_mask_that_was_suggested_states_its_pixels(record, image, make):
    ring = np.ones((9, 12), bool)
    ring[3:6, 4:8] = False
    suggested = make.suggestion(region=Mask.of(ring, 20, 30))
    record.record_run(make.run(image, suggestions=(suggested,)))
    (kept,) = record.image_record(image.id).runs[0].suggestions
    record.record_acts([make.decided(kept, image, "accepted")])
    (stated,) = record.image_record(image.id).annotations
    assert stated.region == suggested.region
    assert stated.region.window.tolist() == ring.tolist()


def test_the_latest_act_of_each_region_counts(record, image, make):
    run = make.run(image)
    record.record_run(run)
    first = make.decided(run.suggestions[0], image, "accepted")
    second = make.again(
        first, decision=Decision.EDITED, label="AU12", region=BoundingBox(1, 2, 3, 4)
    )
    own = make.drawn(image)
    record.record_acts([first])
    record.record_acts([own, second])
    assert [act.id for act in record.image_record(image.id).annotations] == [own.id, second.id]
    history = record.history(image.id)
    assert [act.id for act in history] == [first.id, own.id, second.id]
    assert make.timeless(history[2]) == make.timeless(second)


def test_an_act_may_supersede_one_of_the_same_call(record, image, make):
    first = make.drawn(image)
    second = make.again(first, decision=Decision.WITHDRAWN)
    record.record_acts([first, second])
    assert record.image_record(image.id).annotations[0].id == second.id


def test_two_raters_are_kept_apart(record, image, make):
    ada, bela = make.drawn(image), make.drawn(image, rater="Béla Ω")
    record.record_acts([ada, bela])
    assert [act.rater for act in record.history(image.id)] == ["Ada", "Béla Ω"]


def test_no_acts_are_no_work(record):
    assert record.record_acts([]) == []


def test_an_act_sent_twice_is_recorded_once(record, image, make):
    act, later = make.drawn(image), make.drawn(image)
    assert record.record_acts([act]) == [act.id]
    assert record.record_acts([act, later, later]) == [act.id, later.id, later.id]
    assert [found.id for found in record.history(image.id)] == [act.id, later.id]


CHANGES = {
    "label": "AU12",
    "region": BoundingBox(1.5, 2.25, 30, 40.25),
    "rater": "Bela",
    "decision": Decision.UNDECIDED,
    "region_id": uuid.uuid4(),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("in_one_call", [False, True])
def test_one_id_with_two_contents_is_a_conflict(record, image, make, name, in_one_call):
    act = make.drawn(image)
    other = replace(act, **{name: CHANGES[name]})
    if not in_one_call:
        record.record_acts([act])
    with pytest.raises(StorageError, match=f"{act.id} is recorded already, and says something"):
        record.record_acts([make.drawn(image), *([act] if in_one_call else []), other])
    assert [found.id for found in record.history(image.id)] == [act.id] * (not in_one_call)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "sad"}, "no label 'sad'; its labels are happy, AU12"),
        ({"region": BoundingBox(-0.5, 0, 10, 10)}, "0.5 px beyond the edge"),
        ({"region": Ellipse(395, 290, 5, 12)}, "2 px beyond the edge of the image of 400 x 300"),
        ({"region": Polygon(((0, 0), (5, 5), (0, 301)))}, "1 px beyond the edge"),
        ({"rater": " "}, "name of its rater"),
        ({"rater": "A\0"}, "zero character"),
        ({"rater": "A\udc80"}, "broken Unicode"),
        ({"decision": Decision.ACCEPTED}, "must name the suggestion"),
        ({"decision": Decision.REJECTED}, "must name the suggestion"),
        ({"derived_from": uuid.uuid4()}, "cannot name a suggestion"),
    ],
)
def test_an_act_that_cannot_be_is_refused_with_its_call(record, image, make, changes, message):
    with pytest.raises(StorageError, match=message):
        record.record_acts([make.drawn(image), make.drawn(image, **changes)])
    assert record.history(image.id) == []


def test_rounding_at_the_edge_is_no_fault(record, image, make):
    edge = BoundingBox(0.1, 0.2, 399.90000000000003, 299.8)
    record.record_acts([make.drawn(image, region=edge)])
    assert record.history(image.id)[0].region == edge


def test_an_act_names_only_what_is_recorded(record, project, image, make):
    other = make.asset()
    record.add_images(project.id, [other])
    run, act = make.run(other), make.drawn(other)
    record.record_run(run)
    record.record_acts([act])
    unknown = make.suggestion()
    refused = [
        (make.drawn(make.asset()), NotFoundError, "no image with the id"),
        (make.decided(unknown, image, "accepted"), NotFoundError, "no suggestion with the id"),
        (make.decided(run.suggestions[0], image, "accepted"), StorageError, "another image"),
        (make.drawn(image, supersedes=uuid.uuid4()), NotFoundError, "no act with the id"),
        (make.drawn(image, supersedes=act.id), StorageError, "another region"),
    ]
    for wrong, kind, message in refused:
        with pytest.raises(kind, match=message):
            record.record_acts([make.drawn(image), wrong])
    assert record.history(image.id) == []


def around(points):
    """Return corners in the order in which they stand around their middle: none crosses."""
    x, y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return Polygon(tuple(sorted(set(points), key=lambda p: math.atan2(p[1] - y, p[0] - x))))


def can_be_drawn(polygon):
    try:
        polygon.check()
    except RegionError:
        return False
    return True


COORDINATES = st.floats(0, 100, allow_subnormal=True)
EXTENTS = st.floats(min_value=0, max_value=50, exclude_min=True, allow_subnormal=True)
SIZES = (COORDINATES, COORDINATES, EXTENTS, EXTENTS)
CORNERS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=20, unique=True)
REGIONS = st.one_of(
    st.builds(BoundingBox, *SIZES),
    st.builds(Ellipse, *SIZES),
    CORNERS.map(around).filter(can_be_drawn),
)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
).filter(str.strip)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    acts=st.lists(
        st.tuples(
            REGIONS,
            NAMES,
            st.sampled_from(["happy", "AU12"]),
            st.sampled_from([Decision.ADDED, Decision.UNDECIDED, Decision.WITHDRAWN]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_act_comes_back_as_it_went_in(record, project, make, acts):
    image = record.add_images(project.id, [make.asset()]).added[0]
    sent = [
        make.drawn(image, region=region, rater=rater, label=label, decision=decision)
        for region, rater, label, decision in acts
    ]
    record.record_acts(sent)
    found = record.history(image.id)
    assert list(map(make.timeless, found)) == list(map(make.timeless, sent))
