"""Values that do not depend on the image: computed once, when the file is loaded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from .node import Node
from .reading import Array

_KEEP_SIZE = frozenset(
    {"Identity", "Cast", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Neg", "Sqrt"}
    | {"Reciprocal", "Exp", "Floor", "Ceil", "Split", "Slice", "ReduceProd", "ReduceSum"}
)
"""Operations whose results are no larger than what goes in."""
_BROADCAST = frozenset({"Add", "Sub", "Mul", "Div", "Pow", "Equal", "Min", "Max", "Where"})
_SHAPE_ARITHMETIC = frozenset({"Gather", "Concat", "Range", "ConstantOfShape", "Expand"})
OPERATIONS = _KEEP_SIZE | _BROADCAST | _SHAPE_ARITHMETIC | {"Constant", "Shape"}
"""The operations that weights and shapes are made with."""
_MOST_ELEMENTS = 2**28
_MOST_SHAPE_ELEMENTS = 4096
"""Shapes and paddings are short; what is longer is an attempt to fill the memory."""


def fold(node: Node, opset: int) -> list[Array]:
    """Compute a node whose inputs are all constants.

    Parameters
    ----------
    node : Node
    opset : int
        Version of the operators in the file.

    Returns
    -------
    list of ndarray
        Its outputs.

    Raises
    ------
    UnsupportedLayerError
        If the operation is not one that weights and shapes are made with, or its result would
        not fit.
    """
    operation = node.operation
    if operation == "Constant":
        return [_constant(node)]
    arrays = [value for value in node.inputs if isinstance(value, np.ndarray)]
    sizes = [array.size for array in arrays]
    if operation in _BROADCAST:
        fits = math.prod(np.broadcast_shapes(*(a.shape for a in arrays))) <= _MOST_ELEMENTS
    elif operation in _SHAPE_ARITHMETIC:
        fits = _is_short(operation, arrays)
    elif operation in _KEEP_SIZE:
        fits = max(sizes) <= _MOST_ELEMENTS
    else:
        node.reject("makes a constant, and that is not computed when a file is loaded")
    if not fits:
        node.reject("makes a constant too large to be a weight or a shape")
    evaluator = ReferenceEvaluator(node.proto, opsets={"": opset})
    names = [name for name in node.proto.input if name]
    results: Any = evaluator.run(None, dict(zip(names, arrays, strict=True)))
    return [np.asarray(result) for result in results]


def _is_short(operation: str, arrays: Sequence[Array]) -> bool:
    if operation == "ConstantOfShape":
        return bool(np.prod(arrays[0].astype(float)) <= _MOST_SHAPE_ELEMENTS)
    if operation == "Expand":
        return bool(np.prod(arrays[1].astype(float)) <= _MOST_SHAPE_ELEMENTS)
    if operation == "Range":
        start, limit, step = (float(array) for array in arrays)
        return step != 0 and (limit - start) / step <= _MOST_SHAPE_ELEMENTS
    if operation == "Concat":
        return sum(array.size for array in arrays) <= _MOST_ELEMENTS
    return math.prod(max(1, array.size) for array in arrays) <= _MOST_ELEMENTS


def _constant(node: Node) -> Array:
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        value = node.attribute(name)
        if isinstance(value, onnx.TensorProto):
            return numpy_helper.to_array(value)
        if value is not None:
            return np.asarray(value, np.float32 if "float" in name else np.int64)
    return node.reject("holds neither numbers nor a tensor")
