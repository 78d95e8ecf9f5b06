"""Whether anything stands out on an image at all, and whether it is like those learned from.

Shares and maps that sum to 1 cannot say "none". Evidence as it is, before anything is normalised,
can: the strongest cell of a map layer's features under the positive weights of a label, the
outputs themselves, and how far the features are from those of familiar images (Lee et al., NeurIPS
2018: Mahalanobis' distance by class; of the features' logarithms, which are nearer to normal).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .card_parts import PRESENCE_PARTS, PresenceSpec
from .errors import CheckpointError

PREFIX = "familiar."
"""How tensors of a weights file begin that say what is familiar, and belong to no network."""
_LEAST = 1e-3
_SHRINKAGE = 0.1
"""Share of the mean variance in the covariance, so that few images do not make it singular."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for there being anything on an image.

    Attributes
    ----------
    strength : float
        Compared with the card's `PresenceSpec.point`.
    distance : float
        From the nearest class of familiar images; compared with `PresenceSpec.unfamiliar`.
    """

    strength: float
    distance: float


@dataclass(frozen=True)
class Familiar:
    """Where the pooled features of the images lie that a network learned from.

    Attributes
    ----------
    mean : Tensor, shape (G, C)
        Of the logarithms, by class.
    precision : Tensor, shape (C, C)
        The inverse of their covariance within classes.
    """

    mean: Tensor
    precision: Tensor

    @classmethod
    def of(cls, pooled: Tensor, truth: Tensor) -> Familiar:
        """Fit to pooled features (N, C) of images whose labels are (N, L)."""
        logs = _logs(pooled.double())
        classes = truth.argmax(1).where(truth.sum(1) > 0, truth.shape[1])
        means, apart = [], torch.zeros_like(logs)
        for one in sorted(set(classes.tolist())):
            of_it = classes == one
            means.append(logs[of_it].mean(0))
            apart[of_it] = logs[of_it] - means[-1]
        spread = apart.T @ apart / len(apart)
        even = torch.eye(len(spread), dtype=spread.dtype) * spread.diagonal().mean()
        inverse = torch.linalg.inv((1 - _SHRINKAGE) * spread + _SHRINKAGE * even)
        return cls(torch.stack(means).float(), inverse.float().contiguous())

    @classmethod
    def read(cls, state: Mapping[str, Tensor], name: str) -> Familiar:
        """Take it from the tensors of a weights file.

        Raises
        ------
        CheckpointError
            If the file does not hold it.
        """
        try:
            return cls(state[f"{PREFIX}mean"], state[f"{PREFIX}precision"])
        except KeyError as error:
            raise CheckpointError(
                f"The model card has [presence], and {name} holds no tensor {error}; train the "
                "card again, or remove [presence]."
            ) from error

    def tensors(self) -> dict[str, Tensor]:
        """Return it as tensors of a weights file."""
        return {f"{PREFIX}mean": self.mean, f"{PREFIX}precision": self.precision}

    def distance(self, pooled: Tensor) -> Tensor:
        """Return the distance (N,) of pooled features (N, C) from the nearest class."""
        away = _logs(pooled.float())[:, None] - self.mean.to(pooled.device)
        squares = torch.einsum("ngc,cd,ngd->ng", away, self.precision.to(pooled.device), away)
        return squares.clamp(min=0).sqrt().amin(1)


def _logs(pooled: Tensor) -> Tensor:
    return torch.log(pooled.clamp(min=0) + _LEAST)


def head_weights(network: nn.Module, channels: int) -> Tensor:
    """Return the weights (L, C) by which a network's last layer reads its pooled features.

    Raises
    ------
    CheckpointError
        If its last linear layer does not read as many features as the map layer has channels.
    """
    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    if not linear or linear[-1].in_features != channels:
        raise CheckpointError(
            f"[presence] needs a last layer that reads the mean of the map layer's {channels} "
            "channels, which this network does not have; remove [presence] from the card."
        )
    return linear[-1].weight.detach()


def parts_of(weights: Tensor, features: Tensor, outputs: Tensor, familiar: Familiar) -> Tensor:
    """Return what presence is judged by, (N, 4), in the order of `PRESENCE_PARTS`.

    Parameters
    ----------
    weights : Tensor, shape (L, C)
        Of the head.
    features : Tensor, shape (N, C, h, w)
        At the map layer.
    outputs : Tensor, shape (N, L)
    familiar : Familiar
    """
    seen, values = features.float(), outputs.float()
    peak = torch.einsum("lc,nchw->nlhw", weights.float().clamp(min=0), seen).amax((1, 2, 3))
    best = values.topk(min(2, values.shape[1]), 1).values
    margin = best[:, 0] - best[:, -1]
    distance = familiar.distance(seen.mean((2, 3)))
    return torch.stack((torch.log(peak.clamp(min=0) + _LEAST), best[:, 0], margin, distance), 1)


def evidence_of(parts: Tensor, spec: PresenceSpec) -> list[Evidence]:
    """Return the evidence of images whose parts are (N, 4)."""
    factors = parts.new_tensor([getattr(spec, name) for name in PRESENCE_PARTS])
    strengths = parts @ factors
    rows = zip(strengths.tolist(), parts[:, -1].tolist(), strict=True)
    return [Evidence(*row) for row in rows]
