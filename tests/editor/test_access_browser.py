"""Everybody can work with it: keys to choose, names for screen readers, small screens, touch."""

from __future__ import annotations

import pytest
from axe import axe_source, serious_findings
from harness_regions import MOUTH
from patience import until_calm, wait_for

pytestmark = pytest.mark.browser

HAS_FOCUS = "() => Boolean(document.activeElement.shadowRoot?.activeElement?.matches('.editor'))"


def test_keys_are_changed_and_a_clash_is_said(rater):
    page = rater.page
    rater.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    sheet.get_by_role("button", name="Accept, go to the next").click()
    page.keyboard.press("l")
    says = sheet.locator(".sheet-says")
    assert "L is “Find a label by typing”" in says.inner_text()
    page.keyboard.press("Tab")
    assert "belongs to the browser" in says.inner_text()
    page.keyboard.press("Shift+a")
    assert "Accept, go to the next” is Shift A now" in says.inner_text()
    rater.press("?", "n", "a")
    assert rater.server.acts() == []
    rater.press("Shift+a")
    assert rater.recorded(1)[0]["decision"] == "accepted"
    page.reload()
    rater.sees("face")
    page.locator(f"[data-region-id='{MOUTH}'][data-decision='accepted']").wait_for()
    rater.press("n")
    assert page.locator(".act.accept kbd").inner_text() == "Shift A"
    rater.press("?")
    sheet.get_by_role("button", name="All keys as they were").click()
    assert page.locator(".act.accept kbd").inner_text() == "A"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(harness, rater_at, scheme):
    source = axe_source()
    rater = rater_at(harness, color_scheme=scheme, bypass_csp=True)
    found = []
    for view in (
        lambda: rater.press("n"),
        lambda: rater.open_tab("Labels"),
        lambda: rater.open_tab("Pixels"),
        lambda: rater.open_tab("Notes"),
        lambda: rater.press("Shift+B"),
        lambda: rater.press("/"),
        lambda: rater.press("Escape", "?"),
        lambda: rater.press("Escape", "l"),
    ):
        view()
        rater.settle()
        found += serious_findings(rater.page, source)
    assert found == []


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (820, 1180)])
def test_everything_can_be_reached_on_a_small_screen(harness, rater_at, size):
    width, height = size
    touch = width < 1000
    rater = rater_at(harness, viewport={"width": width, "height": height}, has_touch=touch)
    page = rater.page
    rater.press("n")
    outside = page.evaluate("""() => {
      const host = [...document.querySelectorAll('*')]
        .find((n) => n.shadowRoot?.querySelector('.editor'));
      const editor = host.shadowRoot.querySelector('.editor');
      const edge = editor.getBoundingClientRect();
      return [...editor.querySelectorAll('.toolbar button, .inspector button, .status span')]
        .filter((n) => n.checkVisibility())
        .map((n) => [n.getBoundingClientRect(), n.ariaLabel || n.textContent])
        .filter(([box]) => box.right > edge.right + 1 || box.left < edge.left - 1)
        .map(([, name]) => name);
    }""")
    assert outside == []
    stage = rater.stage.bounding_box()
    assert stage["width"] * stage["height"] > 0.3 * width * height
    for tab in ("Labels", "Regions", "Pixels", "Notes"):
        rater.open_tab(tab)
    rater.press("a")
    rater.recorded(1)


def test_the_editor_is_worked_without_a_mouse_and_says_what_it_does(rater):
    page = rater.page
    spoken = page.locator(".unseen")
    rater.press("n")
    assert spoken.inner_text() == "AU12, suggested, undecided"
    rater.press("Control+a")
    assert spoken.inner_text() == "3 regions selected"
    rater.press("Escape", "j")
    assert "AU4 brow lowerer, not assessed" in spoken.inner_text()
    page.keyboard.press("Tab")
    focused = "() => document.activeElement.shadowRoot.activeElement.ariaLabel"
    assert page.evaluate(focused) == "Select and move"
    page.get_by_role("tab", name="Regions").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Labels").get_attribute("aria-selected") == "true"
    assert rater.server.acts() == []


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


def test_after_a_menu_of_the_page_the_keys_are_the_images_again(harness, rater_at):
    rater = rater_at(harness, "?menu=yes")
    page = rater.page
    menu = page.get_by_role("combobox", name="Order")
    menu.click()
    page.get_by_role("option", name="least sure first").click()
    page.wait_for_function(HAS_FOCUS)
    rater.press("n", "a")
    assert [a["decision"] for a in rater.recorded(1)] == ["accepted"]
    menu.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_function(HAS_FOCUS)
    rater.press("r")
    assert [a["decision"] for a in rater.recorded(2)] == ["accepted", "rejected"]
    runs = rater.server.runs()
    page.get_by_role("button", name="Press").click()
    wait_for(lambda: rater.server.runs() > runs, "a run of the page")
    page.wait_for_function(HAS_FOCUS)
    rater.press("a")
    assert len(rater.recorded(3)) == 3
    # Whoever goes by keys stays where they are.
    runs = rater.server.runs()
    page.get_by_role("button", name="Press").focus()
    page.keyboard.press("Enter")
    wait_for(lambda: rater.server.runs() > runs, "a run of the page")
    until_calm(page)
    assert not page.evaluate(HAS_FOCUS)
    rater.press("u")
    assert len(rater.recorded(3)) == 3
