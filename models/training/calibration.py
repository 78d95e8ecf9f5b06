"""Scores that mean what they say: temperature, offsets and operating points."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..card_parts import Calibration

_SHRINKAGE = 1.0
"""Cost of an offset's square, that of one image more: offsets learned from few images are small."""
_STEPS = 200


def label_loss(logits: Tensor, truth: Tensor, activation: str) -> Tensor:
    """Return the mean negative log-likelihood of the truth (N, L) under logits (N, L)."""
    if activation == "softmax":
        return functional.cross_entropy(logits, truth)
    return functional.binary_cross_entropy_with_logits(logits, truth)


def fit_calibration(logits: Tensor, truth: Tensor, activation: str) -> Calibration:
    """Fit temperature and offsets to images that the network was not trained on.

    Temperature scaling (Guo et al., ICML 2017) with an offset a target, by maximum likelihood;
    offsets are held near 0.

    Parameters
    ----------
    logits : Tensor, shape (N, L)
    truth : Tensor, shape (N, L)
        1 where an image has a label, else 0.
    activation : str
        ``softmax`` or ``sigmoid``.
    """
    outputs, wanted = logits.detach().double().cpu(), truth.double().cpu()
    cold = torch.zeros((), dtype=torch.float64, requires_grad=True)  # log of the temperature
    offsets = torch.zeros(outputs.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([cold, offsets], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        corrected = (outputs + offsets) / cold.clamp(-3, 3).exp()
        loss = label_loss(
            corrected, wanted, activation
        ) + _SHRINKAGE * offsets.square().mean() / len(outputs)
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return Calibration(
        temperature=round(float(cold.detach().clamp(-3, 3).exp()), 4),
        offsets=tuple(round(float(offset), 4) for offset in offsets.detach()),
    )


def calibrated(logits: Tensor, calibration: Calibration) -> Tensor:
    """Return (logits + offsets) / temperature, (N, L)."""
    return (logits + logits.new_tensor(calibration.offsets)) / calibration.temperature


def operating_points(scores: Tensor, truth: Tensor) -> tuple[float | None, ...]:
    """Return for each target the score from which yes is said: where Youden's J is largest.

    J = sensitivity + specificity - 1 (Youden, Cancer 3(1), 1950). The point lies in the middle
    between two neighbouring scores, so that it does not hang on one image's rounding.

    Parameters
    ----------
    scores : Tensor, shape (N, L)
        In [0, 1].
    truth : Tensor, shape (N, L)
        1 where an image has a label, else 0.

    Returns
    -------
    tuple of float or None
        None for a target that all images have, or none.
    """
    return tuple(
        _operating_point(column.double(), has > 0)
        for column, has in zip(scores.T, truth.T, strict=True)
    )


def _operating_point(scores: Tensor, has: Tensor) -> float | None:
    if bool(has.all()) or not bool(has.any()):
        return None
    values: Tensor = torch.unique(scores)  # ascending
    said = scores[:, None] >= values
    youden = said[has].double().mean(0) - said[~has].double().mean(0)
    best = int(youden.argmax())
    below = values[best - 1] if best else values[best]
    return round(float((values[best] + below) / 2), 4)
