"""A region that was accepted is a label that is present: in the code line and on the labels tab."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def seated(harness, rater_at):
    """A rater before a face whose brow has two halves."""
    rater = rater_at(harness, "?halves=yes")
    rater.open_tab("Labels")
    rater.sees_code_line()
    yield rater
    assert rater.errors == []


def row(rater, code):
    rater.settle()
    item = rater.page.locator(".label-rows li", has_text=code).first
    pressed = item.locator("[aria-pressed=true]").get_attribute("data-value")
    return pressed, item.locator(".detail").inner_text()


def line(rater):
    rater.settle()
    return rater.page.get_by_label("FACS code line").input_value()


def stated(act):
    return act["label"], act["value"], act["side"], act["intensity"]


def accept(rater, label):
    """Accept the next undecided region, which must be of this label."""
    rater.press("n")
    assert rater.page.locator(".inspector .label b").inner_text() == label
    rater.press("a")


def test_accepted_is_present_and_a_letter_right_after_is_its_intensity(seated):
    accept(seated, "AU12")
    assert line(seated) == "12"
    assert row(seated, "AU12") == ("present", "by its region")
    question = seated.page.locator(".intensity")
    assert question.inner_text().startswith("AU12 accepted. Intensity?")
    seated.press("c")
    _, act = seated.recorded(2)
    assert stated(act) == ("AU12", "present", None, "C")
    assert line(seated) == "12C"
    assert row(seated, "AU12") == ("present", "C")
    assert not question.is_visible()
    # Each act is undone by itself; the letter is a command again.
    seated.press("Control+z")
    assert line(seated) == "12"
    seated.press("Control+z")
    assert line(seated) == ""
    assert row(seated, "AU12") == ("not_assessed", "")
    seated.press("Control+y", "Control+y")
    assert line(seated) == "12C"
    seated.sees_saved()
    seated.page.reload()
    seated.sees("face")
    seated.open_tab("Labels")
    seated.sees_code_line()
    assert line(seated) == "12C"


def test_the_accept_key_answers_the_question_and_any_other_key_puts_it_away(seated):
    accept(seated, "AU12")
    seated.press("a")
    assert stated(seated.recorded(2)[1]) == ("AU12", "present", None, "A")
    seated.press("a")  # AU25 was selected meanwhile
    assert seated.page.locator(".intensity").inner_text().startswith("AU25 accepted")
    seated.press(".", "e")
    assert not seated.page.locator(".intensity").is_visible()
    seated.recorded(3)
    assert line(seated) == "12A+25"


def test_a_press_elsewhere_puts_the_question_away_and_a_button_answers_it(seated):
    accept(seated, "AU12")
    seated.page.locator(".legend").click()
    seated.settle()
    assert not seated.page.locator(".intensity").is_visible()
    seated.press("a")  # AU25 was selected meanwhile
    seated.page.locator(".intensity").get_by_role("button", name="D").click()
    assert stated(seated.recorded(3)[2]) == ("AU25", "present", None, "D")


def test_the_side_is_that_of_the_half_that_stands(seated):
    seated.press("n", "r", "r")
    assert seated.page.locator(".inspector .label b").inner_text() == "AU4"
    seated.press("a", "d", "r")
    assert line(seated) == "R4D"
    assert row(seated, "AU4") == ("present", "RD")
    assert stated(seated.recorded(5)[3]) == ("AU4", "present", None, "D")
    # Typed without a side, it is on both: stated expressly, and shown to be at odds.
    seated.press("c")
    seated.page.get_by_label("FACS code line").fill("4D")
    seated.page.keyboard.press("Enter")
    assert stated(seated.recorded(6)[5]) == ("AU4", "present", "B", "D")
    assert line(seated) == "B4D"
    seated.page.get_by_role("button", name="Use the side of the regions").click()
    seated.recorded(7)
    assert line(seated) == "R4D"


def test_the_code_line_adds_an_intensity_and_never_drops_a_region_unseen(seated):
    accept(seated, "AU12")
    seated.press("Escape", "c")
    field = seated.page.get_by_label("FACS code line")
    field.fill("12B+25")
    seated.page.keyboard.press("Enter")
    acts = seated.recorded(3)
    assert [stated(a) for a in acts[1:]] == [
        ("AU12", "present", None, "B"),
        ("AU25", "present", None, None),
    ]
    seated.press("c")
    field.fill("25")
    seated.page.keyboard.press("Enter")
    assert stated(seated.recorded(4)[3]) == ("AU12", "not_assessed", None, None)
    assert line(seated) == "12+25"
    notice = seated.page.locator(".conflicts")
    assert "AU12 stays in the code line: 1 region of it is accepted." in notice.inner_text()
    notice.get_by_role("button", name="Reject the region of AU12").click()
    assert seated.recorded(5)[4]["decision"] == "rejected"
    assert line(seated) == "25"
    assert notice.inner_text() == ""
    # What the line has already is not stated again.
    seated.press("c")
    seated.page.keyboard.press("Enter")
    seated.settle()
    assert len(seated.server.acts()) == 5


def test_a_value_and_a_region_at_odds_are_shown_and_accepting_takes_the_value_back(seated):
    accept(seated, "AU12")
    seated.page.get_by_role("button", name="AU12: absent").click()
    assert row(seated, "AU12") == ("absent", "")
    assert line(seated) == ""
    notice = seated.page.locator(".conflicts")
    assert "AU12 is stated absent, but 1 region of it is accepted." in notice.inner_text()
    notice.get_by_role("button", name="Withdraw").click()
    assert line(seated) == "12"
    # The other way round: the region is later, and the value goes with the same press.
    seated.page.get_by_role("button", name="AU25: absent").click()
    seated.press("a")
    acts = seated.recorded(6)
    assert [a.get("decision") or stated(a)[:2] for a in acts[-3:]] == [
        ("AU25", "absent"),
        "accepted",
        ("AU25", "not_assessed"),
    ]
    assert notice.inner_text() == ""
    assert line(seated) == "12+25"
    seated.press("Control+z")
    assert row(seated, "AU25")[0] == "absent"
