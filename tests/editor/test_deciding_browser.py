"""Suggestions: drawn as what they are, decided by one key each, and never by themselves."""

from __future__ import annotations

import pytest
from harness_regions import BROW, MOUTH, MOUTH_BOX, TEETH, moved

pytestmark = pytest.mark.browser


def test_accept_and_reject_go_to_the_next(rater):
    page = rater.page
    dash = "(node) => getComputedStyle(node).strokeDasharray"
    outline = page.locator(f"[data-region-id='{MOUTH}'] .outline")
    assert outline.evaluate(dash) != "none"
    rater.press("n")
    said = page.locator(".facts").inner_text()
    assert "91 %" in said
    assert "against everything else · explained mass 0.98" in said
    rater.press("a", "r", "a")
    acts = rater.recorded(3)
    assert [(a["region_id"], a["decision"]) for a in acts] == [
        (MOUTH, "accepted"),
        (TEETH, "rejected"),
        (BROW, "accepted"),
    ]
    assert outline.evaluate(dash) == "none"
    assert page.locator(".count").inner_text() == "3 of 3 decided"
    rater.press("u")
    assert rater.recorded(4)[3]["decision"] == "undecided"


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


def test_the_filter_hides_what_is_less_sure_and_says_so(rater):
    page = rater.page
    slider = page.get_by_label("Least score of a suggestion to be shown")
    slider.evaluate("(node) => { node.value = 65; node.dispatchEvent(new Event('input')); }")
    rater.settle()
    assert page.locator("[data-region-id]").count() == 1
    assert page.get_by_text("65 % · 2 hidden").is_visible()
    rater.press("n", "a", "n")
    rater.recorded(1)
    assert page.locator(".count").inner_text() == "1 of 3 decided"
    slider.evaluate("(node) => { node.value = 0; node.dispatchEvent(new Event('input')); }")
    rater.settle()
    assert page.locator("[data-region-id]").count() == 3
    assert rater.decision(TEETH) == "undecided"


def test_why_this_rather_than_that(rater):
    page = rater.page
    thinking = rater.server.folder / "thinking"
    thinking.touch()
    rater.press("n", "Shift+y")
    assert page.evaluate("() => document.activeElement.shadowRoot.activeElement.id") == "rival"
    page.get_by_label("Why AU12 rather than").select_option("AU25")
    page.get_by_text("Computing the map").wait_for()
    thinking.unlink()
    page.locator(".map-state", has_text="AU12 against AU25").wait_for()
    assert page.locator(".why-state").inner_text() == ""
    page.get_by_label("Why AU12 rather than").select_option("none")
    page.get_by_text("This network has no map without a contrast.").wait_for()
    # The reverse question is one choice away.
    page.get_by_label("Why AU12 rather than").select_option("AU25")
    rater.press("Shift+c")
    page.get_by_label("Compare with").select_option(label="with AU25 against AU12 (computed)")
    page.locator(".map-name", has_text="AU25 against AU12").wait_for()
    assert rater.server.acts() == []


def test_another_label_has_its_own_score_and_figures(rater):
    rater.press("n", "2")
    rater.recorded(1)
    facts = rater.page.locator(".facts").inner_text()
    assert "57 % · was AU12 91 %" in facts
    assert "AU12: against everything else" in facts
    assert "AUC 0.81" in facts
    assert "57 %" in rater.page.locator(".row", has_text="AU4").first.inner_text()
    rater.press("4")
    rater.recorded(2)
    facts = rater.page.locator(".facts").inner_text()
    assert "was AU12 91 %" in facts
    assert "AUC" not in facts
    rater.press("3")
    rater.recorded(3)
    assert "was" not in rater.page.locator(".facts").inner_text()


def signed(rater):
    path = rater.server.folder / "signed.log"
    return path.read_text().split() if path.exists() else []


def test_done_with_undecided_suggestions_asks_once_on_the_button(rater):
    done = rater.page.locator("[data-command=sign]")
    assert "3 suggestions undecided" in done.inner_text()
    rater.press("n", "a", "r", "Control+Enter")
    assert "1 suggestion undecided" in done.inner_text()
    assert "Done anyway" in done.inner_text()
    assert "Press Done again" in rater.page.locator(".key-note p").inner_text()
    assert signed(rater) == []
    # It asks again only about more than it asked about.
    rater.press("Control+z")
    done.click()
    rater.settle()
    assert signed(rater) == []
    assert "2 suggestions undecided" in done.inner_text()
    done.click()
    rater.sees("film")
    assert signed(rater) == ["face"]
    rater.press("Control+Enter")
    assert signed(rater) == ["face"]


def test_a_project_may_require_a_decision_on_each_suggestion(harness, rater_at):
    rater = rater_at(harness, "?decide=all")
    rater.press("n", "a", "r", "Control+Enter", "Control+Enter")
    note = rater.page.locator(".key-note p").inner_text()
    assert note == ("Not done: 1 suggestion undecided. This project requires a decision on each.")
    assert signed(rater) == []
    rater.press("a", "Control+Enter")
    rater.sees("film")
    assert signed(rater) == ["face"]
