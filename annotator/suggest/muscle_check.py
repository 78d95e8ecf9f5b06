"""Hold suggestions against anatomy: whether evidence lies where the muscle moves the skin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from models.face_api.landmarks import FaceLandmarks

from ..domain import BoundingBox, Suggestion
from .muscle_regions import energy_in_muscles, muscle_regions

SCHEME = "FACS"
"""Of the labels that muscles are known for."""
LEAST_SHARE = 0.5
"""Share of a suggestion's evidence below which it is said to lie outside the muscle's region."""

FloatMap = npt.NDArray[np.float32]


class MuscleCheck:
    """Locates the landmarks of faces; safe to share between threads.

    Parameters
    ----------
    device : str
        As for `models.classifier.Classifier.load`.

    Raises
    ------
    ModelError
        If the landmark network or the device cannot be used.
    """

    def __init__(self, device: str) -> None:
        self._landmarks = FaceLandmarks.load(device)

    def on_face(self, picture: Tensor, face: BoundingBox) -> npt.NDArray[np.float32]:
        """Return the landmarks (68, 2) of a face on a picture (C, H, W), in its pixels."""
        box = (face.x, face.y, face.width, face.height)
        points: npt.NDArray[np.float32] = self._landmarks.locate(picture, box).numpy()
        return points


def outside_muscle(
    landmarks: npt.NDArray[np.float32], values: FloatMap, suggestions: Sequence[Suggestion]
) -> list[str]:
    """Return a sentence for each suggestion whose evidence lies outside its muscle's region.

    Parameters
    ----------
    landmarks : ndarray of float32, shape (68, 2)
        Of the face, in the image's pixels.
    values : ndarray of float32, shape (H, W)
        The map that the suggestions were cut from, in the image's pixels.
    suggestions : sequence of Suggestion
        Of one label; of a label without a known muscle nothing is said.
    """
    notices = []
    for place, suggestion in enumerate(suggestions, start=1):
        regions = muscle_regions(suggestion.label, landmarks)
        share = energy_in_muscles(values, regions, suggestion.region)
        if regions and share < LEAST_SHARE:
            which = f", region {place}" if len(suggestions) > 1 else ""
            notices.append(
                f"{suggestion.label}{which}: outside its muscle ({regions[0].muscle}; {share:.0%} "
                "of the evidence inside). Look twice."
            )
    return notices
