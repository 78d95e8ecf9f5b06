"""Draw an excitation map over a picture, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ..domain import Region

Bytes = npt.NDArray[np.uint8]
FloatMap = npt.NDArray[np.float32]
_FRACTION_BITS = 4


def grey_map(values: FloatMap) -> Bytes:
    """Return a map as 8-bit grey, 255 at its maximum, shape (H, W)."""
    peak = float(values.max(initial=0.0))
    grey: Bytes = np.rint(values * (255.0 / peak if peak > 0 else 0.0)).astype(np.uint8)
    return grey


def overlay(
    picture: npt.NDArray[np.uint8] | npt.NDArray[np.uint16],
    values: FloatMap,
    regions: Sequence[Region] = (),
) -> Bytes:
    """Draw a map and its regions over a picture.

    Parameters
    ----------
    picture : ndarray, (H, W) or (H, W, 3), uint8 or uint16
    values : ndarray of float32, shape (H, W)
        The map, >= 0.
    regions : sequence of Region
        Their outlines are drawn, those of holes too.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3), RGB
        The map in the colours of ``inferno``, the more opaque the stronger, which readers
        with colour-blindness can order.
    """
    base = _to_rgb(picture)
    strength = grey_map(values)
    colours = cv2.cvtColor(cv2.applyColorMap(strength, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    opacity = np.minimum(1.0, strength[..., None] / 255.0 * 1.5) * 0.65
    drawn = np.rint(base * (1 - opacity) + colours * opacity).astype(np.uint8)
    thickness = max(1, round(min(drawn.shape[:2]) / 300))
    for region in regions:
        # OpenCV counts from the middle of the first pixel, in fractions of a pixel.
        rings = [
            np.rint((np.asarray(ring) - 0.5) * (1 << _FRACTION_BITS)).astype(np.int32)
            for ring in region.rings
        ]
        for grey, width in ((0, thickness + 2), (255, thickness)):
            cv2.polylines(drawn, rings, True, (grey,) * 3, width, cv2.LINE_8, _FRACTION_BITS)
    return drawn


def _to_rgb(picture: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> Bytes:
    if picture.dtype == np.uint16:
        low, high = float(picture.min()), float(picture.max())
        picture = np.rint((picture - low) * (255.0 / max(1.0, high - low))).astype(np.uint8)
    grey = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    return np.asarray(grey, dtype=np.uint8)
