"""Labels of regions and of the image by keyboard, the FACS code line, and remarks."""

from __future__ import annotations

import pytest
from harness_regions import MOUTH
from patience import until_calm

pytestmark = pytest.mark.browser


def stated(act):
    return act["label"], act["value"], act["side"], act["intensity"]


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


def test_keys_typed_into_the_label_finder_are_no_commands(rater):
    rater.press("n", "l")
    rater.page.keyboard.type("rac")
    assert rater.server.acts() == []
    assert rater.page.get_by_text("Clear cache").count() == 0
    rater.press("Escape", "a")
    assert rater.recorded(1)[0]["decision"] == "accepted"


def test_streamlit_hotkeys_do_not_fire(rater):
    until_calm(rater.page)
    runs = rater.server.runs()
    rater.page.evaluate("() => document.activeElement.blur()")
    rater.press("c", "r", "x", "y", "Shift+r")
    rater.page.wait_for_timeout(300)
    until_calm(rater.page)
    assert rater.page.get_by_text("Clear cache").count() == 0
    assert rater.server.runs() == runs
    assert rater.server.acts() == []


def test_five_values_by_key_go_down_the_list_and_are_undone(rater):
    rater.press("1", "y", "x", "q", "g")
    acts = rater.recorded(4)
    assert [stated(a)[:2] for a in acts] == [
        ("AU1", "present"),
        ("AU4", "absent"),
        ("AU12", "uncertain"),
        ("AU25", "not_assessable"),
    ]
    rater.press("k", "Shift+g", "Control+z", "Control+z", "Control+y")
    acts = rater.recorded(8)[4:]
    assert [stated(a)[:2] for a in acts] == [
        ("AU25", "not_assessed"),
        ("AU25", "not_assessable"),
        ("AU25", "not_assessed"),
        ("AU25", "not_assessable"),
    ]
    assert acts[1]["supersedes"] == acts[0]["id"]
    rater.sees_saved()
    rater.page.reload()
    rater.sees("face")
    rater.open_tab("Labels")
    assert rater.page.get_by_role("button", name="AU4: absent").get_attribute("aria-pressed") == (
        "true"
    )
    # With a region selected, its label is meant; the mouse does the same.
    rater.press("n", "y")
    assert stated(rater.recorded(9)[8])[:2] == ("AU12", "present")
    rater.page.get_by_role("button", name="AU1: absent").click()
    assert stated(rater.recorded(10)[9])[:2] == ("AU1", "absent")


def test_the_label_used_last_is_repeated(rater):
    rater.press("n", "2", "n", "t")
    acts = rater.recorded(2)
    assert [a["label"] for a in acts] == ["AU4", "AU4"]
    assert acts[0]["region_id"] != acts[1]["region_id"]


def test_the_code_line_is_read_as_it_is_typed_and_states_what_it_says(rater):
    page = rater.page
    rater.sees_code_line()
    rater.press("c")
    line, reading = page.get_by_label("FACS code line"), page.locator(".code-reading")
    page.keyboard.type("1+L12C+2")
    assert reading.inner_text() == (
        "inner brow raiser; outer brow raiser; lip corner puller, left, intensity C"
    )
    page.locator(".completions button", has_text="AU25").click()
    assert line.input_value() == "1+L12C+25"
    page.keyboard.type("+5")
    page.keyboard.type("1+52")
    assert reading.inner_text().startswith("52 does not go with 51")
    assert line.get_attribute("aria-invalid") == "true"
    assert page.locator(".code-marks mark").inner_text() == "52"
    page.keyboard.press("Enter")
    rater.settle()
    assert rater.server.acts() == []
    line.fill("12")
    line.fill("1+L12C+25")
    page.keyboard.press("Enter")
    assert [stated(a) for a in rater.recorded(3)] == [
        ("AU1", "present", None, None),
        ("AU12", "present", "L", "C"),
        ("AU25", "present", None, None),
    ]
    rater.press("c")
    assert line.input_value() == "1+L12C+25"
    line.fill("12")
    page.keyboard.press("Enter")
    acts = {a["label"]: stated(a) for a in rater.recorded(6)[3:]}
    assert acts["AU1"][1] == acts["AU25"][1] == "not_assessed"
    assert acts["AU12"] == ("AU12", "present", None, None)
    line.fill("12+9")
    assert reading.inner_text() == "AU9 is no label of this project."
    assert page.locator(".code-marks mark").inner_text() == "9"
    line.fill("L12C+25+R12B")
    assert "AU12 stands here for each side" in reading.inner_text()
    assert page.locator(".code-marks mark").inner_text() == "R12B"
    page.keyboard.press("Enter")
    rater.press("Escape", "Control+z")
    assert len(rater.recorded(9)) == 9
    rater.settle()
    assert line.input_value() == "1+L12C+25"


def test_a_click_on_the_label_survives_what_is_drawn_meanwhile(rater):
    rater.press("n")
    code = rater.page.locator(".inspector .label b")
    code.hover()
    rater.page.mouse.down()
    rater.page.keyboard.press("m")
    rater.page.mouse.up()
    rater.page.get_by_role("dialog", name="Choose a label").wait_for()


def test_notes_flags_and_skipping_with_a_reason(rater):
    page = rater.page
    rater.press("n", "/")
    page.keyboard.type("corner is out of focus")
    page.keyboard.press("Enter")
    rater.press("Shift+f")
    note, flag = rater.recorded(2)
    assert (note["remark"], note["text"]) == ("note", "corner is out of focus")
    assert (note["region_id"], flag["remark"], flag["region_id"]) == (MOUTH, "flag", None)
    flagged = page.get_by_role("button", name="Flag for a second look")
    assert flagged.get_attribute("aria-pressed") == "true"
    rater.press("Escape", "s")
    page.get_by_role("button", name="Image quality").click()
    assert rater.recorded(3)[2]["text"] == "Image quality"
    rater.sees("film")
    rater.press("[")
    rater.sees("face")
    page.get_by_text("Skipped: Image quality").wait_for()
    page.get_by_role("button", name="Take up again").click()
    assert rater.recorded(4)[3]["remark"] == "unskip"


def test_a_click_on_a_note_survives_the_answer_to_another(rater):
    page = rater.page
    rater.press("n", "/")
    page.keyboard.type("about the mouth")
    page.keyboard.press("Enter")
    rater.recorded(1)
    rater.sees_saved()
    rater.press("Escape")
    (rater.server.folder / "slow").touch()
    rater.press("/")
    page.keyboard.type("about the image")
    page.keyboard.press("Enter")
    notes = page.locator(".remarks p")
    notes.filter(has_text="about the image").wait_for()
    rater.press("Escape")
    assert page.locator(".rows [aria-current=true]").count() == 0
    notes.filter(has_text="about the mouth").hover()
    page.mouse.down()
    rater.sees_saved()
    rater.settle()
    page.mouse.up()
    page.locator(".rows [aria-current=true]", has_text="AU12").wait_for()


def test_done_says_so_and_goes_on(rater):
    rater.press("n", "a", "r", "a", "Control+Enter")
    rater.sees("film")
    rater.recorded(3)
    assert (rater.server.folder / "signed.log").read_text() == "face\n"
