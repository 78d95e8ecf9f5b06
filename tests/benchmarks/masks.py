"""What painting masks costs in a real browser: frames of a stroke, and until it is on record.

Run on a machine that does nothing else: ``python tests/benchmarks/masks.py``; some three minutes.
Frames are those of the editor's harness on a film of 3,000 x 3,000 pixels; the way to the record
is the real app's, on one mask of a 512 x 512 slice. Prints a Markdown table for
``docs/benchmarks.md``; ``--small`` tries it out.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / "drivers"), str(_TESTS / "editor")]

from app_server import AppServer  # noqa: E402
from conftest import HarnessServer, Rater  # noqa: E402
from drawn_slices import SIDE, written_slice  # noqa: E402
from page_watches import WATCH_SAVING, print_measured  # noqa: E402
from painter import Painter  # noqa: E402
from stage_driver import StageDriver  # noqa: E402

from annotator.settings import Settings  # noqa: E402
from annotator.workflows.importing import import_paths  # noqa: E402
from annotator.workflows.projects import create_project  # noqa: E402
from annotator.workflows.workspace import Workspace  # noqa: E402

_WINDOW = {"width": 1440, "height": 900}

Rows = list[tuple[str, str]]

# A frame's length; and its work: from the pointer's first event in it until it is painted.
_WATCH_FRAMES = """() => {
  window.frames_ms = [];
  window.work_ms = [];
  let [last, begun] = [performance.now(), 0];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    if (begun) window.work_ms.push(performance.now() - begun);
    begun = 0;
  };
  window.addEventListener('pointermove', () => { begun ||= performance.now(); }, { capture: true });
  const tick = (now) => {
    window.frames_ms.push(now - last);
    last = now;
    channel.port2.postMessage('');
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


def _spread(values: list[float]) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{statistics.median(ordered):.1f} ms median, {p95:.1f} ms p95 (n = {len(ordered)})"


def strokes_on_a_film(page: Page, server: HarnessServer, moves: int) -> Rows:
    """Paint with brushes of three sizes on a film of 3,000 x 3,000 pixels that is seen whole."""
    rater = Rater(page, server, "?image=large")
    brush = Painter(rater)
    rater.press("Shift+B")
    rows = []
    for size in (15, 120, 400):
        brush.size(size)
        page.mouse.move(*rater.screen(600, 600))
        page.mouse.down()
        page.evaluate(_WATCH_FRAMES)
        for k in range(moves):
            place = rater.screen(600 + 1800 * k / moves, 1500 + 900 * math.sin(k / 7))
            page.mouse.move(*place)
        frames, work = page.evaluate("() => [window.frames_ms.slice(2), window.work_ms.slice(2)]")
        page.mouse.up()
        rater.sees_saved()
        what = f"a stroke of {size} px on a film of 3,000 x 3,000"
        rows += [(f"{what}: a frame", _spread(frames)), (f"{what}: its work", _spread(work))]
    return rows


def _project(home: Path) -> str:
    files = home.parent / "slices"
    files.mkdir()
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(home)})
    with Workspace.open(settings, upgrade=True) as workspace:
        create_project(workspace, "masks", labels=("glioma",))
        import_paths(workspace, "masks", [written_slice(files, 0, (200.0, 210.0, 40.0))])
        return str(workspace.record.project("masks").id)


def strokes_on_record(page: Page, app: AppServer, project: str, strokes: int) -> Rows:
    """Paint one mask with many strokes, take all back, and paint them again."""
    page.goto(f"{app.url}/annotate?project={project}")
    hand = StageDriver(page)
    hand.sees_image()
    hand.press("z", "Shift+B")
    brush = Painter(hand)
    brush.size(9)
    sent: list[int] = []
    page.on("request", lambda r: sent.append(_bytes(r)) if "/line/acts" in r.url else None)
    page.evaluate(WATCH_SAVING, ["pointerup", "keydown"])
    for k in range(strokes):
        turn, far = k * 2.4, 20 + 200 * math.sqrt(k / strokes)
        x, y = SIDE / 2 + far * math.cos(turn), SIDE / 2 + far * math.sin(turn)
        brush.stroke((x, y), (x + 14 * math.cos(k), y + 14 * math.sin(k)), steps=3)
        hand.sees_saved()
    saved, each = page.evaluate("() => window.took_ms.splice(0)"), sent.copy()
    painted = brush.shown
    for _ in range(strokes):
        page.keyboard.press("Control+z")
        hand.sees_saved()
    undone = page.evaluate("() => window.took_ms.splice(0)")
    for _ in range(strokes):
        page.keyboard.press("Control+y")
        hand.sees_saved()
    if brush.shown != painted:
        raise AssertionError("What was painted again is not what was painted.")
    ordered = sorted(each)
    return [
        (f"{strokes} strokes on one mask: from the stroke's end to acknowledged", _spread(saved)),
        ("the same, undo", _spread(undone)),
        (
            "what a stroke sends",
            f"{statistics.median(ordered):.0f} bytes median, {ordered[-1]} at most",
        ),
    ]


def _bytes(request: Any) -> int:
    acts = json.loads(request.post_data or "{}").get("acts", [])
    return sum(len(json.dumps(act)) for act in acts)


def _measured(browser: Browser, folder: Path, small: bool) -> Rows:
    def page() -> Page:
        return browser.new_context(viewport=_WINDOW).new_page()

    with ExitStack() as stack:
        (folder / "harness").mkdir()
        harness = HarnessServer(folder / "harness")
        stack.callback(harness.kill)
        harness.start()
        rows = strokes_on_a_film(page(), harness, 20 if small else 240)
    with ExitStack() as stack:
        project = _project(folder / "home")
        app = AppServer(folder / "home")
        stack.callback(app.kill)
        app.start(anew=True)
        rows += strokes_on_record(page(), app, project, 10 if small else 500)
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--small", action="store_true", help="a little of everything: no figures")
    small = parser.parse_args().small
    print_measured(lambda browser, folder: _measured(browser, folder, small))


if __name__ == "__main__":
    main()
