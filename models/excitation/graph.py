"""What follows from a trace: who made a value, who reads it, what sign it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import torch
from torch import Size, Tensor

from ..errors import UnsupportedLayerError
from .calls import Call, Constant, Tracked, bind
from .operations import SUMS, Kind, Operation, Sign, operation_of
from .trace import Trace

_WEIGHS_INPUT = {Kind.CONVOLUTION, Kind.LINEAR, Kind.AVERAGE_POOL, Kind.MEAN}
_WEIGHS = {Kind.CONVOLUTION, Kind.LINEAR}
_LINEAR = {Kind.AVERAGE_POOL, Kind.MEAN, Kind.BATCH_NORM, Kind.RESHAPE, Kind.IDENTITY, Kind.DROPOUT}
_LINEAR |= {*SUMS, Kind.MULTIPLY, Kind.DIVIDE, Kind.PERMUTE}
_HANDS_ON = {Kind.MAX_POOL, Kind.RESHAPE, Kind.IDENTITY, Kind.DROPOUT, Kind.CONCATENATE}
_ANYWHERE = {Kind.ACTIVATION, Kind.IDENTITY, Kind.DROPOUT, Kind.LINEAR, Kind.NORM, *SUMS}
"""What does the same whichever axis the images lie on, but the last ones."""
_KEEPS_AXES = {Kind.ACTIVATION, Kind.IDENTITY, Kind.DROPOUT, Kind.PAD, Kind.SELECT, *SUMS}
_KEEPS_AXES |= {Kind.CONCATENATE, Kind.MULTIPLY}
_SELECTS = {Kind.SELECT, Kind.PERMUTE}
_MOVES_AXES = {"permute", "transpose", "movedim", "swapaxes", "unbind", "select", "__getitem__"}
_TAIL = {Kind.ACTIVATION, Kind.SOFTMAX, Kind.DROPOUT, Kind.IDENTITY, Kind.RESHAPE}


class Patches(NamedTuple):
    """Which tokens are the image's: a grid of so many, row by row, behind so many others."""

    first: int
    rows: int
    columns: int


def _has_tensor(arguments: Any) -> bool:
    """Return whether a nest of a call's arguments holds a tensor."""
    if isinstance(arguments, Tracked | Constant):
        return True
    nest = arguments.values() if isinstance(arguments, Mapping) else arguments
    return isinstance(arguments, Mapping | tuple | list) and any(map(_has_tensor, nest))


class Graph:
    """A trace with the questions that choosing a step asks."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.batch = trace.shapes[0][0]
        self._producers = {value: call for call in trace.calls for value in call.outputs}
        self._readers: dict[int, list[Call]] = {}
        for call in trace.calls:
            if call.outputs:
                for value in call.inputs:
                    self._readers.setdefault(value, []).append(call)
        self.map_values = frozenset(trace.map_values.values())
        self.above = {value: self._find_above(value) for value in self.map_values}
        self.above_map = frozenset().union(*self.above.values())
        # Where mass stops: the map values that no other one lies below.
        self.ends = frozenset(
            value
            for value in self.map_values
            if not any(value in self.above[other] for other in self.map_values - {value})
        )
        self._axes = self._find_axes()
        self._not_negative = self._find_not_negative()
        self.tail = self._find_tail()

    def reject(self, call: Call, why: str) -> NoReturn:
        """Refuse the network, naming the layer, the operation, and a map layer above if any is."""
        above = [layer for layer, finished in self.trace.grids if finished > call.index]
        advice = f", or a map layer above this one, as '{above[-1]}' is" if above else ""
        raise UnsupportedLayerError(f"{call}, {why}; choose another network{advice}.")

    def operation(self, call: Call) -> Operation:
        """Return the call's row of the table of operations."""
        operation = operation_of(call.function)
        if operation is None:
            self.reject(call, "which Excitation Backprop has no rule for")
        return operation

    def kind(self, call: Call | None) -> Kind | None:
        """Return what kind of step the call gets, None if it is not in the table."""
        operation = operation_of(call.function) if call else None
        return operation.kind if operation else None

    def arguments(self, call: Call) -> dict[str, Any]:
        """Return the call's arguments by name."""
        return bind(self.operation(call).parameters, call.args, call.kwargs)

    def value(self, call: Call, argument: str = "input") -> int:
        """Return the value of an argument that must depend on the network's input."""
        found = self.arguments(call).get(argument)
        if not isinstance(found, Tracked):
            self.reject(call, f"whose argument '{argument}' does not depend on the image")
        return found.value

    def shape(self, value: int) -> Size:
        """Return the shape of a value in the traced run."""
        return self.trace.shapes[value]

    def producer(self, value: int) -> Call | None:
        """Return the call that made the value; None for the network's input."""
        return self._producers.get(value)

    def readers(self, value: int) -> list[Call]:
        """Return the calls that compute with the value."""
        return self._readers.get(value, [])

    def only_reader(self, value: int) -> Call | None:
        """Return the call that reads the value, if nothing else wants it."""
        readers = self.readers(value)
        wanted = value in self.map_values or value == self.trace.output
        return readers[0] if len(readers) == 1 and not wanted else None

    def not_negative(self, value: int) -> bool:
        """Return whether the value is known to be >= 0 whatever the image."""
        return value in self._not_negative

    def is_gate(self, value: int) -> bool:
        """Return whether the value comes out of a sigmoid, so that it gates what it multiplies."""
        call = self.producer(value)
        while call is not None and self.kind(call) in (Kind.RESHAPE, Kind.IDENTITY):
            call = self.producer(call.inputs[0])
        operation = operation_of(call.function) if call else None
        return operation is not None and operation.gate

    def by_channel(self, norm: Call) -> bool:
        """Return whether a norm's factor and shift lie along the channels, not the last axes."""
        return "normalized_shape" not in self.operation(norm).parameters

    def averages(self, value: int) -> bool:
        """Return whether the value comes out of a softmax, so that it averages what it reads."""
        call = self.producer(value)
        while call is not None and self.kind(call) in (Kind.RESHAPE, Kind.IDENTITY, Kind.DROPOUT):
            call = self.producer(call.inputs[0])
        operation = operation_of(call.function) if call else None
        return operation is not None and operation.averages

    def axis(self, value: int) -> int:
        """Return the axis of a value that the images lie on; in its mass it is the first."""
        return self._axes.get(value, 0)

    def keeps_images_apart(self, call: Call, values: Iterable[int]) -> bool:
        """Return whether the values before and behind a call have an axis for the images alone."""
        axes = {value: self.axis(value) for value in values}
        sizes = [self.shape(value)[axis : axis + 1] for value, axis in axes.items() if axis >= 0]
        known = not any(axes.values()) or self.kind(call) in {*_SELECTS, *_ANYWHERE}
        return known and sizes == [(self.batch,)] * len(axes)

    def channels_last(self, value: int) -> bool:
        """Return whether a grid is (N, H, W, C): what reads it first works on its last axis."""
        waiting, seen = [value], {value}
        while waiting:
            for call in self._readers_above(waiting.pop()):
                kind = self.kind(call)
                by_last = kind is Kind.NORM and len(self._normed_axes(call)) == 1
                if kind is Kind.LINEAR or by_last:
                    return True
                if kind in _KEEPS_AXES:
                    grids = {one for one in call.outputs if len(self.shape(one)) == 4} - seen
                    seen.update(grids)
                    waiting.extend(grids)
        return False

    def _normed_axes(self, norm: Call) -> Sequence[int]:
        return () if self.by_channel(norm) else self.arguments(norm)["normalized_shape"]

    def patches(self, value: int) -> Patches | None:
        """Return which tokens of a value (N, L, D) are the image's, as they were embedded."""
        axis, shape = self.axis(value), list(self.shape(value))
        if len(shape) != 3 or axis not in (0, 1):
            return None
        length, below = shape[1 - axis], self._below(value)
        calls = [call for call in self.trace.calls if below.intersection(call.outputs)]
        grids = [
            self.shape(call.outputs[0])[2:]
            for call in calls
            if self.kind(call) is Kind.CONVOLUTION and len(self.shape(call.outputs[0])) == 4
        ]
        if grids and grids[-1].numel() == length:
            return Patches(0, *grids[-1])
        for call in reversed(calls) if grids else ():
            first = self._before_patches(call, grids[-1].numel(), length)
            if first is not None:
                return Patches(first, *grids[-1])
        return None

    def _before_patches(self, call: Call, patches: int, length: int) -> int | None:
        """Return how many tokens a concatenation puts before the patches; None if it does not."""
        if self.kind(call) is not Kind.CONCATENATE:
            return None
        given = self.arguments(call)
        pieces = [
            self.shape(item.value) if isinstance(item, Tracked) else item.shape
            for item in given["tensors"]
        ]
        sizes = [shape[given.get("dim", given.get("axis", 0))] for shape in pieces]
        if sum(sizes) != length or sizes.count(patches) != 1:
            return None
        before: int = sum(sizes[: sizes.index(patches)])
        return before

    def _below(self, value: int) -> frozenset[int]:
        """Return the values that a value depends on, itself among them."""
        below = {value}
        for call in reversed(self.trace.calls):
            if below.intersection(call.outputs):
                below.update(call.inputs)
        return frozenset(below)

    def read_linearly(self, value: int) -> bool:
        """Return whether only linear steps read the value, up to the layers with weights."""
        readers = self._readers_above(value)
        return value != self.trace.output and all(map(self._is_linear, readers))

    def _is_linear(self, call: Call) -> bool:
        kind = self.kind(call)
        if kind in (Kind.MULTIPLY, Kind.DIVIDE) and len(call.inputs) != 1:
            return False
        return kind in _WEIGHS or (kind in _LINEAR and all(map(self.read_linearly, call.outputs)))

    def rectified(self, value: int) -> bool:
        """Return whether mass at the value rests on units > 0 alone, for a ReLU lies behind it."""
        readers = self._readers_above(value)
        return bool(readers) and all(
            self._is_rectifier(call) and self._mass_follows_units(call.outputs[0])
            for call in readers
        )

    def _mass_follows_units(self, value: int) -> bool:
        """Return whether every step back to the value gives units that are 0 no mass."""
        return value != self.trace.output and all(
            self.kind(call) in _WEIGHS_INPUT
            or (self.kind(call) in _HANDS_ON and self._mass_follows_units(call.outputs[0]))
            or (self.kind(call) is Kind.ADD and self.rectified(call.outputs[0]))
            for call in self._readers_above(value)
        )

    def _is_rectifier(self, call: Call) -> bool:
        operation = operation_of(call.function)
        return (
            operation is not None
            and operation.kind is Kind.ACTIVATION
            and operation.sign is Sign.NOT_NEGATIVE
            and not operation.gate
        )

    def _readers_above(self, value: int) -> list[Call]:
        return [call for call in self.readers(value) if self.above_map.intersection(call.outputs)]

    def _find_above(self, map_value: int) -> frozenset[int]:
        # What wrote to an unexplained value is not known: it may have come from the map layer.
        above = {value for value in self.trace.unexplained if value > map_value}
        above.add(map_value)
        for call in self.trace.calls:
            if above.intersection(call.inputs):
                if call.reads_numbers:
                    self.reject(
                        call, "which hands numbers to Python, where no rule can follow them"
                    )
                above.update(call.outputs)
        return frozenset(above)

    def _find_axes(self) -> dict[int, int]:
        """Find which values have their images elsewhere than on the first axis, and where."""
        axes: dict[int, int] = {}
        for call in self.trace.calls:
            inside = [value for value in call.inputs if value in self.above_map]
            if not inside:
                continue
            before = max(axes.get(value, 0) for value in inside)
            name = getattr(call.function, "__name__", "")
            for place, output in enumerate(call.outputs):
                after = before
                if self.kind(call) in _SELECTS and (before or name in _MOVES_AXES):
                    after = self._moved(call, place, before)
                if after:
                    axes[output] = after
        return axes

    def _moved(self, call: Call, place: int, before: int) -> int:
        """Follow the images through a selection, by numbering them; -1 where they do not stay."""
        shape = self.shape(call.inputs[0])
        if before < 0 or shape[before] != self.batch or _has_tensor((call.args[1:], call.kwargs)):
            return -1 if before else 0
        numbers = torch.arange(self.batch).reshape(-1, *[1] * (len(shape) - before - 1))
        result = call.reapplied(numbers.expand(shape))
        result = result if isinstance(result, Tensor) else result[place]
        for axis in range(result.dim()):
            apart = torch.arange(self.batch).reshape(-1, *[1] * (result.dim() - axis - 1))
            if result.shape[axis] == self.batch and bool((result == apart).all()):
                return axis
        return -1

    def _find_not_negative(self) -> frozenset[int]:
        known: set[int] = set()
        for call in self.trace.calls:
            operation = operation_of(call.function)
            if operation is not None and self._result_not_negative(call, operation, known):
                known.update(call.outputs)
        return frozenset(known)

    def _result_not_negative(self, call: Call, operation: Operation, known: set[int]) -> bool:
        arguments = bind(operation.parameters, call.args, call.kwargs)
        if "min" in operation.parameters:
            low = arguments.get("min", arguments.get("min_val", -1.0))
            return isinstance(low, int | float) and low >= 0
        if operation.sign is not Sign.AS_INPUTS:
            return operation.sign is Sign.NOT_NEGATIVE
        if not known.issuperset(call.inputs):
            return False
        if operation.parameters == ("input", "other"):
            others = [arguments.get("input"), arguments.get("other")]
            return not any(
                isinstance(other, Constant) or (isinstance(other, int | float) and other < 0)
                for other in others
            )
        return True

    def _find_tail(self) -> tuple[Call, ...]:
        """Collect the calls after the last layer or pool, from the output downwards."""
        tail: list[Call] = []
        call = self.producer(self.trace.output)
        while (
            call is not None
            and self.kind(call) in _TAIL
            and not self.map_values.intersection(call.outputs)
        ):
            tail.append(call)
            call = self.producer(call.inputs[0])
        return tuple(tail)

    @property
    def head(self) -> Call | None:
        """Return the call below the tail: the last layer, or the pool behind it."""
        last = self.tail[-1].inputs[0] if self.tail else self.trace.output
        return None if last in self.map_values else self.producer(last)
