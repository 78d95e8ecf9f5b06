"""A job goes on while other pages are used and the browser is closed, and its app is killed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from app_server import AppServer
from noise_slices import noise_slices
from patience import PATIENCE_S
from playwright.sync_api import Browser, Page, expect

from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

pytestmark = pytest.mark.browser

COUNT = int(os.environ.get("JOB_IMAGES", "60"))
SCREENSHOTS = os.environ.get("JOB_SCREENSHOTS", "")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    server = AppServer(tmp_path / "home")
    folder = noise_slices(tmp_path / "slices", COUNT)
    with Workspace.open(Settings.from_environment({**server.environment})) as workspace:
        create_project(workspace, "films", model="brain-mri-tumour")
        import_paths(workspace, "films", [folder])
    yield server
    server.kill()


def progress(page: Page) -> str:
    """Return how far the one open job says that it is."""
    shown = page.get_by_text(re.compile(rf"^(not begun yet|\d+ of {COUNT})$"))
    shown.first.wait_for()
    return shown.first.inner_text()


def shoot(page: Page, name: str) -> None:
    if SCREENSHOTS:
        for width, height in ((1440, 900), (1024, 768)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(1500)
            page.screenshot(path=f"{SCREENSHOTS}/{name}-{width}.png")


def test_suggestions_go_on_whatever_the_browser_does(app: AppServer, chromium: Browser) -> None:
    app.start("--no-demo")
    with closing(chromium.new_context(viewport={"width": 1440, "height": 900})) as one:
        page = one.new_page()
        page.goto(app.url)
        page.get_by_role("button", name="Compute suggestions").click()
        with app.worker_halted():  # on a quick machine it would be through before it is paused
            expect(page.get_by_role("button", name="Compute suggestions")).to_be_disabled()
            page.get_by_role("button", name="Pause").click()
            page.get_by_text(re.compile("· (pausing|paused) ·")).wait_for()
        for name, heading in (("Queue", "Queue"), ("Export", "Export"), ("Jobs", "Jobs")):
            page.get_by_role("link", name=name, exact=True).click()
            page.get_by_role("heading", name=heading, exact=True).wait_for()
        page.get_by_text("They go on when you leave the page").wait_for()
        page.get_by_text("Suggestions · films · paused").wait_for()
        rested = progress(page)
        assert rested != f"{COUNT} of {COUNT}"
        shoot(page, "paused")
    with closing(chromium.new_context(viewport={"width": 1440, "height": 900})) as two:
        page = two.new_page()
        page.goto(f"{app.url}/jobs")
        assert progress(page) == rested
        page.get_by_role("button", name="Resume").click()
        page.get_by_text(re.compile("Suggestions · films · (waits|running|done)")).wait_for()
        shoot(page, "running")
    app.kill()
    app.start("--no-demo")
    with closing(chromium.new_context(viewport={"width": 1440, "height": 900})) as three:
        page = three.new_page()
        page.goto(app.url)
        ended = page.get_by_text(re.compile(r"(Went on after|suggestions on) \d+"))
        ended.first.wait_for(timeout=1000 * PATIENCE_S)
        shoot(page, "projects")
        page.goto(f"{app.url}/jobs")
        page.get_by_text("Suggestions · films · done").wait_for()
        shoot(page, "done")
    with Workspace.open(Settings.from_environment({**app.environment})) as workspace:
        project = workspace.record.project("films")
        runs = [len(one.runs) for one in workspace.record.image_records(project.id)]
    assert runs == [1] * COUNT
