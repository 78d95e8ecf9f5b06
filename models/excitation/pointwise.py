"""Operations on each unit by itself: mass passes, to the unit or to its negative."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from .rules import Arrivals, Routed, Rule, Walk, sum_of


@dataclass(frozen=True, kw_only=True)
class Pass(Rule):
    """An increasing function of the unit, or a decreasing one (sign -1): mass passes whole."""

    sign: int = 1

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:  # noqa: ARG002
        """Hand the mass on."""
        return [Routed(self.inputs[0], polarity * self.sign, mass)]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:  # noqa: ARG002
        """Ask the input."""
        return below(self.inputs[0], polarity * self.sign)


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
        signs = self._aligned(signs, mass.dim() - 1)
        if signs.dim() == mass.dim() - 1:  # Mass is (N, T, ...): make room for the targets.
            signs = signs.unsqueeze(1)
        return [Routed(value, polarity * sign, mass * (signs == sign)) for sign in (1, -1)]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Ask the input, by the factor's sign."""
        (value,) = self.inputs
        signs = walk.signs(self.keeps[0])
        if signs is None:
            return below(value, polarity)
        signs = self._aligned(signs, len(walk.shape(self.output)))
        arrivals = [(sign, below(value, polarity * sign)) for sign in (1, -1)]
        return sum_of(
            [
                (signs == sign) * (walk.filled((), 1.0) if arrival is None else arrival)
                for sign, arrival in arrivals
            ]
        )

    def _aligned(self, signs: Tensor, rank: int) -> Tensor:
        """Bring the signs to the axes of a value (N, C, ...)."""
        return signs.reshape(-1, *[1] * (rank - 2)) if self.per_channel else signs
