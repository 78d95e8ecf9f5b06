"""The 68 points of a face, by the landmark network of face-api.js."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..architectures import with_parameters
from ..card import ModelCard, load_card
from ..devices import choose_device
from ..preprocess import Box, prepare_image
from .networks import POINT_COORDINATES, FaceFeatureNet, channels_inmost

CARD = "face-landmarks"
_EYES = (slice(36, 42), slice(42, 48))
"""The points about the eye on the image's left, and on its right."""


def turn_of_eyes(points: Tensor) -> float:
    """Return by how many degrees the line from eye to eye is turned, clockwise as it is seen.

    Parameters
    ----------
    points : Tensor, shape (68, 2)
        As `FaceLandmarks.locate` returns them; an eye is the mean of the six about it.

    Returns
    -------
    float
        In [-180, 180]; 0 where the eyes are level.
    """
    left, right = (points[eye].mean(0) for eye in _EYES)
    across, down = (right - left).tolist()
    return math.degrees(math.atan2(down, across))


class FaceLandmarks:
    """Locates the 68 points; immutable once loaded, safe to share between threads.

    In the order of the iBUG 300-W annotation: 0-16 jaw line from the image's left to its
    right, 17-26 eyebrows, 27-30 bridge of the nose, 31-35 its base, 36-47 eyes, 48-59 outer
    and 60-67 inner outline of the lips.

    Parameters
    ----------
    card : ModelCard
    network : nn.Module
    device : torch.device
        Where the network is.
    """

    def __init__(self, card: ModelCard, network: nn.Module, device: torch.device) -> None:
        self.card = card
        self._network = network
        self._device = device

    @classmethod
    def load(cls, device: str | None = None) -> FaceLandmarks:
        """Load the landmark network that ships.

        Parameters
        ----------
        device : str, optional
            As for `Classifier.load`.

        Raises
        ------
        CardError, CheckpointError, ModelError
            If the card, the weights or the device cannot be used.
        """
        card, where = load_card(CARD), choose_device(device)
        # Points need no explanation.
        network = with_parameters(FaceFeatureNet(POINT_COORDINATES, pairs=True), card)
        return cls(card, channels_inmost(network.to(where)), where)

    def locate(self, image: Tensor, box: Box) -> Tensor:
        """Locate the points of one face, shape (68, 2): `locate_all`."""
        return self.locate_all([image], [box])[0]

    @torch.no_grad()
    def locate_all(self, images: Sequence[Tensor], boxes: Sequence[Box]) -> Tensor:
        """Locate the points of a face in each image; a few at once take two thirds of the time.

        Parameters
        ----------
        images : sequence of Tensor, each (H, W), (1, H, W) or (3, H, W)
            uint8, uint16, or floating point in [0, 1]; one at least.
        boxes : sequence of (x, y, width, height)
            The faces as the detector found them, in pixels of their images.

        Returns
        -------
        Tensor, shape (N, 68, 2)
            x and y in pixels of the image, float32, on the CPU.

        Raises
        ------
        InputError
            If an image cannot be read, or a box is not on it.
        """
        inputs, frames = zip(
            *(
                prepare_image(image.to(self._device), self.card.input, box)
                for image, box in zip(images, boxes, strict=True)
            ),
            strict=True,
        )
        seen = torch.stack(inputs).contiguous(memory_format=torch.channels_last)
        shares: Tensor = self._network(seen).reshape(-1, 68, 2).cpu()  # of the input's sides
        extents = torch.tensor([[frame.width, frame.height] for frame in frames])
        return shares * extents[:, None] + torch.tensor([[f.x, f.y] for f in frames])[:, None]
