"""Operations that only move units about: mass moves back the way the unit came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Size, Tensor

from .calls import TorchFunction, bind, reapply
from .rules import Routed, Rule, Walk, transpose


@dataclass(frozen=True, kw_only=True)
class Reshape(Rule):
    """The same units in the same order under another shape (view, flatten)."""

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Bring the mass to the input's shape."""
        shape = _input_shape(*walk.arguments(self.call))
        return [Routed(self.inputs[0], polarity, mass.reshape(*mass.shape[:2], *shape[1:]))]


@dataclass(frozen=True, kw_only=True)
class Concatenation(Rule):
    """Each piece takes its part.

    Attributes
    ----------
    pieces : the values joined, None for a constant
    dim : the axis, not that of the images
    """

    pieces: tuple[int | None, ...]
    dim: int

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Cut the mass up; a constant's part is dropped."""
        args, kwargs = walk.arguments(self.call)
        shapes = bind(("tensors",), args, kwargs)["tensors"]
        # Mass has the targets as its second axis.
        parts = torch.split_with_sizes(mass, [shape[self.dim] for shape in shapes], self.dim + 1)
        routed = []
        for value, part in zip(self.pieces, parts, strict=True):
            if value is None:
                walk.lose(part)
            else:
                routed.append(Routed(value, polarity, part))
        return routed


@dataclass(frozen=True, kw_only=True)
class Selection(Rule):
    """Anything else whose results are units of the input (chunk, permute, shuffle, pad).

    Attributes
    ----------
    function : the torch function
    place : which of its results, if it returns several
    fills : whether some results are zeros instead; mass on those is dropped
    """

    function: TorchFunction
    place: int = 0
    fills: bool = False

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Apply the transpose of the 0/1 matrix that the operation is."""
        args, kwargs = walk.arguments(self.call)
        select = reapply(self.function, args, kwargs)

        def selected(tensor: Tensor) -> Tensor:
            result = select(tensor)
            chosen: Tensor = result if isinstance(result, Tensor) else result[self.place]
            return chosen

        shape = _input_shape(args, kwargs)
        if self.fills:
            filled = selected(mass.new_ones(shape)) == 0
            walk.lose(mass * filled.unsqueeze(1))
        # One target at a time: the arguments may name the batch size, as those of view do.
        routed = [transpose(selected, shape, part) for part in mass.unbind(1)]
        return [Routed(self.inputs[0], polarity, torch.stack(routed, 1))]


def _input_shape(args: Any, kwargs: Any) -> Size:
    shape: Size = bind(("input",), args, kwargs)["input"]
    return shape
