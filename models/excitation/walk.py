"""The walk: probability mass from the outputs down to the map layers, one rule a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Size, Tensor

from .graph import Patches
from .plan import Plan
from .recording import Recording
from .rules import Denominator, Keep, Routed, Rule, Shift, added, wide
from .weights import WeightParts

T = TypeVar("T")
_ROUNDINGS = 32
"""How many may have come together in a value and its constant; in half precision one is much."""


class MarginalWalk:
    """One sweep for all images and all targets of a recording.

    Parameters
    ----------
    plan, recording, weights : the network's steps, one forward pass of it, and its weights
    seeds : by polarity, the mass (N, T, L) at the outputs, which may be negative

    Attributes
    ----------
    maps : by map value, the mass (N, T, ...) there, channels and polarities summed
    """

    def __init__(
        self,
        plan: Plan,
        recording: Recording,
        weights: WeightParts,
        seeds: Mapping[int, Tensor],
    ) -> None:
        self._plan = plan
        self._recording = recording
        self._weights = weights
        self._one = next(iter(seeds.values())).new_ones(())
        self._masses: dict[tuple[int, int], Tensor] = {}
        self._shapes: dict[int, Size] = {}
        self._taken: list[tuple[Rule, int]] = []
        self.maps: dict[int, Tensor] = {}
        self._receive(Routed(plan.output, polarity, mass) for polarity, mass in seeds.items())
        for step in plan.steps:
            self._take(step)
        for value in plan.ends:
            self._collect(value)
        self._masses.clear()

    def _take(self, step: Rule) -> None:
        if step.output in self._plan.above:
            self._collect(step.output)
        for polarity in (1, -1):
            mass = self._masses.pop((step.output, polarity), None)
            if mass is not None:
                self._taken.append((step, polarity))
                self._receive(step.route(mass, polarity, self))

    def _receive(self, routed: Iterable[Routed]) -> None:
        for value, polarity, mass in routed:
            self._shapes[value] = Size((len(mass), *mass.shape[2:]))
            if value in self._plan.above_map:
                key = (value, polarity)
                before = self._masses.get(key)
                self._masses[key] = mass if before is None else added(before, mass)

    def _collect(self, value: int) -> None:
        """Add up the channels at a map value; the mass stays where it is."""
        last = value in self._plan.patches or value in self._plan.channels_last
        channels = -1 if last else 2
        for polarity in (1, -1):
            mass = self._masses.get((value, polarity))
            if mass is not None:
                before = self.maps.get(value)
                own = mass.sum(channels)
                self.maps[value] = own if before is None else before + own

    def arrival(self, map_value: int, patches: Patches | None = None) -> Tensor | None:
        """Return the probability (N, L) with which a walker from each output gets to a map value.

        The transpose of the walk, from the map up: no target has a part in it. None where all
        walkers arrive, which costs nothing to find. With `patches`, only what comes to those tokens
        arrives.
        """
        Denominator.settle(self._recording.made(Denominator))
        above = self._plan.above[map_value]
        known: dict[tuple[int, int], Tensor | None] = {}

        there = None
        if patches is not None:
            there = self.filled(self.shape(map_value), 0.0).clone()
            there[:, patches.first :][:, : patches.rows * patches.columns] = 1

        def below(value: int, polarity: int) -> Tensor | None:
            if value == map_value:
                return there
            return known[value, polarity] if value in above else self.filled(self.shape(value), 0.0)

        for step, polarity in reversed(self._taken):
            if step.output in above and step.output != map_value:
                arrival = step.arrival(polarity, below, self)
                if arrival is not None:
                    arrival = arrival.expand(self.shape(step.output))
                known[step.output, polarity] = arrival
        return below(self._plan.output, 1)

    def tensor(self, keep: Keep) -> Tensor:
        """Return the argument as it was in the forward pass, (N, ...), float32 at least."""
        return wide(self._recording.tensor(keep))

    def without(self, keep: Keep, constant: Shift | None) -> Tensor:
        """Return an argument less what is constant in it; what is rounding of that, as 0."""
        x = self.tensor(keep)
        if constant is None:
            return x
        shift = constant.at(self, x.shape)
        recorded = self._recording.tensor(keep).dtype
        rounding = torch.finfo(recorded).eps * (_ROUNDINGS if recorded.itemsize > 2 else 1)
        rest = x - shift
        return rest.masked_fill(rest.abs() <= rounding * (x.abs() + shift.abs()), 0.0)

    def winners(self, call: int) -> Tensor:
        """Return which units won in a maximum pool: flat indices over pixels, (N, C, ...) int64."""
        return self._recording.winners(call)

    def arguments(self, call: int) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Return all arguments of the call, each tensor replaced by its shape."""
        return self._recording.arguments(call)

    def once(self, call: int, polarity: int, compute: Callable[[], T]) -> T:
        """Return what `compute` returned the first time: shared by all walks of the recording."""
        return self._recording.once((call, polarity), compute)

    def shape(self, value: int) -> Size:
        """Return the shape (N, ...) of a value that mass was routed to."""
        return self._shapes[value]

    def filled(self, shape: Sequence[int], number: float) -> Tensor:
        """Return a tensor of one number, of the walk's type, that nobody may write to."""
        return (self._one * number).expand(tuple(shape))

    def positive_weights(self, weight: Keep, factor: Keep | None, polarity: int) -> Tensor:
        """Return max(0, polarity * sign(factor) * weight), factor per output channel."""
        multiplier = None if factor is None else self._recording.tensor(factor)
        return self._weights.positive(weight, self._recording.tensor(weight), multiplier, polarity)

    def signs(self, factor: Keep) -> Tensor | None:
        """Return sign(factor); None where all of it is positive."""
        return self._weights.signs(factor, self._recording.tensor(factor))
