"""Attention: an average of values, whose weights the softmax makes.

The weights are >= 0 and sum to one, so that the values' path is equation 5 with them, as an
average pool's is with its own. What decides the weights (queries, keys, the softmax) is a gate: it
says from where to read, and takes no mass.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from .calls import TorchFunction
from .rules import Arrivals, Denominator, Routed, Rule, Walk, positive_part, scaled

Combine = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Attention(Rule):
    """P(v_j) = v_j+ sum_i A_ij P_i / sum_k A_ik v_k+, for the virtual units -v at polarity -1.

    `keeps` is the values and then what the weights come from: they themselves, or queries and keys
    and, if there is one, a mask.

    Attributes
    ----------
    combine : from weights (N, ...) and values (N, ...), the averages
    back : from weights (N, ...) and mass (N, T, ...) at the averages, the transpose of `combine`
    scale : that of the products of queries and keys; one over the root of their length if None
    """

    combine: Combine
    back: Combine
    scale: float | None = None

    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Share mass out by each value's part in the averages."""
        weights, excited = self._weights(walk), self._excited(polarity, walk)
        share = self._denominator(polarity, walk, excited).divide(mass)
        back = scaled(self.back(weights, share), excited.unsqueeze(1))
        return [Routed(self.inputs[0], polarity, back)]

    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Return A (v h) / A v for the arrival h at the values."""
        excited, arrival = self._excited(polarity, walk), below(self.inputs[0], polarity)
        return self._denominator(polarity, walk, excited).arrival(
            None
            if arrival is None
            else lambda: self.combine(self._weights(walk), excited * arrival)
        )

    def _excited(self, polarity: int, walk: Walk) -> Tensor:
        return positive_part(self.excited_by(0, walk) * polarity)

    def _denominator(self, polarity: int, walk: Walk, excited: Tensor) -> Denominator:
        def compute() -> Denominator:
            return Denominator(self.combine(self._weights(walk), excited))

        return walk.once(self.call, polarity, compute)

    def _weights(self, walk: Walk) -> Tensor:
        if len(self.keeps) == 2:
            return walk.tensor(self.keeps[1])
        return walk.once(self.call, 0, lambda: self._softmax(walk))

    def _softmax(self, walk: Walk) -> Tensor:
        query, key, *mask = (walk.tensor(keep) for keep in self.keeps[1:])
        scale = query.shape[-1] ** -0.5 if self.scale is None else self.scale
        scores = query @ key.transpose(-1, -2) * scale
        if not mask:
            return scores.softmax(-1)
        (seen,) = mask
        if seen.dtype == torch.bool:
            scores = scores.masked_fill(seen.logical_not(), -math.inf)
        else:
            scores = scores + seen
        # A query that may see nothing averages nothing, as torch has it.
        return scores.softmax(-1).masked_fill(scores.isneginf().all(-1, keepdim=True), 0)


def weighted(weights: Tensor, values: Tensor) -> Tensor:
    """Return the averages (N, ..., I, D) of values (N, ..., J, D) by weights (N, ..., I, J)."""
    return weights @ values


def weighted_back(weights: Tensor, mass: Tensor) -> Tensor:
    """Return the transpose of `weighted`, of mass (N, T, ..., I, D)."""
    return weights.transpose(-1, -2).unsqueeze(1) @ mass


def by_letters(equation: str) -> tuple[Combine, Combine] | None:
    """Return both ways of an einsum of weights and values; None if it is no average of these."""
    left, _, result = equation.replace(" ", "").partition("->")
    weights, _, values = left.partition(",")
    letters = [weights, values, result]
    plain = all(part.isalpha() and len(set(part)) == len(part) for part in letters)
    if not plain or len({part[0] for part in letters}) != 1:
        return None
    if not set(values) <= {*weights, *result} or not set(result) <= {*weights, *values}:
        return None
    free = next(letter for letter in "TUVWXYZtuvwxyz" if letter not in left)
    backwards = f"{weights},{result[0]}{free}{result[1:]}->{values[0]}{free}{values[1:]}"
    return (
        lambda a, x: torch.einsum(f"{left}->{result}", a, x),
        lambda a, p: torch.einsum(backwards, a, p),
    )


def opened(
    function: TorchFunction, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[[], Any] | None:
    """Return a fused function as one made of steps that have rules; None if it is not one.

    Torch does `nn.MultiheadAttention` in a function of its own, with images off the first axis
    and heads folded into them. The same steps with images apart agree with it to rounding, as
    its own ways of doing it (there is a faster one in eval mode) agree with each other.
    """
    if function is not F.multi_head_attention_forward:
        return None
    given = _SIGNATURE.bind(*args, **kwargs)
    given.apply_defaults()
    asked = given.arguments
    plain = asked["query"].dim() == 3 and asked["in_proj_weight"] is not None
    if not plain or any(asked[name] is not None for name in _LEFT_OUT):
        return None
    if asked["add_zero_attn"] or (asked["training"] and asked["dropout_p"]):
        return None
    return lambda: _attend(asked)


_SIGNATURE = inspect.signature(F.multi_head_attention_forward)
_LEFT_OUT = ("bias_k", "bias_v", "key_padding_mask", "attn_mask", "static_k", "static_v")


def _attend(asked: Mapping[str, Any]) -> tuple[Tensor, Tensor | None]:
    """Attend with query, key and value (L, N, D): the result (L, N, D), and the mean weights."""
    heads, bias = asked["num_heads"], asked["in_proj_bias"]
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    query, key, value = (
        _by_heads(F.linear(asked[name].transpose(0, 1), weight, own), heads)
        for name, weight, own in zip(
            ("query", "key", "value"), asked["in_proj_weight"].chunk(3), biases, strict=True
        )
    )
    if asked["need_weights"]:
        scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
        weights = scores.softmax(-1)
        averages = weights @ value
        returned = weights.mean(1) if asked["average_attn_weights"] else weights
    else:
        averages, returned = F.scaled_dot_product_attention(query, key, value), None
    joined = averages.transpose(1, 2).flatten(2)
    result = F.linear(joined, asked["out_proj_weight"], asked["out_proj_bias"])
    return result.transpose(0, 1), returned


def _by_heads(x: Tensor, heads: int) -> Tensor:
    """Return (N, L, heads x D) as (N, heads, L, D)."""
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)
