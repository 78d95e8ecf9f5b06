"""How long tests wait for what has to come: one place for all of them.

A test ends as soon as the sign it waits for is there; how long that takes says how busy the
machine is. So a limit is there for what never comes, and long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

PATIENCE_S = 180
PATIENCE_MS = 1000 * PATIENCE_S
# Streamlit pales what it draws anew, and a moment longer.
_IS_CALM = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  return (!app || app.dataset.testScriptState === 'notRunning')
    && [...document.querySelectorAll('[data-stale]')]
      .every((node) => getComputedStyle(node).opacity === '1');
}"""


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Return the condition's value as soon as it is true."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_S} s in vain for {what}")


def made_patient(browser: Browser) -> Browser:
    """Have what is waited for in a browser's pages, by calls and by `expect`, waited for long."""
    new_context = browser.new_context

    def patient_context(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        return context

    browser.new_context = patient_context  # type: ignore[method-assign]
    expect.set_options(timeout=PATIENCE_MS)
    return browser


def until_calm(page: Page) -> None:
    """Wait until the page's script has run and all that it draws is drawn."""
    page.wait_for_function(_IS_CALM)


class UnderWay:
    """What a page has asked for and was not given yet.

    Parameters
    ----------
    page : Page
        Before it asks for anything.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._requests: set[Request] = set()
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def _begun(self, request: Request) -> None:
        self._requests.add(request)

    def _ended(self, request: Request) -> None:
        self._requests.discard(request)

    def until_none(self) -> None:
        """Wait until the page is calm and has all that it asked for."""
        until_calm(self._page)
        # What came is heard of while the page is asked something.
        wait_for(lambda: not self._page.evaluate("0") and not self._requests, "all answers")
