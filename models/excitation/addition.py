"""Residual addition: mass is shared out by the positive parts of the summands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from .rules import Routed, Rule, Walk, positive_part


@dataclass(frozen=True, kw_only=True)
class Sum(Rule):
    """P_i = P s_i+ / sum_j s_j+, over all summands of a chain of additions at once.

    Taking the chain as one sum makes the result independent of the order of the additions.
    Where no summand is positive the negative parts decide, and where all are zero they share
    equally: so mass is conserved and stays non-negative. `inputs` and `keeps` are the summands.

    Attributes
    ----------
    signs : the sign with which each summand enters
    """

    signs: tuple[int, ...]

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Share mass out among the summands."""
        shares = walk.once(self.call, polarity, lambda: self._shares(polarity, walk))
        return [
            Routed(value, polarity * sign, mass * share.unsqueeze(1))
            for value, sign, share in zip(self.inputs, self.signs, shares, strict=True)
        ]

    def _shares(self, polarity: int, walk: Walk) -> list[Tensor]:
        summands = [
            walk.tensor(keep) * (sign * polarity)
            for keep, sign in zip(self.keeps, self.signs, strict=True)
        ]
        parts = [positive_part(summand) for summand in summands]
        total = torch.stack(parts).sum(0)
        none_positive = total == 0
        if bool(none_positive.any()):
            parts = [
                torch.where(none_positive, -summand, part)
                for summand, part in zip(summands, parts, strict=True)
            ]
            all_zero = torch.stack(parts).sum(0) == 0
            parts = [part.masked_fill(all_zero, 1.0) for part in parts]
            total = torch.stack(parts).sum(0)
        return [part / total for part in parts]
