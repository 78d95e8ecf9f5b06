"""A forward pass of the shared network that keeps what the walk needs.

The network's own forward runs unmodified: a torch function mode, which only this thread sees,
looks on and keeps the arguments that the plan names, and the winners of its maximum pools.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Size, Tensor, nn
from torch.overrides import TorchFunctionMode

from ..errors import ModelError
from .attention import opened
from .calls import TorchFunction, bind, describe, replace_tensors, version
from .graph import Patches
from .operations import operation_of
from .plan import Kept, Plan
from .rules import Keep, has_channels_inmost

T = TypeVar("T")


class Recording:
    """What one forward pass left: the outputs, the kept arguments, and what they all share.

    Attributes
    ----------
    outputs : (N, L) what the network returned, bit for bit
    logits : (N, L) the same before a softmax or sigmoid behind the last layer
    features : by map layer, what it returned, (N, C, [d,] h, w); of a whole pass only
    differentiable : whether gradients were recorded
    """

    def __init__(self, network: nn.Module, plan: Plan, batch: Tensor) -> None:
        self.differentiable = torch.is_grad_enabled()
        recorder = _Recorder(plan)
        with recorder:
            self.outputs: Tensor = network(batch)
        recorder.check(self.outputs)
        self._plan = plan
        self.features = recorder.features
        self._tensors = recorder.tensors
        self._winners = recorder.winners
        self._arguments = recorder.arguments
        self._shared: dict[Hashable, Any] = {}
        logits = self.outputs if plan.logits is None else self.tensor(plan.logits)
        self.logits = logits.reshape(self.outputs.shape)

    def of_images(self, images: Sequence[int]) -> Recording:
        """Return the recording of some of its images, by their places in the batch.

        What was kept of them is copied, so that a walk costs what it costs for these alone; all
        images in their order are the recording itself.
        """
        count = len(self.outputs)
        if list(images) == list(range(count)):
            return self
        places = torch.tensor(images, device=self.outputs.device)
        part = object.__new__(Recording)
        part.differentiable = self.differentiable
        part.outputs, part.logits = _rows(self.outputs, places), _rows(self.logits, places)
        part._plan, part._shared = self._plan, {}
        part.features = {}
        part._tensors = {
            keep: _rows(tensor, places)
            if keep.argument in self._plan.kept[keep.call].of_images
            else tensor
            for keep, tensor in self._tensors.items()
        }
        part._winners = {call: _rows(units, places) for call, units in self._winners.items()}
        part._arguments = {
            call: _resized(arguments, count, len(images))
            for call, arguments in self._arguments.items()
        }
        return part

    def tensor(self, keep: Keep) -> Tensor:
        """Return an argument as it was when the call was made."""
        return self._tensors[keep]

    def winners(self, call: int) -> Tensor:
        """Return which units won in a maximum pool: flat indices over pixels, (N, C, ...) int64."""
        return self._winners[call]

    def arguments(self, call: int) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Return a call's arguments, tensors replaced by their shapes."""
        return self._arguments[call]

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return what `compute` returned the first time it was asked for this key."""
        if key not in self._shared:
            self._shared[key] = compute()
        result: T = self._shared[key]
        return result

    def made(self, kind: type[T]) -> list[T]:
        """Return what was computed `once` and is of a kind."""
        return [one for one in self._shared.values() if isinstance(one, kind)]


def _rows(tensor: Tensor, places: Tensor) -> Tensor:
    """Return some of the images of (N, ...), laid out in memory as they were."""
    if has_channels_inmost(tensor):
        return tensor.permute(0, 2, 3, 1).index_select(0, places).permute(0, 3, 1, 2)
    return tensor.index_select(0, places)


def _resized(arguments: Any, images: int, wanted: int) -> Any:
    """Return arguments in which shapes (N, ...) are those of so many images."""
    if isinstance(arguments, Size):
        return Size((wanted, *arguments[1:])) if arguments[:1] == (images,) else arguments
    if isinstance(arguments, Mapping):
        return {name: _resized(item, images, wanted) for name, item in arguments.items()}
    if isinstance(arguments, tuple | list):
        return type(arguments)(_resized(item, images, wanted) for item in arguments)
    return arguments


def _in_grid(tokens: Tensor, patches: Patches) -> Tensor:
    """Return those of (N, L, D) that are the image's as (N, D, rows, columns)."""
    count = patches.rows * patches.columns
    own = tokens[:, patches.first : patches.first + count]
    return own.transpose(1, 2).reshape(len(tokens), -1, patches.rows, patches.columns)


class _Recorder(TorchFunctionMode):
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self._next = 0
        self._versions: list[tuple[Keep, int]] = []
        self._layers = {call: layer for layer, call in plan.makers.items()}
        self.features: dict[str, Tensor] = {}
        self.tensors: dict[Keep, Tensor] = {}
        self.winners: dict[int, Tensor] = {}
        self.arguments: dict[int, tuple[Sequence[Any], Mapping[str, Any]]] = {}

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
        functions = self._plan.functions
        if self._next >= len(functions) or functions[self._next] != func:
            raise ModelError(
                f"{describe(func, '')} as torch call {self._next} of its forward pass, which is "
                "not what it did when it was loaded: its path depends on the image or its size; "
                "load it with an example of the size that is used."
            )
        kept = self._plan.kept.get(self._next)
        if kept is not None:
            self._keep(self._next, kept, func, args, kwargs)
        winners = self._plan.winners.get(self._next)
        if winners is not None:
            # What the pool itself calls; it only throws the indices away.
            result, self.winners[self._next] = winners(args[0] if args else kwargs["input"])
        else:
            result = func(*args, **kwargs)
        if self._next in self._layers and isinstance(result, Tensor):
            layer = self._layers[self._next]
            self.features[layer] = self._in_grid(result, self._plan.map_values[layer])
        self._next += 1
        return result

    def _in_grid(self, result: Tensor, value: int) -> Tensor:
        """Return what a map layer returned as (N, C, [d,] h, w)."""
        patches = self._plan.patches.get(value)
        if patches is not None:
            return _in_grid(result, patches)
        return result.permute(0, 3, 1, 2) if value in self._plan.channels_last else result

    def _keep(
        self,
        call: int,
        kept: Kept,
        func: TorchFunction,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> None:
        operation = operation_of(func)
        named = bind(operation.parameters if operation else (), args, kwargs)
        axes = {id(named[name]): axis for name, axis in kept.axes.items()}

        def images_first(tensor: Tensor) -> Tensor:
            axis = axes.get(id(tensor), 0)
            return tensor.movedim(axis, 0) if axis else tensor

        self.arguments[call] = replace_tensors(
            (args, kwargs), lambda tensor: images_first(tensor).shape
        )
        for argument in kept.arguments:
            keep, tensor = Keep(call, argument), named[argument]
            tensor = images_first(tensor)
            self.tensors[keep] = tensor.clone() if argument in kept.copied else tensor
            self._versions.append((keep, version(self.tensors[keep])))

    def check(self, outputs: Any) -> None:
        """Refuse a pass that was not the one in the plan, or that wrote over what was kept."""
        if self._next != len(self._plan.functions) or not isinstance(outputs, Tensor):
            raise ModelError(
                f"the network ended after {self._next} torch calls instead of "
                f"{len(self._plan.functions)}: its path depends on the image or its size; "
                "load it with an example of the size that is used."
            )
        for keep, stamp in self._versions:
            if version(self.tensors[keep]) != stamp:
                raise ModelError(
                    f"argument '{keep.argument}' of torch call {keep.call} was written to during "
                    "the forward pass, which the trace did not show; explain with weights and "
                    "inputs that nothing else changes meanwhile."
                )
