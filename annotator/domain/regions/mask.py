"""The mask: single pixels."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import RegionError
from .outlines import piece_count, pieces_of, rings_of
from .polygon import Polygon
from .region import BoolMask, Point, Region, Ring, shortened
from .run_lengths import checked, from_run_lengths, packed, run_lengths, unpacked

_NAMES = ("x", "y", "width", "height")
_LARGEST_PX = 1 << 31
"""More pixels than any image has that can be opened."""


@dataclass(frozen=True, slots=True)
class Mask(Region):
    """Pixels: as many pieces, with as many holes, as there are; at least one pixel.

    Attributes
    ----------
    x, y : int
        The first column and row that hold one.
    width, height : int
        Columns and rows from the first to the last that hold one.
    counts : str
        The run lengths of that window, row by row, as `packed` writes them.
    """

    x: int
    y: int
    width: int
    height: int
    counts: str
    kind = "mask"
    plural = "masks"

    def __post_init__(self) -> None:
        """Refuse what is not a mask, or not within its own bounds.

        By its runs: a window without limits is neither filled nor looked through.
        """
        for name in _NAMES:
            if type(getattr(self, name)) is not int:
                value = shortened(getattr(self, name))
                raise RegionError(f"mask {name} is {value}, not a whole number.")
        width, height = self.width, self.height
        if width < 1 or height < 1 or width * height > _LARGEST_PX:
            raise RegionError(
                f"A mask of {shortened(width)} x {shortened(height)} px holds no pixel, or more "
                "than an image can have; give at least one."
            )
        if max(abs(self.x), abs(self.y)) > _LARGEST_PX:
            raise RegionError(
                f"A mask at {shortened(self.x)}, {shortened(self.y)} px lies beyond all images; "
                "give pixels of the image."
            )
        edges = np.cumsum(checked(unpacked(self.counts), width * height))
        first, end = edges[:-1:2], edges[1::2]
        first, end = first[first < end], end[first < end]
        if not (
            (first < width).any()
            and (end > (height - 1) * width).any()
            and (-(-first // width) * width < end).any()
            and (end // width * width > first).any()
        ):
            raise RegionError(
                f"A mask of {self.width} x {self.height} px has an edge without pixels; give the "
                "window that its pixels fill."
            )

    @classmethod
    def of(cls, pixels: BoolMask, x: int = 0, y: int = 0) -> Self | None:
        """Return the mask of pixels, or None where there is none.

        Parameters
        ----------
        pixels : ndarray of bool, shape (H, W)
        x, y : int
            Column and row of the first of them on the image.
        """
        rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        if not rows.size:
            return None
        top, left = int(rows[0]), int(columns[0])
        window = pixels[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
        height, width = window.shape
        return cls(x + left, y + top, width, height, packed(run_lengths(window.ravel())))

    @property
    def window(self) -> BoolMask:
        """Its pixels within its bounds, shape (height, width), bool."""
        flat = from_run_lengths(unpacked(self.counts), self.width * self.height)
        return flat.reshape(self.height, self.width)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    @property
    def area_px(self) -> float:
        """Area in square pixels: how many there are."""
        return float(unpacked(self.counts)[1::2].sum())

    @property
    def rings(self) -> tuple[Ring, ...]:
        """The edges of its pixels."""
        return tuple(map(self._on_image, rings_of(self.window)))

    @property
    def far_out(self) -> Sequence[Point]:
        """Corners of the first and the last pixel of each row."""
        window = self.window
        (rows,) = np.nonzero(window.any(axis=1))
        first = self.x + window[rows].argmax(axis=1)
        end = self.x + self.width - window[rows, ::-1].argmax(axis=1)
        sides = [(x, rows + self.y + down) for x in (first, end) for down in (0, 1)]
        return [(float(x), float(y)) for xs, ys in sides for x, y in zip(xs, ys, strict=True)]

    @property
    def pieces(self) -> int:
        """How many connected pieces it has."""
        return piece_count(self.window)

    def polygons(self) -> tuple[Polygon, ...]:
        """Return its connected pieces, with their holes."""
        pieces = (map(self._on_image, rings) for rings in pieces_of(self.window))
        return tuple(Polygon(next(rings), tuple(rings)) for rings in pieces)

    def _on_image(self, ring: Ring) -> Ring:
        return tuple((x + self.x, y + self.y) for x, y in ring)

    def moved(self, dx: float, dy: float) -> Self:
        """Return the mask shifted by (dx, dy), rounded to whole pixels."""
        return type(self)(
            self.x + round(dx), self.y + round(dy), self.width, self.height, self.counts
        )

    def mask(self, height: int, width: int) -> BoolMask:
        """Return its pixels, those that lie on the image; shape (H, W), bool."""
        inside = np.zeros((height, width), dtype=bool)
        left, top = max(0, self.x), max(0, self.y)
        right, bottom = min(width, self.x + self.width), min(height, self.y + self.height)
        if left < right and top < bottom:
            rows = slice(top - self.y, bottom - self.y)
            columns = slice(left - self.x, right - self.x)
            inside[top:bottom, left:right] = self.window[rows, columns]
        return inside

    def clipped(self, width: int, height: int) -> Mask | None:
        """Return the part of it on an image of this size; None where there is none."""
        return Mask.of(self.mask(height, width)) if self.reaches_out(width, height) else self

    def flipped(self, *others: Mask) -> Mask | None:
        """Return the pixels that an odd number of masks has; None where there is none."""
        masks = (self, *others)
        left, top = min(mask.x for mask in masks), min(mask.y for mask in masks)
        right = max(mask.x + mask.width for mask in masks)
        bottom = max(mask.y + mask.height for mask in masks)
        pixels = np.zeros((bottom - top, right - left), dtype=bool)
        for mask in masks:
            rows = slice(mask.y - top, mask.y - top + mask.height)
            pixels[rows, mask.x - left : mask.x - left + mask.width] ^= mask.window
        return Mask.of(pixels, left, top)

    def to_json(self) -> dict[str, Any]:
        """Return the mask as JSON-ready values; `region_from_json` reads it back."""
        return {"type": self.kind, **{n: getattr(self, n) for n in (*_NAMES, "counts")}}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        missing = [name for name in (*_NAMES, "counts") if name not in value]
        if missing:
            raise RegionError(f"A mask lacks {', '.join(missing)}; give all of them.")
        if not isinstance(value["counts"], str):
            raise RegionError("The counts of a mask are no text of run lengths.")
        return cls(*(value[name] for name in (*_NAMES, "counts")))


@dataclass(frozen=True, slots=True)
class MaskChange:
    """What one act changes of the mask that another act stated: a stroke, in a record of strokes.

    Attributes
    ----------
    changes : uuid.UUID
        The act.
    flips : Mask
        The pixels that are taken in or out.
    """

    changes: uuid.UUID
    flips: Mask

    def applied_to(self, region: Region, *others: MaskChange) -> Mask:
        """Return the mask after the change, and after others that were made before it.

        Raises
        ------
        RegionError
            If the region is no mask, or nothing of it is left.
        """
        if not isinstance(region, Mask):
            raise RegionError(
                f"Pixels are changed of a {region.kind}; make it a mask before you paint on it."
            )
        changed = region.flipped(self.flips, *(other.flips for other in others))
        if changed is None:
            raise RegionError("The change leaves no pixel of the mask; delete the region instead.")
        return changed

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON-ready values."""
        return {**self.flips.to_json(), "changes": str(self.changes)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> MaskChange:
        """Read what `to_json` wrote.

        Raises
        ------
        RegionError
            If it is none.
        """
        try:
            changes = uuid.UUID(value["changes"])
        except (AttributeError, TypeError, ValueError):
            raise RegionError("A change of a mask does not name the act that it changes.") from None
        return cls(changes, Mask.from_json(value))
