"""Faces in a picture, the most prominent first."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from models.errors import ModelError
from models.face_api.detector import Face, FaceDetector

from ..domain import BoundingBox, FoundFace
from ..errors import SuggestError

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def found_faces(picture: Pixels, device: str = "auto") -> tuple[FoundFace, ...]:
    """Find the faces in a picture: `faces_of_each`."""
    return faces_of_each([picture], device)[0]


def faces_of_each(pictures: Sequence[Pixels], device: str = "auto") -> list[tuple[FoundFace, ...]]:
    """Find the faces in pictures.

    Parameters
    ----------
    pictures : sequence of ndarray, each (H, W) or (H, W, 3), uint8 or uint16
    device : str
        ``auto`` (a GPU if there is one), ``cpu``, ``cuda``, ``cuda:N`` or ``mps``. The detector
        is loaded once for each.

    Returns
    -------
    list of tuple of FoundFace
        Of each picture, the most prominent first; empty if there is none.

    Raises
    ------
    SuggestError
        If the detector's weights, the device or a picture cannot be used.
    """
    try:
        found = face_detector(device).detect_all([picture_tensor(one) for one in pictures])
    except ModelError as error:
        raise SuggestError(str(error)) from error
    return [
        tuple(
            FoundFace(BoundingBox(face.x, face.y, face.width, face.height), face.score)
            for face in sorted(faces, key=_prominence, reverse=True)
        )
        for faces in found
    ]


@functools.cache
def face_detector(device: str) -> FaceDetector:
    """Return the detector that ships, loaded once for each device; safe to share by threads."""
    return FaceDetector.load(device=device)


def picture_tensor(picture: Pixels) -> torch.Tensor:
    """Return pixels as a tensor, shape (C, H, W), of the same dtype."""
    tensor = torch.from_numpy(np.require(picture, requirements=["C", "W"]))
    return tensor.permute(2, 0, 1) if tensor.ndim == 3 else tensor[None]


def _prominence(face: Face) -> float:
    # A large region that is hardly a face must not win over a smaller one that surely is.
    return face.score**2 * max(face.width, face.height)
