"""Several regions at once, points, stacking, duplicates, and undo over all of it."""

from __future__ import annotations

import pytest
from displays import EVERY_DISPLAY
from harness_regions import BROW, MOUTH, MOUTH_BOX, TEETH, TEETH_BOX, moved

pytestmark = pytest.mark.browser


def selected(rater):
    return set(
        rater.page.locator("[data-region-id][data-selected]").evaluate_all(
            "(nodes) => nodes.map((node) => node.dataset.regionId)"
        )
    )


@EVERY_DISPLAY
def test_several_move_together_and_come_back_in_one_step(rater):
    rater.press("z")
    rater.click(320, 334)
    rater.page.keyboard.down("Shift")
    rater.click(260, 310)
    rater.page.keyboard.up("Shift")
    assert selected(rater) == {MOUTH, TEETH}
    rater.drag((300, 330), (340, 305))
    acts = rater.recorded(2)
    assert {a["region_id"]: a["region"] for a in acts} == {
        TEETH: moved(TEETH_BOX, 40, -25),
        MOUTH: moved(MOUTH_BOX, 40, -25),
    }
    rater.press("Control+z")
    acts = rater.recorded(4)[2:]
    assert {a["region_id"]: a["region"] for a in acts} == {TEETH: TEETH_BOX, MOUTH: MOUTH_BOX}
    assert {a["action"] for a in acts} == {"undo"}


def test_selecting_by_frame_by_keys_and_deciding_all(rater):
    rater.press("z")
    rater.page.keyboard.down("Shift")
    rater.drag((200, 290), (420, 390))
    rater.page.keyboard.up("Shift")
    assert selected(rater) == {MOUTH, TEETH}
    assert rater.page.get_by_text("2 regions", exact=True).is_visible()
    rater.press("Control+a")
    assert selected(rater) == {MOUTH, TEETH, BROW}
    rater.press("Shift+ArrowRight", "2", "a")
    acts = rater.recorded(8)
    assert [a["action"] for a in acts] == ["reshape"] * 3 + ["relabel"] * 2 + ["accept"] * 3
    assert {(a["decision"], a["label"]) for a in acts[5:]} == {("edited", "AU4")}
    rater.press("Escape", ".", ".")
    assert selected(rater) == {TEETH}
    rater.press(",")
    assert selected(rater) == {MOUTH}


def test_duplicates_points_and_what_lies_on_what(rater):
    rater.press("z")
    rater.click(320, 334)
    rater.press("Control+d")
    (copy,) = rater.recorded(1)
    assert copy["region"] == moved(TEETH_BOX, 12, 12)
    assert (copy["decision"], copy["derived_from"], copy["label"]) == ("added", None, "AU25")
    rater.press("o")
    rater.click(60, 80)
    rater.click(70.5, 90.25)
    points = rater.recorded(3)[1:]
    assert [a["region"]["type"] for a in points] == ["point", "point"]
    assert points[0]["region"] == {"type": "point", "x": 60, "y": 80}
    rater.press("v")
    rater.drag((60, 80), (61, 120))
    assert rater.recorded(4)[3]["region"] == {"type": "point", "x": 61, "y": 120}
    # A box that lies over a smaller one is the one that is had.
    rater.click(260, 310)
    rater.press("Shift+PageUp", "Escape")
    rater.click(320, 334)
    assert selected(rater) == {MOUTH}
    rater.press("Control+z", "Escape")
    rater.click(300, 330)
    assert selected(rater) == {TEETH}
    assert len(rater.server.acts()) == 4
