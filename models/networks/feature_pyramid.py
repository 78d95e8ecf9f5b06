"""Classifiers whose last features are fine enough to point with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import CardError


class FeaturePyramid(nn.Module):
    """A feature pyramid (Lin et al., CVPR 2017) on stages of growing coarseness, then their mean.

    The coarse stages know what is seen, the fine ones where; the pyramid brings both together on
    the grid of the second stage, a quarter of the input's size. Everything behind a batch norm is
    a ReLU, so that no evidence is lost on the way up from `evidence`, the map layer.

    Parameters
    ----------
    targets : int
        Outputs.
    stages : sequence of nn.Module
        Three or more; each halves the grid.
    widths : sequence of int
        Channels of the stages' outputs.
    features : int
        Channels of the pyramid.
    gain : float
        What the averaged features are multiplied by. A finding fills few cells, so that their
        mean is small: without a gain the head learns slowly.
    dropout : float
        Share of the averaged features that are left out in training, in [0, 1).
    """

    def __init__(
        self,
        targets: int,
        stages: Sequence[nn.Module],
        widths: Sequence[int],
        *,
        features: int,
        gain: float,
        dropout: float,
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.laterals = nn.ModuleList(_normalised(width, features, 1) for width in widths[1:])
        self.merges = nn.ModuleList(_convolution(features, features, 3) for _ in widths[3:])
        self.evidence = _convolution(features, features, 3)
        self.gain = gain
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(features, targets)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, targets) for inputs (N, C, H, W), H and W multiples of all strides."""
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        sides = [side(x) for side, x in zip(self.laterals, found[1:], strict=True)]
        merged = torch.relu(sides.pop())
        for merge in (*self.merges, self.evidence):
            merged = merge(torch.relu(_doubled(merged) + sides.pop()))
        logits: Tensor = self.head(self.dropout(merged.mean((2, 3)) * self.gain))
        return logits


class ResidualPyramid(FeaturePyramid):
    """A small residual network under a feature pyramid, to be trained from chance.

    Parameters
    ----------
    targets : int
        Outputs.
    channels : int
        Of the input.
    widths : sequence of int
        Channels of the stages; each halves the grid.
    blocks : sequence of int
        Residual blocks of the stages.
    features, gain, dropout
        As of `FeaturePyramid`.

    Raises
    ------
    CardError
        If `widths` and `blocks` do not describe three stages or more.
    """

    def __init__(
        self,
        targets: int,
        channels: int = 1,
        widths: Sequence[int] = (16, 32, 64, 128),
        blocks: Sequence[int] = (0, 1, 1, 2),
        features: int = 48,
        gain: float = 16.0,
        dropout: float = 0.0,
    ) -> None:
        if len(widths) != len(blocks) or len(widths) < 3:
            raise CardError(
                f"architecture.options: {len(widths)} widths and {len(blocks)} numbers of blocks "
                "were given; give as many of both, three at least."
            )
        inputs = (channels, *widths)
        stages = [
            nn.Sequential(
                _convolution(before, width, 6 if stage == 0 else 4, stride=2),
                *(_Block(width) for _ in range(count)),
            )
            for stage, (before, width, count) in enumerate(
                zip(inputs, widths, blocks, strict=False)
            )
        ]
        super().__init__(targets, stages, widths, features=features, gain=gain, dropout=dropout)


class _Block(nn.Module):
    """Two convolutions beside the identity (He et al., CVPR 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width, 3)
        self.second = _normalised(width, width, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


def _doubled(x: Tensor) -> Tensor:
    """Return each cell of (N, C, H, W) as 2 x 2, by operations that the walk has rules for."""
    four = torch.cat([x[:, :, None]] * 4, 2).flatten(1, 2)
    return functional.pixel_shuffle(four, 2)


def _normalised(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    # Kernels that halve the grid are even: every grid then lies evenly on the input, and a coarse
    # cell over the middle of the finer ones that it is laid upon.
    padding = (size - 1) // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, padding, bias=False), nn.BatchNorm2d(outputs)
    )


def _convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(*_normalised(inputs, outputs, size, stride), nn.ReLU())
