"""Linear heads on features that stay as they are: logistic regression, judged on other people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import InputError

_LEAST_SPREAD = 1e-2
"""Added to a feature's standard deviation, so that a silent one is not blown up."""
_STEPS = 200


@dataclass(frozen=True)
class Heads:
    """One linear function of the features for each target.

    Attributes
    ----------
    what : Tensor, shape (L, C)
        Weights.
    bias : Tensor, shape (L,)
    """

    what: Tensor
    bias: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Map features (L, N, C), each target's own, to outputs (N, L)."""
        return torch.einsum("lnc,lc->nl", features, self.what) + self.bias


def fit_heads(features: Tensor, truth: Tensor, ridge: float) -> Heads:
    """Fit heads by maximum likelihood with a penalty on the weights of standardised features.

    The problem is convex: the result does not depend on chance.

    Parameters
    ----------
    features : Tensor, shape (L, N, C)
        Each target's own features of every image.
    truth : Tensor, shape (N, L)
        1 where an image has a label, else 0.
    ridge : float
        Cost of the sum of the squared weights, beside the mean negative log-likelihood.

    Returns
    -------
    Heads
        float32.

    Raises
    ------
    InputError
        If a label is on every image or on none.
    """
    one_sided = (truth == truth[:1]).all(0).nonzero().flatten().tolist()
    if one_sided:
        places = ", ".join(str(place + 1) for place in one_sided)
        raise InputError(
            f"Of the labels, number {places} is on every image or on none, so that it cannot be "
            "learned; remove it from the card, or give images of both kinds."
        )
    values, wanted = features.double(), truth.double().T
    mean = values.mean(1, keepdim=True)
    spread = values.std(1, keepdim=True) + _LEAST_SPREAD
    standard = (values - mean) / spread
    what = torch.zeros(len(values), values.shape[2], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(len(values), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([what, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        outputs = torch.einsum("lnc,lc->ln", standard, what) + bias[:, None]
        each = functional.binary_cross_entropy_with_logits(outputs, wanted, reduction="none")
        loss = each.mean(1).sum() + ridge * what.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    weights = what.detach() / spread[:, 0]
    shift = bias.detach() - (weights * mean[:, 0]).sum(1)
    return Heads(weights.float(), shift.float())


def cross_validated(
    features: Tensor,
    mirrored: Tensor,
    truth: Tensor,
    subjects: Sequence[str],
    *,
    ridge: float,
    folds: int = 5,
    seed: int = 0,
) -> Tensor:
    """Return the outputs of every image by heads that saw nobody who is on it.

    Parameters
    ----------
    features, mirrored : Tensor, shape (L, N, C)
        Of the images, and of their mirror images, which are learned from as well.
    truth : Tensor, shape (N, L)
    subjects : sequence of str
        Who is on each image.
    ridge : float
        As for `fit_heads`.
    folds : int
        Parts that the subjects are dealt into at random.
    seed : int
        Of the dealing.

    Returns
    -------
    Tensor, shape (N, L)

    Raises
    ------
    InputError
        If there are fewer subjects than folds, or a fold leaves a label one-sided.
    """
    names = sorted(set(subjects))
    if len(names) < folds:
        raise InputError(
            f"There are {len(names)} subjects for {folds} folds; give images of more people."
        )
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(seed)).tolist()
    fold_of = {names[place]: dealt % folds for dealt, place in enumerate(order)}
    fold = torch.tensor([fold_of[subject] for subject in subjects])
    outputs = torch.zeros(truth.shape)
    for left_out in range(folds):
        seen, unseen = fold != left_out, fold == left_out
        heads = fit_with_mirrors(features[:, seen], mirrored[:, seen], truth[seen], ridge)
        outputs[unseen] = heads(features[:, unseen])
    return outputs


def fit_with_mirrors(features: Tensor, mirrored: Tensor, truth: Tensor, ridge: float) -> Heads:
    """Fit heads to images and their mirror images; see `fit_heads`."""
    return fit_heads(torch.cat((features, mirrored), 1), torch.cat((truth, truth)), ridge)


def best_points(scores: Tensor, truth: Tensor) -> tuple[float, ...]:
    """Return for each target the score from which yes is said: where F1 is largest.

    F1 is the harmonic mean of precision and sensitivity. Of labels that few images have, Youden's
    index would say yes to a fifth of all that have not, and bury what is right under it.

    Parameters
    ----------
    scores : Tensor, shape (N, L)
        In [0, 1].
    truth : Tensor, shape (N, L)
        1 where an image has a label, else 0; each label is on some image.

    Returns
    -------
    tuple of float
        Each in the middle between two neighbouring scores.
    """
    return tuple(_best_point(s, t > 0) for s, t in zip(scores.T, truth.T, strict=True))


def _best_point(scores: Tensor, has: Tensor) -> float:
    order = scores.argsort(descending=True)
    right, said = has[order].cumsum(0), torch.arange(1, len(scores) + 1)
    last = int((2 * right / (said + has.sum())).argmax())
    below = scores[order[min(last + 1, len(scores) - 1)]]
    return round(float((scores[order[last]] + below) / 2), 4)
