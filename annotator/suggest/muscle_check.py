"""Hold suggestions against anatomy: whether evidence lies where the muscle moves the skin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .canvas import Canvas
from .cutting import CutRegion
from .muscle_regions import energy_in_muscles, muscle_regions

SCHEME = "FACS"
"""Of the labels that muscles are known for."""
LEAST_SHARE = 0.5
"""Share of a suggestion's evidence below which it is said to lie outside the muscle's region."""


def outside_muscle(
    label: str,
    landmarks: npt.NDArray[np.float32],
    canvas: Canvas,
    regions: Sequence[CutRegion],
    geometry: str,
) -> list[str]:
    """Return a sentence for each region whose evidence lies outside its muscle's region.

    Parameters
    ----------
    label : str
        What the regions show; of a label without a known muscle nothing is said.
    landmarks : ndarray of float32, shape (68, 2)
        Of the face, in the image's pixels.
    canvas : Canvas
        The map that the regions were cut from.
    regions : sequence of CutRegion
    geometry : str
        One of `SUGGESTION_GEOMETRIES`: how the regions are drawn.
    """
    muscles = muscle_regions(label, landmarks / (canvas.across, canvas.down))
    if not muscles:
        return []
    notices = []
    for place, region in enumerate(regions, start=1):
        inside = region.part.bounds if geometry == "box" else region.part
        share = energy_in_muscles(canvas.values, muscles, inside)
        if share < LEAST_SHARE:
            which = f", region {place}" if len(regions) > 1 else ""
            notices.append(
                f"{label}{which}: outside its muscle ({muscles[0].muscle}; {share:.0%} of the "
                "evidence inside). Look twice."
            )
    return notices
