"""Action Units from the features of a face network, each read where its muscle moves the skin."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .networks import FEATURE_CHANNELS, DenseBlock, fuse_pairs

GRID = 14
"""Cells a side of the features that the heads read, on a face of 112 x 112 pixels."""


class ActionUnitNet(nn.Module):
    """Three dense blocks and a linear head that looks at part of the face for each unit.

    A head's weight for a channel and a cell is the product of how much the channel says of the
    unit (``head.what``) and how often the cell lies where the unit's muscle moves the skin
    (``head.where``). So few numbers can be learned from few faces, the evidence lies where the
    anatomy says, and the whole is one linear layer on features that are not negative, for which
    Excitation Backprop is exact.

    Parameters
    ----------
    outputs : int
        Units.

    Attributes
    ----------
    dense0, dense1, dense2 : DenseBlock
        Their outputs, grids of 56, 28 and 14 cells a side, are non-negative: each can serve as
        the map layer.
    """

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.dense0 = DenseBlock(3, FEATURE_CHANNELS[0])
        self.dense1 = DenseBlock(FEATURE_CHANNELS[0], FEATURE_CHANNELS[1])
        self.dense2 = DenseBlock(FEATURE_CHANNELS[1], FEATURE_CHANNELS[2])
        self.head = nn.Linear(FEATURE_CHANNELS[2] * GRID * GRID, outputs)
        self.register_load_state_dict_pre_hook(fuse_pairs)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_spread_heads)  # type: ignore[no-untyped-call]

    def features(self, x: Tensor) -> Tensor:
        """Map normalised faces (N, 3, 112, 112) to features (N, 128, 14, 14), all >= 0."""
        grid: Tensor = self.dense2(self.dense1(self.dense0(x)))
        return grid

    def forward(self, x: Tensor) -> Tensor:
        """Map normalised faces (N, 3, 112, 112) to outputs before activation (N, outputs)."""
        outputs: Tensor = self.head(torch.flatten(self.features(x), 1))
        return outputs


def region_means(features: Tensor, where: Tensor) -> Tensor:
    """Return the mean of each channel over each unit's part of the face.

    Parameters
    ----------
    features : Tensor, shape (N, C, h, w)
    where : Tensor, shape (L, h, w)
        Weights of the cells, >= 0, with sum 1 for each unit.

    Returns
    -------
    Tensor, shape (L, N, C)
        What `ActionUnitNet`'s ``head.what`` is multiplied with.
    """
    return torch.einsum("nchw,lhw->lnc", features, where)


def _spread_heads(_module: nn.Module, state: dict[str, Any], *_unused: object) -> None:
    """Replace ``head.what`` (L, C) and ``head.where`` (L, h, w) by the linear layer they equal."""
    if "head.what" in state and "head.where" in state:
        what, where = state.pop("head.what"), state.pop("head.where")
        state["head.weight"] = torch.einsum("lc,lhw->lchw", what, where).flatten(1)
