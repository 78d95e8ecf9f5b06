"""The real app in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_server import AppServer
from playwright.sync_api import Browser, Page

from annotator.domain import Project
from annotator.settings import Settings
from annotator.workflows.projects import list_projects
from annotator.workflows.workspace import Workspace


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def demo_home(made_once: Callable[..., Path]) -> Path:
    """Return a data folder in which the demo was made once."""

    def make(home: Path) -> None:
        made = AppServer(home).annotator("demo")
        assert made.returncode == 0, made.stderr

    return made_once("demo", make)


@pytest.fixture
def app(demo_home: Path, tmp_path: Path) -> Iterator[AppServer]:
    """Return the app, started on a copy of the demo."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    server = AppServer(home)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def workspace(app: AppServer) -> Iterator[Workspace]:
    """The data the server works on, opened beside it."""
    with Workspace.open(Settings.from_environment({"ANNOTATOR_HOME": str(app.home)})) as opened:
        yield opened


@pytest.fixture
def project(workspace: Workspace) -> Project:
    return next(p for p in list_projects(workspace) if p.name == "Demo: facial expression")
