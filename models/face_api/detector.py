"""Faces in a photograph, by the tiny face detector of face-api.js."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..architectures import load_network
from ..card import ModelCard, load_card
from ..devices import choose_device
from ..preprocess import InputFrame, prepare_shades, seen_at
from .networks import DETECTOR_ANCHORS, DETECTOR_STRIDE_PX, channels_inmost

CARD = "face-detector"
ANCHORS_CELLS = (
    (1.603231, 2.094468),
    (6.041143, 7.080126),
    (2.882459, 3.518061),
    (4.266906, 5.178857),
    (9.041765, 10.66308),
)
"""Width and height of each anchor in grid cells, as face-api.js trained it."""
INPUT_SIDES_PX = (128, 224, 416)
"""Input sizes that are tried on every photograph. The anchors span 51 to 341 input pixels, so
one size misses faces that fill the picture or are far away (docs/decisions/0003)."""
AT_ONCE = 32
"""Images that go through the network together on a GPU; on a CPU one is as fast as many."""
MIN_SCORE = 0.5
MAX_OVERLAP = 0.4
"""Two boxes with a larger intersection over union are one face."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face that was found.

    Attributes
    ----------
    x, y, width, height : float
        Its box in pixels of the original image; it may reach over the edge.
    score : float
        In [0, 1].
    """

    x: float
    y: float
    width: float
    height: float
    score: float


class FaceDetector:
    """Finds faces; immutable once loaded, safe to share between threads.

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
    def load(cls, device: str | None = None) -> FaceDetector:
        """Load the detector that ships.

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
        return cls(card, channels_inmost(load_network(card).to(where)), where)

    def detect(self, image: Tensor) -> list[Face]:
        """Find the faces in one image: `detect_all`."""
        return self.detect_all([image])[0]

    @torch.no_grad()
    def detect_all(self, images: Sequence[Tensor]) -> list[list[Face]]:
        """Find the faces in images.

        Parameters
        ----------
        images : sequence of Tensor, each (H, W), (1, H, W) or (3, H, W)
            uint8, uint16, or floating point in [0, 1]; each of its own size.

        Returns
        -------
        list of list of Face
            For each image, the surest first; empty if there is none.

        Raises
        ------
        InputError
            If an image cannot be read.
        """
        at_once = AT_ONCE if self._device.type != "cpu" else 1
        found: list[list[Face]] = []
        for start in range(0, len(images), at_once):
            some = [one.cpu() for one in images[start : start + at_once]]
            found += self._faces([prepare_shades(one, self.card.input) for one in some])
        return found

    def _faces(self, prepared: Sequence[tuple[Tensor, InputFrame]]) -> list[list[Face]]:
        """Return the faces of images that were prepared."""
        outputs = []
        for side in INPUT_SIDES_PX:
            # The photograph itself is resized once; what is seen is small already.
            seen = [seen_at(shades, side, self.card.input) for shades, _ in prepared]
            batch = torch.cat(seen) if len(seen) > 1 else seen[0]
            # Few numbers are left: they are merged on the CPU, which a GPU need not wait for.
            outputs.append(self._network(batch.to(self._device)).cpu())
        return [
            _merged([output[place] for output in outputs], frame)
            for place, (_, frame) in enumerate(prepared)
        ]


def _merged(outputs: Sequence[Tensor], frame: InputFrame) -> list[Face]:
    """Return the faces of one image from the network's output for each of `INPUT_SIDES_PX`."""
    boxes, scores = [], []
    for side, output in zip(INPUT_SIDES_PX, outputs, strict=True):
        at_side, sure = decode(output, MIN_SCORE)
        boxes.append(at_side / side)  # shares of the input's side
        scores.append(sure)
    merged, best = merge_boxes(torch.cat(boxes), torch.cat(scores))
    return [
        Face(x, y, width, height, score)
        for (x, y, width, height), score in zip(
            _on_image(merged, frame).tolist(), best.tolist(), strict=True
        )
    ]


def decode(output: Tensor, least: float = 0.0) -> tuple[Tensor, Tensor]:
    """Turn the network's output for one image into boxes and scores.

    YOLO v2's parametrisation (Redmon and Farhadi, CVPR 2017, section 2): the centre is the
    cell plus the sigmoid of an offset, the size an anchor times the exponential of a scale.

    Parameters
    ----------
    output : Tensor, shape (anchors * 5, G, G)
    least : float
        The score from which a box is wanted.

    Returns
    -------
    boxes : Tensor, shape (R, 4)
        x, y, width, height in input pixels.
    scores : Tensor, shape (R,)
        In [0, 1].
    """
    raw = output.reshape(DETECTOR_ANCHORS, 5, *output.shape[1:])
    scores = raw[:, 4].sigmoid()
    anchor, row, column = (scores >= least).nonzero(as_tuple=True)
    likely = raw[anchor, :, row, column]
    centre = likely[:, :2].sigmoid() + torch.stack((column, row), 1)
    extent = likely[:, 2:4].exp() * torch.tensor(ANCHORS_CELLS, device=output.device)[anchor]
    boxes = torch.cat((centre - extent / 2, extent), 1) * DETECTOR_STRIDE_PX
    return boxes, scores[anchor, row, column]


def merge_boxes(boxes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    """Merge the boxes of each face into one.

    Non-maximum suppression, in plain torch (torchvision's operator is missing beside a CPU
    build of torch); then each best box becomes the mean, weighted by score, of all boxes that
    overlap it, which lies closer to the face than the best one alone.

    Parameters
    ----------
    boxes : Tensor, shape (R, 4)
        x, y, width, height.
    scores : Tensor, shape (R,)

    Returns
    -------
    boxes : Tensor, shape (K, 4)
    scores : Tensor, shape (K,)
        Of the best box of each; in descending order.
    """
    order = scores.argsort(descending=True, stable=True)
    boxes, scores = boxes[order], scores[order]
    together = _intersection_over_union(boxes) > MAX_OVERLAP
    best: list[int] = []
    for candidate in range(len(scores)):
        if not together[candidate, best].any():
            best.append(candidate)
    weights = together[best] * scores
    return (weights @ boxes) / weights.sum(1, keepdim=True), scores[best]


def _intersection_over_union(boxes: Tensor) -> Tensor:
    start, extent = boxes[:, :2], boxes[:, 2:]
    end = start + extent
    shared = (
        torch.minimum(end[:, None], end[None]) - torch.maximum(start[:, None], start[None])
    ).clamp(min=0)
    intersection, area = shared.prod(-1), extent.prod(-1)
    return intersection / (area[:, None] + area[None] - intersection)


def _on_image(boxes: Tensor, frame: InputFrame) -> Tensor:
    scale = torch.tensor([frame.width, frame.height] * 2, device=boxes.device)
    offset = torch.tensor([frame.x, frame.y, 0, 0], device=boxes.device)
    return boxes * scale + offset
