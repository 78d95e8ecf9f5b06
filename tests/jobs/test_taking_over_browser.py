"""Another tool's file is taken over while other pages are used, and its report is there later."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from app_server import AppServer
from patience import PATIENCE_S, wait_for
from PIL import Image
from playwright.sync_api import Browser, expect

from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

pytestmark = pytest.mark.browser

SCREENSHOTS = os.environ.get("JOB_SCREENSHOTS", "")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    server = AppServer(tmp_path / "home")
    picture = tmp_path / "photo.png"
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(picture)
    with Workspace.open(Settings.from_environment({**server.environment})) as workspace:
        create_project(workspace, "photographs", labels=["nevus"])
        import_paths(workspace, "photographs", [picture])
    server.start("--no-demo")
    yield server
    server.kill()


def test_a_file_is_taken_over_and_its_report_waits(
    app: AppServer, chromium: Browser, tmp_path: Path
) -> None:
    coco = {
        "images": [{"id": 1, "file_name": "photo.png", "width": 40, "height": 40}],
        "categories": [{"id": 1, "name": "nevus"}, {"id": 2, "name": "wart"}],
        "annotations": [
            {"id": kind, "image_id": 1, "category_id": kind, "bbox": [1, 1, 9, 9]}
            for kind in (1, 2)
        ],
    }
    file = tmp_path / "labels.json"
    file.write_text(json.dumps(coco))
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    with closing(context):
        page = context.new_page()
        page.goto(f"{app.url}/export")
        page.get_by_text("Take over another tool's file").click()
        page.locator('input[type="file"]').last.set_input_files(file)
        page.get_by_text("labels.json").wait_for()
        page.get_by_role("button", name="Take over").click()
        page.get_by_text("Annotations from a file").first.wait_for()
        page.get_by_role("link", name="Queue", exact=True).click()
        page.get_by_role("heading", name="Queue", exact=True).wait_for()
        page.get_by_role("link", name="Export", exact=True).click()
        report = page.get_by_text("1 region and 0 values of labels taken over on 1 image.")
        report.first.wait_for(timeout=1000 * PATIENCE_S)
        if SCREENSHOTS:
            page.wait_for_timeout(1500)
            page.screenshot(path=f"{SCREENSHOTS}/taken-over-1440.png", full_page=True)
        page.get_by_role("link", name="Jobs", exact=True).click()
        page.get_by_text("Annotations from a file · photographs · done").wait_for()
        page.get_by_text("Log (1)").click()
        expect(page.get_by_text("took", exact=False).first).to_be_visible()
        page.goto(app.url)
        page.get_by_text("More classifiers, to be downloaded").click()
        page.get_by_text("Nothing of yours is sent there.").wait_for()
        if SCREENSHOTS:
            page.wait_for_timeout(1500)
            page.screenshot(path=f"{SCREENSHOTS}/more-classifiers-1440.png", full_page=True)
    uploads = app.home / "uploads"
    wait_for(lambda: not list(uploads.iterdir()), "the end of what was sent")
