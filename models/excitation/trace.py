"""Writing down, once, what a network's forward pass computes and where the map layer's output is.

The trace runs on a private copy of the module *objects* that shares every weight with the
network, so that its hooks are seen by nobody else (see docs/decisions/0002).
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Size, Tensor, nn
from torch.overrides import TorchFunctionMode

from ..errors import UnsupportedLayerError
from .attention import opened
from .calls import (
    Call,
    Constant,
    TorchFunction,
    Tracked,
    describe,
    replace_tensors,
    tensors_in,
    version,
)

# What a forward pass may ask a tensor without looking at its content.
_METADATA = frozenset(
    {"dim", "size", "numel", "nelement", "ndimension", "stride", "element_size", "get_device"}
    | {"__len__", "__get__", "is_contiguous", "is_floating_point", "is_complex", "type"}
)


@dataclass(frozen=True)
class Trace:
    """A network's forward pass as a list of calls in single-assignment form.

    Attributes
    ----------
    calls : every torch call, in order
    shapes : the shape of each value; value 0 is the network's input
    map_values : by map layer, the value that it returned
    output : the value that the network returned
    overwritten : (call, value) pairs whose tensor is written to at or after that call
    unexplained : values that were written through another view of their memory
    grids : modules whose output is a grid of cells, each with how many calls were made by its end
    """

    calls: tuple[Call, ...]
    shapes: tuple[Size, ...]
    map_values: Mapping[str, int]
    output: int
    overwritten: frozenset[tuple[int, int]]
    unexplained: frozenset[int]
    grids: tuple[tuple[str, int], ...]


def trace_network(network: nn.Module, layers: Sequence[str], example: Tensor) -> Trace:
    """Run the network once and write down its calls.

    Parameters
    ----------
    network : in eval mode; neither it nor its weights are touched
    layers : dotted names of the modules whose outputs carry maps
    example : (N, C, [D,] H, W), an input the network takes

    Raises
    ------
    UnsupportedLayerError
        No such layer, a layer that runs more than once or returns no tensor, or a computation
        that torch functions do not show.
    """
    for name, module in network.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise UnsupportedLayerError(
                f"layer '{name}' is scripted, and a scripted module does not show its operations; "
                "use the plain nn.Module."
            )
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    private = copy.deepcopy(network, shared)
    with torch.inference_mode(mode=False), torch.no_grad():
        # The clone leaves inference mode behind, whose tensors do not count their versions.
        network_input = example.detach().clone()
        tracer = _Tracer(network_input, _constants(private))
        returned: dict[str, list[int]] = {layer: [] for layer in layers}
        for name, module in private.named_modules():
            module.register_forward_pre_hook(_Enter(tracer, name))
            module.register_forward_hook(_Leave(tracer))
        for layer, values in returned.items():
            _layer(private, layer).register_forward_hook(_Note(tracer, layer, values))
        with tracer:
            result = private(network_input)
    for layer, values in returned.items():
        if len(values) != 1:
            raise UnsupportedLayerError(
                f"map layer '{layer}' runs {len(values)} times in one forward pass, so its output "
                "is not one map; choose a layer that runs once."
            )
    return Trace(
        calls=tuple(tracer.calls),
        shapes=tuple(tracer.shapes),
        map_values={layer: values[0] for layer, values in returned.items()},
        output=tracer.value_of(result, "the network"),
        overwritten=tracer.overwritten(),
        unexplained=frozenset(tracer.unexplained),
        grids=tuple(tracer.grids),
    )


def _layer(network: nn.Module, layer: str) -> nn.Module:
    names = [name for name, _ in network.named_modules() if name]
    if layer not in names:
        near = difflib.get_close_matches(layer, names, n=3, cutoff=0.4) or names[-3:]
        raise UnsupportedLayerError(
            f"the network has no layer '{layer}' for the map; names near it: {', '.join(near)}."
        )
    return network.get_submodule(layer)


def _constants(network: nn.Module) -> Iterable[Tensor]:
    yield from network.parameters()
    yield from network.buffers()
    for module in network.modules():
        yield from tensors_in([item for item in vars(module).values() if _may_hold(item)])


def _may_hold(item: Any) -> bool:
    return isinstance(item, Tensor | list | tuple)


class _Tracer(TorchFunctionMode):
    """Numbers every tensor that a torch function makes; an in-place write makes a new value."""

    def __init__(self, network_input: Tensor, constants: Iterable[Tensor]) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.shapes: list[Size] = []
        self.modules: list[str] = []
        self.unexplained: set[int] = set()
        self.grids: list[tuple[str, int]] = []
        # Keyed by address, which is safe because the tensors are held as long as the book is.
        self._book: dict[int, tuple[Tensor, int | None, int]] = {}
        self._reads: list[tuple[int, int, Tensor, int]] = []
        for tensor in constants:
            self._enter_constant(tensor)
        self._enter_value(network_input)

    def value_of(self, result: Any, what: str) -> int:
        """Return the value that a module returned."""
        if not isinstance(result, Tensor):
            raise UnsupportedLayerError(
                f"{what} returns {type(result).__name__}, not one tensor; "
                "choose another layer, or wrap the network so that it returns its logits."
            )
        _, value, written = self._book.get(id(result), (result, None, 0))
        with torch._C.DisableTorchFunction():  # hooks ask this while the tracer listens
            unchanged = written == version(result)
        if value is None or not unchanged:
            raise UnsupportedLayerError(
                f"{what} returns a tensor that no torch function made from the network's input "
                "(a scripted or compiled module, or a custom autograd function); "
                "use the plain nn.Module."
            )
        return value

    def overwritten(self) -> frozenset[tuple[int, int]]:
        """Return (call, value) pairs whose tensor was written to at or after the call."""
        return frozenset(
            (call, value) for call, value, tensor, stamp in self._reads if version(tensor) != stamp
        )

    def __torch_function__(
        self,
        func: TorchFunction,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        fused = opened(func, args, kwargs)
        if fused is not None:
            with self:
                return fused()
        index, module = len(self.calls), self.modules[-1] if self.modules else ""
        given = list(tensors_in((args, kwargs)))
        marks = [self._read(tensor, describe(func, module)) for tensor in given]
        stamps = [version(tensor) for tensor in given]
        inputs = []
        for tensor, mark, stamp in zip(given, marks, stamps, strict=True):
            if isinstance(mark, Tracked):
                inputs.append(mark.value)
                self._reads.append((index, mark.value, tensor, stamp))

        result = func(*args, **kwargs)

        made = {id(tensor): tensor for tensor in tensors_in(result)}
        for tensor, stamp in zip(given, stamps, strict=True):
            if version(tensor) != stamp:
                made.setdefault(id(tensor), tensor)
        outputs = [self._made(tensor, tracked=bool(inputs)) for tensor in made.values()]
        places = iter(marks)
        marked_args, marked_kwargs = replace_tensors((args, kwargs), lambda _: next(places))
        self.calls.append(
            Call(
                index=index,
                function=func,
                module=module,
                args=marked_args,
                kwargs=marked_kwargs,
                inputs=tuple(inputs),
                outputs=tuple(value for value in outputs if value is not None),
                reads_numbers=not made and getattr(func, "__name__", "") not in _METADATA,
            )
        )
        return result

    def _enter_constant(self, tensor: Tensor) -> None:
        self._book[id(tensor)] = (tensor, None, version(tensor))

    def _enter_value(self, tensor: Tensor) -> int:
        value = len(self.shapes)
        self.shapes.append(tensor.shape)
        self._book[id(tensor)] = (tensor, value, version(tensor))
        return value

    def _read(self, tensor: Tensor, reader: str) -> Tracked | Constant:
        if id(tensor) not in self._book:
            raise UnsupportedLayerError(
                f"{reader} on a tensor of shape {tuple(tensor.shape)} that is neither a weight nor "
                "made by a torch function (a custom autograd function, or a tensor kept outside "
                "the modules); register it as a buffer, or choose another network."
            )
        _, value, written = self._book[id(tensor)]
        if value is None:
            return Constant(tensor.shape)
        if written != version(tensor):
            # Written through another view: by which call is not known. That is harmless below
            # the map layer; the plan refuses it above.
            value = self._enter_value(tensor)
            self.unexplained.add(value)
        return Tracked(value)

    def _made(self, tensor: Tensor, *, tracked: bool) -> int | None:
        """Enter a call's result; None for a constant and for a tensor handed on unchanged."""
        known = self._book.get(id(tensor))
        if known is not None and known[2] == version(tensor):
            return None
        if tracked:
            return self._enter_value(tensor)
        self._enter_constant(tensor)
        return None


@dataclass(frozen=True)
class _Enter:
    """Forward pre-hook: the calls from here on are this module's."""

    tracer: _Tracer
    name: str

    def __call__(self, _module: nn.Module, _inputs: Any) -> None:
        self.tracer.modules.append(self.name)


@dataclass(frozen=True)
class _Leave:
    """Forward hook: the calls from here on are the caller's again."""

    tracer: _Tracer

    def __call__(self, _module: nn.Module, _inputs: Any, result: Any) -> None:
        name = self.tracer.modules.pop()
        with torch._C.DisableTorchFunction():
            grid = isinstance(result, Tensor) and result.dim() in (4, 5)
            if name and grid and result.shape[2:].numel() > 1:
                self.tracer.grids.append((name, len(self.tracer.calls)))


@dataclass(frozen=True)
class _Note:
    """Forward hook: what a map layer returned."""

    tracer: _Tracer
    layer: str
    values: list[int]

    def __call__(self, _module: nn.Module, _inputs: Any, result: Any) -> None:
        self.values.append(self.tracer.value_of(result, f"map layer '{self.layer}'"))
