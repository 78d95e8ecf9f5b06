"""A harness server, a real Chromium, and the editor as a rater uses it."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import warm_processes
from app_server import free_port, kill_session, listens
from patience import UnderWay, wait_for
from playwright.sync_api import Browser, CDPSession, Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from stage_driver import StageDriver

HARNESS = Path(__file__).parent / "harness" / "server.py"
_BEGIN = """() => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.editor'));
  host.shadowRoot.querySelector('.editor').dataset.old = 'yes';
  localStorage.clear();
  performance.clearResourceTimings();
}"""
_PATIENCE_MS = 10_000
_DISPLAY = {
    "viewport": {"width": 1440, "height": 900},
    "device_scale_factor": 1,
    "color_scheme": "light",
}


class HarnessServer:
    """The harness page on a port of its own; its record outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: BaseProcess | None = None

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
        self.process = warm_processes.begin(
            warm_processes.streamlit,
            ["run", str(HARNESS), *flags],
            environment={**os.environ, "HARNESS_FOLDER": str(self.folder)},
            stdout=self.folder / "server.log",
        )
        wait_for(self._answers, "the harness server")

    def _answers(self) -> bool:
        return listens(self.port)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            kill_session(self.process)
            self.process = None

    def acts(self) -> list[dict[str, Any]]:
        path = self.folder / "acts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def runs(self) -> int:
        path = self.folder / "runs.log"
        return len(path.read_text().splitlines()) if path.exists() else 0


class Rater(StageDriver):
    """A person at the editor of the harness, who hears what the browser complains of."""

    def __init__(
        self, page: Page, server: HarnessServer, query: str = "", sitting: str = "0"
    ) -> None:
        super().__init__(page)
        self.server = server
        self.sitting = sitting
        self.display: dict[str, Any] = {}
        self._devtools: CDPSession | None = None
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.messages_sent: list[int] = []
        self.messages_received: list[int] = []
        self.asked: list[str] = []
        self._under_way = UnderWay(page)
        page.on("pageerror", lambda error: self._hear_error(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._agree)
        page.on("websocket", self._listen)
        page.goto(f"{server.url}{query}{'&' if query else '?'}sitting={sitting}")
        self.sees(dict(parse_qsl(query.lstrip("?"))).get("image", "face"))

    def change_display(self, display: dict[str, Any]) -> None:
        """Have the page on another display, which a Chromium can."""
        if display == self.display:
            return
        self.display = display
        self.page.emulate_media(color_scheme=display["color_scheme"])
        self.page.set_viewport_size(display["viewport"])
        if self._devtools is None:
            self._devtools = self.page.context.new_cdp_session(self.page)
        ratio = {"deviceScaleFactor": display["device_scale_factor"], "mobile": False}
        self._devtools.send("Emulation.setDeviceMetricsOverride", display["viewport"] | ratio)

    def begin(self, query: str, sitting: str) -> bool:
        """Sit down at the page as it is: with an editor that knows nothing of the one before.

        The harness draws another editor for another sitting; Streamlit's own key R has it drawn,
        unless it is just busy: false then.
        """
        for heard in (self.errors, self.requests, self.messages_sent, self.messages_received):
            heard.clear()
        self.asked.clear()
        self.page.evaluate(_BEGIN)
        wanted = dict(parse_qsl(query.lstrip("?"))) | {"sitting": sitting}
        (self.server.folder / f"after-{self.sitting}.json").write_text(json.dumps(wanted))
        self.sitting = sitting
        self.page.locator("[data-testid='stMainMenu'] button").focus()
        self.page.keyboard.press("r")
        image = wanted.get("image", "face")
        stage = self.page.locator(f".editor:not([data-old]) .stage[data-ready='pixels-{image}']")
        try:
            stage.wait_for(timeout=_PATIENCE_MS)
        except PlaywrightTimeoutError:
            return False
        self.page.mouse.move(0, 0)
        self.sees(image)
        return True

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left here that could reach into the next test."""
        if self.page.is_closed() or len(self.page.context.pages) > 1 or self.errors:
            return False
        return self.saved.count() == 1 and self.saved.get_attribute("data-state") == "saved"

    def _hear_error(self, text: str) -> None:
        # Streamlit tries WebAssembly and does without; Firefox says that our policy forbids it.
        if "blocked WebAssembly" not in text:
            self.errors.append(text)

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

    def has_all(self) -> None:
        """Wait until nothing is asked for any more: the next image's picture is there, too."""
        self._under_way.until_none()

    def sees_code_line(self) -> None:
        """Wait until the vocabulary of the code line is there."""
        self.page.locator(".code[data-ready]").wait_for(state="attached")

    def recorded(self, count: int) -> list[dict[str, Any]]:
        """Wait until this many acts have reached Python, and return them."""
        wait_for(lambda: len(self.server.acts()) >= count, f"{count} acts; {self.server.acts()}")
        acts = self.server.acts()
        assert len(acts) == count, acts
        return acts


class Seats:
    """Pages at the harness that one test after another sits down at, each browser profile with
    one page: to load Streamlit anew is most of what a short test would take.

    Parameters
    ----------
    browser : Browser
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[Rater]] = {}
        self._taken: list[tuple[str, Rater]] = []
        self._sittings = itertools.count(1)

    def take(self, server: HarnessServer, query: str, options: dict[str, Any]) -> Rater:
        """Return a rater at an editor without a history, in a profile that nobody else has."""
        display = {name: options.pop(name, usual) for name, usual in _DISPLAY.items()}
        any_display = self._browser.browser_type.name == "chromium"
        kept = [server.url, options, None if any_display else display]
        key = json.dumps(kept, sort_keys=True)
        free, sitting = self._free.setdefault(key, []), str(next(self._sittings))
        rater = free.pop() if free else None
        if rater is not None:
            rater.change_display(display)
            if not rater.begin(query, sitting):
                rater.page.context.close()
                rater = None
        if rater is None:
            context = self._browser.new_context(**display, **options)
            rater = Rater(context.new_page(), server, query, sitting)
            rater.display = display
        self._taken.append((key, rater))
        return rater

    def give_back(self) -> None:
        """Keep the pages on which nothing is left to be done."""
        for key, rater in self._taken:
            if rater.is_idle:
                self._free[key].append(rater)
            else:
                rater.page.context.close()
        self._taken.clear()


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
def seats(chromium: Browser) -> Seats:
    return Seats(chromium)


@pytest.fixture
def ratio() -> int:
    """Device pixels a CSS pixel; a test may be given several."""
    return 1


@pytest.fixture
def rater_at(seats: Seats, ratio: int) -> Iterator[Callable[..., Rater]]:
    """Seat a rater at a server; each has a browser profile of their own."""

    def seat(server: HarnessServer, query: str = "", **options: Any) -> Rater:
        return seats.take(server, query, {"device_scale_factor": ratio, **options})

    yield seat
    seats.give_back()


@pytest.fixture
def rater(harness: HarnessServer, rater_at: Callable[..., Rater]) -> Iterator[Rater]:
    """A rater at the harness; the page must not have complained."""
    seated = rater_at(harness)
    yield seated
    assert seated.errors == []
