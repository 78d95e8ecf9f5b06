"""Pooling: an average shares mass by its inputs' activations, a maximum gives it to the winner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch import Size, Tensor

from .rules import Denominator, Routed, Rule, Walk, positive_part, transpose


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
        x = walk.tensor(self.keeps[0])
        excited = positive_part(x * polarity) if self.signed or polarity < 0 else x
        denominator = walk.once(self.call, polarity, lambda: Denominator(self.pool(excited)))
        share = denominator.divide(mass, walk).flatten(0, 1)
        back = transpose(self.pool, Size((len(share), *x.shape[1:])), share)
        result = excited.unsqueeze(1) * back.reshape(*mass.shape[:2], *x.shape[1:])
        return [Routed(self.inputs[0], polarity, result)]


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
        x = walk.tensor(self.keeps[0])

        def winners() -> Tensor:
            indices: Tensor = self.winners(x)[1]
            return indices.flatten(2).unsqueeze(1)

        # The same unit decides at either polarity.
        index = walk.once(self.call, 1, winners)
        shares = mass.flatten(3)
        result = mass.new_zeros((*mass.shape[:3], x.shape[2] * x.shape[3]))
        result = result.scatter_add(3, index.expand(shares.shape), shares)
        return [Routed(self.inputs[0], polarity, result.reshape(*mass.shape[:3], *x.shape[2:]))]
