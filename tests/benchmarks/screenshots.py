"""Take the pictures of every page for the documentation, light and dark.

Run ``python tests/benchmarks/screenshots.py``: it makes projects of drawn slices (nobody's head),
starts the app on them, and writes ``docs/images/<page>-<light|dark>.webp``; of the pages that are
named behind it, if any is.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / "drivers")]

from app_server import AppServer  # noqa: E402
from drawn_slices import written_slice  # noqa: E402
from stage_driver import CHROMIUM_FLAGS, StageDriver  # noqa: E402
from two_readers import disagreed  # noqa: E402

from annotator.domain import (  # noqa: E402
    Annotation,
    BoundingBox,
    Decision,
    Project,
    Remark,
    RemarkKind,
)
from annotator.settings import Settings  # noqa: E402
from annotator.workflows.annotating import save_acts  # noqa: E402
from annotator.workflows.importing import import_paths  # noqa: E402
from annotator.workflows.projects import create_project  # noqa: E402
from annotator.workflows.reading import sign_reading  # noqa: E402
from annotator.workflows.suggesting import suggest_project  # noqa: E402
from annotator.workflows.workspace import Workspace  # noqa: E402

_PICTURES = Path(__file__).parents[2] / "docs" / "images"
_CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
_MODEL = "brain-mri-tumour"
_READER = "Dr. A. Reader"
_STANDS_STILL_MS = 4000
_LESIONS = [
    (345.0, 190.0, 34.0), (170.0, 300.0, 46.0), (330.0, 330.0, 30.0), (190.0, 180.0, 40.0),
    (256.0, 370.0, 34.0), (355.0, 260.0, 42.0), (165.0, 240.0, 28.0), (310.0, 150.0, 36.0),
    (220.0, 350.0, 44.0), (340.0, 300.0, 26.0), (180.0, 210.0, 34.0), (300.0, 380.0, 38.0),
]  # fmt: skip
_SHOWN = 4
"""The image of the page Annotate, by its place from 0; those before it are decided."""


class _ReadersApp(AppServer):
    """The app as somebody with a name uses it."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "ANNOTATOR_RATER": _READER}


def _made(workspace: Workspace, folder: Path) -> tuple[Project, Project]:
    """Make the projects, some of whose work is done; return the one annotated, and the study."""
    files = [written_slice(folder, number, lesion) for number, lesion in enumerate(_LESIONS)]
    names = ("Brain tumours, T1 with contrast", "Reading study: two readers, adjudicated")
    for name, paths in zip(names, (files, files[:6]), strict=True):
        create_project(workspace, name, model=_MODEL, geometry="polygon")
        import_paths(workspace, name, paths)
        suggest_project(workspace, name)
    create_project(workspace, "Facial movement, coded by hand", vocabulary="facs")
    project, study = (workspace.record.project(name) for name in names)
    ids = workspace.record.image_ids(project.id)
    for image_id in ids[:_SHOWN]:
        run = workspace.record.latest_run(image_id)
        save_acts(workspace, [
            Annotation(uuid.uuid4(), image_id, s.id, _READER,
                       Decision.REJECTED if place else Decision.ACCEPTED, s.label, s.region,
                       derived_from=s.id)
            for place, s in enumerate(run.suggestions if run else ())
        ])  # fmt: skip
        sign_reading(workspace, image_id, _READER)
    said = ((6, RemarkKind.FLAG, "Two lesions?"), (8, RemarkKind.SKIP, "Motion"))
    save_acts(
        workspace, [Remark(uuid.uuid4(), ids[k], _READER, kind, text) for k, kind, text in said]
    )
    x, y, radius = _LESIONS[0]
    around = BoundingBox(x - radius, y - radius, 2 * radius, 2 * radius)
    inside = BoundingBox(x - radius + 6, y - radius + 9, 2 * radius - 14, 2 * radius - 12)
    readers = {"Dr. B. Quist": ("meningioma", around), "Dr. C. Okafor": ("glioma", inside)}
    disagreed(workspace, study, readers)
    return project, study


def _visits(
    url: str, project: Project, study: Project, shown: uuid.UUID
) -> dict[str, tuple[str, Callable[[Page], None]]]:
    def annotate(page: Page) -> None:
        hand = StageDriver(page)
        hand.sees_image()
        hand.press("n")

    def export(page: Page) -> None:
        page.get_by_role("button", name="Export", exact=True).click()
        page.get_by_role("link", name="Download as zip").wait_for()

    return {
        "projects": (url, lambda page: page.get_by_role("button", name="Reading").last.wait_for()),
        "queue": (
            f"{url}/queue?project={project.id}",
            lambda page: page.get_by_text(
                f"of {len(_LESIONS)} images", exact=False
            ).last.wait_for(),
        ),
        "annotate": (f"{url}/annotate?project={project.id}&image={shown}", annotate),
        "adjudicate": (
            f"{url}/adjudicate?project={study.id}",
            lambda page: page.get_by_role("button", name="Sign the adjudication").wait_for(),
        ),
        "export": (f"{url}/export?project={project.id}", export),
    }


def _take(browser: Browser, visits: dict[str, tuple[str, Callable[[Page], None]]]) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(60000)
        page = context.new_page()
        for name, (address, until_seen) in visits.items():
            page.goto(address)
            until_seen(page)
            page.mouse.move(1, 899)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(_STANDS_STILL_MS)
            picture = Image.open(io.BytesIO(page.screenshot()))
            file = _PICTURES / f"{name}-{scheme}.webp"
            picture.save(file, quality=88, method=6)
            sys.stdout.write(f"{file.name}: {file.stat().st_size / 1000:.0f} kB\n")
        context.close()


def main() -> None:
    """Make the projects and take the pictures."""
    with tempfile.TemporaryDirectory(prefix="annotator-") as folder:
        home, slices = Path(folder, "home"), Path(folder, "slices")
        slices.mkdir()
        settings = Settings.from_environment({"ANNOTATOR_HOME": str(home)})
        with Workspace.open(settings, upgrade=True) as workspace:
            project, study = _made(workspace, slices)
            shown = workspace.record.image_ids(project.id)[_SHOWN]
        app = _ReadersApp(home)
        app.start(anew=True)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=CHROMIUM_FLAGS)
                visits = _visits(app.url, project, study, shown)
                _take(browser, {name: visits[name] for name in sys.argv[1:] or visits})
                browser.close()
        finally:
            app.kill()


if __name__ == "__main__":
    main()
