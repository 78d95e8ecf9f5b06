"""A classifier as the product uses it: images in, scores out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from .architectures import load_network
from .card import ModelCard, load_card
from .card_parts import Target
from .checkpoints import read_checkpoint
from .devices import Courier, choose_device, keep_channels_inmost
from .errors import CardError, InputError
from .face_api.landmarks import FaceLandmarks, turn_of_eyes
from .map_layers import find_map_layer
from .preprocess import Box, InputFrame, prepare_image
from .presence import Evidence, Familiar, evidence_of, head_weights, parts_of

BATCH = 32
"""Most images that go through a network at once."""
BATCH_ON_GPU = 64
_EXAMPLES = 8


class Classifier:
    """A network with its card; immutable once loaded, safe to share between threads.

    Parameters
    ----------
    card : ModelCard
    module : nn.Module
        The network, in evaluation mode.
    device : torch.device
        Where the network is.
    landmarks : FaceLandmarks, optional
        Finds the eyes by which faces are levelled, if the card says so.
    familiar : Familiar, optional
        What images are like that it learned from, if the card judges presence by it.

    Attributes
    ----------
    targets : tuple of Target
        One an output, in order.
    codes : tuple of str
        Their codes.
    """

    def __init__(
        self,
        card: ModelCard,
        module: nn.Module,
        device: torch.device,
        landmarks: FaceLandmarks | None = None,
        familiar: Familiar | None = None,
    ) -> None:
        self.card = card
        self._familiar = familiar
        if familiar is not None:
            self._head = head_weights(module, familiar.mean.shape[1])
        self.landmarks = landmarks
        self.module = module
        self.device = device
        self.targets: tuple[Target, ...] = card.targets
        self.codes: tuple[str, ...] = card.codes
        self._courier = Courier(device)
        # Tried on a GPU only: on a CPU the same picture is to give the same bits in each run.
        size = (_EXAMPLES, card.input.channels, card.input.height, card.input.width)
        self._inmost = device.type == "cuda" and keep_channels_inmost(
            module, torch.linspace(-2, 2, math.prod(size), device=device).reshape(size)
        )

    @classmethod
    def load(cls, card: ModelCard | str | Path, device: str | None = None) -> Classifier:
        """Load a classifier.

        Parameters
        ----------
        card : ModelCard, str or Path
            A card, the name of a shipped one, or the path of a ``.toml`` file.
        device : str, optional
            ``auto`` (the default: a GPU if there is one), ``cpu``, ``cuda``, ``cuda:N`` or
            ``mps``.

        Raises
        ------
        CardError
            If the card has problems, or is not a classifier's.
        CheckpointError
            If the weights cannot be read, or do not fit.
        UnsupportedLayerError
            If an ONNX file holds an operation without a counterpart, or no layer has the grid
            that the card names.
        ModelError
            If the device is not there.
        """
        found = card if isinstance(card, ModelCard) else load_card(card)
        if found.task != "classification":
            raise CardError(
                f"The model card {found.name} is for {found.task}; a classifier is needed here. "
                "Choose a card whose task is classification."
            )
        where = choose_device(device)
        network = load_network(found)
        size = (found.input.channels, found.input.height, found.input.width)
        layer = find_map_layer(network, found.map_layer, size)
        landmarks = FaceLandmarks.load(device) if found.input.alignment == "eyes" else None
        familiar = None
        if found.presence is not None and found.weights.file is not None:
            state = read_checkpoint(found.weights.file, found.weights.sha256)
            familiar = Familiar.read(state, found.weights.file.name)
        card = replace(found, map_layer=layer)
        return cls(card, network.to(where), where, landmarks, familiar)

    def prepare(
        self, images: Sequence[Tensor], boxes: Sequence[Box | None] | None = None
    ) -> tuple[Tensor, tuple[InputFrame, ...]]:
        """Bring images to the network's input.

        Parameters
        ----------
        images : sequence of Tensor, each (H, W), (1, H, W) or (3, H, W)
            uint8, uint16, or floating point in [0, 1]; each of its own size.
        boxes : sequence of (x, y, width, height) or None, optional
            The part of each image to classify (a face), in its pixels; None is all of it.

        Returns
        -------
        batch : Tensor, shape (N, C, h, w)
            float32, normalised, on the classifier's device.
        frames : tuple of InputFrame
            Where each input lies on its image.

        Raises
        ------
        InputError
            If there is no image, an image cannot be read, or a box is not on its image.
        """
        parts = _one_each(images, boxes)
        if not images:
            raise InputError("There is no image to prepare; give at least one.")
        prepared = [self.prepare_one(*one) for one in zip(images, parts, strict=True)]
        return self.batch([part for part, _ in prepared]), tuple(frame for _, frame in prepared)

    def prepare_one(
        self, image: Tensor, box: Box | None = None, points: Tensor | None = None
    ) -> tuple[Tensor, InputFrame]:
        """Bring an image to the network's input, (C, h, w) float32, on the image's own device.

        Parameters
        ----------
        image, box
            As for `prepare`.
        points : Tensor, shape (68, 2), optional
            The landmarks of the face, where they are known already.
        """
        turn_deg = 0.0
        if self.landmarks is not None and box is not None:
            turn_deg = turn_of_eyes(self.landmarks.locate(image, box) if points is None else points)
        return prepare_image(image, self.card.input, box, turn_deg)

    def batch(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return prepared inputs (C, h, w) as one batch (N, C, h, w) on the classifier's device."""
        batch = self._courier.joined(inputs)
        return batch.contiguous(memory_format=torch.channels_last) if self._inmost else batch

    def send(self, values: Tensor) -> Tensor:
        """Send a prepared input off to the device, from any thread, for a later `batch`."""
        return self._courier.send(values)

    @torch.no_grad()
    def logits(self, batch: Tensor) -> Tensor:
        """Return the outputs before activation of prepared inputs (N, C, h, w), shape (N, L)."""
        outputs: Tensor = self.module(batch)
        return outputs

    def corrected(self, logits: Tensor) -> Tensor:
        """Return outputs before activation by the card's calibration, shape (N, L)."""
        calibration = self.card.calibration
        return (logits + logits.new_tensor(calibration.offsets)) / calibration.temperature

    def scores(self, logits: Tensor) -> Tensor:
        """Return scores in [0, 1] by the card's calibration and activation, shape (N, L)."""
        corrected = self.corrected(logits)
        return (
            corrected.softmax(dim=1) if self.card.activation == "softmax" else corrected.sigmoid()
        )

    def evidence(self, features: Tensor, outputs: Tensor) -> list[Evidence] | None:
        """Return what speaks for there being anything on images; None if the card does not judge.

        Parameters
        ----------
        features : Tensor, shape (N, C, h, w)
            At the map layer.
        outputs : Tensor, shape (N, L)
            Before activation.
        """
        if self._familiar is None or self.card.presence is None:
            return None
        parts = parts_of(self._head, features, outputs, self._familiar)
        return evidence_of(parts.cpu(), self.card.presence)

    def predict(
        self, images: Sequence[Tensor], boxes: Sequence[Box | None] | None = None
    ) -> Tensor:
        """Classify images.

        Parameters
        ----------
        images, boxes
            As for `prepare`; any number of images.

        Returns
        -------
        Tensor, shape (N, L)
            Scores in [0, 1], float32, on the CPU; a column a target, in the card's order.

        Raises
        ------
        InputError
            If an image cannot be read, or a box is not on its image.
        """
        parts = _one_each(images, boxes)
        scores = [torch.empty(0, len(self.targets))]
        for start in range(0, len(images), BATCH):
            some = slice(start, start + BATCH)
            batch, _ = self.prepare(images[some], parts[some])
            scores.append(self.scores(self.logits(batch)).float().cpu())
        return torch.cat(scores)

    def index(self, code: str) -> int:
        """Return the output of a target's code or of one of its aliases, whatever its case.

        Raises
        ------
        TargetError
            If the card has no such target; the message lists those that exist.
        """
        return self.card.index(code)


def _one_each(images: Sequence[Tensor], boxes: Sequence[Box | None] | None) -> list[Box | None]:
    if boxes is None:
        return [None] * len(images)
    if len(boxes) != len(images):
        raise InputError(
            f"{len(images)} images came with {len(boxes)} boxes; give a box or None for each."
        )
    return list(boxes)
