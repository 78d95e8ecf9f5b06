"""A hand that paints masks, and what it must have painted, worked out by itself."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from stage_driver import Point, StageDriver

Pixels = npt.NDArray[np.bool_]


def swept(shape: tuple[int, int], points: Sequence[Point], diameter: float) -> Pixels:
    """Return the pixels whose centre a round brush passes over on its way along points."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    passed = np.zeros(shape, dtype=bool)
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / max(length, 1e-9), 0, 1)
        far = (x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2
        passed |= far <= (diameter / 2) ** 2
    return passed


class Painter:
    """Paints at a stage, in image pixels."""

    def __init__(self, hand: StageDriver) -> None:
        self.hand = hand
        self.page = hand.page

    def size(self, diameter: int) -> None:
        """Choose the brush's size, with a tool for masks in use."""
        self.page.get_by_label("Diameter of the brush in pixels").fill(str(diameter))
        self.page.keyboard.press("Enter")

    def stroke(self, *points: Point, steps: int = 6, ends: bool = True) -> None:
        """Press at the first point, and go along the others."""
        self.page.mouse.move(*self.hand.screen(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.hand.screen(*point), steps=steps)
        if ends:
            self.page.mouse.up()
        self.hand.settle()

    @property
    def shown(self) -> str:
        """The canvas of masks as it is seen now, as text to compare."""
        self.hand.settle()
        return str(
            self.page.locator("canvas.masks").evaluate(
                "(canvas) => canvas.toDataURL() + canvas.width"
            )
        )
