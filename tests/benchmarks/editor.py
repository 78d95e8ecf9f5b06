"""What the editor costs, in a real browser: answers, bytes, first paint, frames, maps, keystrokes.

Run on a machine that does nothing else: ``python tests/benchmarks/editor.py``; some five minutes.
What concerns the editor alone is measured on its harness (made-up pictures, a record in a plain
file); the next image, "why X rather than Y" and the keyboard script on the real app with the
networks that ship. Prints a Markdown table for ``docs/benchmarks.md``; ``--small`` tries it out.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / "drivers")]

from app_server import AppServer  # noqa: E402
from drawn_slices import written_slice  # noqa: E402
from page_watches import (  # noqa: E402
    ASK_WHY,
    FRAMES,
    WATCH_ACTS,
    WATCH_IMAGES,
    WATCH_KEYS,
    WATCH_SAVING,
    print_measured,
)
from stage_driver import StageDriver  # noqa: E402

from annotator.settings import Settings  # noqa: E402
from annotator.workflows.demo import make_demo  # noqa: E402
from annotator.workflows.importing import import_paths  # noqa: E402
from annotator.workflows.projects import create_project  # noqa: E402
from annotator.workflows.suggesting import suggest_project  # noqa: E402
from annotator.workflows.workspace import Workspace  # noqa: E402

_WINDOW = {"width": 1440, "height": 900}
_LABELS = ("glioma", "meningioma", "pituitary")
_LOOKS_S = 0.5
"""A rater looks at an image for at least this long before going on."""

Rows = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    acts: int
    paints: int
    steps: int
    images: int
    script_images: int


FULL = Size(acts=60, paints=5, steps=60, images=40, script_images=20)
SMALL = Size(acts=4, paints=1, steps=10, images=3, script_images=2)


def _spread(values: list[float]) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{statistics.median(ordered):.0f} ms median, {p95:.0f} ms p95 (n = {len(ordered)})"


# ---- the editor alone, on its harness ---------------------------------------------------------


def _harness() -> Any:
    place = _TESTS / "editor" / "conftest.py"
    spec = importlib.util.spec_from_file_location("editor_conftest", place)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{place.name} cannot be read")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def saving(rater_at: Any, size: Size) -> Rows:
    """Drag a region again and again: time to the acknowledgement, and bytes on the wire."""
    rater = rater_at()
    rater.press("z", "n")
    rater.page.evaluate(WATCH_SAVING, ["pointerup"])
    sizes: list[dict[str, int]] = []
    rater.page.on(
        "requestfinished",
        lambda request: sizes.append(request.sizes()) if "/line/" in request.url else None,
    )
    for k in range(size.acts):
        rater.drag((260 + 4 * (k % 2), 310), (260 + 4 * ((k + 1) % 2), 310))
        rater.sees_saved()
    took = rater.page.evaluate("() => window.took_ms")
    return [
        ("mouse-up to acknowledged by the server", _spread(took)),
        ("bytes an act, up", f"{_each(sizes, 'request', size.acts):.1f} kB"),
        ("bytes an act, down", f"{_each(sizes, 'response', size.acts):.1f} kB"),
    ]


def _each(sizes: list[dict[str, int]], way: str, acts: int) -> float:
    """Return the kilobytes that went one way for each act, headers included."""
    total = sum(one[f"{way}BodySize"] + one[f"{way}HeadersSize"] for one in sizes)
    return total / acts / 1000


def first_paint(rater_at: Any, size: Size) -> Rows:
    """Open a 3,000 x 3,000 film of 16 bits, in a fresh browser profile each time."""
    took = []
    for _ in range(size.paints):
        rater = rater_at("?image=large")
        rater.page.locator(".stage[data-painted]").wait_for()
        # The harness makes its film up when it is asked for it: the clock starts when it comes.
        came = rater.page.evaluate(
            "() => performance.getEntriesByType('resource')"
            ".findLast((entry) => entry.name.includes('/pixels/')).responseStart"
        )
        took.append(float(rater.stage.get_attribute("data-painted")) - came)
        rater.page.context.close()
    return [("film of 3,000 x 3,000 x 16 bits, from its first byte to painted", _spread(took))]


def frames(rater_at: Any, size: Size) -> Rows:
    """Drag one of 500 regions, pan over them, and window the large film."""

    def dragging(query: str, button: Any, start: Any, end: Any) -> str:
        rater = rater_at(query)
        page: Page = rater.page
        page.mouse.move(*rater.screen(*start))
        page.mouse.down(button=button)
        page.evaluate(FRAMES)
        page.mouse.move(*rater.screen(*end), steps=size.steps)
        said = _spread(page.evaluate("() => window.frames_ms.slice(2)"))
        page.mouse.up(button=button)
        page.context.close()
        return said

    many, large = "?image=many", "?image=large"
    return [
        ("a frame, dragging one of 500 regions", dragging(many, "left", (27, 27), (800, 600))),
        ("a frame, panning over 500 regions", dragging(many, "middle", (600, 400), (300, 200))),
        ("a frame, windowing that film", dragging(large, "right", (1500, 1500), (1900, 1200))),
    ]


# ---- the real app -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RealApp:
    """The app on projects made for this: addresses to open, by name of project."""

    url: str
    projects: dict[str, str]
    open_page: Callable[[], Page]

    def open(self, project: str) -> StageDriver:
        """Open the project's first image that waits."""
        page = self.open_page()
        page.add_init_script(WATCH_KEYS)
        page.goto(f"{self.url}/annotate?project={self.projects[project]}")
        hand = StageDriver(page)
        hand.sees_image()
        return hand


def _make_projects(home: Path, size: Size) -> dict[str, str]:
    """Make the demo, and projects of drawn slices with suggestions and without."""
    slices = home.parent / "slices"
    slices.mkdir()
    files = [
        written_slice(slices, k, (170.0 + 17 * (k % 11), 180.0 + 23 * (k % 9), 30.0 + k % 17))
        for k in range(max(size.images, size.script_images) + 1)
    ]
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(home)})
    with Workspace.open(settings, upgrade=True) as workspace:
        named = {project.model_name or "": project.name for project in make_demo(workspace)}
        create_project(workspace, "suggested", model="brain-mri-tumour")
        create_project(workspace, "plain", labels=_LABELS)
        for name in ("suggested", "plain"):
            import_paths(workspace, name, files)
        suggest_project(workspace, "suggested")
        names = {**named, "suggested": "suggested", "plain": "plain"}
        return {key: str(workspace.record.project(name).id) for key, name in names.items()}


def acting(app: RealApp, size: Size) -> Rows:
    """Move a drawn region by key again and again: from the key to the acknowledgement."""
    hand = app.open("plain")
    hand.press("b")
    hand.drag((60.0, 60.0), (140.0, 120.0))
    hand.sees_saved()
    hand.page.evaluate(WATCH_ACTS)
    for _ in range(size.acts):
        hand.page.keyboard.press("ArrowRight")
        hand.page.wait_for_timeout(300)
        hand.sees_saved()
    took = hand.page.evaluate("() => window.took_ms")
    hand.page.context.close()
    return [("an act on the real record, from the key to acknowledged", _spread(took))]


def next_image(app: RealApp, size: Size) -> Rows:
    """Go from image to image by key: from the key to the image painted."""
    hand = app.open("suggested")
    hand.page.wait_for_load_state("networkidle")
    hand.page.evaluate(WATCH_IMAGES)
    for _ in range(size.images):
        before = hand.stage.get_attribute("data-ready")
        hand.page.keyboard.press("]")
        hand.page.locator(f".stage[data-painted]:not([data-ready='{before}'])").wait_for()
        hand.page.wait_for_timeout(1000 * _LOOKS_S)
    took = hand.page.evaluate("() => window.took_ms")
    hand.page.context.close()
    return [
        ("next image (512 x 512 x 16 bits, with its map), from the key to painted", _spread(took))
    ]


def why(app: RealApp, size: Size) -> Rows:
    """Ask every rival of the first suggestion's label; each map is computed anew."""
    rows = []
    networks = [name for name in app.projects if name not in ("suggested", "plain")]
    for project in (*networks, "suggested"):
        hand = app.open(project)
        hand.press("n")
        rivals = hand.page.locator("#rival")
        titles = {
            option.get_attribute("value"): option.inner_text()
            for option in rivals.locator("option").all()
        }
        asked = hand.page.locator("label[for='rival']").inner_text()
        label = asked.removeprefix("Why ").removesuffix(" rather than")
        usual = rivals.input_value()
        took = []
        for rival in titles:
            if rival == usual:
                continue
            said = {"dual": "everything else", "rest": "the other labels", "none": "nothing"}
            title = f"{label} against {said.get(rival or '', rival)}"
            answer = hand.page.evaluate(ASK_WHY, [rival, title])
            if answer is None:
                refusal = hand.page.locator(".why-state").inner_text()
                sys.stderr.write(f"{project}, {title}: {refusal}\n")
                continue
            took.append(answer)
            hand.page.wait_for_timeout(100)
        hand.page.context.close()
        name = "brain-mri-tumour" if project == "suggested" else project
        # The first question may have to wait for the network, which is loaded behind the page.
        if took:
            rows.append((f"why X rather than Y, {name}: first question", f"{took[0]:.0f} ms"))
        if took[1:]:
            rows.append((f"why X rather than Y, {name}: each further one", _spread(took[1:])))
    return rows


def keyboard_script(app: RealApp, size: Size) -> Rows:
    """Finish the same images by keyboard alone, with suggestions and without.

    With: accept what is suggested. Without: state the label of the whole image by its finder.
    """
    rows = []
    for project, doing in (("suggested", "with suggestions"), ("plain", "without")):
        hand = app.open(project)
        waiting = hand.page.locator("[data-region-id][data-decision='undecided']")
        keys, begun = 0, time.perf_counter()
        for _ in range(size.script_images):
            pressed = ["l", *"men", "Enter", "y", "Control+Enter"]
            if project == "suggested":
                count = waiting.count()
                pressed = ["n", *"a" * count, *([] if count else ["y"]), "Control+Enter"]
            before = hand.stage.get_attribute("data-ready")
            for key in pressed:
                hand.page.keyboard.press(key)
            keys += len(pressed)
            hand.page.locator(f".stage[data-painted]:not([data-ready='{before}'])").wait_for()
        hand.sees_saved()
        seconds = time.perf_counter() - begun
        hand.page.context.close()
        rows.append((
            f"{size.script_images} images finished by keyboard alone, {doing}",
            f"{keys} keystrokes, {seconds:.1f} s scripted",
        ))  # fmt: skip
    return rows


# ---- all of it --------------------------------------------------------------------------------


def _measured(browser: Browser, folder: Path, size: Size) -> Rows:
    def page() -> Page:
        return browser.new_context(viewport=_WINDOW).new_page()

    rows: Rows = []

    def take(measure: Callable[[Any, Size], Rows], where: Any) -> None:
        for what, said in measure(where, size):
            sys.stderr.write(f"{what}: {said}\n")
            rows.append((what, said))

    with ExitStack() as stack:
        harness = _harness()
        (folder / "harness").mkdir()
        server = harness.HarnessServer(folder / "harness")
        stack.callback(server.kill)
        server.start()

        def rater_at(query: str = "") -> Any:
            return harness.Rater(page(), server, query)

        for measure in (saving, first_paint, frames):
            take(measure, rater_at)
    with ExitStack() as stack:
        projects = _make_projects(folder / "home", size)
        real = AppServer(folder / "home")
        stack.callback(real.kill)
        real.start(anew=True)
        for measure in (acting, next_image, why, keyboard_script):
            take(measure, RealApp(real.url, projects, page))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--small", action="store_true", help="a little of everything: no figures")
    size = SMALL if parser.parse_args().small else FULL
    print_measured(lambda browser, folder: _measured(browser, folder, size))


if __name__ == "__main__":
    main()
