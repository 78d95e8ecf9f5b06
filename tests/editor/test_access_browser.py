"""Everybody can work with it: keys to choose, names for screen readers, small screens, touch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness_regions import MOUTH

pytestmark = pytest.mark.browser


def axe_source():
    """Return axe-core (MPL-2.0, fetched by CI beside the TypeScript compiler), or None."""
    places = [Path(p).parent / "axe-core/axe.min.js" for p in os.environ["PATH"].split(os.pathsep)]
    return next((path.read_text() for path in places if path.exists()), None)


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
    page.keyboard.press("Shift+q")
    assert "Accept, go to the next” is Shift Q now" in says.inner_text()
    rater.press("?", "n", "a")
    assert rater.server.acts() == []
    rater.press("Shift+q")
    assert rater.recorded(1)[0]["decision"] == "accepted"
    page.reload()
    rater.sees("face")
    page.locator(f"[data-region-id='{MOUTH}'][data-decision='accepted']").wait_for()
    rater.press("n")
    assert page.locator(".act.accept kbd").inner_text() == "Shift Q"
    rater.press("?")
    sheet.get_by_role("button", name="All keys as they were").click()
    assert page.locator(".act.accept kbd").inner_text() == "A"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(harness, rater_at, scheme):
    source = axe_source()
    if source is None:
        pytest.skip("axe-core is not installed beside the TypeScript compiler")
    rater = rater_at(harness, color_scheme=scheme, bypass_csp=True)
    page = rater.page
    page.evaluate(source)
    views = (
        lambda: rater.press("n"),
        lambda: rater.open_tab("Labels"),
        lambda: rater.open_tab("Pixels"),
        lambda: rater.open_tab("Notes"),
        lambda: rater.press("/"),
        lambda: rater.press("Escape", "?"),
        lambda: rater.press("Escape", "l"),
    )
    found = []
    for view in views:
        view()
        rater.settle()
        found += page.evaluate("""async () => {
          const { violations } = await axe.run({ include: ['.stMain'] });
          return violations.filter((v) => ['serious', 'critical'].includes(v.impact))
            .map((v) => [v.id, v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary)]);
        }""")
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
