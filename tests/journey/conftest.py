"""The real app in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_server import AppServer
from playwright.sync_api import Browser, Page, sync_playwright
from stage_driver import CHROMIUM_FLAGS


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium on this machine; CHROMIUM may name one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder in which the demo was made once."""
    home = tmp_path_factory.mktemp("demo")
    made = AppServer(home).annotator("demo")
    assert made.returncode == 0, made.stderr
    return home


@pytest.fixture
def app(demo_home: Path, tmp_path: Path) -> Iterator[AppServer]:
    """Return the app, started on a copy of the demo."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    server = AppServer(home)
    server.start()
    yield server
    server.kill()
