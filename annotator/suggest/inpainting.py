"""Pictures of which a place was erased: what is drawn there is gone, what is around goes on."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]

INPAINTINGS = {"telea": cv2.INPAINT_TELEA, "navier-stokes": cv2.INPAINT_NS}
"""Kinds of inpainting: Telea's (J. Graphics Tools 9(1), 2004), which teaches, and Bertalmio's
(CVPR 2001), which never does and so judges."""
TAUGHT = "telea"

_WORKED_ON_PX = 128
"""Longest side that is inpainted: a fill has no more detail than that, and takes milliseconds."""
_GROWN = 0.12
"""How far a drawn region is grown before it is erased, as a share of the root of its area."""
_EDGE = 0.04
"""How softly the fill begins, likewise."""
_DRAWS = 40


def erased(pixels: Pixels, inside: Mask, kind: str, generator: np.random.Generator) -> Pixels:
    """Return a picture without what is inside a region.

    Parameters
    ----------
    pixels : ndarray, (H, W) or (H, W, 3), uint8 or uint16
    inside : ndarray of bool, (H, W)
        The region; a margin about it goes too.
    kind : str
        One of `INPAINTINGS`.
    generator : numpy.random.Generator
        Of the grain, which is that of the picture around the region.

    Returns
    -------
    ndarray
        Of the shape and type of `pixels`; a copy where nothing is inside.
    """
    if not inside.any():
        return pixels.copy()
    height, width = inside.shape
    shrunk = max(1.0, max(height, width) / _WORKED_ON_PX)
    size = (max(1, round(width / shrunk)), max(1, round(height / shrunk)))
    drawn = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    side = float(np.sqrt(drawn.sum()))
    reach = max(1, round(_GROWN * side))
    gone = cv2.dilate(drawn.astype(np.uint8), _disc(reach))
    around = (cv2.dilate(gone, _disc(2 * reach)) > 0) & (gone == 0)
    soft = cv2.GaussianBlur(gone.astype(np.float32), (0, 0), max(0.5, _EDGE * side))
    soft = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    touched = soft > 0
    white = np.iinfo(pixels.dtype).max
    result = pixels.copy()
    for channel in np.ndindex(pixels.shape[2:]):
        values = pixels[(..., *channel)].astype(np.float32) * (255 / white)
        small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        filled = cv2.inpaint(small.round().astype(np.uint8), gone, 3, INPAINTINGS[kind])
        fill = cv2.resize(
            filled.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )[touched]
        coarse = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        ring = cv2.resize(around.astype(np.uint8), (width, height)) > 0
        grain = (values - coarse)[ring]
        spread = float(grain.std()) if grain.size else 0.0
        fill += generator.normal(0, max(1e-3, spread), fill.shape).astype(np.float32)
        share = soft[touched]
        mixed = (values[touched] * (1 - share) + fill * share) * (white / 255)
        result[(..., *channel)][touched] = mixed.round().clip(0, white).astype(pixels.dtype)
    return result


def place_elsewhere(pixels: Pixels, inside: Mask, generator: np.random.Generator) -> Mask | None:
    """Return a region moved to another place that shows something and does not meet it.

    Parameters
    ----------
    pixels : ndarray, (H, W) or (H, W, 3), uint8 or uint16
    inside : ndarray of bool, (H, W)
    generator : numpy.random.Generator
        Draws the place.

    Returns
    -------
    ndarray of bool, (H, W), or None
        None where no such place was met with.
    """
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not rows.size:
        return None
    part = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    grey = pixels if pixels.ndim == 2 else pixels.mean(2)
    reach = max(1, round(3 * _GROWN * float(np.sqrt(inside.sum()))))
    taken = cv2.dilate(inside.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
    down, across = inside.shape[0] - part.shape[0] + 1, inside.shape[1] - part.shape[1] + 1
    enough = 0.5 * float(grey.mean())
    for _ in range(_DRAWS):
        top, left = int(generator.integers(down)), int(generator.integers(across))
        place = np.s_[top : top + part.shape[0], left : left + part.shape[1]]
        if not (taken[place] & part).any() and float(grey[place][part].mean()) > enough:
            moved = np.zeros_like(inside)
            moved[place] = part
            return moved
    return None


def _disc(reach: int) -> npt.NDArray[np.uint8]:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    return np.asarray(disc, dtype=np.uint8)
