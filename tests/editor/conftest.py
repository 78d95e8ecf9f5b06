"""A harness server, a real Chromium, and the editor as a rater uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from app_server import free_port, listens
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from stage_driver import StageDriver

HARNESS = Path(__file__).parent / "harness" / "server.py"


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 10) -> Any:
    """Return the condition's value as soon as it is true."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class HarnessServer:
    """The harness page on a port of its own; its record outlives it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = environment
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        options = {
            "server.port": self.port,
            "server.address": "127.0.0.1",
            "server.headless": "true",
            "browser.gatherUsageStats": "false",
            "server.fileWatcherType": "none",
        }
        flags = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(HARNESS), *flags],
                env={**os.environ, "HARNESS_FOLDER": str(self.folder), **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._answers, "the harness server", 30)

    def _answers(self) -> bool:
        return listens(self.port)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def acts(self) -> list[dict[str, Any]]:
        path = self.folder / "acts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def runs(self) -> int:
        path = self.folder / "runs.log"
        return len(path.read_text().splitlines()) if path.exists() else 0


class Rater(StageDriver):
    """A person at the editor of the harness, who hears what the browser complains of."""

    def __init__(self, page: Page, server: HarnessServer, query: str = "") -> None:
        super().__init__(page)
        self.server = server
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.messages_sent: list[int] = []
        self.messages_received: list[int] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._agree)
        page.on("websocket", self._listen)
        page.goto(server.url + query)
        self.sees(
            "face" if "image=" not in query else query.partition("image=")[2].partition("&")[0]
        )

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _agree(self, dialog: Any) -> None:
        self.asked.append(dialog.type)
        dialog.accept()

    def _listen(self, socket_: Any) -> None:
        socket_.on("framesent", lambda frame: self.messages_sent.append(len(frame)))
        socket_.on("framereceived", lambda frame: self.messages_received.append(len(frame)))

    def open_tab(self, name: str) -> None:
        """Show a panel; a click on the tab that is shown would fold it away."""
        tab = self.page.get_by_role("tab", name=name)
        if tab.get_attribute("aria-selected") != "true":
            tab.click()

    @property
    def saved(self) -> Locator:
        return self.page.locator(".saved")

    def sees(self, image: str) -> None:
        """Wait until an image of the harness is on the stage."""
        self.sees_image(f"pixels-{image}")

    def recorded(self, count: int) -> list[dict[str, Any]]:
        """Wait until this many acts have reached Python, and return them."""
        wait_for(lambda: len(self.server.acts()) >= count, f"{count} acts; {self.server.acts()}")
        acts = self.server.acts()
        assert len(acts) == count, acts
        return acts


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HarnessServer]:
    server = HarnessServer(tmp_path_factory.mktemp("harness"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def harness(shared_server: HarnessServer) -> HarnessServer:
    """The running server with an empty record."""
    for path in shared_server.folder.iterdir():
        if path.name != "server.log":
            path.unlink()
    return shared_server


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., HarnessServer]]:
    """Start servers that a test may kill."""
    started: list[HarnessServer] = []

    def start(**environment: str) -> HarnessServer:
        server = HarnessServer(tmp_path, **environment)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def rater_at(chromium: Browser) -> Iterator[Callable[..., Rater]]:
    """Seat a rater at a server; each has a browser profile of their own."""
    contexts: list[BrowserContext] = []

    def seat(server: HarnessServer, query: str = "", **context: Any) -> Rater:
        made = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **context})
        contexts.append(made)
        return Rater(made.new_page(), server, query)

    yield seat
    for context in contexts:
        context.close()


@pytest.fixture
def rater(harness: HarnessServer, rater_at: Callable[..., Rater]) -> Iterator[Rater]:
    """A rater at the harness; the page must not have complained."""
    seated = rater_at(harness)
    yield seated
    assert seated.errors == []
