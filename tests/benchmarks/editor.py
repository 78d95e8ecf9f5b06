"""What the region editor costs, in a real browser: answers, bytes, first paint, frames, keystrokes.

Run on a machine that does nothing else: ``python tests/benchmarks/editor.py``. It starts the
editor's own harness (no network, no model), so that what is measured is the editor, Streamlit and
the record in a plain file; prints a Markdown table for ``docs/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / "drivers")]
_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_ACTS = 60
_SCRIPT_IMAGES = 20

# When the last button came up, and when the outbox was empty again.
_WATCH = """() => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.saved'));
  const saved = host.shadowRoot.querySelector('.saved');
  window.took_ms = [];
  let up = 0;
  window.addEventListener('pointerup', () => { up = performance.now(); }, { capture: true });
  new MutationObserver(() => {
    if (saved.dataset.state !== 'saved' || !up) return;
    window.took_ms.push(performance.now() - up);
    up = 0;
  }).observe(saved, { attributes: true, attributeFilter: ['data-state'] });
}"""
_FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const tick = (now) => {
    window.frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


def _harness() -> Any:
    place = _TESTS / "editor" / "conftest.py"
    spec = importlib.util.spec_from_file_location("editor_conftest", place)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{place.name} cannot be read")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _spread(values: list[float]) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{statistics.median(ordered):.0f} ms median, {p95:.0f} ms p95 (n = {len(ordered)})"


def saving(rater: Any) -> list[tuple[str, str]]:
    """Drag a region again and again: time to the acknowledgement, and bytes on the wire."""
    rater.press("z", "n")
    rater.page.evaluate(_WATCH)
    del rater.messages_sent[:], rater.messages_received[:]
    for k in range(_ACTS):
        rater.drag((260 + 4 * (k % 2), 310), (260 + 4 * ((k + 1) % 2), 310))
        rater.sees_saved()
    took = rater.page.evaluate("() => window.took_ms")
    return [
        ("mouse-up to acknowledged", _spread(took)),
        ("bytes per act, up", f"{sum(rater.messages_sent) / _ACTS / 1000:.1f} kB"),
        ("bytes per act, down", f"{sum(rater.messages_received) / _ACTS / 1000:.1f} kB"),
    ]


def first_paint(rater_at: Any) -> list[tuple[str, str]]:
    """Open a 3,000 x 3,000 film of 16 bits five times, in a fresh browser each."""
    took = []
    for _ in range(5):
        rater = rater_at("?image=large")
        # The harness makes its film up when it is asked for it: the clock starts when it comes.
        came = rater.page.evaluate(
            "() => performance.getEntriesByType('resource')"
            ".findLast((entry) => entry.name.includes('/pixels/')).responseStart"
        )
        took.append(float(rater.stage.get_attribute("data-painted") or "nan") - came)
        rater.page.context.close()
    return [("film of 3,000 x 3,000 x 16 bits: first byte to painted", _spread(took))]


def _dragging(rater: Any, button: Any, start: Any, end: Any) -> str:
    page: Page = rater.page
    page.mouse.move(*rater.screen(*start))
    page.mouse.down(button=button)
    page.evaluate(_FRAMES)
    page.mouse.move(*rater.screen(*end), steps=60)
    page.mouse.up(button=button)
    return _spread(page.evaluate("() => window.frames_ms.slice(2)"))


def frames(rater_at: Any) -> list[tuple[str, str]]:
    """Drag one of 500 regions, pan over them, and window the large film."""
    many = rater_at("?image=many")
    large = rater_at("?image=large")
    return [
        (
            "a frame, dragging one of 500 regions",
            _dragging(many, "left", (27, 27), (800, 600)),
        ),
        (
            "a frame, panning over 500 regions",
            _dragging(many, "middle", (600, 400), (300, 200)),
        ),
        (
            "a frame, windowing the large film",
            _dragging(large, "right", (1500, 1500), (1900, 1200)),
        ),
    ]


def script(rater: Any, with_suggestions: bool) -> tuple[str, str]:
    """Finish the same image 20 times by keyboard alone; return keystrokes and seconds.

    With suggestions: accept two, reject one. Without: the same three regions are found by the
    label finder, the box tool being out of the keyboard's reach, and stated of the whole image:
    two labels present, one absent.
    """
    keys = 0
    begun = time.perf_counter()
    for _ in range(_SCRIPT_IMAGES):
        wanted = ["n", "a", "a", "r", "Control+z", "Control+z", "Control+z", "Escape"]
        if not with_suggestions:
            wanted = ["l", *"AU12", "Enter", "y", "l", *"AU25", "Enter", "y", "l", *"AU4"]
            wanted += ["Enter", "x"]
        for key in wanted:
            rater.page.keyboard.press(key)
        keys += len(wanted) - (4 if with_suggestions else 0)
        rater.settle()
    rater.sees_saved()
    seconds = time.perf_counter() - begun
    which = "with suggestions" if with_suggestions else "without"
    return (
        f"{_SCRIPT_IMAGES} images of three findings by keyboard, {which}",
        f"{keys} keystrokes, {seconds:.1f} s scripted",
    )


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    harness = _harness()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = harness.HarnessServer(Path(folder))
        server.start()
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )

        def rater_at(query: str = "") -> Any:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            return harness.Rater(context.new_page(), server, query)

        try:
            rows = saving(rater_at())
            rows += first_paint(rater_at)
            rows += frames(rater_at)
            rows += [script(rater_at(), True), script(rater_at(), False)]
        finally:
            browser.close()
            server.kill()
    lines = ["| what | measured |", "|---|---|", *(f"| {what} | {said} |" for what, said in rows)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
