"""Where a film cuts from one scene to the next, by the colours of its frames."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .pictures import Pixels

CUT_DISTANCE = 0.25
"""Hellinger distance of the colours of two frames from which they are of two scenes
(docs/decisions/0018-video.md has what it was chosen by)."""
_SIDE_PX = 96
_BINS = 6


class SceneCuts:
    """Tells, frame by frame, where a scene begins."""

    def __init__(self) -> None:
        self._before: npt.NDArray[np.float32] | None = None

    def begins(self, pixels: Pixels) -> bool:
        """Take the next frame, uint8 (H, W, 3); return whether it is the first of a scene."""
        colours = _colours(pixels)
        before, self._before = self._before, colours
        if before is None:
            return True
        return cv2.compareHist(before, colours, cv2.HISTCMP_BHATTACHARYYA) > CUT_DISTANCE


def _colours(pixels: Pixels) -> npt.NDArray[np.float32]:
    # Shrunk, so that neither grain nor what a codec does to it is taken for a change.
    small = cv2.resize(pixels, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    counts = cv2.calcHist([small], [0, 1, 2], None, [_BINS] * 3, [0, 256] * 3)
    # Neighbouring bins share, so that a light that is turned a little is no cut.
    return np.asarray(cv2.GaussianBlur(counts.reshape(_BINS, -1), (3, 3), 0), np.float32)
