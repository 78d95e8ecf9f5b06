"""Maps: cut anew, outlined, coloured, compared."""

from __future__ import annotations

import pytest
from displays import EVERY_DISPLAY
from harness_regions import BROW, MOUTH, MOUTH_BOX, TEETH

pytestmark = pytest.mark.browser


def outline(rater, region):
    return rater.page.locator(f"[data-region-id='{region}'] .outline").get_attribute("d")


def test_the_threshold_redraws_the_outline_live_and_accepts_nothing(rater):
    rater.press("n")
    rater.sees_map("AU12 against everything else")
    before = outline(rater, MOUTH)
    slider = rater.page.get_by_label("Outline at this share of the map")
    slider.evaluate("(node) => { node.value = 80; node.dispatchEvent(new Event('input')); }")
    rater.settle()
    live = outline(rater, MOUTH)
    assert live != before
    assert rater.server.acts() == []
    slider.evaluate("(node) => node.dispatchEvent(new Event('change'))")
    (act,) = rater.recorded(1)
    tight = act["region"]
    assert (act["action"], act["decision"], tight["type"]) == ("reshape", "undecided", "box")
    # exp(-r²) >= 0.8 of its maximum, 48 px across and 30 px down a unit, on a grid of 8 px.
    assert tight["width"] == pytest.approx(2 * 48 * 0.472, abs=17)
    assert tight["height"] == pytest.approx(2 * 30 * 0.472, abs=17)
    rater.press("<", "<")
    wider = rater.recorded(3)[2]["region"]
    assert wider["width"] > tight["width"]
    # What follows quickly is taken back as one, as with the arrow keys; what does not, by itself.
    rater.press("Control+z", "Control+z", "Control+z")
    rater.sees_saved()
    assert rater.server.acts()[-1]["region"] == MOUTH_BOX


def test_the_level_is_that_of_the_selected_region(harness, rater_at):
    rater = rater_at(harness, "?cut=0.2")
    slider = rater.page.get_by_label("Outline at this share of the map")
    assert slider.is_disabled()
    rater.press("n")
    rater.sees_map("AU12 against everything else")
    assert slider.input_value() == "20"
    rater.press("<")
    wider = rater.recorded(1)[0]["region"]
    assert wider["width"] * wider["height"] > MOUTH_BOX["width"] * MOUTH_BOX["height"]
    level = int(slider.input_value())
    assert level < 20
    rater.press(".")
    rater.sees_map("AU25 against everything else")
    assert slider.input_value() == "20"
    rater.press(",")
    rater.sees_map("AU12 against everything else")
    assert slider.input_value() == str(level)
    # What only the record remembers is found again: the level that gives this outline.
    rater.sees_saved()
    rater.page.reload()
    rater.sees("face")
    rater.press("n")
    rater.sees_map("AU12 against everything else")
    assert abs(int(slider.input_value()) - level) <= 4
    rater.press(">")
    assert int(slider.input_value()) > level
    rater.press("Control+z")
    assert abs(int(slider.input_value()) - level) <= 4
    rater.press("]")
    rater.sees("film")
    rater.press("n")
    rater.sees_map("AU1 against everything else")
    assert slider.input_value() == "20"


def test_what_was_drawn_by_hand_has_no_level(rater):
    slider = rater.page.get_by_label("Outline at this share of the map")
    rater.press("n")
    rater.sees_map("AU12 against everything else")
    assert slider.is_enabled()
    rater.press("Shift+ArrowRight")
    assert slider.is_disabled()
    rater.press("<")
    assert "not cut from the map" in rater.page.locator(".key-note p").inner_text()
    assert len(rater.recorded(1)) == 1
    rater.press("Control+z")
    rater.settle()
    assert (slider.is_enabled(), slider.input_value()) == (True, "50")


def test_a_suggestion_of_an_earlier_run_is_not_cut_by_the_maps_of_this_one(harness, rater_at):
    rater = rater_at(harness, "?earlier=yes")
    rater.press("n")
    rater.sees_map("AU12 against everything else")
    before = outline(rater, MOUTH)
    rater.press(">", ">")
    rater.settle()
    assert outline(rater, MOUTH) == before
    rater.page.get_by_text("Suggested by an earlier run").wait_for()
    rater.press("a")
    (act,) = rater.recorded(1)
    assert (act["action"], act["region"]) == ("accept", MOUTH_BOX)


def test_a_polygon_suggestion_is_cut_as_a_polygon(rater):
    rater.page.locator(".row", has_text="AU4").click()
    rater.sees_map("AU4 against everything else")
    rater.press(">")
    (act,) = rater.recorded(1)
    assert (act["region_id"], act["region"]["type"]) == (BROW, "polygon")
    xs = [x for x, _ in act["region"]["points"]]
    assert 205 < sum(xs) / len(xs) < 320


@EVERY_DISPLAY
def test_outlines_colours_and_two_maps_compared(rater):
    canvas, page = rater.page.locator(".stage .picture"), rater.page
    rater.press("n")
    rater.sees_map("AU12 against everything else")
    shots = []

    def look(act):
        act()
        rater.settle()
        shots.append(canvas.evaluate("(node) => node.toDataURL()"))

    look(lambda: None)

    look(lambda: rater.press("Shift+m"))
    look(lambda: rater.press("Shift+m"))
    assert shots[2] == shots[0]
    look(lambda: page.get_by_label("Colours of the map").select_option("cividis"))
    page.get_by_label("Why AU12 rather than").select_option("AU25")
    rater.sees_map("AU12 against AU25")
    look(lambda: rater.press("Shift+c"))
    divider = page.get_by_role("slider", name="Divider between the two maps")
    assert divider.is_visible()
    names = page.locator(".map-name")
    assert names.all_inner_texts() == ["AU12 against AU25", "AU12 against everything else"]
    look(lambda: divider.press("ArrowLeft"))
    rater.settle()
    box = divider.bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] - 150, box["y"] + 40, steps=4)
    page.mouse.up()
    rater.settle()
    assert divider.bounding_box()["x"] == pytest.approx(box["x"] - 162, abs=3)
    look(lambda: rater.press("Shift+c"))
    assert page.locator(".stage").get_attribute("data-compare") == "side"
    assert len(set(shots)) == len(shots) - 1
    # A click in the second pane means the same place as in the first.
    frame = rater.stage.bounding_box()
    x, y = rater.screen(320, 334)
    page.mouse.click(x + frame["width"] / 2, y)
    rater.settle()
    assert page.locator(f"[data-region-id='{TEETH}'][data-selected]").count() == 1
    rater.press("Shift+c")
    assert page.locator(".stage").get_attribute("data-compare") == "off"
    page.reload()
    rater.sees("face")
    assert page.get_by_label("Colours of the map").input_value() == "cividis"
