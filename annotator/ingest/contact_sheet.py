"""A contact sheet: many pictures, small, on one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ..domain import BoundingBox

MOST = 240
"""Of more pictures, every second, fourth, ... is shown."""
_SIDE_PX, _GAP_PX, _LINE_PX, _COLUMNS = 176, 8, 14, 8
_PAPER, _INK, _FACE = (255, 255, 255), (40, 40, 40), (255, 176, 0)


class ContactSheet:
    """Gathers pictures; holds at most `MOST` of them, small.

    Attributes
    ----------
    seen : int
        How many pictures came.
    """

    def __init__(self) -> None:
        self.seen = 0
        self._every = 1
        self._small: list[Image.Image] = []

    @property
    def wants_next(self) -> bool:
        """Whether the next picture will be shown; one that will not may be `passed`."""
        return self.seen % self._every == 0

    def passed(self) -> None:
        """Count a picture that is not wanted."""
        self.seen += 1

    def add(
        self, pixels: npt.NDArray[np.uint8], caption: str, face: BoundingBox | None = None
    ) -> None:
        """Add a picture.

        Parameters
        ----------
        pixels : ndarray of uint8, (H, W) or (H, W, 3)
        caption : str
            A line below it; what goes beyond its width is cut off.
        face : BoundingBox, optional
            Drawn on it, in pixels of the picture.
        """
        if self.wants_next:
            self._small.append(_small(pixels, caption, face))
        self.seen += 1
        if len(self._small) >= MOST:
            self._small = self._small[::2]
            self._every *= 2

    def image(self) -> Image.Image:
        """Return the sheet, pictures row by row in the order in which they came."""
        columns = max(1, min(_COLUMNS, len(self._small)))
        rows = max(1, -(-len(self._small) // columns))
        tallest = max((small.height for small in self._small), default=0)
        across, down = _SIDE_PX + _GAP_PX, tallest + _GAP_PX
        sheet = Image.new("RGB", (columns * across + _GAP_PX, rows * down + _GAP_PX), _PAPER)
        for number, small in enumerate(self._small):
            row, column = divmod(number, columns)
            sheet.paste(small, (_GAP_PX + column * across, _GAP_PX + row * down))
        return sheet


def _small(pixels: npt.NDArray[np.uint8], caption: str, face: BoundingBox | None) -> Image.Image:
    picture = Image.fromarray(pixels).convert("RGB")
    scale = _SIDE_PX / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    picture = picture.resize(size, Image.Resampling.BILINEAR)
    if face is not None:
        corners = (face.x, face.y, face.x + face.width, face.y + face.height)
        ImageDraw.Draw(picture).rectangle([scale * c for c in corners], outline=_FACE, width=2)
    card = Image.new("RGB", (_SIDE_PX, size[1] + _LINE_PX), _PAPER)
    card.paste(picture, ((_SIDE_PX - size[0]) // 2, 0))
    font = ImageFont.load_default(_LINE_PX - 3)
    ImageDraw.Draw(card).text((2, size[1] + 1), caption, fill=_INK, font=font)
    return card
