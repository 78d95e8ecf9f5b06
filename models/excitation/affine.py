"""Convolution and linear layers: P_in = a (.) W+' (P_out (/) W+ a), the paper's equation 5.

The bias is left out. An input x that may be negative is split, x = x+ - x-, and takes part as
x+ W+ + x- W-: a negative input through a negative weight excites as well.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Size, Tensor
from torch.nn import functional as F  # noqa: N812

from .rules import (
    Arrivals,
    Denominator,
    Routed,
    Rule,
    Walk,
    has_channels_inmost,
    in_order,
    order_of,
    positive_part,
    scaled,
    sum_of,
)

# What excites the units of a layer: parts of its input, each with its weights.
Parts = list[tuple[Tensor, Tensor]]


class Product(ABC):
    """The bilinear form of a layer, without its bias."""

    def order(self, x: Tensor) -> torch.memory_format:
        """Return the order in memory that the product is fastest on: by default the input's own."""
        return order_of(x)

    @abstractmethod
    def apply(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return W x for x (N, ...)."""

    @abstractmethod
    def transposed(self, p: Tensor, weight: Tensor, shape: Size) -> Tensor:
        """Return W' p for p (N, T, ...), where x has the given shape (N, ...)."""


@dataclass(frozen=True)
class Linear(Product):
    """x (N, ..., D) -> (N, ..., L) by weights (L, D)."""

    def apply(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return W x."""
        return F.linear(x, weight)

    def transposed(self, p: Tensor, weight: Tensor, shape: Size) -> Tensor:  # noqa: ARG002
        """Return W' p."""
        return p @ weight


@dataclass(frozen=True)
class Convolution(Product):
    """x (N, C, H, W) -> (N, K, H', W') by weights (K, C / groups, kh, kw)."""

    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int

    def order(self, x: Tensor) -> torch.memory_format:  # noqa: ARG002
        """Return that with the channels of a pixel side by side."""
        return torch.channels_last

    def apply(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return W x."""
        return F.conv2d(x, weight, None, self.stride, self.padding, self.dilation, self.groups)

    def transposed(self, p: Tensor, weight: Tensor, shape: Size) -> Tensor:
        """Return W' p."""
        images, targets = p.shape[:2]
        size = (images * targets, *shape[1:])
        back: Tensor = torch.ops.aten.convolution_backward(
            p.flatten(0, 1),
            # Its shape counts, and its layout: the result's is the same.
            torch.empty(size, dtype=p.dtype, device=p.device, memory_format=torch.channels_last),
            weight,
            None,
            self.stride,
            self.padding,
            self.dilation,
            False,
            (0, 0),
            self.groups,
            (True, False, False),
        )[0]
        return back.reshape(images, targets, *shape[1:])


@dataclass(frozen=True)
class PointwiseConvolution(Product):
    """A convolution of one pixel, x (N, C, H, W) -> (N, K, H, W) by weights (K, C, 1, 1).

    A product of matrices in the network's own order of memory, so that its many channels need not
    be laid out anew.
    """

    def apply(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return W x."""
        return _at_each_pixel(weight.flatten(1), x)

    def transposed(self, p: Tensor, weight: Tensor, shape: Size) -> Tensor:
        """Return W' p."""
        back = _at_each_pixel(weight.flatten(1).t(), p.flatten(0, 1))
        return back.reshape(*p.shape[:2], *shape[1:])


def _at_each_pixel(matrix: Tensor, x: Tensor) -> Tensor:
    """Multiply (K, C) by each pixel of x (N, C, H, W): (N, K, H, W), in memory as x is."""
    if has_channels_inmost(x):
        return F.linear(x.permute(0, 2, 3, 1), matrix).permute(0, 3, 1, 2)
    product = torch.matmul(matrix, x.flatten(2))
    return product.reshape(*product.shape[:2], *x.shape[2:])


@dataclass(frozen=True)
class GlobalPoolLinear(Product):
    """A head of 1x1 convolution and global average pool, commuted: x (N, C, H, W) -> (N, K).

    Pooling first is the same network, and the step at the top then sees one unit a class.
    Pooled last, the contrast P(w) - P(-w) would be taken at each position by itself and cancel.
    """

    def apply(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return W times the mean of x."""
        return F.linear(x.mean((2, 3)), weight.flatten(1))

    def transposed(self, p: Tensor, weight: Tensor, shape: Size) -> Tensor:
        """Return W' p, spread over all positions."""
        height, width = shape[2:]
        back = (p.flatten(2) @ weight.flatten(1)) / (height * width)
        return back[..., None, None].repeat(1, 1, 1, height, width)


@dataclass(frozen=True, kw_only=True)
class Affine(Rule):
    """The step through a layer with weights.

    `keeps` is the layer's input, its weights and, if there is one, the factor of a batch norm
    behind it, whose negative channels flip the weights' signs.

    Attributes
    ----------
    product : what the layer computes
    signed : whether the input may be negative
    """

    product: Product
    signed: bool

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Share mass out by what each input adds to the unit's excitation."""
        parts = self._parts(polarity, walk)
        order = self.product.order(walk.tensor(self.keeps[0]))
        mass = in_order(mass.flatten(0, 1), order).reshape(mass.shape)
        share = self._denominator(polarity, walk, parts).divide(mass)
        result = sum_of(
            [
                scaled(self.product.transposed(share, weight, part.shape), part.unsqueeze(1))
                for part, weight in parts
            ]
        )
        # Whatever the unit's polarity, its weighted inputs excite it as they are.
        return [Routed(self.inputs[0], 1, result)]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Return W+ (a h) / W+ a for the arrival h at the input."""
        parts = self._parts(polarity, walk)
        return self._denominator(polarity, walk, parts).arrival(
            below(self.inputs[0], 1),
            lambda arrival: self._excitation([(part * arrival, weight) for part, weight in parts]),
        )

    def _denominator(self, polarity: int, walk: Walk, parts: Parts) -> Denominator:
        def compute() -> Denominator:
            return Denominator(self._excitation(parts).reshape(walk.shape(self.output)))

        return walk.once(self.call, polarity, compute)

    def _excitation(self, parts: Parts) -> Tensor:
        return sum_of([self.product.apply(part, weight) for part, weight in parts])

    def _parts(self, polarity: int, walk: Walk) -> Parts:
        """Return what excites the units: the parts of the input, each with its weights."""
        x = walk.tensor(self.keeps[0])
        x = in_order(x, self.product.order(x))
        if not self.signed:
            return [(x, self._weights(polarity, walk))]
        return [
            (positive_part(x), self._weights(polarity, walk)),
            (positive_part(-x), self._weights(-polarity, walk)),
        ]

    def _weights(self, polarity: int, walk: Walk) -> Tensor:
        _, weight, *factor = self.keeps
        return walk.positive_weights(weight, factor[0] if factor else None, polarity)
