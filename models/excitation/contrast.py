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

from ..errors import TargetError


class Contrast(Protocol):
    """What a walk starts from."""

    def seeds(self, prior: Tensor, logits: Tensor) -> dict[int, Tensor]:
        """Return the mass at the outputs by polarity, that of polarity 1 among it.

        Parameters
        ----------
        prior : (N, T, L), all mass on each target's output
        logits : (N, L) of the network, before any softmax or sigmoid
        """


@dataclass(frozen=True)
class NoContrast:
    """P(w_c): plain Excitation Backprop, the paper's section 3.2."""

    def seeds(self, prior: Tensor, logits: Tensor) -> dict[int, Tensor]:  # noqa: ARG002
        """Mass on the outputs themselves."""
        return {1: prior}


@dataclass(frozen=True)
class DualContrast:
    """P(w_c) - P(-w_c): against the paper's dual unit, whose weights are negated (section 3.3)."""

    def seeds(self, prior: Tensor, logits: Tensor) -> dict[int, Tensor]:  # noqa: ARG002
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

    def seeds(self, prior: Tensor, logits: Tensor) -> dict[int, Tensor]:  # noqa: ARG002
        """Mass on the outputs, less the same mass on their rivals."""
        against = one_hot(self.rivals.expand(prior.shape[:2]), prior.shape[2], prior)
        return {1: prior - against * prior.sum(2, keepdim=True)}


@dataclass(frozen=True)
class RestContrast:
    """P(w_c) - sum_d q_d P(w_d): against all other labels d, weighted by how likely each is.

    q is the softmax of the other labels' logits, so that the strongest rival weighs most.
    """

    def seeds(self, prior: Tensor, logits: Tensor) -> dict[int, Tensor]:
        """Mass on the outputs, less the same mass shared out among the others."""
        if prior.shape[2] < 2:
            raise TargetError(
                "the network has one output, so there is no rest to set it against; use the "
                "contrast 'dual' or 'none'."
            )
        others = logits.to(prior.dtype).unsqueeze(1).masked_fill(prior > 0, -torch.inf)
        return {1: prior - others.softmax(2) * prior.sum(2, keepdim=True)}


def one_hot(chosen: Tensor, columns: int, like: Tensor) -> Tensor:
    """Put all mass on chosen output columns: int64 (N, T) -> (N, T, L), of the type of `like`.

    Raises
    ------
    TargetError
        A column does not exist.
    """
    if bool(((chosen < 0) | (chosen >= columns)).any()):
        raise TargetError(
            f"targets or rivals {sorted(set(chosen.flatten().tolist()))} are not all among the "
            f"network's output columns 0 to {columns - 1}."
        )
    mass = like.new_zeros((*chosen.shape, columns))
    return mass.scatter_(2, chosen.to(like.device).unsqueeze(2), 1.0)
