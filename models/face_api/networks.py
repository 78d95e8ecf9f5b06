"""The networks of face-api.js: face features with an expression or a landmark head, and a detector.

Architectures by Vincent Mühler (face-api.js, MIT). In the published networks most convolutions
are a depthwise and a pointwise one with nothing between them, which is one dense convolution
of rank one per channel pair. The weights are stored as the pairs, a tenth of the size. Networks
that are explained have them fused when they are loaded: in the dense form every ReLU sees a
linear map of non-negative values, for which Excitation Backprop's rule is exact, while a
depthwise output is signed. Those that nobody explains stay pairs, an eighth of the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

PICTURE_CHANNELS = 3
FEATURE_CHANNELS = (32, 64, 128, 256)
POINT_COORDINATES = 2 * 68
"""Outputs of the landmark network: x and y of 68 points."""
DETECTOR_CHANNELS = (PICTURE_CHANNELS, 16, 32, 64, 128, 256, 512)
DETECTOR_ANCHORS = 5
"""Boxes per cell of the detector's grid."""
DETECTOR_STRIDE_PX = 32
"""Side of a grid cell in input pixels."""


def channels_inmost(network: nn.Module) -> nn.Module:
    """Lay a network's kernels in memory with the channels inmost; return it.

    Pooling and convolutions of pairs then go along the channels.
    """
    moved: nn.Module = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def _largest_of_four(x: Tensor) -> Tensor:
    """Pool (N, C, 2h, 2w) to (N, C, h, w) by the maximum: of rows, then of columns.

    With the channels inmost each is one pass over memory, 40 % of what `max_pool2d` takes there.
    What it is given is written over, which takes no new memory.
    """
    rows = x[:, :, ::2]
    torch.maximum(rows, x[:, :, 1::2], out=rows)
    return torch.maximum(rows[..., ::2], rows[..., 1::2])


def fuse_pairs(_module: nn.Module, state: dict[str, Any], _prefix: str, *_unused: object) -> None:
    """Replace each depthwise and pointwise pair of a state dict by the dense kernel it equals.

    A hook for `torch.nn.Module.register_load_state_dict_pre_hook`; changes `state` in place.

    Parameters
    ----------
    state : dict of str to Tensor
        ``NAME.depthwise`` (C, 1, h, w) and ``NAME.pointwise`` (O, C, 1, 1) become
        ``NAME.weight`` (O, C, h, w).
    """
    for key in [k for k in state if k.endswith(".depthwise")]:
        layer = key.removesuffix("depthwise")
        if layer + "pointwise" in state:
            depthwise, pointwise = state.pop(key), state.pop(layer + "pointwise")
            state[layer + "weight"] = pointwise * depthwise.transpose(0, 1)


class PairConv2d(nn.Module):
    """A depthwise and a pointwise convolution with nothing between them.

    Parameters
    ----------
    channels_in, channels_out, kernel_size : int
    stride, padding : int
        Of the depthwise one, which sees the grid.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.depthwise = nn.Parameter(torch.zeros(channels_in, 1, kernel_size, kernel_size))
        self.pointwise = nn.Parameter(torch.zeros(channels_out, channels_in, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self._stride, self._padding = stride, padding

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels_in, H, W) to (N, channels_out, H', W')."""
        each = functional.conv2d(
            x, self.depthwise, None, self._stride, self._padding, groups=x.shape[1]
        )
        return functional.conv2d(each, self.pointwise, self.bias)


class DenseBlock(nn.Module):
    """Four 3x3 convolutions, each fed by the sum of all outputs before it; halves the grid.

    Parameters
    ----------
    channels_in, channels_out : int
    pairs : bool
        Whether they are pairs of a depthwise and a pointwise one; the first block's first
        convolution, which sees the picture, never is.
    """

    def __init__(self, channels_in: int, channels_out: int, *, pairs: bool = False) -> None:
        super().__init__()
        conv: Callable[..., nn.Module] = PairConv2d if pairs else nn.Conv2d
        first: Callable[..., nn.Module] = nn.Conv2d if channels_in == PICTURE_CHANNELS else conv
        self.conv0 = first(channels_in, channels_out, 3, stride=2)
        self.conv1 = conv(channels_out, channels_out, 3, padding=1)
        self.conv2 = conv(channels_out, channels_out, 3, padding=1)
        self.conv3 = conv(channels_out, channels_out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels_in, 2h, 2w) to (N, channels_out, h, w), >= 0."""
        # TensorFlow's "same" padding of an even input at stride 2 is one row and one column,
        # after the last ones.
        out0 = functional.relu(self.conv0(functional.pad(x, (0, 1, 0, 1))))
        sum1 = out0 + self.conv1(out0)
        sum2 = sum1 + self.conv2(functional.relu(sum1))
        sum3 = sum2 + self.conv3(functional.relu(sum2))
        return functional.relu(sum3)


class FaceFeatureNet(nn.Module):
    """Four dense blocks, a global average and a linear head, on a face of 112 x 112 pixels.

    Parameters
    ----------
    outputs : int
        7 for the expressions, 136 for the landmarks (68 pairs x, y).
    pairs : bool
        Whether convolutions are pairs of a depthwise and a pointwise one: the same outputs in a
        third of the time, and nothing that could be explained.

    Attributes
    ----------
    dense0, dense1, dense2, dense3 : DenseBlock
        Their outputs, grids of 56, 28, 14 and 7 cells a side, are non-negative: each can serve
        as the map layer.
    """

    def __init__(self, outputs: int, *, pairs: bool = False) -> None:
        super().__init__()
        self.dense0 = DenseBlock(PICTURE_CHANNELS, FEATURE_CHANNELS[0], pairs=pairs)
        self.dense1 = DenseBlock(FEATURE_CHANNELS[0], FEATURE_CHANNELS[1], pairs=pairs)
        self.dense2 = DenseBlock(FEATURE_CHANNELS[1], FEATURE_CHANNELS[2], pairs=pairs)
        self.dense3 = DenseBlock(FEATURE_CHANNELS[2], FEATURE_CHANNELS[3], pairs=pairs)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(FEATURE_CHANNELS[3], outputs)
        if not pairs:
            self.register_load_state_dict_pre_hook(fuse_pairs)  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor) -> Tensor:
        """Map normalised faces (N, 3, 112, 112) to outputs before activation (N, outputs)."""
        x = self.dense3(self.dense2(self.dense1(self.dense0(x))))
        outputs: Tensor = self.fc(torch.flatten(self.pool(x), 1))
        return outputs


class TinyFaceDetectorNet(nn.Module):
    """Six convolutions of 3x3 with pooling between them and a head of 1x1, after Tiny YOLO v2."""

    def __init__(self) -> None:
        super().__init__()
        first, *others = pairwise(DETECTOR_CHANNELS)
        convs = [PairConv2d(i, o, 3, padding=1) for i, o in others]
        self.convs = nn.ModuleList([nn.Conv2d(*first, 3, padding=1), *convs])
        self.head = nn.Conv2d(DETECTOR_CHANNELS[-1], DETECTOR_ANCHORS * 5, 1)

    @torch.no_grad()  # what is pooled is written over
    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 3, S, S), S a multiple of 32, to (N, 25, S/32, S/32).

        Each anchor has five numbers before activation: centre x and y within the cell, width
        and height as logarithms relative to the anchor, and whether there is a face.
        """
        last = len(self.convs) - 1
        for index, conv in enumerate(self.convs):
            # The largest of four stays the largest under the leaky ReLU, which so sees a quarter.
            x = conv(x)
            if index < last:
                x = _largest_of_four(x)
            else:  # stride 1: TensorFlow's "same" padding repeats the last row and column
                x = functional.max_pool2d(functional.pad(x, (0, 1, 0, 1), mode="replicate"), 2, 1)
            x = functional.leaky_relu_(x, 0.1)
        outputs: Tensor = self.head(x)
        return outputs
