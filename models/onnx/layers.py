"""The table of ONNX operations that have a counterpart in torch, and how each is built.

An operation that is not here is refused by name when the file is loaded. What is here follows
https://onnx.ai/onnx/operators/, for versions 7 and above.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from .modules import (
    Chosen,
    Clamp,
    Concat,
    Elementwise,
    Mean,
    Padded,
    Parts,
    Permuted,
    Reshaped,
    Sliced,
    Squeezed,
    Sum,
)
from .node import Node

Builder = Callable[[Node], nn.Module]
_FLOATS = (1, 10, 11, 16)  # TensorProto: float32, float16, float64, bfloat16
_NEAR = 1e-3


def build_layer(node: Node) -> nn.Module:
    """Return the module that does what a node does.

    Parameters
    ----------
    node : Node
        At least one input depends on the image.

    Returns
    -------
    nn.Module
        In evaluation mode; it takes the inputs that depend on the image, in their order.

    Raises
    ------
    UnsupportedLayerError
        If the operation, or this use of it, has no counterpart; the message names the node.
    """
    if node.operation not in _BUILDERS:
        node.reject("makes constants only, and here it depends on the image")
    return _BUILDERS[node.operation](node).eval()


def _convolution(node: Node) -> nn.Module:
    weight = node.weight(1)
    if weight.ndim != 4:
        node.reject(f"convolves over {weight.ndim - 2} axes; images have two")
    strides = node.attribute("strides", [1, 1])
    before, after = node.paddings(list(weight.shape[2:]), strides)
    groups = node.attribute("group", 1)
    bias = node.weight(2) if len(node.inputs) > 2 and node.inputs[2] is not None else None
    convolution = nn.Conv2d(
        weight.shape[1] * groups,
        weight.shape[0],
        (int(weight.shape[2]), int(weight.shape[3])),
        stride=tuple(strides),
        padding=(before[0], before[1]) if before == after else 0,
        dilation=tuple(node.attribute("dilations", [1, 1])),
        groups=groups,
        bias=bias is not None,
    )
    return _padded(before, after, _with_weights(convolution, weight, bias))


def _with_weights(
    layer: nn.Conv2d | nn.Linear, weight: torch.Tensor, bias: torch.Tensor | None
) -> nn.Module:
    layer.weight = nn.Parameter(weight, requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(bias, requires_grad=False)
    return layer


def _padded(before: list[int], after: list[int], layer: nn.Module) -> nn.Module:
    """Return the layer, behind zeros where it pads its two sides differently."""
    if before == after:
        return layer
    return nn.Sequential(Padded(before[1], after[1], before[0], after[0], "constant"), layer)


def _gemm(node: Node) -> nn.Module:
    if node.attribute("transA", 0):
        node.reject("transposes the images")
    weight = node.weight(1) * node.attribute("alpha", 1.0)
    weight = weight if node.attribute("transB", 0) else weight.T.contiguous()
    bias = None
    if len(node.inputs) > 2 and node.inputs[2] is not None:
        added = node.weight(2) * node.attribute("beta", 1.0)
        if added.ndim > 1 and added.shape[0] != 1:
            node.reject("adds another number for each image")
        bias = added.reshape(-1).expand(weight.shape[0]).contiguous()
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    return _with_weights(layer, weight, bias)


def _product_with_matrix(node: Node) -> nn.Module:
    node.data(0)
    weight = node.weight(1)
    if weight.ndim != 2:
        node.reject(f"multiplies by a constant of shape {tuple(weight.shape)}, not by a matrix")
    layer = nn.Linear(weight.shape[0], weight.shape[1], bias=False)
    return _with_weights(layer, weight.T.contiguous(), None)


def _batch_norm(node: Node) -> nn.Module:
    if node.attribute("training_mode", 0) or not node.attribute("spatial", 1):
        node.reject("is in training mode, or not by channel")
    scale, bias, mean, variance = (node.weight(place) for place in range(1, 5))
    kind = nn.BatchNorm2d if node.data().ndim == 4 else nn.BatchNorm1d
    layer = kind(len(scale), eps=node.attribute("epsilon", 1e-5))
    layer.weight = nn.Parameter(scale, requires_grad=False)
    layer.bias = nn.Parameter(bias, requires_grad=False)
    layer.running_mean, layer.running_var = mean, variance
    return layer


def _max_pool(node: Node) -> nn.Module:
    if len(node.proto.output) > 1 or node.attribute("storage_order", 0):
        node.reject("returns the places of the largest as well")
    kernel = node.attribute("kernel_shape")
    strides = node.attribute("strides", [1, 1])
    before, after = node.paddings(kernel, strides)
    if before != after and not node.not_negative:
        # Zeros stand for "nothing there" only where nothing is below zero.
        node.reject("pads its two sides differently, on values that may be negative")
    layer = nn.MaxPool2d(
        kernel,
        strides,
        padding=(before[0], before[1]) if before == after else 0,
        dilation=node.attribute("dilations", [1, 1]),
        ceil_mode=bool(node.attribute("ceil_mode", 0)),
    )
    return _padded(before, after, layer)


def _average_pool(node: Node) -> nn.Module:
    if any(d != 1 for d in node.attribute("dilations", [1, 1])):
        node.reject("is dilated")
    kernel = node.attribute("kernel_shape")
    strides = node.attribute("strides", [1, 1])
    before, after = node.paddings(kernel, strides)
    counts_padding = bool(node.attribute("count_include_pad", 0))
    if before != after and not counts_padding:
        node.reject("pads its two sides differently and leaves the padding out of the mean")
    layer = nn.AvgPool2d(
        kernel,
        strides,
        padding=(before[0], before[1]) if before == after else 0,
        ceil_mode=bool(node.attribute("ceil_mode", 0)),
        count_include_pad=counts_padding,
    )
    return _padded(before, after, layer)


def _mean(node: Node) -> nn.Module:
    rank = node.data().ndim
    axes = tuple(node.axis(a, rank) for a in node.parameter("axes", 1) or ())
    if not axes:
        node.reject("is over the images of a batch")
    return Mean(axes, keep=bool(node.attribute("keepdims", 1)))


def _elementwise(name: str) -> Builder:
    function = getattr(torch, name)

    def build(node: Node) -> nn.Module:
        constants = [i for i, value in enumerate(node.inputs) if isinstance(value, np.ndarray)]
        if not constants:
            return Elementwise(function)
        (place,) = constants
        if name == "div" and place == 0:
            node.reject("divides by a value that depends on the image")
        return Elementwise(function, node.weight(place), constant_first=place == 0)

    return build


def _sum(node: Node) -> nn.Module:
    for place in range(len(node.inputs)):
        node.data(place)
    return Sum()


def _concat(node: Node) -> nn.Module:
    for place in range(len(node.inputs)):
        node.data(place)
    return Concat(node.axis(node.attribute("axis", 1), node.data().ndim))


def _flatten(node: Node) -> nn.Module:
    if node.attribute("axis", 1) != 1:
        node.reject(f"flattens from axis {node.attribute('axis')}; only 1 keeps the images apart")
    return nn.Flatten(1)


def _reshape(node: Node) -> nn.Module:
    x = node.data()
    wanted = node.parameter("shape", 1)
    if not node.attribute("allowzero", 0):
        wanted = [x.shape[i] if size == 0 else size for i, size in enumerate(wanted)]
    try:
        shape = tuple(x.reshape(wanted).shape)
    except RuntimeError:
        node.reject(f"brings one image's {tuple(x.shape)} to {tuple(wanted)}, which does not fit")
    if len(shape) < 2 or shape[0] != 1:
        node.reject("does not keep the images of a batch apart")
    grids = len(shape) > 3 and x.ndim > 3 and shape[-2:] == tuple(x.shape[-2:])
    return Reshaped(shape[1:], grid_stays=grids)


def _transpose(node: Node) -> nn.Module:
    axes = tuple(node.attribute("perm", range(node.data().ndim - 1, -1, -1)))
    if axes[0] != 0:
        node.reject("moves the axis of the images, which must be kept apart")
    return Permuted(axes)


def _squeeze(node: Node) -> nn.Module:
    rank = node.data().ndim
    axes = sorted((node.axis(a, rank) for a in node.parameter("axes", 1) or ()), reverse=True)
    if not axes:
        node.reject("takes away every axis of length 1, that of a single image among them")
    return Squeezed(tuple(axes), insert=False)


def _unsqueeze(node: Node) -> nn.Module:
    given = node.parameter("axes", 1)
    rank = node.data().ndim + len(given)
    return Squeezed(tuple(sorted(node.axis(a, rank) for a in given)), insert=True)


def _pad(node: Node) -> nn.Module:
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}.get(
        node.attribute("mode", "constant")
    )
    pads = list(node.parameter("pads", 1))
    fill = node.constant(2) if len(node.inputs) > 2 else node.attribute("value", 0.0)
    if mode is None or (mode == "constant" and fill is not None and float(fill) != 0):
        node.reject(f"pads with {node.attribute('mode', 'constant')} {fill}; zeros are known")
    if len(pads) != 8 or any(pads[:2]) or any(pads[4:6]) or min(pads) < 0:
        node.reject(f"pads by {pads}; only rows and columns may be added")
    return Padded(pads[3], pads[7], pads[2], pads[6], mode)


def _clip(node: Node) -> nn.Module:
    low, high = node.parameter("min", 1), node.parameter("max", 2)
    if (low, high) == (0, 6):
        return nn.ReLU6()
    return nn.ReLU() if low == 0 and high is None else Clamp(low, high)


def _hard_sigmoid(node: Node) -> nn.Module:
    slope, offset = node.attribute("alpha", 0.2), node.attribute("beta", 0.5)
    if abs(slope - 1 / 6) > _NEAR or abs(offset - 0.5) > _NEAR:
        node.reject(f"has slope {slope:g} and offset {offset:g}; torch's are 1/6 and 1/2")
    return nn.Hardsigmoid()


def _prelu(node: Node) -> nn.Module:
    slopes = node.weight(1).reshape(-1)
    layer = nn.PReLU(len(slopes))
    layer.weight = nn.Parameter(slopes, requires_grad=False)
    return layer


def _cast(node: Node) -> nn.Module:
    if node.attribute("to") not in _FLOATS:
        node.reject("turns the values into another type than floating point")
    return nn.Identity()


def _split(node: Node) -> nn.Module:
    x = node.data()
    axis = node.axis(node.attribute("axis", 0), x.ndim)
    sizes = node.parameter("split", 1)
    if sizes is None:
        parts = len(node.proto.output)
        size = -(-x.shape[axis] // parts)
        sizes = [min(size, x.shape[axis] - size * part) for part in range(parts)]
    return Parts(sizes, axis)


def _slice(node: Node) -> nn.Module:
    x = node.data()
    starts, ends = node.parameter("starts", 1), node.parameter("ends", 2)
    axes = node.parameter("axes", 3) or list(range(len(starts)))
    steps = node.parameter("steps", 4) or [1] * len(starts)
    if min(steps) < 1:
        node.reject("takes a range backwards")
    ranges = [slice(None)] * x.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        ranges[node.axis(axis, x.ndim)] = slice(start, end, step)
    return Sliced(tuple(ranges))


def _gather(node: Node) -> nn.Module:
    x, chosen = node.data(), node.constant(1)
    axis = node.axis(node.attribute("axis", 0), x.ndim)
    if chosen is None or chosen.ndim:
        node.reject("picks several places by index; a range, or one place, is known")
    return Chosen(axis, int(chosen))


_BUILDERS: dict[str, Builder] = {
    "Conv": _convolution,
    "Gemm": _gemm,
    "MatMul": _product_with_matrix,
    "BatchNormalization": _batch_norm,
    "Relu": lambda _: nn.ReLU(),
    "LeakyRelu": lambda node: nn.LeakyReLU(node.attribute("alpha", 0.01)),
    "PRelu": _prelu,
    "Elu": lambda node: nn.ELU(node.attribute("alpha", 1.0)),
    "Sigmoid": lambda _: nn.Sigmoid(),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": lambda _: nn.Hardswish(),
    "Tanh": lambda _: nn.Tanh(),
    "Clip": _clip,
    "Softmax": lambda node: nn.Softmax(node.attribute("axis", -1)),
    "LogSoftmax": lambda node: nn.LogSoftmax(node.attribute("axis", -1)),
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": lambda _: nn.AdaptiveAvgPool2d(1),
    "GlobalMaxPool": lambda _: nn.AdaptiveMaxPool2d(1),
    "ReduceMean": _mean,
    "Add": _elementwise("add"),
    "Sub": _elementwise("sub"),
    "Mul": _elementwise("mul"),
    "Div": _elementwise("div"),
    "Sum": _sum,
    "Concat": _concat,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Pad": _pad,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "Identity": lambda _: nn.Identity(),
    "Dropout": lambda _: nn.Identity(),
    "Cast": _cast,
}
OPERATIONS = frozenset(_BUILDERS)
"""The operations on values that depend on the image."""
