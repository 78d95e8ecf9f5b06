"""The table of torch functions that the walk knows, each with the kind of step it gets.

A function that is not here has no rule, and a network that needs one is refused when it is
loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812

from .calls import TorchFunction


class Kind(Enum):
    """The steps of the walk."""

    CONVOLUTION = auto()
    LINEAR = auto()
    BATCH_NORM = auto()
    NORM = auto()
    ACTIVATION = auto()
    SOFTMAX = auto()
    ATTENTION = auto()
    MATMUL = auto()
    EINSUM = auto()
    DROPOUT = auto()
    IDENTITY = auto()
    AVERAGE_POOL = auto()
    MEAN = auto()
    MAX_POOL = auto()
    ADD = auto()
    SUBTRACT = auto()
    REVERSE_SUBTRACT = auto()
    MULTIPLY = auto()
    DIVIDE = auto()
    RESHAPE = auto()
    CONCATENATE = auto()
    PAD = auto()
    SELECT = auto()
    PERMUTE = auto()


SUMS = {Kind.ADD: (1, 1), Kind.SUBTRACT: (1, -1), Kind.REVERSE_SUBTRACT: (-1, 1)}
"""The signs with which the two operands enter."""


class Sign(Enum):
    """What is known of an operation's result whatever its input is."""

    ANY = auto()
    NOT_NEGATIVE = auto()
    AS_INPUTS = auto()


@dataclass(frozen=True)
class Operation:
    """What a torch function means to the walk.

    Attributes
    ----------
    kind : the step it gets
    parameters : the names of its positional arguments
    sign : whether its result can be negative
    gate : whether its result lies in [0, 1], so that it can gate a signal
    averages : whether its result sums to one, so that signals can be averaged by it
    """

    kind: Kind
    parameters: tuple[str, ...]
    sign: Sign = Sign.ANY
    gate: bool = False
    averages: bool = False


def operation_of(function: TorchFunction) -> Operation | None:
    """Return the function's row in the table, if it has one."""
    try:
        return _TABLE.get(function)
    except TypeError:  # not hashable: nothing of ours
        return None


def _spellings(*names: str) -> set[TorchFunction]:
    """Find every function of torch that goes by one of the names."""
    homes: tuple[Any, ...] = (torch, torch.Tensor, F, torch._C._nn)
    found = (getattr(home, name, None) for home in homes for name in names)
    return {function for function in found if callable(function)}


def _table() -> dict[TorchFunction, Operation]:
    unary = ("input",)
    pair = ("input", "other")
    window = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode")
    convolution = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    after = ("training", "momentum", "eps")
    norm = ("input", "running_mean", "running_var", "weight", "bias", *after)
    torch_norm = ("input", "weight", "bias", "running_mean", "running_var", *after)
    kinds = Kind
    rows: list[tuple[set[TorchFunction], Operation]] = [
        (_spellings("conv2d", "conv3d"), Operation(kinds.CONVOLUTION, convolution)),
        (_spellings("linear"), Operation(kinds.LINEAR, convolution)),
        ({F.batch_norm}, Operation(kinds.BATCH_NORM, norm)),
        ({torch.batch_norm}, Operation(kinds.BATCH_NORM, torch_norm)),
        (
            _spellings("layer_norm"),
            Operation(kinds.NORM, ("input", "normalized_shape", "weight", "bias", "eps")),
        ),
        (
            _spellings("rms_norm"),
            Operation(kinds.NORM, ("input", "normalized_shape", "weight", "eps")),
        ),
        (
            _spellings("group_norm"),
            Operation(kinds.NORM, ("input", "num_groups", "weight", "bias", "eps")),
        ),
        ({F.instance_norm}, Operation(kinds.NORM, norm)),
        ({torch.instance_norm}, Operation(kinds.NORM, torch_norm)),
        (
            _spellings("relu", "relu_", "relu6", "softplus"),
            Operation(kinds.ACTIVATION, unary, Sign.NOT_NEGATIVE),
        ),
        (
            _spellings("sigmoid", "sigmoid_", "hardsigmoid"),
            Operation(kinds.ACTIVATION, unary, Sign.NOT_NEGATIVE, gate=True),
        ),
        (
            _spellings("leaky_relu", "leaky_relu_", "elu", "elu_", "silu", "hardswish", "tanh")
            | _spellings("tanh_", "prelu", "gelu", "mish", "selu", "selu_", "celu"),
            Operation(kinds.ACTIVATION, unary),
        ),
        (
            _spellings("hardtanh", "hardtanh_", "clamp", "clamp_", "clip"),
            Operation(kinds.ACTIVATION, ("input", "min", "max")),
        ),
        (
            _spellings("softmax"),
            Operation(kinds.SOFTMAX, ("input", "dim"), Sign.NOT_NEGATIVE, averages=True),
        ),
        (_spellings("log_softmax"), Operation(kinds.SOFTMAX, ("input", "dim"))),
        (
            _spellings("scaled_dot_product_attention"),
            Operation(
                kinds.ATTENTION,
                ("query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale"),
            ),
        ),
        (_spellings("matmul", "__matmul__", "bmm"), Operation(kinds.MATMUL, pair)),
        (_spellings("einsum"), Operation(kinds.EINSUM, ("equation", "input", "other"))),
        (
            {F.dropout, F.dropout2d, F.dropout3d},
            Operation(kinds.DROPOUT, ("input", "p", "training"), Sign.AS_INPUTS),
        ),
        (
            {torch.dropout, torch.dropout_, torch.feature_dropout},
            Operation(kinds.DROPOUT, ("input", "p", "train"), Sign.AS_INPUTS),
        ),
        (
            _spellings("contiguous", "clone", "detach", "to", "float", "double", "half", "type_as"),
            Operation(kinds.IDENTITY, unary, Sign.AS_INPUTS),
        ),
        (
            _spellings("avg_pool2d", "adaptive_avg_pool2d", "avg_pool3d", "adaptive_avg_pool3d"),
            Operation(kinds.AVERAGE_POOL, unary, Sign.AS_INPUTS),
        ),
        (_spellings("mean"), Operation(kinds.MEAN, ("input", "dim"), Sign.AS_INPUTS)),
        (
            _spellings("max_pool2d", "max_pool3d"),
            Operation(kinds.MAX_POOL, (*window, "return_indices"), Sign.AS_INPUTS),
        ),
        (
            _spellings("adaptive_max_pool2d", "adaptive_max_pool3d"),
            Operation(kinds.MAX_POOL, ("input", "output_size", "return_indices"), Sign.AS_INPUTS),
        ),
        (
            _spellings("add", "add_", "__add__", "__radd__", "__iadd__"),
            Operation(kinds.ADD, pair, Sign.AS_INPUTS),
        ),
        (_spellings("sub", "sub_", "__sub__", "__isub__"), Operation(kinds.SUBTRACT, pair)),
        (_spellings("rsub", "__rsub__"), Operation(kinds.REVERSE_SUBTRACT, pair)),
        (
            _spellings("mul", "mul_", "__mul__", "__rmul__", "__imul__"),
            Operation(kinds.MULTIPLY, pair, Sign.AS_INPUTS),
        ),
        (
            _spellings("div", "div_", "true_divide", "__truediv__", "__itruediv__"),
            Operation(kinds.DIVIDE, pair, Sign.AS_INPUTS),
        ),
        (
            _spellings(
                "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "view_as"
            ),
            Operation(kinds.RESHAPE, unary, Sign.AS_INPUTS),
        ),
        (
            _spellings("cat", "concat", "concatenate"),
            Operation(kinds.CONCATENATE, ("tensors", "dim"), Sign.AS_INPUTS),
        ),
        ({F.pad}, Operation(kinds.PAD, ("input", "pad", "mode", "value"), Sign.AS_INPUTS)),
        (
            _spellings(
                "chunk", "split", "tensor_split", "unbind", "narrow", "select", "__getitem__"
            )
            | _spellings("flip", "roll", "channel_shuffle", "pixel_shuffle", "pixel_unshuffle"),
            Operation(kinds.SELECT, unary, Sign.AS_INPUTS),
        ),
        (
            _spellings("permute", "transpose", "movedim", "swapaxes"),
            Operation(kinds.PERMUTE, unary, Sign.AS_INPUTS),
        ),
    ]
    return {function: operation for functions, operation in rows for function in functions}


_TABLE = _table()
