"""Residual addition: mass is shared out by the positive parts of the summands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from .rules import (
    Arrivals,
    Routed,
    Rule,
    Walk,
    channels_inmost,
    has_channels_inmost,
    may_ask,
    positive_part,
    reciprocal,
    scaled,
    sum_of,
)


@dataclass(frozen=True, kw_only=True)
class Sum(Rule):
    """P_i = P s_i+ / sum_j s_j+, over all summands of a chain of additions at once.

    Taking the chain as one sum makes the result independent of the order of the additions.
    Where no summand is positive the negative parts decide, and where all are zero they share
    equally: so mass is conserved and stays non-negative. `inputs` and `keeps` are the summands.

    Attributes
    ----------
    signs : the sign with which each summand enters
    rectified : whether only units whose sum is positive hold mass, so that no other one counts
    signed_split : P_i = P s_i / sum_j s_j instead, as the authors' code has it, for comparison with
        it only: shares may be negative or huge, so that neither P >= 0 nor what is below holds
    """

    signs: tuple[int, ...]
    rectified: bool = False
    signed_split: bool = False

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Share mass out among the summands."""
        shares = walk.once(self.call, polarity, lambda: self._shares(polarity, walk, mass))
        *others, last = zip(self.inputs, self.signs, shares, strict=True)
        routed = [
            Routed(value, polarity * sign, mass * share.unsqueeze(1))
            for value, sign, share in others
        ]
        value, sign, share = last
        return [*routed, Routed(value, polarity * sign, scaled(mass, share.unsqueeze(1)))]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Average the arrivals at the summands, by their shares."""
        arrivals = [
            below(value, polarity * sign)
            for value, sign in zip(self.inputs, self.signs, strict=True)
        ]
        if not self.signed_split and all(arrival is None for arrival in arrivals):
            return None
        shares = walk.once(self.call, polarity, lambda: self._shares(polarity, walk))
        return sum_of(
            [
                share if arrival is None else share * arrival
                for share, arrival in zip(shares, arrivals, strict=True)
            ]
        )

    def _shares(self, polarity: int, walk: Walk, mass: Tensor | None = None) -> list[Tensor]:
        """Return each summand's share, in memory in the order of the mass that is shared out."""
        inputs = [self.excited_by(place, walk) for place in range(len(self.keeps))]
        summands = [
            summand if sign * polarity > 0 else -summand
            for summand, sign in zip(inputs, self.signs, strict=True)
        ]
        if mass is not None and has_channels_inmost(mass.flatten(0, 1)):
            summands = [channels_inmost(summand) for summand in summands]
        if self.signed_split:
            total = sum_of(summands)
            inverse = total.masked_fill(total == 0, torch.inf).reciprocal()
            return [summand * inverse for summand in summands]
        parts = [positive_part(summand) for summand in summands]
        if not (self.rectified and polarity > 0):
            parts = _deciding(summands, parts)
        total = sum_of(parts)
        # Where nothing is positive 0 / 0 would be asked for: any divisor gives 0.
        inverse = reciprocal(total.clamp(min=torch.finfo(total.dtype).tiny))
        return [scaled(part, inverse) for part in parts]


def _deciding(summands: list[Tensor], parts: list[Tensor]) -> list[Tensor]:
    """Return the parts that share: positive ones, else negative ones, else equal ones."""
    none_positive = sum_of(parts) == 0
    if may_ask(none_positive) and not bool(none_positive.any()):
        return parts
    parts = [
        torch.where(none_positive, -summand, part)
        for summand, part in zip(summands, parts, strict=True)
    ]
    all_zero = sum_of(parts) == 0
    if may_ask(all_zero) and not bool(all_zero.any()):
        return parts
    return [part.masked_fill(all_zero, 1.0) for part in parts]
