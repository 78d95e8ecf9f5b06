"""What a network is trained to make small."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..alignment import grid_geometry
from ..card import ModelCard
from ..excitation import ExcitationBackprop
from .evidence import Cover, EvidenceLosses, contrast_named, evidence_losses
from .recipe import Recipe


@dataclass(frozen=True)
class Losses:
    """Mean losses of one pass over some examples.

    Attributes
    ----------
    label : float
        Of the labels.
    plain, contrast, fill : float
        Of the evidence (`EvidenceLosses`); 0 without regions.
    rival, absent : float
        Likewise, of maps that are to know which label they are of.
    none : float
        Of the labels each by itself, images without any among them; 0 where the recipe has none.
    """

    label: float = 0.0
    plain: float = 0.0
    contrast: float = 0.0
    fill: float = 0.0
    rival: float = 0.0
    absent: float = 0.0
    none: float = 0.0

    def total(self, recipe: Recipe) -> float:
        """Return their sum, weighted by the recipe."""
        evidence = recipe.plain * self.plain + recipe.contrast * self.contrast
        which = recipe.rival * self.rival + recipe.absent * self.absent
        return self.label + evidence + recipe.fill * self.fill + which + recipe.none * self.none


class LabelLoss:
    """How wrong a network's outputs are.

    Parameters
    ----------
    truth : Tensor, shape (N, L)
        Of all training examples, to weigh rare labels by.
    activation : str
        ``softmax`` or ``sigmoid``.
    recipe : Recipe
    """

    def __init__(self, truth: Tensor, activation: str, recipe: Recipe) -> None:
        present = truth.sum(0).clamp(min=1)
        absent = (1 - truth).sum(0).clamp(min=1)
        even = present.mean() if activation == "softmax" else absent
        self._weights = (even / present) ** recipe.balance
        self._softmax = activation == "softmax"
        self._smoothing = recipe.label_smoothing

    def __call__(self, logits: Tensor, truth: Tensor) -> Tensor:
        """Return the mean loss of logits (N, L) whose truth is (N, L).

        Where labels exclude each other, it is that of the images that have one.
        """
        weights = self._weights.to(logits.device)
        if not self._softmax:
            return functional.binary_cross_entropy_with_logits(logits, truth, pos_weight=weights)
        labelled = truth.sum(1) > 0
        if not bool(labelled.all()):  # what has no label is no lesson in which of them it is
            if not bool(labelled.any()):
                return 0 * logits.sum()
            logits, truth = logits[labelled], truth[labelled]
        shared = truth / truth.sum(1, keepdim=True).clamp(min=1)
        return functional.cross_entropy(
            logits, shared, weight=weights, label_smoothing=self._smoothing
        )


class EvidenceJudge:
    """One forward pass of a network, and what its maps are worth.

    Parameters
    ----------
    network : nn.Module
        Set to evaluation mode; calls may be made in either mode, if its calls of torch are the
        same in both. Its weights may change between calls.
    card : ModelCard
        For the input's size, the map layer and the contrast.
    device : torch.device
        Where the network is.

    Raises
    ------
    UnsupportedLayerError
        If the network has an operation without a rule above the map layer.
    """

    def __init__(self, network: nn.Module, card: ModelCard, device: torch.device) -> None:
        size, layer = card.input, card.map_layer
        example = torch.zeros(2, size.channels, size.height, size.width, device=device)
        self._engine = ExcitationBackprop(network.eval(), layer, example)
        rows, columns = self._engine(example, torch.tensor([0])).maps.shape[2:]
        geometry = grid_geometry(network, layer, size.channels)
        self._cover = Cover(geometry, rows, columns, size.height, size.width)
        self._contrast = contrast_named(card.contrast, card.codes)
        self._which = card.training.rival > 0 or card.training.absent > 0

    def __call__(
        self, batch: Tensor, regions: Tensor, truth: Tensor, *, gradients: bool
    ) -> tuple[Tensor, EvidenceLosses]:
        """Return outputs (N, L), float32, and the evidence's losses.

        Parameters
        ----------
        batch : Tensor, shape (N, C, H, W)
            Normalised inputs.
        regions : Tensor, shape (N, H, W)
            In [0, 1]; all 0 where an image has none.
        truth : Tensor, shape (N, L)
        gradients : bool
            Whether what is returned can be differentiated in the weights.
        """
        recording = self._engine.record(batch, create_graph=gradients)
        found = evidence_losses(
            self._engine,
            recording,
            truth,
            self._cover(regions),
            self._contrast,
            which=self._which,
        )
        return recording.outputs.float(), found
