"""Operations that only move units about: mass moves back the way the unit came."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Size, Tensor

from .calls import TorchFunction, bind, reapply
from .rules import Arrivals, Routed, Rule, Walk, transpose


@dataclass(frozen=True, kw_only=True)
class Reshape(Rule):
    """The same units in the same order under another shape (view, flatten)."""

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Bring the mass to the input's shape."""
        shape = _input_shape(*walk.arguments(self.call))
        return [Routed(self.inputs[0], polarity, mass.reshape(*mass.shape[:2], *shape[1:]))]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Bring the input's to the output's shape."""
        arrival = below(self.inputs[0], polarity)
        return None if arrival is None else arrival.reshape(walk.shape(self.output))


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
            if value is not None:
                routed.append(Routed(value, polarity, part))
        return routed

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Join those at the pieces; none arrives from a constant."""
        arrivals = [None if value is None else below(value, polarity) for value in self.pieces]
        if None not in self.pieces and all(arrival is None for arrival in arrivals):
            return None
        args, kwargs = walk.arguments(self.call)
        shapes = bind(("tensors",), args, kwargs)["tensors"]
        parts = [
            walk.filled(shape, float(value is not None)) if arrival is None else arrival
            for value, arrival, shape in zip(self.pieces, arrivals, shapes, strict=True)
        ]
        return torch.cat(parts, self.dim)


@dataclass(frozen=True, kw_only=True)
class Selection(Rule):
    """Anything else whose results are units of the input (chunk, permute, shuffle, pad).

    Attributes
    ----------
    function : the torch function
    place : which of its results, if it returns several
    fills : whether some results are zeros instead; mass on those is dropped
    axes : that of the images in the input and in the result; in mass it is the first
    """

    function: TorchFunction
    place: int = 0
    fills: bool = False
    axes: tuple[int, int] = (0, 0)

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Apply the transpose of the 0/1 matrix that the operation is."""
        selected, shape = self._selected(walk), _input_shape(*walk.arguments(self.call))
        # One target at a time: the arguments may name the batch size, as those of view do.
        routed = [transpose(selected, shape, part) for part in mass.unbind(1)]
        return [Routed(self.inputs[0], polarity, torch.stack(routed, 1))]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Select from those at the input; none arrives from a filled-in zero."""
        arrival = below(self.inputs[0], polarity)
        if arrival is None:
            if not self.fills:
                return None
            arrival = walk.filled(_input_shape(*walk.arguments(self.call)), 1.0)
        return self._selected(walk)(arrival)

    def _selected(self, walk: Walk) -> Callable[[Tensor], Tensor]:
        select = reapply(self.function, *walk.arguments(self.call))

        def selected(tensor: Tensor) -> Tensor:
            result = select(tensor.movedim(0, self.axes[0]))
            chosen: Tensor = result if isinstance(result, Tensor) else result[self.place]
            return chosen.movedim(self.axes[1], 0)

        return selected


def _input_shape(args: Any, kwargs: Any) -> Size:
    shape: Size = bind(("input",), args, kwargs)["input"]
    return shape
