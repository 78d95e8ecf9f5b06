"""Pooling: an average shares mass by its inputs' activations, a maximum gives it to the winner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Size, Tensor
from torch.nn import functional as F  # noqa: N812

from .rules import (
    Arrivals,
    Denominator,
    Routed,
    Rule,
    Walk,
    channels_inmost,
    empty_inmost,
    positive_part,
    transpose,
)


@dataclass(frozen=True, kw_only=True)
class AveragePool(Rule):
    """P_in = a (.) A'(P_out (/) A a) with the pool's weights A; a common divisor cancels.

    The weights are positive, so only positive inputs excite (negative ones at polarity -1).
    `keeps` is the pool's input.

    Attributes
    ----------
    pool : the pool on any number of images
    signed : whether the input may be negative
    """

    pool: Callable[[Tensor], Tensor]
    signed: bool

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Share mass out within each window by activation."""
        excited = self._excited(polarity, walk)
        share = self._denominator(polarity, walk, excited).divide(mass).flatten(0, 1)
        back = transpose(self.pool, Size((len(share), *excited.shape[1:])), share)
        result = excited.unsqueeze(1) * back.reshape(*mass.shape[:2], *excited.shape[1:])
        return [Routed(self.inputs[0], polarity, result)]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Return A (a h) / A a for the arrival h at the input."""
        excited = self._excited(polarity, walk)
        arrival = below(self.inputs[0], polarity)
        return self._denominator(polarity, walk, excited).arrival(
            None if arrival is None else lambda: self.pool(excited * arrival)
        )

    def _denominator(self, polarity: int, walk: Walk, excited: Tensor) -> Denominator:
        return walk.once(self.call, polarity, lambda: Denominator(self.pool(excited)))

    def _excited(self, polarity: int, walk: Walk) -> Tensor:
        x = self.excited_by(0, walk)
        return positive_part(x * polarity) if self.signed or polarity < 0 else x


@dataclass(frozen=True, kw_only=True)
class MaxPool(Rule):
    """All of a window's mass goes to the unit that won it, the first one where several are equal.

    The forward pass finds the winners anyway: it keeps them.

    Attributes
    ----------
    winners : pools (N, C, [D,] H, W) and returns the maxima and their flat indices over the pixels
    back : takes mass (B, C, ...), an input's like (B, C, [D,] H, W) of which only shape and layout
        count, and the winners (B, C, ...), and adds up the mass that each unit won
    """

    winners: Callable[[Tensor], tuple[Tensor, Tensor]]
    back: Callable[[Tensor, Tensor, Tensor], Tensor]
    needs_arguments: bool = True

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Give each window's mass to its winner; windows may overlap."""
        images, targets = mass.shape[:2]
        winners = channels_inmost(walk.winners(self.call))
        if targets > 1:
            winners = channels_inmost(winners.repeat_interleave(targets, 0))
        shape = self._shape(walk)
        like = empty_inmost((images * targets, *shape[1:]), mass)
        result = self.back(channels_inmost(mass.flatten(0, 1)), like, winners)
        return [Routed(self.inputs[0], polarity, result.reshape(images, targets, *shape[1:]))]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Ask each window's winner."""
        arrival = below(self.inputs[0], polarity)
        if arrival is None:
            return None
        index = walk.winners(self.call)
        return arrival.flatten(2).gather(2, index.flatten(2)).reshape(index.shape)

    def _shape(self, walk: Walk) -> Size:
        args, kwargs = walk.arguments(self.call)
        shape: Size = args[0] if args else kwargs["input"]
        return shape


def adaptive_back(mass: Tensor, like: Tensor, winners: Tensor) -> Tensor:
    """Return the mass (B, C, ...) that each unit won of an adaptive pool."""
    undo = torch.ops.aten.adaptive_max_pool2d_backward
    if like.dim() == 5:
        undo = torch.ops.aten.adaptive_max_pool3d_backward
    back: Tensor = undo(mass, like, winners)
    return back


WITH_INDICES: dict[tuple[int, bool], Callable[..., tuple[Tensor, Tensor]]] = {
    (2, False): F.max_pool2d_with_indices,
    (2, True): F.adaptive_max_pool2d_with_indices,
    (3, False): F.max_pool3d_with_indices,
    (3, True): F.adaptive_max_pool3d_with_indices,
}
"""Maximum pools that say who won, by how many axes their windows have and whether adaptive."""


def window_back(
    rank: int,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return the same of a pool whose windows have so many axes and these sizes."""
    sizes = (kernel_size, stride or kernel_size, padding, dilation)
    window = [list(window_sizes(size, rank)) for size in sizes]
    undo = torch.ops.aten.max_pool2d_with_indices_backward
    if rank == 3:
        undo = torch.ops.aten.max_pool3d_with_indices_backward

    def back(mass: Tensor, like: Tensor, winners: Tensor) -> Tensor:
        result: Tensor = undo(mass, like, *window, ceil_mode, winners)
        return result

    return back


def window_sizes(size: Any, rank: int) -> tuple[int, ...]:
    """Return a size for each axis of a window, of which one may stand for all."""
    sizes = (size,) if isinstance(size, int) else tuple(size)
    return sizes if len(sizes) == rank else sizes[:1] * rank
