"""Chromium for benchmarks of the editor, and scripts that watch its page from inside."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from stage_driver import CHROMIUM_FLAGS

# From the last of some events (a button coming up, a key) to the outbox being empty again.
WATCH_SAVING = """(events) => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.saved'));
  const saved = host.shadowRoot.querySelector('.saved');
  window.took_ms = [];
  let up = 0;
  for (const name of events) {
    window.addEventListener(name, () => { up = performance.now(); }, { capture: true });
  }
  new MutationObserver(() => {
    if (saved.dataset.state !== 'saved' || !up) return;
    window.took_ms.push(performance.now() - up);
    up = 0;
  }).observe(saved, { attributes: true, attributeFilter: ['data-state'] });
}"""
# When a key went down: before the editor, which lets nobody else hear the keys it takes.
WATCH_KEYS = """window.addEventListener('keydown', () => {
  window.down_ms = performance.now();
}, { capture: true });"""
# From the last key to the outbox being empty again.
WATCH_ACTS = """() => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.saved'));
  const saved = host.shadowRoot.querySelector('.saved');
  window.took_ms = [];
  new MutationObserver(() => {
    if (saved.dataset.state !== 'saved' || !window.down_ms) return;
    window.took_ms.push(performance.now() - window.down_ms);
    window.down_ms = 0;
  }).observe(saved, { attributes: true, attributeFilter: ['data-state'] });
}"""
# From the last key to the next image being painted.
WATCH_IMAGES = """() => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.stage'));
  const stage = host.shadowRoot.querySelector('.stage');
  window.took_ms = [];
  new MutationObserver(() => {
    if (!stage.dataset.painted || !window.down_ms) return;
    window.took_ms.push(Number(stage.dataset.painted) - window.down_ms);
    window.down_ms = 0;
  }).observe(stage, { attributes: true, attributeFilter: ['data-painted'] });
}"""
# From the choice of a rival to its map being there to be drawn in the next frame.
ASK_WHY = """([rival, title]) => new Promise((done) => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.map-state'));
  const [select, state, why] = ['#rival', '.map-state', '.why-state']
    .map((n) => host.shadowRoot.querySelector(n));
  const begun = performance.now();
  let begins = false;
  const look = () => {
    const isComputing = why.textContent.startsWith('Computing');
    begins ||= isComputing;
    const failed = begins && why.textContent && !isComputing;
    if (state.textContent === title) done(performance.now() - begun);
    else if (failed) done(null);
    else requestAnimationFrame(look);
  };
  select.value = rival;
  select.dispatchEvent(new Event('change'));
  look();
})"""
FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const tick = (now) => {
    window.frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


def print_measured(measure: Callable[[Browser, Path], Iterable[tuple[str, str]]]) -> None:
    """Measure in Chromium, with a folder that goes with it, and print the rows as Markdown."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        rows = measure(browser, Path(folder))
        browser.close()
    lines = ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)]
    sys.stdout.write("\n".join(lines) + "\n")
