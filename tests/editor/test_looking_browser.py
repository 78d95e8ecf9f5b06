"""Looking at an image decides nothing: zoom and pan by wheel, keys and touch; hiding; frames."""

from __future__ import annotations

import pytest
from displays import EVERY_DISPLAY
from harness_regions import BROW, MOUTH, MOUTH_BOX, TEETH, moved

pytestmark = pytest.mark.browser


@EVERY_DISPLAY
def test_the_wheel_zooms_at_the_pointer_and_pans(rater, ratio):
    mouse = rater.page.mouse
    before, place = rater.scale, rater.screen(200, 100)
    mouse.move(*place)
    # The devtools turn wheels by device pixels.
    mouse.wheel(0, -400 * ratio)
    rater.settle()
    assert rater.scale > 1.5 * before
    assert rater.screen(200, 100) == pytest.approx(place, abs=1)
    mouse.wheel(0, 400 * ratio)
    rater.settle()
    assert rater.scale == pytest.approx(before, rel=1e-6)
    rater.press("z")
    x, y = rater.screen(200, 100)
    for key, expected in (("Shift", (x - 120, y)), ("Alt", (x - 120, y - 120))):
        rater.page.keyboard.down(key)
        mouse.wheel(0, 120 * ratio)
        rater.page.keyboard.up(key)
        rater.settle()
        assert rater.screen(200, 100) == pytest.approx(expected, abs=1)
    assert rater.server.acts() == []


def test_keys_zoom_and_pan_and_the_middle_button_pans(rater):
    page = rater.page
    rater.press("z")
    assert rater.scale == 1
    x, y = rater.screen(320, 240)
    rater.press("ArrowRight", "Shift+ArrowDown")
    assert rater.screen(320, 240) == pytest.approx((x - 24, y - 240), abs=1)
    rater.press("+")
    assert rater.scale == 1.5
    rater.press("-", "-", "0")
    fitted = rater.scale
    rater.press("z")
    x, y = rater.screen(320, 240)
    page.keyboard.down("Space")
    rater.drag((300, 200), (340, 230))
    page.keyboard.up("Space")
    assert rater.screen(320, 240) == pytest.approx((x + 40, y + 30), abs=1)
    rater.drag((300, 200), (280, 200), button="middle")
    assert rater.screen(320, 240) == pytest.approx((x + 20, y + 30), abs=1)
    rater.press("0")
    assert rater.scale == fitted
    assert rater.server.acts() == []


@EVERY_DISPLAY
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
    assert rater.errors == []


def test_five_hundred_regions_cost_what_moves_and_no_more(harness, rater_at):
    rater = rater_at(harness, "?image=many")
    assert rater.page.locator("[data-region-id]").count() == 500
    rater.page.evaluate("""() => {
      const host = [...document.querySelectorAll('*')]
        .find((n) => n.shadowRoot?.querySelector('.editor'));
      window.touched = new Set();
      new MutationObserver((changes) => changes.forEach(({ target }) => (
        window.touched.add(target.closest('.region')?.dataset.regionId))))
        .observe(host.shadowRoot.getElementById('region-outlines'),
          { subtree: true, attributes: true, childList: true });
    }""")
    rater.drag((27, 27), (400, 300), button="middle")
    # Panning moves the outlines as one.
    assert rater.page.evaluate("() => [...window.touched]") == [None]
    rater.click(600, 440)
    rater.press("Escape")
    rater.page.evaluate("() => window.touched.clear()")
    x, y = (10 + 46 * 12 + 17, 12 + 43 * 10 + 15)
    rater.drag((x, y), (x - 30, y + 20))
    moved_ids = rater.page.evaluate("() => [...window.touched].filter(Boolean)")
    assert [a["region_id"] for a in rater.recorded(1)] == moved_ids


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


def test_one_key_leaves_nothing_but_the_image(rater):
    rater.press("n")
    shown = rater.page.locator(".overlay, .tag")
    total = shown.count()
    rater.page.keyboard.down("h")
    rater.settle()
    assert sum(node.is_visible() for node in shown.all()) == 0
    rater.page.keyboard.up("h")
    rater.settle()
    assert sum(node.is_visible() for node in shown.all()) == total
    rater.press("Shift+h")
    assert not rater.page.locator(".overlay").is_visible()


def test_the_next_image_is_fetched_while_this_one_is_looked_at(rater):
    page = rater.page
    rater.has_all()
    rater.press("]")
    rater.sees("film")
    fetched = page.evaluate(
        "() => performance.getEntriesByType('resource')"
        ".filter(({ name }) => name.includes('/pixels/'))"
        ".map(({ name, transferSize }) => [name, transferSize])"
    )
    names = [name for name, _ in fetched]
    (film,) = {name for name in names if names.count(name) > 1}
    # The first time it was ahead of time, the second time out of the browser's own cache.
    assert [size for name, size in fetched if name == film][-1] == 0


def test_looking_needs_no_server(harness, rater_at):
    rater = rater_at(harness, "?image=film")
    canvas = rater.page.locator(".stage .picture")
    rater.has_all()
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


def test_readonly_changes_nothing(harness, rater_at):
    rater = rater_at(harness, "?readonly=yes&image=face")
    rater.press("n", "a", "r", "Delete", "ArrowRight", "b")
    rater.drag((260, 310), (300, 285))
    rater.page.wait_for_timeout(400)
    assert harness.acts() == []
    assert rater.decision(MOUTH) == "undecided"
