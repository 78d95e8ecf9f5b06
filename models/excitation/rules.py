"""What a rule is: one winner-take-all step of the walk, for one operation of the network.

A step takes the probability mass at an operation's output to its inputs. Mass has a *polarity*:
mass of polarity -1 at a value v is mass on the virtual unit -v. The paper's dual unit is the
output unit with polarity -1, and a batch norm with a negative factor turns the polarity round;
an affine step at polarity -1 is the step with the weights' signs flipped.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import torch
from torch import Size, Tensor

T = TypeVar("T")


class Keep(NamedTuple):
    """An argument of a call that the forward pass keeps for the walk."""

    call: int
    argument: str


class Routed(NamedTuple):
    """Mass (N, T, *shape of the value without N*) that a step hands to a value.

    Nobody else holds it, so that whoever takes it may write to it.
    """

    value: int
    polarity: int
    mass: Tensor


class Walk(Protocol):
    """What a step may ask of the walk it is part of."""

    def tensor(self, keep: Keep) -> Tensor:
        """Return the argument as it was in the forward pass, (N, ...)."""

    def arguments(self, call: int) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Return all arguments of the call, each tensor replaced by its shape."""

    def positive_weights(self, weight: Keep, factor: Keep | None, polarity: int) -> Tensor:
        """Return max(0, polarity * sign(factor) * weight), factor per output channel."""

    def signs(self, factor: Keep) -> Tensor | None:
        """Return sign(factor); None where all of it is positive."""

    def once(self, call: int, polarity: int, compute: Callable[[], T]) -> T:
        """Return what `compute` returned the first time: shared by all targets of the forward."""

    def lose(self, mass: Tensor) -> None:
        """Account for mass (N, T, ...) that has nowhere to go."""


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """A step for one operation; immutable and shared between threads.

    Attributes
    ----------
    call : the call that the step undoes
    output : the value whose mass it takes
    inputs : the values that it hands mass to
    keeps : the arguments whose tensors it needs
    needs_arguments : whether it needs the call's other arguments and its shapes
    """

    call: int
    output: int
    inputs: tuple[int, ...]
    keeps: tuple[Keep, ...] = ()
    needs_arguments: bool = False

    @abstractmethod
    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Hand mass (N, T, ...) of a polarity at the output to the inputs; may write to it."""


class Denominator:
    """The denominators z >= 0 of a step, (N, ...), by which mass is shared out.

    Where z = 0 no input excites the unit: its mass is dropped, and the walk accounts for it.
    """

    def __init__(self, z: Tensor) -> None:
        # Below the smallest normal number P / z overflows; nothing measurable is lost there.
        smallest = torch.finfo(z.dtype).tiny
        self._dead: Tensor | None = None
        if bool(z.detach().amin() >= smallest):
            self._inverse = z.reciprocal()
        else:
            self._dead = z < smallest
            self._inverse = z.masked_fill(self._dead, torch.inf).reciprocal()

    def divide(self, mass: Tensor, walk: Walk) -> Tensor:
        """Mass over z, (N, T, ...), zero where z is."""
        if self._dead is not None:
            walk.lose(mass * self._dead.unsqueeze(1))
        return scaled(mass, self._inverse.unsqueeze(1))


def positive_part(tensor: Tensor) -> Tensor:
    """Return max(0, x)."""
    return tensor.clamp(min=0)


def scaled(mass: Tensor, factor: Tensor) -> Tensor:
    """Multiply mass that nobody else holds: in place, unless gradients are recorded.

    A piece of a larger tensor is better laid out anew than later copied out of it.
    """
    if torch.is_grad_enabled() or mass.nbytes < mass.untyped_storage().nbytes():
        return mass * factor
    return mass.mul_(factor)


def added(mass: Tensor, more: Tensor) -> Tensor:
    """Add to mass that nobody else holds: in place, unless gradients are recorded."""
    return mass + more if torch.is_grad_enabled() else mass.add_(more)


def channels_inmost(x: Tensor) -> Tensor:
    """Lay out (N, C, H, W) with the channels of a pixel side by side, if it is not so already.

    Convolutions and their transposes were measured to be up to twice as fast on it.
    """
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x


def transpose(linear: Callable[[Tensor], Tensor], shape: Size, mass: Tensor) -> Tensor:
    """Apply the transpose of a linear map from `shape` to mass (B, ...) at its output."""
    differentiable = torch.is_grad_enabled()
    with torch.enable_grad():
        origin = mass.new_zeros(shape).requires_grad_()
        (result,) = torch.autograd.grad(
            linear(origin), origin, mass, create_graph=differentiable and mass.requires_grad
        )
    return result


def sum_of(terms: list[Tensor]) -> Tensor:
    """Return the sum of one or more tensors of a shape."""
    return functools.reduce(torch.add, terms)
