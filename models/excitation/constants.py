"""What is constant in a value: the biases and shifts that came into it, whatever the image is.

The method leaves a layer's bias out of its excitation. A constant that comes in *before* a layer,
by a batch norm's shift or by the bias of a layer with nothing but linear steps between, is such a
bias as well, and the same network may be written with it there: so what only linear steps read is
taken without its constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch import Size, Tensor

from .calls import Call, Constant, TorchFunction, Tracked, bind, reapply
from .graph import Graph
from .operations import SUMS, Kind
from .rules import Keep, Shift, Walk


def left_out(graph: Graph, read: int, inputs: Iterable[int]) -> tuple[Shift | None, ...]:
    """Return the constants that a step's inputs are taken without, if `read` is read linearly."""
    linear = graph.read_linearly(read)
    return tuple(constant_in(graph, value) if linear else None for value in inputs)


def constant_in(graph: Graph, value: int) -> Shift | None:
    """Return the constant of a value; None if there is none, or it is not known."""
    call = graph.producer(value)
    build = _BUILDERS.get(graph.kind(call)) if call else None  # type: ignore[arg-type]
    return build(graph, call) if call and build else None


@dataclass(frozen=True)
class _Weighted(Shift):
    """W c + bias of a layer, padding and all.

    Attributes
    ----------
    function : the layer's
    parameters : its arguments
    bias : whether it has one, the last of `keeps`; the weights are the first
    axis : that of its outputs
    """

    function: TorchFunction
    parameters: tuple[str, ...]
    bias: bool
    axis: int
    below: Shift | None

    def at(self, walk: Walk, shape: Size) -> Tensor:
        bias = walk.tensor(self.keeps[-1]) if self.bias else None
        if self.below is None:
            return _along(self.axis, bias, shape) if bias is not None else walk.filled((1,), 0.0)
        weight = self.keeps[0]
        given = bind(self.parameters, *walk.arguments(weight.call))
        inside = given["input"]
        constant = self.below.at(walk, inside).expand(1, *inside[1:])
        window = {name: given[name] for name in _WINDOW if name in given}
        result: Tensor = self.function(constant, walk.tensor(weight), bias, **window)
        return result


_WINDOW = ("stride", "padding", "dilation", "groups")


@dataclass(frozen=True)
class _Normed(Shift):
    """g (c - mean) / deviation + shift.

    Attributes
    ----------
    names : those of the arguments that are kept, the input first
    parameters : those of all arguments
    """

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    below: Shift | None

    def at(self, walk: Walk, shape: Size) -> Tensor:
        own = {
            name: walk.tensor(keep)
            for name, keep in zip(self.names, self.keeps[: len(self.names)], strict=True)
        }
        call, x = self.keeps[0].call, own["input"]
        given = bind(self.parameters, *walk.arguments(call))
        if given.get("training"):
            rest = [axis for axis in range(x.dim()) if axis != 1]
            mean, variance = x.mean(rest), x.var(rest, correction=0)
        else:
            mean, variance = own["running_mean"], own["running_var"]
        factor = (variance + given.get("eps", 1e-5)).rsqrt()
        if "weight" in own:
            factor = factor * own["weight"]
        constant = -mean * factor
        if "bias" in own:
            constant = constant + own["bias"]
        result = _along(1, constant, shape)
        if self.below is not None:
            result = result + self.below.at(walk, shape) * _along(1, factor, shape)
        return result


@dataclass(frozen=True)
class _Shifted(Shift):
    """What a norm by the image's own statistics adds, along the channels or the last axes."""

    by_channel: bool

    def at(self, walk: Walk, shape: Size) -> Tensor:
        bias = walk.tensor(self.keeps[0])
        return _along(1, bias, shape) if self.by_channel else bias


@dataclass(frozen=True)
class _Added(Shift):
    """The sum of the constants in summands, of what is added to them as a number or as a tensor.

    Attributes
    ----------
    terms : each with its sign; a tensor is the last of `keeps`
    """

    terms: tuple[tuple[Shift | Keep | float, int], ...]

    def at(self, walk: Walk, shape: Size) -> Tensor:
        total = walk.filled((1,) * len(shape), 0.0)
        for term, sign in self.terms:
            if isinstance(term, Shift):
                total = total + sign * term.at(walk, shape)
            else:
                total = total + sign * (walk.tensor(term) if isinstance(term, Keep) else term)
        return total


@dataclass(frozen=True)
class _Scaled(Shift):
    """The constant below times a factor, or divided by it."""

    below: Shift
    factor: Keep | float
    divides: bool

    def at(self, walk: Walk, shape: Size) -> Tensor:
        factor = walk.tensor(self.factor) if isinstance(self.factor, Keep) else self.factor
        below = self.below.at(walk, shape)
        return below / factor if self.divides else below * factor


@dataclass(frozen=True)
class _Pooled(Shift):
    """An average of the constant below: the same, but where padding takes part."""

    below: Shift
    pool: Callable[[Tensor], Tensor]

    def at(self, walk: Walk, shape: Size) -> Tensor:  # noqa: ARG002
        inside = walk.tensor(self.keeps[0]).shape
        return self.pool(self.below.at(walk, inside).expand(1, *inside[1:]))


@dataclass(frozen=True)
class _Reshaped(Shift):
    """The constant below in another shape."""

    below: Shift
    call: int

    def at(self, walk: Walk, shape: Size) -> Tensor:
        inside = bind(("input",), *walk.arguments(self.call))["input"]
        return self.below.at(walk, inside).expand(1, *inside[1:]).reshape(1, *shape[1:])


@dataclass(frozen=True)
class _Permuted(Shift):
    """The constant below with its axes in another order.

    Attributes
    ----------
    axes : that of the images before and behind; in mass it is the first
    """

    below: Shift
    call: int
    function: TorchFunction
    axes: tuple[int, int]

    def at(self, walk: Walk, shape: Size) -> Tensor:  # noqa: ARG002
        args, kwargs = walk.arguments(self.call)
        inside = bind(("input",), args, kwargs)["input"]
        constant = self.below.at(walk, inside).expand(1, *inside[1:])
        moved: Tensor = reapply(self.function, args, kwargs)(constant.movedim(0, self.axes[0]))
        return moved.movedim(self.axes[1], 0)


def _along(axis: int, vector: Tensor, shape: Size) -> Tensor:
    """Bring (C,) to an axis of a value of the shape."""
    sizes = [1] * len(shape)
    sizes[axis] = -1
    return vector.reshape(sizes)


def _weighted(graph: Graph, call: Call) -> Shift | None:
    bias = isinstance(graph.arguments(call).get("bias"), Constant)
    below = _same(graph, call)
    if not bias and below is None:
        return None
    keeps = [Keep(call.index, "weight"), *(below.keeps if below else ())]
    keeps += [Keep(call.index, "bias")] if bias else []
    parameters = graph.operation(call).parameters
    axis = 1 if graph.kind(call) is Kind.CONVOLUTION else -1
    return _Weighted(tuple(keeps), call.function, parameters, bias, axis, below)


def _normed(graph: Graph, call: Call) -> Shift:
    arguments = graph.arguments(call)
    names = (
        "input",
        *(name for name in _STATISTICS if isinstance(arguments.get(name), Constant)),
    )
    below = _same(graph, call)
    keeps = [Keep(call.index, name) for name in names]
    parameters = graph.operation(call).parameters
    return _Normed((*keeps, *(below.keeps if below else ())), names, parameters, below)


def _shifted(graph: Graph, call: Call) -> Shift | None:
    bias = isinstance(graph.arguments(call).get("bias"), Constant)
    return _Shifted((Keep(call.index, "bias"),), graph.by_channel(call)) if bias else None


_STATISTICS = ("running_mean", "running_var", "weight", "bias")


def _added(graph: Graph, call: Call) -> Shift | None:
    if graph.axis(call.outputs[0]):
        return None  # what is added may lie along other axes than those of the mass
    arguments = graph.arguments(call)
    keeps: list[Keep] = []
    terms: list[tuple[Shift | Keep | float, int]] = []
    for name, sign in zip(("input", "other"), SUMS[graph.operation(call).kind], strict=True):
        operand = arguments.get(name)
        term: Shift | Keep | float | None = None
        if isinstance(operand, Tracked):
            term = constant_in(graph, operand.value)
        elif isinstance(operand, Constant):
            term = Keep(call.index, name)
        elif isinstance(operand, int | float):
            term = float(operand)
        if term is not None:
            keeps += term.keeps if isinstance(term, Shift) else []
            keeps += [term] if isinstance(term, Keep) else []
            terms.append((term, sign))
    return _Added(tuple(keeps), tuple(terms)) if terms else None


def _scaled(graph: Graph, call: Call) -> Shift | None:
    operands = {name: graph.arguments(call).get(name) for name in ("input", "other")}
    tracked = [item.value for item in operands.values() if isinstance(item, Tracked)]
    below = constant_in(graph, tracked[0]) if len(tracked) == 1 else None
    if below is None:
        return None
    name = next(name for name, item in operands.items() if not isinstance(item, Tracked))
    factor: Any = operands[name]
    divides = graph.kind(call) is Kind.DIVIDE
    if isinstance(factor, Constant):
        keep = Keep(call.index, name)
        return _Scaled((*below.keeps, keep), below, keep, divides)
    return _Scaled(below.keeps, below, float(factor), divides)


def _pooled(graph: Graph, call: Call) -> Shift | None:
    below = _handed_on(graph, call)
    if below is None:
        return None
    return _Pooled((Keep(call.index, "input"), *below.keeps), below, call.reapplied)


def _reshaped(graph: Graph, call: Call) -> Shift | None:
    below = _handed_on(graph, call)
    return None if below is None else _Reshaped(below.keeps, below, call.index)


def _permuted(graph: Graph, call: Call) -> Shift | None:
    below = _handed_on(graph, call)
    axes = graph.axis(graph.value(call)), graph.axis(call.outputs[0])
    if below is None or min(axes) < 0:
        return None
    return _Permuted(below.keeps, below, call.index, call.function, axes)


def _handed_on(graph: Graph, call: Call) -> Shift | None:
    """Return the constant of the input, if the call is one that the walk steps through."""
    inside = graph.above_map.intersection(call.outputs) - graph.map_values
    return _same(graph, call) if inside else None


def _same(graph: Graph, call: Call) -> Shift | None:
    given = graph.arguments(call).get("input")
    return constant_in(graph, given.value) if isinstance(given, Tracked) else None


_BUILDERS: dict[Kind, Callable[[Graph, Call], Shift | None]] = {
    Kind.CONVOLUTION: _weighted,
    Kind.LINEAR: _weighted,
    Kind.BATCH_NORM: _normed,
    Kind.NORM: _shifted,
    Kind.ADD: _added,
    Kind.SUBTRACT: _added,
    Kind.REVERSE_SUBTRACT: _added,
    Kind.MULTIPLY: _scaled,
    Kind.DIVIDE: _scaled,
    Kind.AVERAGE_POOL: _pooled,
    Kind.MEAN: _pooled,
    Kind.RESHAPE: _reshaped,
    Kind.PERMUTE: _permuted,
    Kind.DROPOUT: _same,
    Kind.IDENTITY: _same,
}
