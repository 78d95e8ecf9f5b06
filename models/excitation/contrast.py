"""Contrast: which decision the walk of a label is set against.

With P(w) the winner-take-all step from an output unit with weights w, the walk starts from
P(w_c) minus the P of the opposite decision. The walk is linear in what it starts from, so the
signed difference goes down in one sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Contrast(Protocol):
    """What a walk starts from."""

    def seeds(self, prior: Tensor) -> dict[int, Tensor]:
        """Return the mass at the outputs by polarity, for a prior (N, T, L) over the outputs."""


@dataclass(frozen=True)
class NoContrast:
    """P(w_c): plain Excitation Backprop, the paper's section 3.2."""

    def seeds(self, prior: Tensor) -> dict[int, Tensor]:
        """Mass on the outputs themselves."""
        return {1: prior}


@dataclass(frozen=True)
class DualContrast:
    """P(w_c) - P(-w_c): against the paper's dual unit, whose weights are negated (section 3.3)."""

    def seeds(self, prior: Tensor) -> dict[int, Tensor]:
        """Mass on the outputs, and as much negative mass on their negatives."""
        return {1: prior, -1: -prior}


@dataclass(frozen=True)
class RivalContrast:
    """P(w_c) - P(w_d): against a chosen rival d for each target.

    Attributes
    ----------
    rivals : output columns, int64, a shape that broadcasts to (N, T)
    """

    rivals: Tensor

    def seeds(self, prior: Tensor) -> dict[int, Tensor]:
        """Mass on the outputs, less the same mass on their rivals."""
        rivals = self.rivals.to(prior.device).expand(prior.shape[:2])
        against = torch.zeros_like(prior).scatter_(2, rivals.unsqueeze(2), 1.0)
        return {1: prior - against * prior.sum(2, keepdim=True)}
