"""The app on the demo's data, and a browser before it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_server import AppServer, free_port
from playwright.sync_api import Browser, Page

from annotator.domain import Project
from annotator.settings import Settings
from annotator.workflows.projects import list_projects
from annotator.workflows.workspace import Workspace


@pytest.fixture(scope="session")
def port() -> int:
    """One port for all servers, one after another: a page that stays has their program then."""
    return free_port()


@pytest.fixture(scope="session")
def kept_pages() -> list[Page]:
    """A page that the last test is done with, if nothing went wrong there."""
    return []


@pytest.fixture
def page(
    request: pytest.FixtureRequest, app: AppServer, chromium: Browser, kept_pages: list[Page]
) -> Iterator[Page]:
    """A page at the app, which knows nothing of the test before.

    To read Streamlit's program takes a new page seconds, and a page that has read it none.
    """
    if kept_pages:
        opened = kept_pages.pop()
        opened.goto(f"{app.url}/_stcore/health")
        opened.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        opened.context.clear_cookies()
    else:
        opened = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    failed = request.session.testsfailed
    yield opened
    if opened.is_closed() or request.session.testsfailed > failed:
        opened.context.close()
    else:
        opened.goto("about:blank")
        kept_pages.append(opened)


@pytest.fixture(scope="session")
def demo_home(made_once: Callable[..., Path]) -> Path:
    """Return a data folder in which the demo was made once."""

    def make(home: Path) -> None:
        made = AppServer(home).annotator("demo")
        assert made.returncode == 0, made.stderr

    return made_once("demo", make)


@pytest.fixture
def app(demo_home: Path, tmp_path: Path, port: int) -> Iterator[AppServer]:
    """Return the app, started on a copy of the demo."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    server = AppServer(home, port)
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
