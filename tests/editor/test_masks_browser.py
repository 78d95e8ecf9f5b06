"""Painting masks: strokes, tools, refusals, undo, two tabs, a browser that dies in a stroke."""

from __future__ import annotations

import numpy as np
import pytest
from displays import EVERY_DISPLAY
from painter import Painter, swept

from annotator.domain import Mask, MaskChange, region_from_json, stated_region_from_json

pytestmark = pytest.mark.browser

SHAPE = 480, 640


@pytest.fixture
def brush(rater):
    rater.press("z", "Shift+B")
    painter = Painter(rater)
    painter.size(15)
    return painter


def masks_of(acts):
    """Return the pixels after each act, as the record reads acts."""
    regions = {}
    for act in acts:
        stated = stated_region_from_json(act["region"])
        if isinstance(stated, MaskChange):
            stated = stated.applied_to(regions[str(stated.changes)])
        regions[act["id"]] = stated
    return [region.mask(*SHAPE) for region in regions.values() if isinstance(region, Mask)]


@EVERY_DISPLAY
def test_strokes_are_the_pixels_that_the_brush_passes_on_every_display(rater, brush):
    brush.stroke((100, 100), (200, 100), (200, 180))
    brush.stroke((300, 200), (300, 200))
    rater.press("Shift+E")
    brush.stroke((150, 60), (150, 140))
    rater.sees_saved()
    first, second, third = masks_of(rater.recorded(3))
    # The pointer stands on whole pixels of the screen: half of an image's, at most.
    expected = swept(SHAPE, ((100, 100), (200, 100), (200, 180)), 15)
    assert (first ^ expected).sum() <= 0.04 * expected.sum()
    assert not (first & ~second).any()
    assert second[200, 300]
    assert not third[100, 150]
    assert third[100, 110]


def test_masks_are_hit_by_their_pixels_move_by_whole_ones_and_are_decided(rater, brush):
    page = rater.page
    brush.stroke((100, 400), (160, 400), (160, 440), (100, 440), (100, 400))
    (mask,) = masks_of(rater.recorded(1))
    rater.press("v")
    rater.click(130, 420)
    assert page.locator(".row[aria-current]").count() == 0, "the hole is not the mask"
    rater.click(100, 420)
    assert page.locator(".row[aria-current]").count() == 1
    rater.press("ArrowRight", "Shift+ArrowDown")
    moved = masks_of(rater.recorded(3))[-1]
    np.testing.assert_array_equal(moved, np.roll(mask, (10, 1), (0, 1)))
    rater.drag((101, 430), (121.4, 420.3))
    dragged = masks_of(rater.recorded(4))[-1]
    np.testing.assert_array_equal(dragged, np.roll(mask, (0, 21), (0, 1)))
    rater.press("2")
    assert rater.recorded(5)[-1]["label"] == "AU4"
    rater.press("Control+d")
    assert rater.recorded(6)[-1]["action"] == "add"
    rater.press("Delete")
    assert rater.recorded(7)[-1]["decision"] == "withdrawn"


def test_number_keys_choose_the_label_that_is_painted(rater, brush):
    brush.stroke((100, 100), (140, 100))
    rater.press("2")
    brush.stroke((100, 200), (140, 200))
    rater.press("1")
    brush.stroke((100, 120), (140, 120))
    acts = rater.recorded(3)
    assert [(a["action"], a["label"]) for a in acts] == [
        ("add", "AU1"), ("add", "AU4"), ("reshape", "AU1")
    ]  # fmt: skip
    assert acts[2]["region_id"] == acts[0]["region_id"]


def test_a_stroke_sends_what_changed_and_undo_sends_it_once_more(rater, brush):
    brush.size(200)
    brush.stroke((150, 150), (400, 300))
    brush.size(9)
    rater.press("Shift+E")
    brush.stroke((200, 200), (240, 200))
    rater.press("Control+z", "Control+y")
    acts = rater.recorded(4)
    assert [a["region"].get("changes") for a in acts] == [None, *(a["id"] for a in acts[:-1])]
    flips = [{k: v for k, v in a["region"].items() if k != "changes"} for a in acts[1:]]
    assert flips[0] == flips[1] == flips[2]
    before, erased, undone, redone = masks_of(acts)
    np.testing.assert_array_equal(undone, before)
    np.testing.assert_array_equal(redone, erased)
    rater.sees_saved()
    rater.page.mouse.move(0, 0)
    shown = brush.shown
    rater.page.reload()
    rater.sees("face")
    rater.press("z", "Shift+E")
    assert brush.shown == shown


def test_what_is_not_sent_when_the_browser_dies_is_painted_again_but_for_the_unfinished_stroke(
    rater, brush
):
    full = rater.server.folder / "full"
    full.touch()
    brush.size(60)
    brush.stroke((100, 100), (300, 100))
    brush.size(9)
    brush.stroke((100, 300), (300, 300))
    rater.press("Shift+E")
    brush.stroke((150, 60), (150, 140))
    rater.page.mouse.move(0, 0)
    shown = brush.shown
    brush.stroke((400, 60), (400, 140), ends=False)
    rater.page.reload()
    rater.sees("face")
    rater.press("z", "Shift+E")
    rater.page.mouse.up()
    rater.page.mouse.move(0, 0)
    assert brush.shown == shown
    full.unlink()
    rater.page.get_by_role("button", name="Retry now").click()
    rater.sees_saved()
    last = masks_of(rater.recorded(3))[-1]
    assert last[100, 200]
    assert not last[100, 150]
    assert last[300, 200]


def test_a_cancelled_pointer_drops_the_stroke(rater, brush):
    brush.stroke((100, 100), (200, 100), ends=False)
    cancelled = "new PointerEvent('pointercancel', {pointerId: 1})"
    rater.stage.evaluate(f"(stage) => stage.dispatchEvent({cancelled})")
    rater.page.mouse.up()
    rater.settle()
    brush.stroke((300, 300), (320, 300))
    (mask,) = masks_of(rater.recorded(1))
    assert not mask[:200].any()


def test_a_finger_paints_and_a_second_one_drops_the_stroke_and_zooms(rater, brush):
    session = rater.page.context.new_cdp_session(rater.page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def touch(kind, *fingers):
        places = [rater.screen(*finger) for finger in fingers]
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        rater.settle()

    touch("touchStart", (100, 100))
    touch("touchMove", (130, 100))
    touch("touchMove", (160, 100))
    touch("touchEnd")
    (mask,) = masks_of(rater.recorded(1))
    assert mask[100, 102:160].all()
    touch("touchStart", (200, 200))
    touch("touchMove", (230, 200))
    touch("touchStart", (230, 200), (330, 300))
    touch("touchMove", (230, 200), (400, 370))
    touch("touchEnd")
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert rater.scale > 1
    rater.sees_saved()
    assert len(rater.recorded(1)) == 1


def test_limits_fill_scissors_islands_and_conversions(rater, brush):
    page = rater.page
    brush.stroke((100, 100), (200, 100), (200, 200), (100, 200), (100, 100))
    rater.press("Shift+L")
    rater.click(400, 300)
    page.locator(".key-note p", has_text="Nothing encloses this place").wait_for()
    rater.click(150, 150)
    rater.press("Shift+X")
    brush.stroke((90, 90), (150, 90), (150, 210), (90, 210))
    acts = rater.recorded(3)
    ring, full, half = masks_of(acts)
    assert full.sum() > ring.sum()
    assert full[150, 150]
    assert not half[:, :145].any()
    assert half[150, 180]
    rater.press("Shift+B")
    brush.stroke((400, 60), (400, 60))
    rater.press("Shift+K")
    np.testing.assert_array_equal(masks_of(rater.recorded(5))[-1], half)
    rater.press("Shift+O", "Shift+I", "Shift+V")
    polygon = rater.recorded(8)[-1]["region"]
    assert polygon["type"] == "polygon"
    np.testing.assert_array_equal(
        region_from_json(polygon).mask(*SHAPE), masks_of(rater.recorded(8))[-1]
    )
    rater.press("Shift+Z")
    np.testing.assert_array_equal(*masks_of(rater.recorded(9))[-2:])


def test_the_size_of_the_brush_goes_by_wheel_with_alt_and_by_keys(rater, brush):
    page = rater.page
    size = page.get_by_label("Diameter of the brush in pixels")
    page.mouse.move(*rater.screen(300, 200))
    page.keyboard.down("Alt")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Alt")
    rater.settle()
    assert size.input_value() == "17"
    rater.press("Alt+,", "Alt+,")
    assert size.input_value() == "12"
    circle = page.locator(".brush ellipse").first
    assert page.locator(".brush").get_attribute("visibility") is None
    page.mouse.move(*rater.screen(310, 200))
    assert float(circle.get_attribute("rx") or 0) == pytest.approx(6 * rater.scale)


def test_an_outline_that_would_cross_itself_is_refused_in_words(rater):
    note = rater.page.locator(".key-note p")
    rater.press("z", "p")
    for corner in ((50, 350), (150, 350), (150, 450), (100, 300)):
        rater.click(*corner)
    note.filter(has_text="This corner was not set").wait_for()
    rater.press("Enter")
    (act,) = rater.recorded(1)
    assert act["region"]["points"] == [[50, 350], [150, 350], [150, 450]]
    rater.click(50, 350)
    rater.press("v")
    rater.click(140, 400)
    rater.drag((150, 450), (120, 300))
    assert rater.page.locator(".key-note p").count() == 1
    rater.press("f")
    page = rater.page
    page.mouse.move(*rater.screen(400, 60))
    page.mouse.down()
    for corner in ((500, 60), (500, 120), (440, 120), (440, 40), (420, 40)):
        page.mouse.move(*rater.screen(*corner), steps=8)
    page.mouse.up()
    rater.settle()
    drawn = rater.server.acts()[-1]["region"]
    region_from_json(drawn).check()


def test_a_rotated_box_is_drawn_turned_and_pulled(rater):
    page = rater.page
    rater.press("z", "Shift+D")
    rater.drag((100, 380), (200, 420))
    page.mouse.move(*rater.screen(220, 330))
    rater.click(150, 330)
    (act,) = rater.recorded(1)
    assert act["region"] == {
        "type": "rotated-box", "cx": 150, "cy": 400, "width": 100, "height": 40, "angle": 0
    }  # fmt: skip
    turn = page.locator("[data-handle='turn']").bounding_box()
    assert turn is not None
    page.mouse.move(turn["x"] + turn["width"] / 2, turn["y"] + turn["height"] / 2)
    page.mouse.down()
    page.mouse.move(*rater.screen(220, 330), steps=5)
    page.mouse.up()
    rater.settle()
    turned = rater.recorded(2)[-1]["region"]
    assert turned["angle"] == pytest.approx(45, abs=0.5)
    assert (turned["cx"], turned["width"]) == (150, 100)


def test_two_tabs_paint_one_mask_and_the_later_is_asked(harness, rater_at):
    first, second = rater_at(harness), rater_at(harness)
    for hand in (first, second):
        hand.press("z", "Shift+B")
        Painter(hand).size(15)
    Painter(first).stroke((100, 100), (140, 100))
    first.sees_saved()
    second.page.reload()
    second.sees("face")
    second.press("z", "Shift+B")
    Painter(first).stroke((100, 200), (140, 200))
    first.recorded(2)
    Painter(second).stroke((100, 300), (140, 300))
    second.page.locator(".banner.conflict").wait_for()
    second.page.get_by_role("button", name="Keep mine").click()
    last = masks_of(first.recorded(3))[-1]
    assert last[300, 120]
    assert not last[200, 120]
    second.press("Control+z")
    again = masks_of(first.recorded(4))[-1]
    assert again[100, 120]
    assert not again[300, 120]
