"""What a rule is: one winner-take-all step of the walk, for one operation of the network.

A step takes the probability mass at an operation's output to its inputs. Mass has a *polarity*:
mass of polarity -1 at a value v is mass on the virtual unit -v. The paper's dual unit is the
output unit with polarity -1, and a batch norm with a negative factor turns the polarity round;
an affine step at polarity -1 is the step with the weights' signs flipped.

Read the other way, a step says how likely a walker at the output is to arrive at the map layer,
given how likely one at each input is: its *arrival*, which no target has a part in.
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
# By value and polarity, the probability (N, ...) that a walker there arrives at the map layer;
# None where every walker does.
Arrivals = Callable[[int, int], Tensor | None]


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

    def winners(self, call: int) -> Tensor:
        """Return which units won in a maximum pool: flat indices over pixels, (N, C, ...) int64."""

    def arguments(self, call: int) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Return all arguments of the call, each tensor replaced by its shape."""

    def positive_weights(self, weight: Keep, factor: Keep | None, polarity: int) -> Tensor:
        """Return max(0, polarity * sign(factor) * weight), factor per output channel."""

    def without(self, keep: Keep, constant: Shift | None) -> Tensor:
        """Return an argument less what is constant in it; what is rounding of that, as 0."""

    def signs(self, factor: Keep) -> Tensor | None:
        """Return sign(factor); None where all of it is positive."""

    def once(self, call: int, polarity: int, compute: Callable[[], T]) -> T:
        """Return what `compute` returned the first time: shared by all targets of the forward."""

    def shape(self, value: int) -> Size:
        """Return the shape (N, ...) of a value that mass was routed to."""

    def filled(self, shape: Sequence[int], number: float) -> Tensor:
        """Return a tensor of one number, of the walk's type, that nobody may write to."""


@dataclass(frozen=True)
class Shift(ABC):
    """What is constant in a value, whatever the image is (`constants.py`).

    Attributes
    ----------
    keeps : the arguments that it is computed from
    """

    keeps: tuple[Keep, ...]

    @abstractmethod
    def at(self, walk: Walk, shape: Size) -> Tensor:
        """Return the constant of a value of the shape, (1, ...), or such that it broadcasts."""


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
    constants : what is constant in the first of `keeps`, and is left out of what excites
    """

    call: int
    output: int
    inputs: tuple[int, ...]
    keeps: tuple[Keep, ...] = ()
    needs_arguments: bool = False
    constants: tuple[Shift | None, ...] = ()

    def excited_by(self, place: int, walk: Walk) -> Tensor:
        """Return one of the kept arguments without its constant."""
        constant = self.constants[place] if place < len(self.constants) else None
        return walk.without(self.keeps[place], constant)

    @abstractmethod
    def route(self, mass: Tensor, polarity: int, walk: Walk) -> Iterable[Routed]:
        """Hand mass (N, T, ...) of a polarity at the output to the inputs; may write to it."""

    @abstractmethod
    def arrival(self, polarity: int, below: Arrivals, walk: Walk) -> Tensor | None:
        """Return the arrival (N, ...) at the output, from that at the inputs: `route` transposed.

        Asked only for polarities that were routed; None if every walker arrives.
        """


class Denominator:
    """The denominators z >= 0 of a step, (N, ...), by which mass is shared out.

    It takes z over: nobody else may hold it.

    Where z = 0 no input excites the unit, and its mass is dropped.

    Attributes
    ----------
    inverse : 1 / z, zero where z is
    """

    def __init__(self, z: Tensor) -> None:
        # Below the smallest normal number P / z overflows; nothing measurable is lost there.
        smallest = torch.finfo(z.dtype).tiny
        self._dead: Tensor | None = None
        """Where z is zero; None if nowhere."""
        self._settled = may_ask(z)
        if self._settled and bool(z.detach().amin() >= smallest):
            self.inverse = reciprocal(z)
        else:
            self._dead = z < smallest
            self.inverse = reciprocal(z.masked_fill(self._dead, torch.inf))

    @staticmethod
    def settle(those: Iterable[Denominator]) -> None:
        """Ask the device, once for all of them, which are zero nowhere, where nobody did yet."""
        asked = [(one, one._dead) for one in those if not one._settled and one._dead is not None]
        if asked:
            anywhere = torch.stack([dead.any() for _, dead in asked]).tolist()
            for (one, dead), somewhere in zip(asked, anywhere, strict=True):
                one._settled, one._dead = True, dead if somewhere else None

    def divide(self, mass: Tensor) -> Tensor:
        """Mass over z, (N, T, ...), zero where z is."""
        return scaled(mass, self.inverse.unsqueeze(1))

    def arrival(self, arriving: Callable[[], Tensor] | None) -> Tensor | None:
        """Return the arrival at the output.

        Parameters
        ----------
        arriving : makes z of what arrives from the inputs; None if all does
        """
        if arriving is not None:
            return arriving().reshape(self.inverse.shape) * self.inverse
        return None if self._dead is None else (~self._dead).to(self.inverse.dtype)


def may_ask(tensor: Tensor) -> bool:
    """Return whether what a tensor holds may decide what is computed next.

    On a CPU that spares passes over memory. Another device works through what it was given while
    Python goes ahead; a question would make Python wait until all of it is done.
    """
    return tensor.is_cpu


def wide(tensor: Tensor) -> Tensor:
    """Return the tensor in single precision at least: mass underflows in half of it.

    What is true or false stays so: it says where something is, and is no number.
    """
    if tensor.dtype == torch.bool:
        return tensor
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


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


def reciprocal(z: Tensor) -> Tensor:
    """Return 1 / z of a tensor that nobody else holds: in place, unless gradients are recorded."""
    return z.reciprocal() if torch.is_grad_enabled() else z.reciprocal_()


def added(mass: Tensor, more: Tensor) -> Tensor:
    """Add to mass that nobody else holds: in place, unless gradients are recorded."""
    return mass + more if torch.is_grad_enabled() else mass.add_(more)


def channels_inmost(x: Tensor) -> Tensor:
    """Lay out (N, C, H, W) with the channels of a pixel side by side, if it is not so already.

    Convolutions over several pixels, and their transposes, were measured to be up to twice as fast
    on it.
    """
    return in_order(x, torch.channels_last)


def empty_inmost(size: Sequence[int], like: Tensor) -> Tensor:
    """Return a tensor that stands for its shape and layout: (N, C, H, W) with channels inmost."""
    order = torch.channels_last if len(size) == 4 else torch.contiguous_format
    return torch.empty(tuple(size), dtype=like.dtype, device=like.device, memory_format=order)


def in_order(x: Tensor, order: torch.memory_format) -> Tensor:
    """Lay out a tensor in an order of memory, which has a meaning for (N, C, H, W) only."""
    return x.contiguous(memory_format=order) if x.dim() == 4 else x


def order_of(x: Tensor) -> torch.memory_format:
    """Return the order of memory that a tensor is in."""
    return torch.channels_last if has_channels_inmost(x) else torch.contiguous_format


def has_channels_inmost(x: Tensor) -> bool:
    """Return whether (N, C, H, W) is laid out that way, and not in torch's usual one as well."""
    inmost = x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last)
    return inmost and not x.is_contiguous()


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
