"""A harness server, a real Chromium, and the editor as a rater uses it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

HARNESS = Path(__file__).parent / "harness" / "server.py"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
Point = tuple[float, float]


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
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
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
        with socket.socket() as probe:
            probe.settimeout(0.2)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

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


class Rater:
    """A person at the editor: thinks in image pixels, types and drags."""

    def __init__(self, page: Page, server: HarnessServer, query: str = "") -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.messages_sent: list[int] = []
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

    @property
    def stage(self) -> Locator:
        return self.page.locator(".stage")

    @property
    def saved(self) -> Locator:
        return self.page.locator(".saved")

    def sees(self, image: str) -> None:
        """Wait until an image is on the stage."""
        self.page.locator(f".stage[data-ready='pixels-{image}']").wait_for(timeout=20000)
        self.settle()

    def settle(self) -> None:
        """Let two frames pass, so that what was asked for is drawn."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    @property
    def scale(self) -> float:
        return self._view()[0]

    def _view(self) -> tuple[float, float, float]:
        scale, tx, ty = (self.stage.get_attribute("data-view") or "").split(",")
        return float(scale), float(tx), float(ty)

    def screen(self, x: float, y: float) -> Point:
        """Return where an image point is on the page."""
        scale, tx, ty = self._view()
        frame = self.stage.bounding_box()
        assert frame is not None
        return frame["x"] + x * scale + tx, frame["y"] + y * scale + ty

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.screen(x, y))
        self.settle()

    def drag(self, start: Point, end: Point, button: Any = "left") -> None:
        (x0, y0), (x1, y1) = self.screen(*start), self.screen(*end)
        self.page.mouse.move(x0, y0)
        self.page.mouse.down(button=button)
        self.page.mouse.move(x1, y1, steps=6)
        self.page.mouse.up(button=button)
        self.settle()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def decision(self, region: str) -> str | None:
        return self.page.locator(f"[data-region-id='{region}']").get_attribute("data-decision")

    def recorded(self, count: int) -> list[dict[str, Any]]:
        """Wait until this many acts have reached Python, and return them."""
        wait_for(lambda: len(self.server.acts()) >= count, f"{count} acts; {self.server.acts()}")
        acts = self.server.acts()
        assert len(acts) == count, acts
        return acts

    def sees_saved(self) -> None:
        self.page.locator(".saved[data-state='saved']").wait_for(timeout=15000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


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
