"""The learning rate of each step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .recipe import Recipe

_WARM_START = 2.0
"""Times the learning rate, in the warm-up: batch norms allow for more while they follow."""
_LEAST = 0.005


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
        epochs = step / self.steps_per_epoch
        warm = min(self.recipe.warm_up, self.recipe.epochs)
        top = self.recipe.learning_rate
        if epochs < warm:
            rise = min(1.0, epochs + 1 / self.steps_per_epoch)
            return _WARM_START * top * rise * (1 - 0.5 * epochs / warm)
        rise = min(1.0, (epochs - warm) * 4 + 1 / self.steps_per_epoch)
        done = (epochs - warm) / max(1, self.recipe.epochs - warm)
        fall = _LEAST + (1 - _LEAST) * (0.5 + 0.5 * math.cos(math.pi * done))
        return top * rise * fall
