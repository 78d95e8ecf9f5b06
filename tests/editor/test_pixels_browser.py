"""Pixels: windows by number, preset and frame; values and lengths in their units; the ruler."""

from __future__ import annotations

import re

import pytest
from displays import EVERY_DISPLAY

pytestmark = pytest.mark.browser


@EVERY_DISPLAY
def test_hounsfield_units_millimetres_and_pixels_that_are_not_square(harness, rater_at):
    rater = rater_at(harness, "?image=ct")
    page = rater.page
    scale, tx, ty = map(float, rater.stage.get_attribute("data-view").split(","))
    frame = rater.stage.bounding_box()

    def at(x, y):
        return frame["x"] + x * scale + tx, frame["y"] + y * 2 * scale + ty

    page.mouse.move(*at(256.5, 128.5))
    rater.settle()
    place = page.locator(".place").inner_text()
    assert re.search(r"x 256 +y 128 +128\.3, 128\.5 mm +value 72 HU", place), place
    assert page.locator(".window").inner_text() == "W 350   L 50"
    rater.open_tab("Pixels")
    preset = page.get_by_label("Window preset")
    assert preset.locator("option").all_inner_texts()[2:8] == [
        *("Header", "Soft tissue", "Lung", "Liver", "Bone", "Brain")
    ]
    preset.select_option("Lung")
    rater.settle()
    assert page.locator(".window").inner_text() == "W 1500   L \u2212600"
    rater.press("Alt+1")
    assert page.locator(".window").inner_text() == "W 350   L 50"
    assert preset.input_value() == "default"
    page.get_by_label("Window", exact=True).fill("80")
    page.get_by_label("Level", exact=True).fill("40")
    page.keyboard.press("Enter")
    rater.settle()
    assert page.locator(".window").inner_text() == "W 80   L 40"
    rater.press("d")
    (x0, y0), (x1, y1) = at(100, 60), at(160, 100)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=4)
    page.mouse.up()
    text = page.locator(".ruler text").text_content()
    assert text == "50.0 mm · 72.1 px"
    rater.press("Escape")
    assert page.locator(".ruler text").count() == 0
    assert harness.acts() == []
    assert rater.errors == []


@EVERY_DISPLAY
def test_sixteen_bits_arrive_whole(harness, rater_at):
    rater = rater_at(harness, "?image=film")
    rater.page.mouse.move(*rater.screen(510.5, 390.5))
    value = int(rater.page.locator(".place").inner_text().split("value")[1])
    assert 2900 < value < 3300
    assert rater.page.locator(".status").inner_text().count("W 2400")


def test_the_window_fits_a_frame_and_black_and_white_change_places(harness, rater_at):
    rater = rater_at(harness, "?image=film")
    page, canvas = rater.page, rater.page.locator(".stage .picture")
    shade = """(canvas, [x, y]) => {
      const ratio = canvas.width / canvas.clientWidth;
      return canvas.getContext('2d').getImageData(x * ratio, y * ratio, 1, 1).data[0];
    }"""

    def grey(x, y):
        frame = rater.stage.bounding_box()
        sx, sy = rater.screen(x, y)
        return canvas.evaluate(shade, [sx - frame["x"], sy - frame["y"]])

    rater.press("m", "Alt+w")
    rater.drag((100, 100), (200, 200))
    low, high = 900, 2300
    width = float(page.locator(".window").inner_text().split()[1])
    assert 50 < width < (high - low)
    assert page.locator(".stage").get_attribute("data-tool") == "select"
    assert grey(512, 390) == 255
    rater.press("i")
    assert grey(512, 390) == 0
    rater.press("Shift+w", "i")
    assert page.locator(".window").inner_text() == "W 2400   L 2000"
    assert harness.acts() == []


@EVERY_DISPLAY
def test_enlarged_pixels_are_squares_and_a_photograph_shows_no_window(rater):
    assert rater.page.locator(".window").inner_text() == ""
    rater.page.mouse.move(*rater.screen(320, 240))
    rater.settle()
    assert "red" in rater.page.locator(".place").inner_text()
    for _ in range(12):
        rater.press("+")
    rater.press("h")
    columns = rater.page.locator(".stage .picture").evaluate("""(canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, canvas.height >> 1, canvas.width, 1);
      let runs = 1;
      for (let k = 4; k < data.length; k += 4) {
        runs += [0, 1, 2].some((c) => data[k + c] !== data[k + c - 4]);
      }
      return canvas.width / runs;
    }""")
    assert columns >= 12


@EVERY_DISPLAY
def test_a_large_film_is_shaded_only_where_it_is_seen(harness, rater_at):
    rater = rater_at(harness, "?image=large")
    made = rater.page.evaluate("""() => {
      const host = [...document.querySelectorAll('*')].find((n) => n.shadowRoot);
      return host.shadowRoot.querySelector('.stage .picture').width;
    }""")
    assert made < 3000
    rater.press("z")
    rater.drag((1500, 1500), (1520, 1500), button="right")
    assert float(rater.page.locator(".window").inner_text().split()[1]) > 1500
