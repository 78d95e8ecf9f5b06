"""Convolution and linear layers: P_in = a (.) W+' (P_out (/) W+ a), the paper's equation 5.

The bias is left out. An input x that may be negative is split, x = x+ - x-, and takes part as
x+ W+ + x- W-: a negative input through a negative weight excites as well. What excites is then its
negative, the virtual unit -x, and that unit takes the mass: what is below explains why x is low.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Size, Tensor
from torch.nn import functional as F  # noqa: N812

from .rules import (
    Arrivals,
    Denominator,
    Routed,
    Rule,
    Walk,
    empty_inmost,
    has_channels_inmost,
    in_order,
    order_of,
    positive_part,
    scaled,
    sum_of,
)


class Part(NamedTuple):
    """What excites a layer's units: its inputs of a polarity, by how much each of them is excited.

    Attributes
    ----------
    polarity : whose units these are, the inputs' own (1) or their negatives (-1)
    excited : (N, ...) >= 0
    weight : >= 0
    """

    polarity: int
    excited: Tensor
    weight: Tensor


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
    """x (N, C, [D,] H, W) -> (N, K, [D',] H', W') by weights (K, C / groups, [kd,] kh, kw)."""

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    def order(self, x: Tensor) -> torch.memory_format:  # noqa: ARG002
        """Return that with the channels of a pixel side by side."""
        return torch.channels_last

    def apply(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return W x."""
        convolve = F.conv2d if weight.dim() == 4 else F.conv3d
        return convolve(x, weight, None, self.stride, self.padding, self.dilation, self.groups)

    def transposed(self, p: Tensor, weight: Tensor, shape: Size) -> Tensor:
        """Return W' p."""
        images, targets = p.shape[:2]
        size = (images * targets, *shape[1:])
        back: Tensor = torch.ops.aten.convolution_backward(
            p.flatten(0, 1),
            # Its shape counts, and its layout: the result's is the same.
            empty_inmost(size, p),
            weight,
            None,
            self.stride,
            self.padding,
            self.dilation,
            False,
            (0,) * len(self.stride),
            self.groups,
            (True, False, False),
        )[0]
        return back.reshape(images, targets, *shape[1:])


@dataclass(frozen=True)
class PointwiseConvolution(Product):
    """A convolution of one pixel, x (N, C, ...) -> (N, K, ...) by weights (K, C, 1, ...).

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
    """Multiply (K, C) by each pixel of x (N, C, ...): (N, K, ...), in memory as x is."""
    if has_channels_inmost(x):
        return F.linear(x.permute(0, 2, 3, 1), matrix).permute(0, 3, 1, 2)
    product = torch.matmul(matrix, x.flatten(2))
    return product.reshape(*product.shape[:2], *x.shape[2:])


@dataclass(frozen=True)
class GlobalPoolLinear(Product):
    """A head of 1x1 convolution and global average pool, commuted: x (N, C, ...) -> (N, K).

    Pooling first is the same network, and the step at the top then sees one unit a class.
    Pooled last, the contrast P(w) - P(-w) would be taken at each position by itself and cancel.
    """

    def apply(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return W times the mean of x."""
        return F.linear(x.mean(tuple(range(2, x.dim()))), weight.flatten(1))

    def transposed(self, p: Tensor, weight: Tensor, shape: Size) -> Tensor:
        """Return W' p, spread over all positions."""
        sizes = shape[2:]
        back = (p.flatten(2) @ weight.flatten(1)) / sizes.numel()
        return back[(..., *[None] * len(sizes))].repeat(1, 1, 1, *sizes)


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
        return [
            Routed(
                self.inputs[0],
                part.polarity,
                scaled(
                    self.product.transposed(share, part.weight, part.excited.shape),
                    part.excited.unsqueeze(1),
                ),
            )
            for part in parts
        ]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Return W+ (a h) / W+ a for the arrival h at the input."""
        parts = self._parts(polarity, walk)
        arrivals = [below(self.inputs[0], part.polarity) for part in parts]
        lossless = all(arrival is None for arrival in arrivals)
        return self._denominator(polarity, walk, parts).arrival(
            None
            if lossless
            else lambda: self._excitation(
                [
                    part if arrival is None else part._replace(excited=part.excited * arrival)
                    for part, arrival in zip(parts, arrivals, strict=True)
                ]
            )
        )

    def _denominator(self, polarity: int, walk: Walk, parts: Sequence[Part]) -> Denominator:
        def compute() -> Denominator:
            return Denominator(self._excitation(parts).reshape(walk.shape(self.output)))

        return walk.once(self.call, polarity, compute)

    def _excitation(self, parts: Sequence[Part]) -> Tensor:
        return sum_of([self.product.apply(part.excited, part.weight) for part in parts])

    def _parts(self, polarity: int, walk: Walk) -> list[Part]:
        """Return what excites the units of a polarity: the layer's weighted inputs, as they are."""
        x = self.excited_by(0, walk)
        x = in_order(x, self.product.order(x))
        if not self.signed:
            return [Part(1, x, self._weights(polarity, walk))]
        return [
            Part(sign, positive_part(x * sign), self._weights(polarity * sign, walk))
            for sign in (1, -1)
        ]

    def _weights(self, polarity: int, walk: Walk) -> Tensor:
        _, weight, *factor = self.keeps
        return walk.positive_weights(weight, factor[0] if factor else None, polarity)
