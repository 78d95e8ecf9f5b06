"""Drive the region editor in a browser by image coordinates."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

Point = tuple[float, float]

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class StageDriver:
    """A hand at the editor: thinks in image pixels, types and drags.

    Parameters
    ----------
    page : Page
        With an editor on it, or soon to have one.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def stage(self) -> Locator:
        return self.page.locator(".stage")

    def sees_image(self, content: str | None = None) -> str:
        """Wait until an image (of this content) is on the stage; return its content's name."""
        wanted = f"='{content}'" if content else ""
        self.page.locator(f".stage[data-painted][data-ready{wanted}]").wait_for()
        self.settle()
        return self.stage.get_attribute("data-ready") or ""

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

    def sees_saved(self) -> None:
        self.page.locator(".saved[data-state='saved']").wait_for()
