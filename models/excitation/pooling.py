"""Pooling: an average shares mass by its inputs' activations, a maximum gives it to the winner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch import Size, Tensor

from .rules import Arrivals, Denominator, Routed, Rule, Walk, positive_part, transpose


@dataclass(frozen=True, kw_only=True)
class AveragePool(Rule):
    """P_in = a (.) A'(P_out (/) A a) with the pool's weights A; a common divisor cancels.

    The weights are positive, so only positive inputs excite (negative ones at polarity -1).
    `keeps` is the pool's input.

    Attributes
    ----------
    pool : the pool on any number of images
    signed : whether the input may be negative
    """

    pool: Callable[[Tensor], Tensor]
    signed: bool

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Share mass out within each window by activation."""
        excited = self._excited(polarity, walk)
        share = self._denominator(polarity, walk, excited).divide(mass).flatten(0, 1)
        back = transpose(self.pool, Size((len(share), *excited.shape[1:])), share)
        result = excited.unsqueeze(1) * back.reshape(*mass.shape[:2], *excited.shape[1:])
        return [Routed(self.inputs[0], polarity, result)]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Return A (a h) / A a for the arrival h at the input."""
        excited = self._excited(polarity, walk)
        return self._denominator(polarity, walk, excited).arrival(
            below(self.inputs[0], polarity), lambda arrival: self.pool(excited * arrival)
        )

    def _denominator(self, polarity: int, walk: Walk, excited: Tensor) -> Denominator:
        return walk.once(self.call, polarity, lambda: Denominator(self.pool(excited)))

    def _excited(self, polarity: int, walk: Walk) -> Tensor:
        x = walk.tensor(self.keeps[0])
        return positive_part(x * polarity) if self.signed or polarity < 0 else x


@dataclass(frozen=True, kw_only=True)
class MaxPool(Rule):
    """All of a window's mass goes to the unit that won it, the first one where several are equal.

    `keeps` is the pool's input.

    Attributes
    ----------
    winners : pools and returns (maxima, flat indices into H x W)
    """

    winners: Callable[[Tensor], Any]

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Give each window's mass to its winner; windows may overlap."""
        pixels = walk.tensor(self.keeps[0]).shape[2:]
        index = self._index(walk).flatten(2).unsqueeze(1)
        shares = mass.flatten(3)
        result = mass.new_zeros((*mass.shape[:3], pixels.numel()))
        result = result.scatter_add(3, index.expand(shares.shape), shares)
        return [Routed(self.inputs[0], polarity, result.reshape(*mass.shape[:3], *pixels))]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Ask each window's winner."""
        arrival = below(self.inputs[0], polarity)
        if arrival is None:
            return None
        index = self._index(walk)
        return arrival.flatten(2).gather(2, index.flatten(2)).reshape(index.shape)

    def _index(self, walk: Walk) -> Tensor:
        def compute() -> Tensor:
            indices: Tensor = self.winners(walk.tensor(self.keeps[0]))[1]
            return indices

        # The same unit decides at either polarity.
        return walk.once(self.call, 1, compute)
