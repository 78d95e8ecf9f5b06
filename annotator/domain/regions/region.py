"""What every region can say of itself, whatever its shape."""

from __future__ import annotations

import math
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ...errors import RegionError

if TYPE_CHECKING:
    from .box import BoundingBox
    from .polygon import Polygon

Point = tuple[float, float]
Ring = tuple[Point, ...]
"""A closed outline; the last point joins the first."""
BoolMask = npt.NDArray[np.bool_]
_Floats = npt.NDArray[np.float64]


class Region(ABC):
    """Where on the image something is; coordinates as everywhere, in original pixels.

    A shape is a subclass, named in `REGION_TYPES`; its JavaScript twin stands in the editor's
    ``geometry/shapes``, and both are held against one table of examples.

    Attributes
    ----------
    kind : str
        The ``type`` of its JSON.
    plural : str
        As a sentence names several.
    """

    __slots__ = ()
    kind: ClassVar[str]
    plural: ClassVar[str]

    @property
    @abstractmethod
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge; of a region without area too."""

    @property
    @abstractmethod
    def area_px(self) -> float:
        """Area in square pixels."""

    @property
    @abstractmethod
    def rings(self) -> tuple[Ring, ...]:
        """Its outlines, those of holes included: inside is what an odd number of them encloses."""

    @abstractmethod
    def moved(self, dx: float, dy: float) -> Region:
        """Return the region shifted by (dx, dy) pixels."""

    @abstractmethod
    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixels whose centre lies inside, shape (H, W), bool."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the region as JSON-ready values; `region_from_json` reads it back."""

    @classmethod
    @abstractmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        RegionError
            If a value is missing, or is none that the shape can have.
        """

    @property
    def bounds(self) -> BoundingBox:
        """The smallest box around it.

        Raises
        ------
        RegionError
            If it lies on one row or one column: see `extent`.
        """
        from .box import BoundingBox

        return BoundingBox(*self.frame)

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Left and top edge, width and height; of a region without area too."""
        left, top, right, bottom = self.extent
        return left, top, right - left, bottom - top

    @property
    def box_around(self) -> BoundingBox:
        """The box around it, a pixel wide or high where it has no width or height.

        That is a point, or a line, which earlier versions took for a polygon.
        """
        from .box import BoundingBox

        x, y, width, height = self.frame
        left, top = x - 0.5 * (not width), y - 0.5 * (not height)
        return BoundingBox(left, top, width or 1.0, height or 1.0)

    @property
    def outline(self) -> Ring:
        """The first of its rings."""
        return self.rings[0]

    @property
    def simplest(self) -> Region:
        """The same region in the simplest shape that says it: formats do not tell these apart."""
        return self

    @property
    def far_out(self) -> Sequence[Point]:
        """Corners between which all of it lies: those of its rings, or fewer."""
        return [point for ring in self.rings for point in ring]

    @property
    def pieces(self) -> int:
        """How many `polygons` it has, without making them."""
        return 1

    def polygons(self) -> tuple[Polygon, ...]:
        """Return its pieces as polygons, with their holes."""
        from .polygon import Polygon

        return (Polygon(self.outline),)

    def reaches_out(self, width: int, height: int) -> bool:
        """Tell whether any of it lies outside an image of this size."""
        left, top, right, bottom = self.extent
        return left < 0 or top < 0 or right > width or bottom > height

    def clipped(self, width: int, height: int) -> Region | None:
        """Return the part of it on an image of this size; None where there is none."""
        if not self.reaches_out(width, height):
            return self
        return self.polygons()[0].clipped(width, height)

    def clamped(self, width: int, height: int) -> Region | None:
        """Return the region with what lies outside an image of this size put on its edge.

        For what rounding moved over the edge; see `clipped` for what is drawn beyond it.
        """
        return self.clipped(width, height)

    def check(self) -> None:
        """Refuse what nobody can have meant.

        Raises
        ------
        RegionError
            In words for whoever drew it.
        """
        self.bounds  # noqa: B018 - refuses what has no area


shortened = reprlib.repr
"""Shows a value that somebody sent in a sentence: of a long one a part."""


def finite(name: str, value: Any) -> float:
    """Return a number as a float.

    Raises
    ------
    RegionError
        If it is none, or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        raise RegionError(
            f"{name} is {shortened(value)}, not a finite number; give pixels of the image."
        )
    try:
        return float(value)
    except OverflowError:
        raise RegionError(f"{name} is too large a number; give pixels of the image.") from None


def numbers(value: Mapping[str, Any], names: Sequence[str]) -> list[float]:
    """Return the numbers of these names of a region in JSON.

    Raises
    ------
    RegionError
        If one is missing, or not finite.
    """
    missing = [n for n in names if n not in value]
    if missing:
        raise RegionError(f"A {value.get('type')} lacks {', '.join(missing)}; give all of them.")
    return [finite(n, value[n]) for n in names]


def pixel_centres(height: int, width: int) -> tuple[_Floats, _Floats]:
    """Return y of the rows' and x of the columns' centres."""
    return np.arange(height, dtype=np.float64) + 0.5, np.arange(width, dtype=np.float64) + 0.5
