"""The frames of one file by a slider, and the choice of the face that is read."""

from __future__ import annotations

import pytest
from axe import axe_source, serious_findings

pytestmark = pytest.mark.browser


@pytest.fixture
def at_frames(harness, rater_at):
    rater = rater_at(harness, "?image=cine2")
    yield rater
    assert rater.errors == []


@pytest.fixture
def at_faces(harness, rater_at):
    rater = rater_at(harness, "?faces=yes")
    yield rater
    assert rater.errors == []


def read_now(rater):
    """The number of the face that is read, as the choice that is open says it."""
    return rater.page.locator(".face-button[aria-pressed='true'] b").inner_text()


def test_keys_and_slider_go_through_the_frames_with_zoom_and_window_kept(at_frames):
    rater, page = at_frames, at_frames.page
    slider = page.get_by_role("slider", name="Frame", exact=True)
    assert slider.get_attribute("aria-valuetext") == "Frame 2 of 6, 0:01.00"
    rater.press("+", "i")
    rater.drag((128, 128), (128, 60), button="right")
    view = rater.stage.get_attribute("data-view")
    window = page.locator(".status .window").inner_text()
    rater.press("}")
    rater.sees("cine3")
    assert rater.stage.get_attribute("data-view") == view
    assert page.locator(".status .window").inner_text() == window
    assert page.locator(".frames").inner_text().split("\n") == ["Frame 3 of 6", "0:02.00"]
    rater.press("{")
    rater.sees("cine2")
    slider.evaluate(
        "(node) => { for (const place of [3, 4, 5, 6]) {"
        " node.value = place; node.dispatchEvent(new Event('input')); } }"
    )
    rater.sees("cine6")
    # What was passed over while the first was on its way is not asked for.
    asked = (rater.server.folder / "frames.log").read_text().split()
    assert asked == ["3", "2", "3", "6"]
    assert page.get_by_role("button", name="Next frame of the file").is_disabled()
    # Another image is another matter: it is fitted, through its own window.
    rater.press("PageDown")
    rater.sees("film")
    assert not page.locator(".frames").is_visible()
    assert page.locator(".status .window").inner_text() != window


def test_another_face_is_chosen_by_number_by_click_and_by_hand(at_faces):
    rater, page = at_faces, at_faces.page
    assert page.locator(".face-how").inner_text() == "Face: most prominent"
    rater.press("Shift+p")
    page.locator(".faces .face").nth(2).wait_for()
    assert read_now(rater) == "1"
    rater.press("2")
    page.locator(".face-how", has_text="chosen by a person").wait_for()
    page.locator(".stage[data-tool='select']").wait_for()
    rater.press("Shift+p")
    assert read_now(rater) == "2"
    rater.click(570, 80)
    page.locator(".stage[data-tool='select']").wait_for()
    rater.press("Shift+p")
    assert read_now(rater) == "3"
    rater.drag((400, 20), (405, 60))
    page.locator(".face-state", has_text="at least 16").wait_for()
    rater.drag((400, 20), (480, 120))
    page.locator(".stage[data-tool='select']").wait_for()
    rater.press("Shift+p")
    assert read_now(rater) == "4"
    rater.press("Escape")
    assert page.locator(".faces .face").count() == 0
    # None of it is an act on a region, and numbers are labels again.
    assert rater.server.acts() == []


def test_where_no_face_can_be_chosen_nothing_is_offered(rater):
    rater.press("Shift+p")
    assert not rater.page.locator(".face-choice").is_visible()
    assert rater.stage.get_attribute("data-tool") == "select"


def test_axe_finds_nothing_serious(harness, rater_at):
    source = axe_source()
    rater = rater_at(harness, "?image=cine2&faces=yes")
    rater.press("Shift+p")
    rater.page.locator(".faces .face").nth(2).wait_for()
    assert rater.page.locator(".frames").is_visible()
    assert serious_findings(rater.page, source) == []
