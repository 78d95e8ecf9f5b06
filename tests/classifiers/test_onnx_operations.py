"""Each ONNX operation as onnxruntime computes it, and those that are refused, by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper
from onnx_files import by_onnxruntime, onnx_bytes

from models.errors import UnsupportedLayerError
from models.excitation import ExcitationBackprop, NoContrast
from models.onnx import onnx_network

IMAGES = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
RANDOM = np.random.default_rng(2)


def weights(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype(np.float32)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def node(
    operation: str, inputs: str = "image", outputs: str = "out", **attributes: Any
) -> onnx.NodeProto:
    return helper.make_node(operation, inputs.split(), outputs.split(), **attributes)


KERNEL = weights(4, 3, 3, 3)
Case = tuple[list[onnx.NodeProto], dict[str, Any], int]
"""Nodes from ``image`` to ``out``, their constants, and the version of the operators."""
CASES: dict[str, Case] = {
    "conv": ([node("Conv", "image w b")], {"w": KERNEL, "b": weights(4)}, 18),
    "conv, strided, dilated, padded": (
        [node("Conv", "image w", strides=[2, 1], dilations=[1, 2], pads=[1, 2, 1, 2])],
        {"w": KERNEL},
        11,
    ),
    "conv, padded on one side": ([node("Conv", "image w", pads=[0, 0, 1, 1])], {"w": KERNEL}, 18),
    "conv, same upper": (
        [node("Conv", "image w", auto_pad="SAME_UPPER", strides=[2, 2])],
        {"w": KERNEL},
        8,
    ),
    "conv, same lower": (
        [node("Conv", "image w", auto_pad="SAME_LOWER", strides=[2, 2])],
        {"w": KERNEL},
        8,
    ),
    "conv, by channel": ([node("Conv", "image w", group=3)], {"w": weights(6, 1, 3, 3)}, 18),
    "gemm": (
        [node("Flatten", "image", "flat"), node("Gemm", "flat w b", alpha=0.5, beta=2.0)],
        {"w": weights(192, 4), "b": weights(4)},
        18,
    ),
    "gemm with one number added": (
        [node("Flatten", "image", "flat"), node("Gemm", "flat w b", transB=1)],
        {"w": weights(4, 192), "b": weights(1)},
        18,
    ),
    "matmul": (
        [node("Flatten", "image", "flat"), node("MatMul", "flat w", "m"), node("Add", "m b")],
        {"w": weights(192, 4), "b": weights(4)},
        18,
    ),
    "batch norm": (
        [node("BatchNormalization", "image s b m v", epsilon=1e-3)],
        {"s": weights(3), "b": weights(3), "m": weights(3), "v": weights(3) ** 2},
        15,
    ),
    "relu": ([node("Relu")], {}, 18),
    "leaky relu": ([node("LeakyRelu", alpha=0.2)], {}, 18),
    "prelu": ([node("PRelu", "image s")], {"s": np.float32([[[0.1]], [[0.2]], [[0.3]]])}, 18),
    "elu": ([node("Elu", alpha=0.7)], {}, 18),
    "sigmoid": ([node("Sigmoid", "image", "s"), node("Identity", "s")], {}, 18),
    "tanh": ([node("Tanh")], {}, 18),
    "hard sigmoid": ([node("HardSigmoid", alpha=1 / 6, beta=0.5)], {}, 18),
    "hard swish": ([node("HardSwish")], {}, 18),
    "clip, old": ([node("Clip", min=0.0, max=6.0)], {}, 8),
    "clip": ([node("Clip", "image l h")], {"l": np.float32(-0.5), "h": np.float32(0.5)}, 18),
    "clip from below": ([node("Clip", "image l")], {"l": np.float32(0)}, 18),
    "max pool": ([node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)], {}, 18),
    "max pool, ceiling": (
        [node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)],
        {},
        18,
    ),
    "max pool, padded on one side": (
        [
            node("Relu", "image", "r"),
            node("MaxPool", "r", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
        ],
        {},
        18,
    ),
    "average pool": (
        [node("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)],
        {},
        18,
    ),
    "average pool, padding counted": (
        [node("AveragePool", kernel_shape=[2, 2], pads=[0, 0, 1, 1], count_include_pad=1)],
        {},
        18,
    ),
    "global average pool": ([node("GlobalAveragePool")], {}, 18),
    "global max pool": ([node("GlobalMaxPool")], {}, 18),
    "mean, old": ([node("ReduceMean", axes=[2, 3], keepdims=0)], {}, 13),
    "mean": ([node("ReduceMean", "image a", keepdims=1)], {"a": ints(-1, -2)}, 18),
    "add a constant": ([node("Add", "image c")], {"c": weights(3, 1, 1)}, 18),
    "from a constant": ([node("Sub", "c image")], {"c": np.float32(2)}, 18),
    "multiply": ([node("Mul", "image c")], {"c": weights(3, 1, 1)}, 18),
    "divide": ([node("Div", "image c")], {"c": np.float32(127.5)}, 18),
    "residual": ([node("Relu", "image", "r"), node("Add", "r image")], {}, 18),
    "sum of three": ([node("Relu", "image", "r"), node("Sum", "r image r")], {}, 18),
    "gate": ([node("Sigmoid", "image", "s"), node("Mul", "image s")], {}, 18),
    "concat": ([node("Relu", "image", "r"), node("Concat", "r image", axis=1)], {}, 18),
    "reshape": ([node("Reshape", "image s")], {"s": ints(1, -1)}, 18),
    "reshape, some as they are": ([node("Reshape", "image s")], {"s": ints(0, 0, 64)}, 18),
    "transpose": ([node("Transpose", perm=[0, 2, 3, 1])], {}, 18),
    "squeeze": (
        [node("GlobalAveragePool", "image", "g"), node("Squeeze", "g a")],
        {"a": ints(2, 3)},
        18,
    ),
    "unsqueeze": ([node("Unsqueeze", axes=[1, 3])], {}, 11),
    "pad": ([node("Pad", "image p")], {"p": ints(0, 0, 1, 0, 0, 0, 2, 3)}, 18),
    "pad by reflection": ([node("Pad", mode="reflect", pads=[0, 0, 1, 1, 0, 0, 1, 1])], {}, 10),
    "split": (
        [node("Split", "image s", "a b", axis=1), node("Concat", "b a", axis=1)],
        {"s": ints(1, 2)},
        18,
    ),
    "slice": (
        [node("Slice", "image s e a t")],
        {"s": ints(1, -6), "e": ints(3, 2**31), "a": ints(1, 3), "t": ints(1, 2)},
        18,
    ),
    "one place": ([node("Gather", "image i", axis=2)], {"i": np.int64(-2)}, 18),
    "cast": ([node("Cast", to=1)], {}, 18),
    "dropout": ([node("Dropout", "image", "out mask")], {}, 18),
    "flatten by its own shape": (
        [
            node("Shape", "image", "shape"),
            node("Gather", "shape zero", "n", axis=0),
            node("Unsqueeze", "n zero1", "n1"),
            node("Concat", "n1 minus", "target", axis=0),
            node("Reshape", "image target"),
        ],
        {"zero": np.int64(0), "zero1": ints(0), "minus": ints(-1)},
        18,
    ),
    "weights made of constants": (
        [
            node("Constant", "", "half", value=numpy_helper.from_array(np.float32(0.5))),
            node("Mul", "w half", "w2"),
            node("Transpose", "w2", "w3", perm=[0, 1, 3, 2]),
            node("Conv", "image w3"),
        ],
        {"w": KERNEL},
        18,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_operation_gives_what_onnxruntime_gives(case: str) -> None:
    nodes, constants, opset = CASES[case]
    wanted_rank = 4
    data = onnx_bytes(nodes, constants, rank=wanted_rank, opset=opset)
    data = _declared_as_computed(data)

    network = onnx_network(data, "net.onnx", (3, 8, 8))

    with torch.no_grad():
        torch.testing.assert_close(network(IMAGES), by_onnxruntime(data, IMAGES))


def _declared_as_computed(data: bytes) -> bytes:
    """Leave the rank of the output open: each case has another."""
    model = onnx.load_model_from_string(data)
    inferred = onnx.shape_inference.infer_shapes(_without_output_shape(model))
    return inferred.SerializeToString()


def _without_output_shape(model: onnx.ModelProto) -> onnx.ModelProto:
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    return model


REFUSED: dict[str, tuple[Case, str]] = {
    "unknown": (([node("Erf")], {}, 18), r"not written for: node 'the/last' \(operation Erf\)"),
    "attention": (
        ([node("Transpose", "image", "t", perm=[0, 1, 3, 2]), node("MatMul", "image t")], {}, 18),
        r"\(operation MatMul\) has an input, number 1, that depends on the image",
    ),
    "another operator set": (
        ([helper.make_node("Gelu", ["image"], ["out"], domain="com.microsoft")], {}, 18),
        "com.microsoft.Gelu",
    ),
    "over the images": (([node("ReduceMean", axes=[0])], {}, 13), "axis of the images"),
    "all dimensions": (([node("ReduceMean")], {}, 13), "over the images"),
    "one row for all": (([node("Reshape", "image s")], {"s": ints(3, -1)}, 18), "apart"),
    "images moved": (([node("Transpose", perm=[1, 0, 2, 3])], {}, 18), "moves the axis"),
    "reciprocal": (([node("Div", "c image")], {"c": np.float32(1)}, 18), "divides by a value"),
    "indices": (
        ([node("MaxPool", "image", "out i", kernel_shape=[2, 2])], {}, 18),
        "places of the largest",
    ),
    "lopsided pool of signed values": (
        ([node("MaxPool", kernel_shape=[3, 3], pads=[0, 0, 1, 1])], {}, 18),
        "may be negative",
    ),
    "ones around": (
        ([node("Pad", "image p v")], {"p": ints(0, 0, 1, 1, 0, 0, 1, 1), "v": np.float32(1)}, 18),
        "zeros are known",
    ),
    "random": (
        ([node("RandomNormal", "", "r", shape=[3, 1, 1]), node("Add", "image r")], {}, 18),
        r"not written for: .*RandomNormal",
    ),
    "a bomb": (
        (
            [node("ConstantOfShape", "s", "c"), node("Add", "image c")],
            {"s": ints(10**5, 10**5)},
            18,
        ),
        "too large",
    ),
    "a wider bomb": (
        (
            [node("Mul", "a b", "c"), node("Add", "image c")],
            {"a": weights(30000, 1), "b": weights(1, 30000)},
            18,
        ),
        "too large",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_counterpart_is_refused_with_its_node(case: str) -> None:
    (nodes, constants, opset), says = REFUSED[case]
    nodes[-1].name = "the/last"
    data = onnx_bytes(nodes, constants, rank=4, opset=opset)
    if case == "another operator set":
        model = onnx.load_model_from_string(data)
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        data = model.SerializeToString()

    with pytest.raises(UnsupportedLayerError, match=says):
        onnx_network(data, "net.onnx", (3, 8, 8))


def test_all_unknown_operations_are_told_at_once() -> None:
    nodes = [node("Erf", "image", "e"), node("Gelu", "e", "g"), node("Relu", "g")]

    with pytest.raises(UnsupportedLayerError, match=r"'e' \(operation Erf\), node 'g' \(.*Gelu"):
        onnx_network(onnx_bytes(nodes, {}, rank=4, opset=20), "net.onnx", (3, 8, 8))


def test_an_operation_torch_knows_and_the_walk_does_not_is_refused_above_the_map() -> None:
    nodes = [
        node("Conv", "image w", "c"),
        helper.make_node("Softmax", ["c"], ["s"], "inner/softmax", axis=1),
        node("ReduceMean", "s", "out", axes=[2, 3], keepdims=0),
    ]
    nodes[0].name = "stem"
    network = onnx_network(onnx_bytes(nodes, {"w": KERNEL}, opset=13), "net.onnx", (3, 8, 8))

    with pytest.raises(UnsupportedLayerError, match=r"layer 'inner_softmax' calls .*softmax"):
        ExcitationBackprop(network, "stem", IMAGES)


def test_prelu_passes_mass_through() -> None:
    nodes = [
        helper.make_node("Conv", ["image", "w"], ["c"], "stem"),
        node("PRelu", "c s", "p"),
        node("GlobalAveragePool", "p", "g"),
        node("Flatten", "g", "f"),
        node("Gemm", "f h", transB=1),
    ]
    constants = {"w": KERNEL, "s": np.full((4, 1, 1), 0.25, np.float32), "h": weights(2, 4)}
    network = onnx_network(onnx_bytes(nodes, constants), "net.onnx", (3, 8, 8))

    found = ExcitationBackprop(network, "stem", IMAGES)(IMAGES, torch.tensor([0, 1]), NoContrast())

    torch.testing.assert_close(found.maps.sum((2, 3)), found.explained_mass)
    assert found.maps.min() >= 0
    assert found.explained_mass.min() > 0.3
