"""Excitation maps of a classifier: images and codes in, maps on the images out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .classifier import BATCH, Classifier
from .errors import InputError, ModelError, TargetError
from .excitation import (
    Contrast,
    DualContrast,
    Excitation,
    ExcitationBackprop,
    NoContrast,
    RivalContrast,
)
from .preprocess import Box, InputFrame

Targets = Sequence[str] | Sequence[Sequence[str]] | None


@dataclass(frozen=True)
class ExcitationMap:
    """Where on an image the evidence for one label is.

    Attributes
    ----------
    label : str
        Code of the target that the map explains.
    against : str
        What it is set against: ``none``, ``dual`` or a rival's code.
    layer : str
        The map layer.
    score : float
        The label's score on the image, in [0, 1].
    explained_mass : float
        The share of the decision that arrived at the map layer, in [0, 1].
    grid : Tensor, shape (h, w)
        float32 on the CPU, >= 0, with sum 1; all 0 if the contrast left nothing.
    frame : InputFrame
        Where the grid lies on the image.
    """

    label: str
    against: str
    layer: str
    score: float
    explained_mass: float
    grid: Tensor
    frame: InputFrame

    def in_image(self) -> Tensor:
        """Return the map over the original image, (H, W) float32, >= 0, with sum 1 or all 0."""
        return self.frame.to_image(self.grid)


class Explainer:
    """Contrastive Excitation Backprop (doi 10.1007/s11263-017-1059-x) for one classifier.

    Safe to share between threads. The classifier is never changed.

    Parameters
    ----------
    classifier : Classifier

    Raises
    ------
    UnsupportedLayerError
        If the network has an operation without a rule; the message names it and its layer.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._lock = threading.Lock()
        self._engines: dict[str, ExcitationBackprop] = {}
        self._engine(classifier.card.map_layer)

    def excitation_maps(
        self,
        images: Sequence[Tensor],
        targets: Targets = None,
        *,
        contrast: str | None = None,
        boxes: Sequence[Box | None] | None = None,
        layer: str | None = None,
    ) -> list[list[ExcitationMap]]:
        """Explain labels of images.

        The map of a label c is ``max(0, sum over channels of P)`` at the map layer, where P
        started at the top from ``P(w_c)`` (``none``), ``P(w_c) - P(-w_c)`` (``dual``, the
        paper's section 3.3) or ``P(w_c) - P(w_d)`` (a rival d), and went down by
        ``P_in = a * W+' (P_out / W+ a)`` (its equation 5).

        Parameters
        ----------
        images : sequence of Tensor, each (H, W), (1, H, W) or (3, H, W)
            uint8, uint16, or floating point in [0, 1]; each of its own size.
        targets : sequence of str, or of one sequence of str an image, optional
            Codes to explain, the same for all images or for each its own; each image's
            best-scoring label if not given.
        contrast : str, optional
            ``dual``, ``none`` or a rival's code; the card's if not given.
        boxes : sequence of (x, y, width, height) or None, optional
            The part of each image to classify, in its pixels; None is all of it.
        layer : str, optional
            Dotted name of the module whose output carries the map; the card's if not given.

        Returns
        -------
        list of list of ExcitationMap
            For each image, a map for each of its targets, in their order.

        Raises
        ------
        InputError
            If there is no image, one cannot be read, or a box is not on its image.
        TargetError
            If a label or the rival is unknown, or is to be explained against itself.
        UnsupportedLayerError
            If `layer` does not exist or cannot carry a map.
        ModelError
            If the network's outputs are not finite.
        """
        if not images:
            raise InputError("There is no image to explain; give at least one.")
        columns = self._columns(targets, len(images))
        against, opponent = self._contrast(contrast, columns)
        found: list[list[ExcitationMap]] = []
        for start in range(0, len(images), BATCH):
            some = slice(start, start + BATCH)
            found += self._maps(
                images[some],
                None if boxes is None else boxes[some],
                None if columns is None else columns[some],
                layer or self._classifier.card.map_layer,
                (against, opponent),
            )
        return found

    def _maps(
        self,
        images: Sequence[Tensor],
        boxes: Sequence[Box | None] | None,
        columns: Sequence[Sequence[int]] | None,
        layer: str,
        contrast: tuple[str, Contrast],
    ) -> list[list[ExcitationMap]]:
        batch, frames = self._classifier.prepare(images, boxes)
        engine = self._engine(layer)
        recording = engine.record(batch)
        if not bool(recording.outputs.isfinite().all()):
            raise ModelError(
                f"{self._classifier.card.name} returned numbers that are not finite; its weights "
                "are damaged or do not fit its input. Check the model card."
            )
        scores = self._classifier.scores(recording.outputs).float().cpu()
        chosen = columns or [[int(best)] for best in scores.argmax(1)]
        widest = max(len(row) for row in chosen)
        if not widest:
            return [[] for _ in images]
        # Images with fewer targets repeat one; what it gives is not looked at.
        filled = [[*row, *[0] * (widest - len(row))] for row in chosen]
        against, opponent = contrast
        excitation = engine.explain(recording, torch.tensor(filled), opponent)
        grids = _normalised(excitation)
        explained = excitation.explained_mass.cpu()
        return [
            [
                ExcitationMap(
                    label=self._classifier.codes[column],
                    against=against,
                    layer=layer,
                    score=float(scores[image, column]),
                    explained_mass=float(explained[image, place]),
                    grid=grids[image, place],
                    frame=frames[image],
                )
                for place, column in enumerate(row)
            ]
            for image, row in enumerate(chosen)
        ]

    def _columns(self, targets: Targets, images: int) -> list[list[int]] | None:
        if targets is None:
            return None
        if isinstance(targets, str):
            raise TargetError(f"The targets are one string, {targets!r}; give a list of codes.")
        index = self._classifier.index
        shared = [target for target in targets if isinstance(target, str)]
        if len(shared) == len(targets):
            return [[index(code) for code in shared]] * images
        if shared or len(targets) != images:
            raise TargetError(
                f"{len(targets)} lists of targets came with {images} images; give one list of "
                "codes for all images, or one for each."
            )
        return [[index(code) for code in codes] for codes in targets]

    def _contrast(
        self, contrast: str | None, columns: list[list[int]] | None
    ) -> tuple[str, Contrast]:
        name = contrast or self._classifier.card.contrast
        if name == "none":
            return name, NoContrast()
        if name == "dual":
            return name, DualContrast()
        rival = self._classifier.index(name)
        code = self._classifier.codes[rival]
        if columns is not None and any(rival in row for row in columns):
            raise TargetError(
                f"{code} cannot be explained against itself; leave it out of the targets, or name "
                "another rival."
            )
        return code, RivalContrast(torch.tensor([rival]))

    def _engine(self, layer: str) -> ExcitationBackprop:
        with self._lock:
            if layer not in self._engines:
                size = self._classifier.card.input
                example = torch.zeros(
                    2, size.channels, size.height, size.width, device=self._classifier.device
                )
                self._engines[layer] = ExcitationBackprop(self._classifier.module, layer, example)
            return self._engines[layer]


def _normalised(excitation: Excitation) -> Tensor:
    """Return maps (N, T, h, w) with sum 1 each, or all 0, float32 on the CPU."""
    maps = excitation.maps.float().cpu()
    total = maps.sum((2, 3), keepdim=True)
    return maps / torch.where(total > 0, total, 1.0)
