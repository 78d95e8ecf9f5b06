"""Drawing and changing regions: every kind of outline, corner by corner, to the pixel."""

from __future__ import annotations

import pytest
from displays import EVERY_DISPLAY
from harness_regions import MOUTH, MOUTH_BOX, TEETH, moved

pytestmark = pytest.mark.browser


@EVERY_DISPLAY
def test_box_ellipse_polygon_freehand_and_points_are_drawn(rater):
    page = rater.page
    rater.press("z", "b")
    assert rater.scale == 1
    rater.drag((50, 60), (110, 100))
    rater.press("e")
    rater.drag((500, 400), (560, 440))
    rater.press("p")
    for corner in ((60, 200), (120, 210), (110, 260), (60, 250)):
        rater.click(*corner)
    # A polygon is closed by Enter, a double click or its first corner.
    rater.press("Enter", "p")
    for corner in ((400, 420), (440, 420), (440, 460), (400, 420)):
        rater.click(*corner)
    rater.press("f")
    page.mouse.move(*rater.screen(450, 60))
    page.mouse.down()
    for corner in ((550, 60), (550, 140), (450, 140), (452, 62)):
        page.mouse.move(*rater.screen(*corner), steps=12)
    page.mouse.up()
    rater.press("o")
    rater.click(60, 80)
    rater.click(70.5, 90.25)
    acts = rater.recorded(7)
    regions = [a["region"] for a in acts]
    assert regions[0] == {"type": "box", "x": 50, "y": 60, "width": 60, "height": 40}
    assert regions[1] == {"type": "ellipse", "x": 500, "y": 400, "width": 60, "height": 40}
    assert regions[2]["points"] == [[60, 200], [120, 210], [110, 260], [60, 250]]
    assert regions[3]["points"] == [[400, 420], [440, 420], [440, 460]]
    assert regions[4]["type"] == "polygon"
    assert 4 <= len(regions[4]["points"]) <= 8
    assert regions[5] == {"type": "point", "x": 60, "y": 80}
    assert regions[6]["x"] == pytest.approx(70.5, abs=1)
    assert {(a["action"], a["decision"], a["derived_from"]) for a in acts} == {
        ("add", "added", None)
    }


def test_corners_are_moved_inserted_and_taken_away(rater):
    rater.press("z")
    rater.click(320, 305)
    rater.drag((390, 370), (400, 390))
    (act,) = rater.recorded(1)
    assert act["region"] == {**MOUTH_BOX, "width": 150, "height": 90}
    rater.click(260, 140)
    rater.drag((320, 140), (330, 150))
    points = rater.recorded(2)[1]["region"]["points"]
    assert points == [[210, 120], [300, 104.25], [330, 150], [260, 160], [205.5, 150]]
    rater.page.mouse.dblclick(*rater.screen(330, 150))
    points = rater.recorded(3)[2]["region"]["points"]
    assert points == [[210, 120], [300, 104.25], [260, 160], [205.5, 150]]
    rater.drag((255, 112.125), (255, 100))
    points = rater.recorded(4)[3]["region"]["points"]
    assert (len(points), points[1]) == (5, [255, 100])
    rater.page.keyboard.down("Alt")
    rater.click(255, 100)
    rater.page.keyboard.up("Alt")
    assert len(rater.recorded(5)[4]["region"]["points"]) == 4


def test_a_double_click_survives_what_is_drawn_meanwhile(rater):
    """As when the server acknowledges an act between a press and its release."""
    rater.click(260, 140)
    rater.page.mouse.move(*rater.screen(320, 140))
    for count in (1, 2):
        rater.page.mouse.down(click_count=count)
        rater.page.keyboard.press("m")
        rater.page.mouse.up(click_count=count)
    (act,) = rater.recorded(1)
    assert act["region"]["points"] == [[210, 120], [300, 104.25], [260, 160], [205.5, 150]]


def test_a_double_click_survives_grips_that_go_away_meanwhile(rater):
    """As those that insert a corner do when an edge gets too short for one."""
    rater.click(260, 140)
    press_twice(rater, (320, 140), lambda: rater.page.mouse.wheel(0, 60))
    (act,) = rater.recorded(1)
    assert act["region"]["points"] == [[210, 120], [300, 104.25], [260, 160], [205.5, 150]]


def test_a_double_click_takes_no_corner_but_the_one_that_was_pressed(rater):
    """Whatever keys are pressed before its end."""
    page = rater.page
    rater.press("p")
    for corner in ((450, 60), (560, 60), (560, 160), (500, 190), (450, 160)):
        rater.click(*corner)
    rater.press("Enter")
    rater.recorded(1)
    rater.press("v", "Escape")
    rater.click(260, 140)
    press_twice(rater, (320, 140), lambda: page.keyboard.press("."))
    assert page.locator(".inspector .label b").inner_text() != "AU4"
    rater.settle()
    rater.click(260, 140)
    page.mouse.dblclick(*rater.screen(320, 140))
    taken = rater.recorded(2)[1]
    assert taken["region"]["points"] == [[210, 120], [300, 104.25], [260, 160], [205.5, 150]]
    press_twice(rater, (205.5, 150), lambda: page.keyboard.press("Control+z"))
    back = rater.recorded(3)[2]
    assert (back["action"], len(back["region"]["points"])) == ("undo", 5)
    rater.press("a")
    assert len(rater.recorded(4)[3]["region"]["points"]) == 5


def press_twice(rater, at, before_the_last_release):
    rater.page.mouse.move(*rater.screen(*at))
    rater.page.mouse.down(click_count=1)
    rater.page.mouse.up(click_count=1)
    rater.page.mouse.down(click_count=2)
    before_the_last_release()
    rater.settle()
    rater.page.mouse.up(click_count=2)


@EVERY_DISPLAY
def test_a_drag_is_exact_at_whole_zooms(rater):
    rater.click(300, 360)
    rater.press("z", "Escape", "n")
    at = MOUTH_BOX
    for count, (zoom, (dx, dy)) in enumerate(((1, (40, -25)), (2, (-30, 9)), (3, (7, 2))), 1):
        while rater.scale < zoom:
            rater.press("+")
        assert rater.scale == zoom
        rater.drag((at["x"] + 10, at["y"] + 10), (at["x"] + 10 + dx, at["y"] + 10 + dy))
        at = moved(at, dx, dy)
        assert rater.recorded(count)[-1]["region"] == at


@EVERY_DISPLAY
def test_a_drag_at_any_zoom_is_exact_to_the_pointer(rater):
    scale = rater.scale
    assert scale != int(scale)
    rater.drag((260, 310), (300, 285))
    (act,) = rater.recorded(1)
    assert act["region"]["x"] == pytest.approx(290, abs=1 / scale)
    assert act["region"]["y"] == pytest.approx(275, abs=1 / scale)
    assert (act["region"]["width"], act["region"]["height"]) == (140, 70)


def test_arrows_nudge_exactly_by_one_and_by_ten(rater):
    rater.press("n")
    for key in ("ArrowRight", "Shift+ArrowDown", "ArrowUp", "Alt+ArrowRight"):
        rater.press(key)
    acts = rater.recorded(4)
    assert acts[3]["region"] == {"type": "box", "x": 251, "y": 309, "width": 141, "height": 70}


def test_deleting_rejects_a_suggestion_and_withdraws_a_drawing(rater):
    rater.press("z", "b")
    rater.drag((50, 60), (110, 100))
    rater.press("Delete", "n", "Delete")
    acts = rater.recorded(3)
    assert [(a["action"], a["decision"]) for a in acts] == [
        ("add", "added"),
        ("delete", "withdrawn"),
        ("delete", "rejected"),
    ]
    assert rater.page.locator(".row").count() == 3


def test_undo_and_redo_reach_the_record_and_hold_after_a_reload(rater):
    rater.press("z")
    rater.drag((260, 310), (300, 285))
    rater.press("a", "Control+z", "Control+z")
    acts = rater.recorded(4)
    assert [a["action"] for a in acts] == ["reshape", "accept", "undo", "undo"]
    assert (acts[3]["decision"], acts[3]["region"]) == ("undecided", MOUTH_BOX)
    rater.press("Control+y", "Control+Shift+z")
    last = rater.recorded(6)[5]
    assert (last["decision"], last["region"]) == ("edited", moved(MOUTH_BOX, 40, -25))
    rater.sees_saved()
    rater.page.reload()
    assert rater.asked == []
    rater.sees("face")
    assert rater.decision(MOUTH) == "edited"


def test_a_box_inside_a_box_can_be_had(rater):
    rater.click(320, 334)
    rater.press("r")
    (act,) = rater.recorded(1)
    assert (act["region_id"], act["decision"]) == (TEETH, "rejected")
