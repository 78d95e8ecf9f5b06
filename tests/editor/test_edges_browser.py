"""A region is fitted to the edges on the image, by its button and its key."""

from __future__ import annotations

import pytest
from harness_regions import MOUTH, MOUTH_BOX

pytestmark = pytest.mark.browser


def told(rater, text):
    rater.page.get_by_role("paragraph").filter(has_text=text).wait_for()


def test_a_suggestion_is_fitted_and_stays_undecided_and_undo_takes_it_back(rater):
    rater.press("n", "Shift+Q")
    (act,) = rater.recorded(1)
    assert (act["region_id"], act["action"], act["decision"]) == (MOUTH, "reshape", "undecided")
    assert act["region"] == {**MOUTH_BOX, "x": MOUTH_BOX["x"] + 5}
    rater.page.get_by_role("button", name="Fit to edges").click()
    assert rater.recorded(2)[1]["region"]["x"] == MOUTH_BOX["x"] + 10
    rater.press("Control+z", "Control+z")
    assert rater.recorded(4)[-1]["region"] == MOUTH_BOX


def test_what_was_changed_meanwhile_is_left_as_it_is(rater):
    thinking = rater.server.folder / "thinking"
    thinking.touch()
    rater.press("n", "Shift+Q")
    told(rater, "Looking for edges…")
    rater.press("ArrowDown")
    moved = rater.recorded(1)[0]["region"]
    thinking.unlink()
    told(rater, "The region was changed meanwhile")
    rater.has_all()
    assert [act["region"] for act in rater.server.acts()] == [moved]


def test_nothing_selected_is_told(rater):
    rater.press("Shift+Q")
    told(rater, "Select one region to fit it")
    assert rater.server.acts() == []
