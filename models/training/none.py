"""Lessons in saying nothing: images without a label, made of images whose regions were erased."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .examples import Examples

_ERASED = 1 / 3
"""Share of the images that are shown a second time, their regions erased."""
_ELSEWHERE = 1 / 2
"""Share of the images of which another place is erased, so that erasing itself is no clue."""

Batch = tuple[Tensor, Tensor, Tensor]


def none_loss(outputs: Tensor, truth: Tensor) -> Tensor:
    """Return the mean loss of every label by itself, outputs and truth (N, L)."""
    return functional.binary_cross_entropy_with_logits(outputs, truth)


def with_erased(examples: Examples, places: Tensor, batch: Batch) -> Batch:
    """Erase another place on some images of a batch, and add some with their regions erased.

    By random numbers of torch's own.

    Parameters
    ----------
    examples : Examples
    places : Tensor, shape (n,)
        Which examples the batch is of.
    batch : tuple of Tensor
        As `Examples.batch` returns it.

    Returns
    -------
    tuple of Tensor
        As `Examples.batch` returns it, of n images or more; those added have no label and no
        region.
    """
    images, regions, truth = batch
    if examples.erased is None or examples.elsewhere is None:
        return batch
    drawn = torch.tensor([examples.regions[place] is not None for place in places.tolist()])
    other = drawn & (torch.rand(len(places)) < _ELSEWHERE)
    again = drawn & (torch.rand(len(places)) < _ERASED)
    moved = examples.elsewhere[places].to(images.device).float() / 255
    images = torch.where(other.to(images.device)[:, None, None, None], moved, images)
    empty = examples.erased[places[again]].to(images.device).float() / 255
    return (
        torch.cat((images, empty)),
        torch.cat((regions, torch.zeros_like(regions[: len(empty)]))),
        torch.cat((truth, torch.zeros_like(truth[: len(empty)]))),
    )


def judged_erased(
    examples: Examples, places: Tensor, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return the images of a batch with another place erased and with their regions erased.

    Returns
    -------
    images : Tensor, shape (2 n, C, H, W)
        In [0, 1]; of the n images that have regions.
    truth : Tensor, shape (2 n, L)
        All 0 of the second half.
    """
    if examples.erased is None or examples.elsewhere is None:
        return torch.zeros(0), torch.zeros(0)
    drawn = [examples.regions[place] is not None for place in places.tolist()]
    places = places[torch.tensor(drawn)]
    images = torch.cat((examples.elsewhere[places], examples.erased[places]))
    truth = examples.truth[places]
    return images.to(device).float() / 255, torch.cat((truth, 0 * truth)).to(device)
