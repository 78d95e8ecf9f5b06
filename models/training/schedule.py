"""The learning rate of each step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .recipe import Recipe

_LEAST = 0.005
"""Share of the learning rate that is left at the end."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Learning rates, by step; a function of the recipe alone, so that training can go on.

    Attributes
    ----------
    recipe : Recipe
    steps_per_epoch : int
    """

    recipe: Recipe
    steps_per_epoch: int

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        rise = min(1.0, (step + 1) / self.steps_per_epoch)
        done = step / (self.recipe.epochs * self.steps_per_epoch)
        fall = _LEAST + (1 - _LEAST) * (0.5 + 0.5 * math.cos(math.pi * done))
        return self.recipe.learning_rate * rise * fall
