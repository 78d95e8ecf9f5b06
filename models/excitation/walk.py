"""The walk: probability mass from the outputs down to the map layer, one rule a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

from .plan import Plan
from .recording import Recording
from .rules import Keep, Routed, added, positive_part, sum_of
from .weights import WeightParts

T = TypeVar("T")


class MarginalWalk:
    """One sweep for all images and all targets of a recording.

    Parameters
    ----------
    plan, recording, weights : the network's steps, one forward pass of it, and its weights
    seeds : by polarity, the mass (N, T, L) at the outputs, which may be negative

    Attributes
    ----------
    arrived : (N, T, C, h, w) the mass at the map layer's output, both polarities together
    lost : (N, T) the positive mass that did not arrive
    """

    def __init__(
        self,
        plan: Plan,
        recording: Recording,
        weights: WeightParts,
        seeds: Mapping[int, Tensor],
    ) -> None:
        self._recording = recording
        self._weights = weights
        first = next(iter(seeds.values()))
        self.lost = first.new_zeros(first.shape[:2])
        self._above_map = plan.above_map
        self._masses = {
            (plan.output, polarity): mass.clone(memory_format=torch.contiguous_format)
            for polarity, mass in seeds.items()
        }
        for step in plan.steps:
            for polarity in (1, -1):
                mass = self._masses.pop((step.output, polarity), None)
                if mass is not None:
                    self._receive(step.route(mass, polarity, self))
        self.arrived = sum_of(
            [
                self._masses[plan.map_value, polarity]
                for polarity in (1, -1)
                if (plan.map_value, polarity) in self._masses
            ]
        )

    def _receive(self, routed: Iterable[Routed]) -> None:
        for value, polarity, mass in routed:
            if value not in self._above_map:
                self.lose(mass)
                continue
            key = (value, polarity)
            before = self._masses.get(key)
            self._masses[key] = mass if before is None else added(before, mass)

    def lose(self, mass: Tensor) -> None:
        """Account for mass (N, T, ...) that has nowhere to go."""
        self.lost = self.lost + positive_part(mass).flatten(2).sum(2)

    def tensor(self, keep: Keep) -> Tensor:
        """Return the argument as it was in the forward pass, (N, ...)."""
        return self._recording.tensor(keep)

    def arguments(self, call: int) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Return all arguments of the call, each tensor replaced by its shape."""
        return self._recording.arguments(call)

    def once(self, call: int, polarity: int, compute: Callable[[], T]) -> T:
        """Return what `compute` returned the first time: shared by all walks of the recording."""
        return self._recording.once(call, polarity, compute)

    def positive_weights(self, weight: Keep, factor: Keep | None, polarity: int) -> Tensor:
        """Return max(0, polarity * sign(factor) * weight), factor per output channel."""
        multiplier = None if factor is None else self.tensor(factor)
        return self._weights.positive(weight, self.tensor(weight), multiplier, polarity)

    def signs(self, factor: Keep) -> Tensor | None:
        """Return sign(factor); None where all of it is positive."""
        return self._weights.signs(factor, self.tensor(factor))
