"""Training where a network looks: losses on its excitation maps, for regions that people drew.

A map is differentiable in the weights that made it (`models.excitation`), so that a region is a
lesson: of the map of a label that the image has, the energy belongs inside the region. "Right for
the right reasons" (Ross, Hughes, Doshi-Velez, IJCAI 2017) does so with input gradients; here it is
the map itself that a suggestion will be cut from.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..alignment import GridGeometry
from ..excitation import (
    Contrast,
    DualContrast,
    ExcitationBackprop,
    NoContrast,
    RestContrast,
    RivalContrast,
)
from ..excitation.recording import Recording

LEAST_ENERGY = 1e-3
"""Added to a share of energy before its logarithm, so that one lost image does not rule a batch."""
LEAST_MASS = 1e-5
"""Added to a cell's mass before its logarithm, likewise."""


@dataclass(frozen=True)
class EvidenceLosses:
    """How far the evidence of some images is from where it belongs; all 0 without regions.

    Attributes
    ----------
    plain : Tensor, shape ()
        Mean of ``-log(energy of the plain map inside the region)``.
    contrast : Tensor, shape ()
        The same of the contrastive map.
    fill : Tensor, shape ()
        Mean divergence (Kullback-Leibler) of the contrastive map from an even spread over the
        region: a single bright cell inside is not the region.
    images : int
        How many images had a region.
    rival : Tensor, shape ()
        As `plain`, of the map of a label that an image has against one that it has not, drawn at
        random ("why X rather than Y").
    absent : Tensor, shape ()
        Mean of ``-log(energy outside the region)`` of the contrastive map of that absent label.
    """

    plain: Tensor
    contrast: Tensor
    fill: Tensor
    images: int
    rival: Tensor
    absent: Tensor


def no_evidence(like: Tensor) -> EvidenceLosses:
    """Return the losses of images without regions, of the type and device of a tensor."""
    none = like.new_zeros(())
    return EvidenceLosses(none, none, none, 0, none, none)


def contrast_named(name: str, codes: tuple[str, ...]) -> Contrast:
    """Return the contrast that a card names: ``dual``, ``none``, ``rest`` or a target's code."""
    known: dict[str, Contrast] = {
        "dual": DualContrast(),
        "none": NoContrast(),
        "rest": RestContrast(),
    }
    return known.get(name) or RivalContrast(torch.tensor([codes.index(name)]))


class Cover:
    """How much of each cell of a map layer's grid lies in a region.

    Parameters
    ----------
    geometry : GridGeometry
        Where the grid lies on the input.
    rows, columns : int
        Of the grid.
    height, width : int
        Of the network's input in pixels.
    """

    def __init__(
        self, geometry: GridGeometry, rows: int, columns: int, height: int, width: int
    ) -> None:
        self._down = _overlaps(geometry.y, geometry.cell_height, rows, height)
        self._across = _overlaps(geometry.x, geometry.cell_width, columns, width)

    def __call__(self, regions: Tensor) -> Tensor:
        """Return shares in [0, 1], (N, rows, columns), for regions (N, H, W) in [0, 1]."""
        down, across = self._down.to(regions.device), self._across.to(regions.device)
        return down @ regions @ across.T


def _overlaps(start: float, size: float, cells: int, pixels: int) -> Tensor:
    """Return the share of each cell that lies on each pixel, (cells, pixels)."""
    edges = start + size * torch.arange(cells + 1, dtype=torch.float64)
    pixel = torch.arange(pixels, dtype=torch.float64)
    low = torch.maximum(edges[:-1, None], pixel)
    high = torch.minimum(edges[1:, None], pixel + 1)
    return ((high - low).clamp(min=0) / size).float()


def evidence_losses(
    engine: ExcitationBackprop,
    recording: Recording,
    truth: Tensor,
    cover: Tensor,
    contrast: Contrast,
    *,
    which: bool = False,
) -> EvidenceLosses:
    """Judge the maps of the labels that images have by the regions drawn on them.

    Parameters
    ----------
    engine : ExcitationBackprop
        Of the network, to its map layer.
    recording : Recording
        A forward pass of N images; recorded with gradients, the losses have them too.
    truth : Tensor, shape (N, L)
        1 where an image has a label; each label's map belongs inside the image's regions.
    cover : Tensor, shape (N, h, w)
        Of the map layer's grid (`Cover`); all 0 for an image without regions.
    contrast : Contrast
        Of the contrastive map. Where it leaves nothing of a map, there is nothing to judge.
    which : bool
        Whether absent labels are judged too, by random numbers of torch's own; else `rival` and
        `absent` are 0.

    Returns
    -------
    EvidenceLosses
    """
    drawn = cover.sum((1, 2)) > 0
    judged = (truth > 0) & drawn[:, None]
    images = int(judged.any(1).sum())
    if not images:
        return no_evidence(recording.outputs)
    # As many targets for each image as the fullest has; what stands in for the rest is masked.
    most = int(judged.sum(1).max())
    chosen, targets = judged.float().topk(most, dim=1)
    counted = chosen > 0
    plain = engine.explain(recording, targets, NoContrast()).maps
    against = engine.explain(recording, targets, contrast).maps
    none = recording.outputs.new_zeros(())
    rival, absent = _which(engine, recording, truth, cover, contrast) if which else (none, none)
    return EvidenceLosses(
        plain=_outside(plain, cover, counted),
        contrast=_outside(against, cover, counted),
        fill=_divergence(against, cover, counted),
        images=images,
        rival=rival,
        absent=absent,
    )


def _which(
    engine: ExcitationBackprop,
    recording: Recording,
    truth: Tensor,
    cover: Tensor,
    contrast: Contrast,
) -> tuple[Tensor, Tensor]:
    """Judge one label that each image has against one that it has not, and the latter's own map."""
    has, drawn = truth > 0, cover.sum((1, 2)) > 0
    counted = (drawn & has.any(1) & ~has.all(1))[:, None]
    chance = torch.rand(truth.shape, device=truth.device) + 1.0
    present = (chance * has).argmax(1, keepdim=True)
    lacking = (chance * ~has).argmax(1, keepdim=True)
    rather = engine.explain(recording, present, RivalContrast(lacking)).maps
    wrong = engine.explain(recording, lacking, contrast).maps
    return _outside(rather, cover, counted), _outside(wrong, 1 - cover, counted)


def _outside(maps: Tensor, cover: Tensor, counted: Tensor) -> Tensor:
    """Return the mean of -log(energy inside) of the maps (N, T, h, w) that count."""
    total = maps.sum((2, 3))
    inside = (maps * cover[:, None]).sum((2, 3)) / total.clamp(min=torch.finfo(maps.dtype).tiny)
    return _mean(-torch.log(inside + LEAST_ENERGY), counted & (total > 0))


def _divergence(maps: Tensor, cover: Tensor, counted: Tensor) -> Tensor:
    total = maps.sum((2, 3), keepdim=True)
    found = maps / total.clamp(min=torch.finfo(maps.dtype).tiny)
    even = (cover / cover.sum((1, 2), keepdim=True).clamp(min=LEAST_MASS))[:, None]
    each = (even * (torch.log(even + LEAST_MASS) - torch.log(found + LEAST_MASS))).sum((2, 3))
    return _mean(each, counted & (total[..., 0, 0] > 0))


def _mean(values: Tensor, counted: Tensor) -> Tensor:
    weights = counted.to(values.dtype)
    return (values * weights).sum() / weights.sum().clamp(min=1)
