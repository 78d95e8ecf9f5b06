"""Operations on each unit by itself: mass passes, to the unit or to its negative."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from .rules import Routed, Rule, Walk


@dataclass(frozen=True, kw_only=True)
class Pass(Rule):
    """An increasing function of the unit, or a decreasing one (sign -1): mass passes whole."""

    sign: int = 1

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:  # noqa: ARG002
        """Hand the mass on."""
        return [Routed(self.inputs[0], polarity * self.sign, mass)]


@dataclass(frozen=True, kw_only=True)
class Scale(Rule):
    """A constant factor: batch norm, y = g x + b with g (C,), or a product with a constant.

    Mass passes where g > 0. Where g < 0 the unit is excited by a *low* input, so the mass passes
    to the input's negative: the layer that computed it is stepped through with its weights'
    signs flipped. Where g = 0 the unit does not see its input, and the mass is dropped.
    `keeps` is the factor.
    """

    per_channel: bool

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Hand the mass on, by the factor's sign."""
        (value,) = self.inputs
        signs = walk.signs(self.keeps[0])
        if signs is None:
            return [Routed(value, polarity, mass)]
        # Mass is (N, T, C, ...), the value (N, C, ...): make room for the targets.
        if self.per_channel:
            signs = signs.reshape(-1, *[1] * (mass.dim() - 3))
        elif signs.dim() == mass.dim() - 1:
            signs = signs.unsqueeze(1)
        walk.lose(mass * (signs == 0))
        return [Routed(value, polarity * sign, mass * (signs == sign)) for sign in (1, -1)]
