"""Where the muscle of an Action Unit moves the skin: outlines on a face, from its landmarks.

The outlines are data (``muscle_regions.toml``, with their source). They are a prior, not a
finding: a map outside the muscle that a unit is named for is worth a second look.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from ..domain import Polygon, Region
from ..domain.facs import FacsError, parse_facs
from ..domain.regions import union_mask

Points = npt.NDArray[np.floating]
FloatMap = npt.NDArray[np.floating]

_MIRRORED = np.array([
    *range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1),
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1),
])  # fmt: skip
"""Which of the 68 landmarks is each one's mirror."""


_MIDLINE = frozenset(np.flatnonzero(np.arange(68) == _MIRRORED).tolist())
"""The landmarks that are their own mirror."""


@dataclass(frozen=True, slots=True)
class MuscleRegion:
    """Where one muscle moves the skin, on one side of a face.

    Attributes
    ----------
    muscle : str
        Its name.
    side : str
        ``R`` or ``L``: the person's.
    outline : Polygon
        In the image's pixels; it may reach over the image's edge.
    """

    muscle: str
    side: str
    outline: Polygon


def muscle_regions(code: str, landmarks: Points) -> tuple[MuscleRegion, ...]:
    """Outline the muscles of an Action Unit on a face.

    Parameters
    ----------
    code : str
        A FACS code, such as ``AU12``; with a side (``L12``) only that side is outlined.
    landmarks : ndarray of float, shape (68, 2)
        x and y in the image's pixels, in the order of the iBUG 300-W annotation.

    Returns
    -------
    tuple of MuscleRegion
        Empty if the code is none of FACS, or names no muscle of the face.
    """
    try:
        (found,) = parse_facs(code).codes
    except FacsError:
        return ()
    sides = found.side if found.side in ("L", "R") else "RL"
    return tuple(
        MuscleRegion(muscle["name"], side, _outline(muscle["outline"], landmarks, side))
        for muscle in _muscles().get(found.code, ())
        for side in sides
    )


def is_paired(code: str) -> bool:
    """Return whether a unit's muscles lie apart, left and right, and do not meet in the middle.

    Parameters
    ----------
    code : str
        A FACS code; a code of one side (``L12``) is not paired.
    """
    try:
        (found,) = parse_facs(code).codes
    except FacsError:
        return False
    muscles = _muscles().get(found.code, ())
    points = {int(point["at"]) for muscle in muscles for point in muscle["outline"]}
    return bool(muscles) and found.side not in ("L", "R") and not points & _MIDLINE


def muscles_mask(
    regions: tuple[MuscleRegion, ...], shape: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """Return the pixels of an image of shape (H, W) that lie in one of the regions, bool."""
    return union_mask((region.outline for region in regions), *shape)


def energy_in_muscles(
    values: FloatMap, regions: tuple[MuscleRegion, ...], within: Region | None = None
) -> float:
    """Return the share of a map's energy that lies in muscle regions.

    Parameters
    ----------
    values : ndarray of float, shape (H, W)
        The map in the image's pixels, >= 0.
    regions : tuple of MuscleRegion
        Their union is taken.
    within : Region, optional
        Only the energy inside it counts, as 1.

    Returns
    -------
    float
        In [0, 1]; 0 where there is no energy.
    """
    outlines = [region.outline for region in regions]
    if within is not None:
        left, top, right, bottom = within.extent
        x, y = max(0, math.floor(left)), max(0, math.floor(top))
        values = values[y : max(y, math.ceil(bottom)), x : max(x, math.ceil(right))]
        values = np.where(within.moved(-x, -y).mask(*values.shape), values, 0.0)
        outlines = [outline.moved(-x, -y) for outline in outlines]
    inside = union_mask(outlines, *values.shape)
    total = float(values.sum(dtype=np.float64))
    return float(values[inside].sum(dtype=np.float64)) / total if total > 0 else 0.0


@cache
def _muscles() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    """Return the muscles of each code that has any."""
    text = (files(__package__) / "muscle_regions.toml").read_text("utf-8")
    of_code: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for muscle in tomllib.loads(text)["muscles"]:
        for code in muscle["units"]:
            of_code[code] = (*of_code.get(code, ()), muscle)
    return of_code


def _outline(points: list[dict[str, float]], landmarks: Points, side: str) -> Polygon:
    on_side = landmarks if side == "R" else landmarks[_MIRRORED]
    right_eye, left_eye = landmarks[36:42].mean(0), landmarks[42:48].mean(0)
    across = left_eye - right_eye  # from the person's right to the left: to the image's right
    outward = across if side == "L" else -across
    upward = np.array([across[1], -across[0]])
    corners = [
        on_side[int(point["at"])] + point.get("out", 0.0) * outward + point.get("up", 0.0) * upward
        for point in points
    ]
    return Polygon(tuple((float(x), float(y)) for x, y in corners))
