"""A harness server, a real Chromium, and the editor as a rater uses it."""

from __future__ import annotations

import json
import os
import re
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
_WINDOW = {"viewport": {"width": 1440, "height": 900}}


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
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

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
                env={**os.environ, "HARNESS_FOLDER": str(self.folder)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._answers, "the harness server", 60)

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

    def sees_map(self, title: str) -> None:
        """Wait until the map of this title is there to be drawn."""
        whole = re.compile(f"^{re.escape(title)}$")
        self.page.locator(".map-state", has_text=whole).wait_for()
        self.settle()

    def recorded(self, count: int) -> list[dict[str, Any]]:
        """Wait until this many acts have reached Python, and return them."""
        wait_for(lambda: len(self.server.acts()) >= count, f"{count} acts; {self.server.acts()}")
        acts = self.server.acts()
        assert len(acts) == count, acts
        return acts


class BrowserProfiles:
    """Browser profiles that tests take and give back emptied: loading Streamlit into a fresh
    one is most of what a short test would take.

    Parameters
    ----------
    browser : Browser
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}
        self._taken: list[tuple[str, BrowserContext]] = []

    def take(self, options: dict[str, Any]) -> BrowserContext:
        """Return a profile that nobody else has now."""
        key = json.dumps(options, sort_keys=True)
        free = self._free.setdefault(key, [])
        context = free.pop() if free else self._browser.new_context(**{**_WINDOW, **options})
        self._taken.append((key, context))
        return context

    def give_back(self) -> None:
        """Close all pages and forget what they kept: it would be sent by the next test's page."""
        for key, context in self._taken:
            blank = context.new_page()
            for page in context.pages:
                if page is not blank:
                    page.close()
            devtools = context.new_cdp_session(blank)
            devtools.send(
                "Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "local_storage"}
            )
            blank.close()
            self._free[key].append(context)
        self._taken.clear()

    def close(self) -> None:
        for contexts in self._free.values():
            for context in contexts:
                context.close()


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

    def start() -> HarnessServer:
        server = HarnessServer(tmp_path)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="session")
def profiles(chromium: Browser) -> Iterator[BrowserProfiles]:
    pool = BrowserProfiles(chromium)
    yield pool
    pool.close()


@pytest.fixture
def ratio() -> int:
    """Device pixels a CSS pixel; a test may be given several."""
    return 1


@pytest.fixture
def rater_at(profiles: BrowserProfiles, ratio: int) -> Iterator[Callable[..., Rater]]:
    """Seat a rater at a server; each has a browser profile of their own."""

    def seat(server: HarnessServer, query: str = "", **options: Any) -> Rater:
        made = profiles.take({"device_scale_factor": ratio, **options})
        return Rater(made.new_page(), server, query)

    yield seat
    profiles.give_back()


@pytest.fixture
def rater(harness: HarnessServer, rater_at: Callable[..., Rater]) -> Iterator[Rater]:
    """A rater at the harness; the page must not have complained."""
    seated = rater_at(harness)
    yield seated
    assert seated.errors == []
