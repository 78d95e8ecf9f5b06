"""Fit a region to the edges of what it marks: of a map's cut, or of what a person drew.

Two segmentations are grown from the region on a small window around it: a split of the grey values
near it at Otsu's threshold (IEEE Transactions on Systems, Man and Cybernetics 9(1), 1979), and
GrabCut (Rother, Kolmogorov and Blake, ACM Transactions on Graphics 23(3), 2004). Where they agree,
each pixel goes by the majority of both and the region; where they do not, the picture has no edge
that is clear enough, and the region stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import cv2
import numpy as np
import numpy.typing as npt

from ..domain.regions import (
    BoolMask,
    BoundingBox,
    Ellipse,
    Mask,
    Polygon,
    Region,
    RotatedBox,
)
from .cutting import CutRegion

SUGGESTION_PX, DRAWN_PX = 128, 512
"""Longest side of the window on which a suggestion, and on which a drawn region is fitted."""
_MARGIN = 0.6
"""Of the window around the region, in its longest sides."""
_REACH = 0.35
"""How far from the region its edge is looked for, in square roots of its area."""
_CORE = 0.5
"""The depth, of its deepest pixel's, from which a pixel of the region is certain."""
_AGREEMENT = 0.6
"""IoU from which the two segmentations agree."""
_SMOOTHING = 0.06
"""Diameter of what is opened away, in square roots of the area."""
_LEAST_PX = 9
"""Fewer pixels of a window are not segmented."""
_ROUNDS = 3

_Picture = npt.NDArray[np.uint8]


def fitted_to_edges(picture: _Picture, region: Region, longest_px: int = DRAWN_PX) -> Region | None:
    """Return a region of the same kind that follows the edges of the picture near it.

    Parameters
    ----------
    picture : ndarray of uint8, (H, W) or (H, W, 3)
        As it is shown.
    region : Region
        In one piece; any shape but a point.
    longest_px : int
        Longest side of the window it is done on; a larger one costs more and is finer.

    Returns
    -------
    Region or None
        None where there is no clear edge near the region.
    """
    reshape = _SHAPES.get(region.kind)
    height, width = picture.shape[:2]
    clipped = region.clipped(width, height)
    if reshape is None or clipped is None:
        return None
    window = _window(clipped.bounds, width, height)
    scale = min(1.0, longest_px / max(window.width, window.height))
    size = max(2, round(window.width * scale)), max(2, round(window.height * scale))
    x, y = int(window.x), int(window.y)
    inside = clipped.moved(-x, -y).mask(int(window.height), int(window.width))
    pixels = picture[y : y + int(window.height), x : x + int(window.width)]
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    drawn = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5
    found = _majority(np.asarray(small, np.uint8), drawn)
    if found is None:
        return None
    full = int(window.width), int(window.height)
    shares = cv2.resize(found.astype(np.float32), full, interpolation=cv2.INTER_LINEAR)
    mask = Mask.of(_largest(shares >= 0.5), x, y)
    return None if mask is None else reshape(mask)


def _window(bounds: BoundingBox, width: int, height: int) -> BoundingBox:
    margin = _MARGIN * max(bounds.width, bounds.height)
    left, top = max(0, math.floor(bounds.x - margin)), max(0, math.floor(bounds.y - margin))
    right = min(width, math.ceil(bounds.x + bounds.width + margin))
    bottom = min(height, math.ceil(bounds.y + bounds.height + margin))
    return BoundingBox(float(left), float(top), float(right - left), float(bottom - top))


def _majority(picture: _Picture, drawn: BoolMask) -> BoolMask | None:
    """Return the pixels that two of split, GrabCut and region have; None where the first differ."""
    area = int(drawn.sum())
    if area < _LEAST_PX:
        return None
    depth = cv2.distanceTransform(np.pad(drawn, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    core = depth >= _CORE * depth.max()
    away = cv2.distanceTransform((~drawn).astype(np.uint8), cv2.DIST_L2, 3)
    near = away <= _REACH * math.sqrt(area)
    smoothed = np.asarray(cv2.bilateralFilter(picture, 5, 25, 3), np.uint8)
    brush = max(3, 2 * round(_SMOOTHING * math.sqrt(area) / 2) + 1)
    split = _tidied(_split(smoothed, near, core), core, brush)
    cut = _tidied(_grab_cut(smoothed, drawn, near), core, brush)
    either = int((split | cut).sum())
    if not either or int((split & cut).sum()) < _AGREEMENT * either:
        return None
    votes = split.astype(np.uint8) + cut + drawn
    return _around(votes >= 2, core)


def _split(picture: _Picture, near: BoolMask, core: BoolMask) -> BoolMask:
    """Return the pixels near the region on its core's side of Otsu's threshold."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    threshold, _ = cv2.threshold(grey[near].reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)
    bright = float(np.median(grey[core])) > threshold
    return np.asarray(((grey > threshold) == bright) & near)


def _grab_cut(picture: _Picture, drawn: BoolMask, near: BoolMask) -> BoolMask:
    state = np.full(drawn.shape, cv2.GC_BGD, np.uint8)
    state[near], state[drawn] = cv2.GC_PR_BGD, cv2.GC_PR_FGD
    if drawn.all():  # GrabCut has to see something that is not the region
        return drawn
    colour = picture if picture.ndim == 3 else cv2.merge([picture] * 3)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # it clusters colours from a random start
    cv2.grabCut(colour, state, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return np.asarray((state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD))


def _tidied(pixels: BoolMask, core: BoolMask, brush: int) -> BoolMask:
    """Return the part around the core without threads and holes."""
    opened = _opened(pixels, brush)
    outlines, _ = cv2.findContours(
        _around(opened, core).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    filled = cv2.drawContours(np.zeros(pixels.shape, np.uint8), outlines, -1, 1, cv2.FILLED)
    return _opened(np.asarray(filled) > 0, brush)


def _opened(pixels: BoolMask, brush: int) -> BoolMask:
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (brush, brush))
    return np.asarray(cv2.morphologyEx(pixels.astype(np.uint8), cv2.MORPH_OPEN, element)) > 0


def _around(pixels: BoolMask, core: BoolMask) -> BoolMask:
    """Return the connected part with the most pixels of the core; nothing where none has any."""
    count, parts = cv2.connectedComponents(pixels.astype(np.uint8), connectivity=4)
    shares = np.bincount(parts[core & pixels], minlength=count)
    return np.asarray((parts == shares.argmax()) & bool(shares.any()))


def _largest(pixels: BoolMask) -> BoolMask:
    return _around(pixels, pixels)


def _ellipse(mask: Mask) -> Ellipse:
    return Ellipse(*mask.bounds.frame)


_SHAPES: Mapping[str, Callable[[Mask], Region]] = {
    BoundingBox.kind: lambda mask: mask.bounds,
    RotatedBox.kind: RotatedBox.around,
    Ellipse.kind: _ellipse,
    Polygon.kind: lambda mask: CutRegion(mask, 1.0).polygon,
    Mask.kind: lambda mask: mask,
}
