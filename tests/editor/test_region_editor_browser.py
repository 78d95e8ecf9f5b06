"""The editor in a real Chromium, driven as a rater drives it; the record is what Python got."""

from __future__ import annotations

import pytest
from harness_regions import BROW, MOUTH, MOUTH_BOX, SPOT, TEETH, moved

pytestmark = pytest.mark.browser


def test_suggestions_are_drawn_undecided_and_looking_decides_nothing(rater):
    assert [rater.decision(r) for r in (MOUTH, TEETH, BROW)] == ["undecided"] * 3
    rater.press("n", "n", "z", "0", "h", "m", "m", "Escape")
    rater.press("]")
    rater.sees("film")
    rater.press("[")
    rater.sees("face")
    rater.sees_saved()
    assert rater.server.acts() == []
    assert rater.decision(MOUTH) == "undecided"


def test_moving_then_accepting_is_recorded_as_edited_to_the_pixel(rater):
    rater.press("z")
    assert rater.scale == 1
    rater.drag((260, 310), (300, 285))
    (act,) = rater.recorded(1)
    assert (act["action"], act["decision"]) == ("reshape", "undecided")
    assert act["region"] == moved(MOUTH_BOX, 40, -25)
    rater.press("a")
    accepted = rater.recorded(2)[1]
    assert (accepted["action"], accepted["decision"]) == ("accept", "edited")
    assert accepted["region"] == moved(MOUTH_BOX, 40, -25)
    assert accepted["derived_from"] == MOUTH
    assert accepted["supersedes"] == act["id"]
    rater.sees_saved()
    assert rater.decision(MOUTH) == "edited"


@pytest.mark.parametrize("ratio", [1, 2, 3])
@pytest.mark.parametrize("zoom", [1, 2, 3])
def test_a_drag_is_exact_at_whole_zooms_on_every_display(harness, rater_at, ratio, zoom):
    rater = rater_at(harness, device_scale_factor=ratio)
    rater.click(300, 360)
    rater.press("z")
    while rater.scale < zoom:
        rater.press("+")
    rater.press("Escape", "n")
    assert rater.scale == zoom
    rater.drag((260, 310), (300, 285))
    (act,) = rater.recorded(1)
    assert act["region"] == moved(MOUTH_BOX, 40, -25)


def test_a_drag_at_any_zoom_is_exact_to_the_pointer(rater):
    scale = rater.scale
    assert scale != int(scale)
    rater.drag((260, 310), (300, 285))
    (act,) = rater.recorded(1)
    assert act["region"]["x"] == pytest.approx(290, abs=1 / scale)
    assert act["region"]["y"] == pytest.approx(275, abs=1 / scale)
    assert (act["region"]["width"], act["region"]["height"]) == (140, 70)


def test_a_box_inside_a_box_can_be_had(rater):
    rater.click(320, 334)
    rater.press("r")
    (act,) = rater.recorded(1)
    assert (act["region_id"], act["decision"]) == (TEETH, "rejected")


def test_accept_and_reject_go_to_the_next(rater):
    rater.press("n", "a", "r", "a")
    acts = rater.recorded(3)
    assert [(a["region_id"], a["decision"]) for a in acts] == [
        (MOUTH, "accepted"),
        (TEETH, "rejected"),
        (BROW, "accepted"),
    ]
    assert rater.page.locator(".count").inner_text() == "3 of 3 decided"
    rater.press("u")
    assert rater.recorded(4)[3]["decision"] == "undecided"


def test_drawing_box_ellipse_polygon_and_freehand(rater):
    rater.press("z", "b")
    rater.drag((50, 60), (110, 100))
    rater.press("e")
    rater.drag((500, 400), (560, 440))
    rater.press("p")
    for corner in ((60, 200), (120, 210), (110, 260), (60, 250)):
        rater.click(*corner)
    rater.press("Enter", "f")
    rater.drag((450, 60), (560, 90))
    acts = rater.recorded(3)
    assert [a["region"]["type"] for a in acts] == ["box", "ellipse", "polygon"]
    assert acts[0]["region"] == {"type": "box", "x": 50, "y": 60, "width": 60, "height": 40}
    assert acts[1]["region"] == {"type": "ellipse", "x": 500, "y": 400, "width": 60, "height": 40}
    assert acts[2]["region"]["points"] == [[60, 200], [120, 210], [110, 260], [60, 250]]
    assert {(a["action"], a["decision"], a["derived_from"]) for a in acts} == {
        ("add", "added", None)
    }


def test_freehand_outlines_become_polygons(rater):
    rater.press("z", "f")
    page = rater.page
    page.mouse.move(*rater.screen(450, 60))
    page.mouse.down()
    for corner in ((550, 60), (550, 140), (450, 140), (452, 62)):
        page.mouse.move(*rater.screen(*corner), steps=12)
    page.mouse.up()
    (act,) = rater.recorded(1)
    assert act["region"]["type"] == "polygon"
    assert 4 <= len(act["region"]["points"]) <= 8


def test_grips_reshape_and_a_double_click_takes_a_corner_away(rater):
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


def test_labels_by_number_and_by_typing(rater):
    rater.press("n", "2")
    (act,) = rater.recorded(1)
    assert (act["label"], act["decision"]) == ("AU4", "undecided")
    rater.press("l")
    rater.page.keyboard.type("part")
    rater.press("Enter")
    acts = rater.recorded(2)
    assert (acts[1]["action"], acts[1]["label"]) == ("relabel", "AU25")
    rater.press("a")
    assert rater.recorded(3)[2]["decision"] == "edited"


def test_arrows_nudge_exactly(rater):
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


def test_streamlit_hotkeys_do_not_fire(rater):
    runs = rater.server.runs()
    rater.page.evaluate("() => document.activeElement.blur()")
    rater.press("c", "r", "x", "y", "Shift+r")
    rater.page.wait_for_timeout(600)
    assert rater.page.get_by_text("Clear cache").count() == 0
    assert rater.server.runs() == runs
    assert rater.server.acts() == []


def test_keys_typed_into_the_label_finder_are_no_commands(rater):
    rater.press("n", "l")
    rater.page.keyboard.type("rac")
    rater.page.wait_for_timeout(400)
    assert rater.server.acts() == []
    assert rater.page.get_by_text("Clear cache").count() == 0
    rater.press("Escape", "a")
    assert rater.recorded(1)[0]["decision"] == "accepted"


def test_overlay_and_window_need_no_server(harness, rater_at):
    rater = rater_at(harness, "?image=film")
    canvas = rater.page.locator(".stage canvas")
    rater.page.wait_for_timeout(500)
    runs, sent, asked = harness.runs(), len(rater.messages_sent), len(rater.requests)
    shots = [canvas.screenshot()]
    slider = rater.page.get_by_label("Opacity of the map")

    def preset(name):
        rater.open_tab("Pixels")
        rater.page.get_by_label("Window preset").select_option(name)

    looks = (
        lambda: slider.fill("90"),
        lambda: rater.press("m"),
        lambda: rater.press("Shift+m"),
        lambda: preset("Bright"),
        lambda: rater.press("i"),
        lambda: rater.drag((700, 300), (800, 380), button="right"),
    )
    for look in looks:
        look()
        rater.settle()
        shots.append(canvas.screenshot())
    assert len(set(shots)) == len(shots)
    rater.page.wait_for_timeout(300)
    assert (harness.runs(), len(rater.messages_sent), len(rater.requests)) == (runs, sent, asked)
    assert rater.errors == []


def test_sixteen_bits_arrive_whole(harness, rater_at):
    rater = rater_at(harness, "?image=film")
    rater.page.mouse.move(*rater.screen(510.5, 390.5))
    value = int(rater.page.locator(".place").inner_text().split("value")[1])
    assert 2900 < value < 3300
    assert rater.page.locator(".status").inner_text().count("W 2400")


def test_holding_h_leaves_nothing_but_the_image(rater):
    rater.press("n")
    overlay = rater.page.locator(".overlay")
    rater.page.keyboard.down("h")
    rater.settle()
    assert not overlay.is_visible()
    assert not rater.page.locator(".tag").first.is_visible()
    rater.page.keyboard.up("h")
    rater.settle()
    assert overlay.is_visible()


def test_why_this_rather_than_that(rater):
    rater.press("n")
    rater.page.get_by_label("Why AU12 rather than").select_option("AU25")
    rater.page.get_by_text("Computing the map").wait_for(timeout=3000)
    rater.page.locator(".map-state", has_text="AU12 against AU25").wait_for(timeout=5000)
    assert rater.page.locator(".why-state").inner_text() == ""
    rater.page.get_by_label("Why AU12 rather than").select_option("none")
    rater.page.get_by_text("This network has no map without a contrast.").wait_for(timeout=5000)


def test_no_run_when_idle(rater):
    rater.press("n", "a")
    rater.recorded(1)
    rater.sees_saved()
    rater.page.wait_for_timeout(500)
    runs = rater.server.runs()
    rater.page.wait_for_timeout(2500)
    assert rater.server.runs() == runs


def test_rapid_edits_all_arrive_in_order(rater_at, new_server):
    rater = rater_at(new_server(HARNESS_SLOW_S="0.25"))
    rater.press("n")
    for _ in range(25):
        rater.page.keyboard.press("ArrowRight")
    rater.press("a")
    acts = rater.recorded(26)
    assert [a["region"]["x"] for a in acts] == [*range(251, 276), 275]
    assert [a["supersedes"] for a in acts] == [None, *(a["id"] for a in acts[:-1])]
    rater.sees_saved()
    assert rater.decision(MOUTH) == "edited"


def test_acts_made_while_leaving_belong_to_their_image(rater_at, new_server):
    rater = rater_at(new_server(HARNESS_SLOW_S="0.4"))
    rater.press("n", "a", "]")
    rater.page.keyboard.press("a")
    rater.sees("film")
    rater.press("n", "a")
    acts = rater.recorded(2)
    assert [(a["document"], a["region_id"]) for a in acts] == [("face", MOUTH), ("film", SPOT)]


def test_a_failure_to_record_is_said_and_mended_by_retry(rater):
    (rater.server.folder / "full").touch()
    rater.press("n", "a")
    rater.page.get_by_text("The disk is full; make room and press Retry").wait_for(timeout=5000)
    assert rater.saved.get_attribute("data-state") == "unsaved"
    assert rater.server.acts() == []
    (rater.server.folder / "full").unlink()
    rater.page.get_by_role("button", name="Retry now").click()
    assert rater.recorded(1)[0]["decision"] == "accepted"
    rater.sees_saved()


def test_a_reload_sends_what_could_not_be_recorded(rater):
    (rater.server.folder / "full").touch()
    rater.press("n", "a")
    rater.page.locator(".saved[data-state='unsaved']").wait_for(timeout=5000)
    (rater.server.folder / "full").unlink()
    rater.page.reload()
    assert rater.asked == ["beforeunload"]
    rater.sees("face")
    assert rater.recorded(1)[0]["region_id"] == MOUTH
    rater.sees_saved()
    assert rater.decision(MOUTH) == "accepted"


def test_a_killed_server_loses_nothing(rater_at, new_server):
    server = new_server()
    rater = rater_at(server)
    rater.press("z")
    rater.drag((260, 310), (300, 285))
    rater.recorded(1)
    rater.sees_saved()
    server.kill()
    rater.press("a", "r", "b")
    rater.drag((50, 60), (110, 100))
    rater.page.locator(".saved[data-state='unsaved']").wait_for(timeout=6000)
    server.start()
    acts = rater.recorded(4)
    assert [a["decision"] for a in acts] == ["undecided", "edited", "rejected", "added"]
    rater.sees_saved()
    drawn = acts[3]["region_id"]
    for _ in range(2):
        assert [rater.decision(r) for r in (MOUTH, TEETH, drawn)] == ["edited", "rejected", "added"]
        rater.page.reload()
        rater.sees("face")
    assert len(server.acts()) == 4


def test_a_browser_closed_without_a_server_sends_later(rater_at, new_server):
    server = new_server()
    rater = rater_at(server)
    server.kill()
    rater.press("n", "a")
    context = rater.page.context
    rater.page.close()
    server.start()
    page = context.new_page()
    page.goto(server.url + "?image=film")
    (act,) = rater.recorded(1)
    assert (act["document"], act["decision"]) == ("face", "accepted")


def test_readonly_changes_nothing(harness, rater_at):
    rater = rater_at(harness, "?readonly=yes&image=face")
    rater.press("n", "a", "r", "Delete", "ArrowRight", "b")
    rater.drag((260, 310), (300, 285))
    rater.page.wait_for_timeout(400)
    assert harness.acts() == []
    assert rater.decision(MOUTH) == "undecided"


def test_touch_drags_and_pinches(harness, rater_at):
    rater = rater_at(harness, has_touch=True)
    devtools = rater.page.context.new_cdp_session(rater.page)

    def touch(kind, *points):
        places = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    rater.press("z")
    (x0, y0), (x1, y1) = rater.screen(262, 312), rater.screen(302, 287)
    touch("touchStart", (x0, y0))
    for part in (0.3, 0.6, 1):
        touch("touchMove", (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part))
    touch("touchEnd")
    assert rater.recorded(1)[0]["region"] == moved(MOUTH_BOX, 40, -25)
    x, y = rater.screen(100, 240)
    touch("touchStart", (x - 30, y), (x + 30, y))
    for reach in (40, 50, 60):
        touch("touchMove", (x - reach, y), (x + reach, y))
    touch("touchEnd")
    rater.settle()
    assert rater.scale == pytest.approx(2, rel=0.02)
    assert len(harness.acts()) == 1


def test_nothing_is_fetched_from_anywhere_else(rater):
    rater.press("n", "a", "]")
    rater.sees("film")
    outside = [u for u in rater.requests if not u.startswith((rater.server.url, "data:", "blob:"))]
    assert outside == []
    assert not [url for url in rater.requests if "/media/" in url and "static" not in url]


def test_everything_has_a_name(rater):
    rater.press("n")
    nameless = rater.page.evaluate("""() => {
      const host = [...document.querySelectorAll('*')]
        .find((n) => n.shadowRoot?.querySelector('.editor'));
      const root = host.shadowRoot;
      const named = (n) => n.ariaLabel || n.textContent.trim() || n.labels?.length || n.title;
      return [...root.querySelectorAll('button, select, input, progress, [role=img]')]
        .filter((n) => !named(n)).map((n) => n.outerHTML);
    }""")
    assert nameless == []


def test_another_browser_cannot_open_this_browsers_pixels(rater, rater_at, harness):
    address = next(url for url in rater.requests if "/pixels/" in url)
    other = rater_at(harness)
    status = "async (url) => (await fetch(url)).status"
    assert rater.page.evaluate(status, address) == 200
    assert other.page.evaluate(status, address) == 404
