"""One call of a torch function inside a network's forward pass, as the trace writes it down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Size, Tensor
from torch.overrides import resolve_name

TorchFunction = Callable[..., Any]


class Tracked(NamedTuple):
    """Stands in a call's arguments for a tensor that depends on the network's input."""

    value: int


class Constant(NamedTuple):
    """Stands in a call's arguments for a tensor that does not: a weight, a buffer."""

    shape: Size


@dataclass(frozen=True)
class Call:
    """A call: which function, in which module, on what, giving what.

    Attributes
    ----------
    index : position among all torch calls of one forward pass, from 0
    function : the torch function
    module : dotted path of the module whose forward made the call, "" for the network itself
    args, kwargs : its arguments, tensors replaced by `Tracked` or `Constant`
    inputs, outputs : the values it reads and the *new* values it makes
    reads_numbers : whether it hands the content of a tracked tensor to Python
    """

    index: int
    function: TorchFunction
    module: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    reads_numbers: bool

    def __str__(self) -> str:
        return describe(self.function, self.module)

    def reapplied(self, tensor: Tensor) -> Any:
        """Make the call again on another first argument; no other may be a tensor."""
        return reapply(self.function, self.args, self.kwargs)(tensor)


def describe(function: TorchFunction, module: str) -> str:
    """Which layer calls which operation, in words for a message."""
    where = f"layer '{module}'" if module else "the network itself"
    return f"{where} calls {resolve_name(function) or repr(function)}"


def tensors_in(arguments: Any) -> Iterator[Tensor]:
    """Every tensor in a nest of tuples, lists and dictionaries, in order."""
    if isinstance(arguments, Tensor):
        yield arguments
    elif isinstance(arguments, Mapping):
        for item in arguments.values():
            yield from tensors_in(item)
    elif isinstance(arguments, tuple | list):
        for item in arguments:
            yield from tensors_in(item)


def replace_tensors(arguments: Any, replace: Callable[[Tensor], Any]) -> Any:
    """Return the same nest with every tensor put through `replace`."""
    if isinstance(arguments, Tensor):
        return replace(arguments)
    if isinstance(arguments, Mapping):
        return {name: replace_tensors(item, replace) for name, item in arguments.items()}
    if isinstance(arguments, Size):
        return arguments
    if isinstance(arguments, tuple | list):
        items = [replace_tensors(item, replace) for item in arguments]
        return items if isinstance(arguments, list) else tuple(items)
    return arguments


def bind(
    parameters: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments by name; positional ones beyond `parameters` stay unnamed."""
    return dict(zip(parameters, args, strict=False)) | dict(kwargs)


def reapply(
    function: TorchFunction, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[[Tensor], Any]:
    """Return the function of a call as a function of its first argument alone."""
    rest = {name: item for name, item in kwargs.items() if name != "input"}
    return lambda tensor: function(tensor, *args[1:], **rest)


def version(tensor: Tensor) -> int:
    """How often the tensor was written to; inference tensors do not count, so 0 for them."""
    return 0 if tensor.is_inference() else tensor._version
