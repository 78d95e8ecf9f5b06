"""Cut the map of a unit with a muscle on either side of the face into regions of each side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .canvas import Canvas
from .cutting import CutParameters, CutRegion, cut_regions, on_image

LEAST_SIDE = 0.2
"""Share of a map's energy from which a side gets regions of its own."""
_BRIDGE, _CHIN = 27, 8


def cut_by_side(
    canvas: Canvas, landmarks: npt.NDArray[np.floating], parameters: CutParameters
) -> tuple[CutRegion, ...]:
    """Cut each side of a map by itself, at a share of its own maximum.

    A muscle that pulls harder on one side, or is lit better, would otherwise hide the other side.

    Parameters
    ----------
    canvas : Canvas
        The map.
    landmarks : ndarray of float, shape (68, 2)
        Of the face, in the image's pixels; the sides meet on the line from the bridge of the nose
        to the chin.
    parameters : CutParameters
        The limit on a region's strength is of its side's energy.

    Returns
    -------
    tuple of CutRegion
        The strongest first, their strengths shares of the whole map's energy.
    """
    values = canvas.covered
    total = float(values.sum(dtype=np.float64))
    places = landmarks[[_BRIDGE, _CHIN]] / (canvas.across, canvas.down)
    (x0, y0), (x1, y1) = places - (canvas.left, canvas.top)
    rows, columns = (np.arange(size) + 0.5 for size in values.shape)
    first_side = ((columns - x0) * (y1 - y0))[None] > ((rows - y0) * (x1 - x0))[:, None]
    found: list[CutRegion] = []
    for side in (first_side, ~first_side):
        of_side = np.where(side, values, np.float32(0))
        share = float(of_side.sum(dtype=np.float64)) / total if total > 0 else 0.0
        if share >= LEAST_SIDE:
            cut = cut_regions(of_side, parameters)
            found += [replace(region, strength=region.strength * share) for region in cut]
    found.sort(key=lambda region: -region.strength)
    return on_image(found[: parameters.max_regions], canvas)
