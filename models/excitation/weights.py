"""The positive parts of a network's weights, made once and remade when the weights change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

import torch
from torch import Tensor

from .calls import version
from .rules import channels_inmost, wide


class WeightParts:
    """What is derived from weights alone, for one network.

    An entry holds the weights it was made from by reference and compares identity, version
    counter and storage, so that loading other weights or training is noticed. Nothing is kept
    while gradients are recorded, nor for inference tensors, whose writes are not counted.
    Several threads may ask at once.
    """

    def __init__(self) -> None:
        self._entries: dict[Hashable, tuple[tuple[Tensor, ...], tuple[Any, ...], Any]] = {}
        self._lock = threading.Lock()

    def positive(
        self, key: Hashable, weight: Tensor, factor: Tensor | None, polarity: int
    ) -> Tensor:
        """Return max(0, polarity * sign(factor) * weight), factor (K,) per output channel."""

        def compute() -> Tensor:
            flipped = wide(weight) * polarity if polarity < 0 else wide(weight)
            if factor is not None and not bool((factor > 0).all()):
                flipped = flipped * factor.sign().reshape(-1, *[1] * (weight.dim() - 1))
            return channels_inmost(flipped.clamp(min=0))

        sources = (weight,) if factor is None else (weight, factor)
        result: Tensor = self._entry((key, polarity), sources, compute)
        return result

    def signs(self, key: Hashable, factor: Tensor) -> Tensor | None:
        """Return sign(factor), or None where all of it is positive."""

        def compute() -> Tensor | None:
            return None if bool((factor > 0).all()) else factor.detach().sign()

        result: Tensor | None = self._entry(key, (factor,), compute)
        return result

    def _entry(self, key: Hashable, sources: tuple[Tensor, ...], compute: Callable[[], Any]) -> Any:
        if torch.is_grad_enabled() or any(source.is_inference() for source in sources):
            return compute()
        stamp = tuple((version(source), source.data_ptr()) for source in sources)
        with self._lock:
            known = self._entries.get(key)
            if known is None or known[1] != stamp or not _same(known[0], sources):
                known = self._entries[key] = (sources, stamp, compute())
            return known[2]


def _same(one: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> bool:
    return all(a is b for a, b in zip(one, other, strict=True))
