"""ONNX files made for tests: a graph from a list of nodes, its bytes, and what onnxruntime says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor


def onnx_bytes(
    nodes: Sequence[onnx.NodeProto],
    weights: Mapping[str, Any],
    shape: Sequence[int | str] = ("N", 3, 8, 8),
    *,
    outputs: Sequence[str] = ("out",),
    rank: int = 2,
    opset: int = 18,
) -> bytes:
    """Return a file whose input is ``image`` and whose weights are constants of the graph."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    return model.SerializeToString()


def by_onnxruntime(data: bytes, images: Tensor) -> Tensor:
    """Run a file's first output on images, one at a time, as the peer reads it."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    rows = [session.run(None, {name: image[None].numpy()})[0] for image in images]
    return torch.from_numpy(np.concatenate(rows))


def small_net(seed: int = 0, targets: int = 2) -> bytes:
    """Two convolutions, a global average and a linear head on (3, 8, 8); map layer ``second``."""
    random = np.random.default_rng(seed)
    weights = {
        "w1": random.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "b1": random.normal(size=4).astype(np.float32),
        "w2": random.normal(size=(6, 4, 3, 3)).astype(np.float32),
        "w3": random.normal(size=(targets, 6)).astype(np.float32),
        "b3": random.normal(size=targets).astype(np.float32),
    }
    pads = {"pads": [1, 1, 1, 1]}
    node = helper.make_node
    nodes = [
        node("Conv", ["image", "w1", "b1"], ["c1"], "first/conv", **pads),
        node("Relu", ["c1"], ["r1"], "first/relu"),
        node("Conv", ["r1", "w2"], ["c2"], "second/conv", **pads),
        node("Relu", ["c2"], ["r2"], "second"),
        node("GlobalAveragePool", ["r2"], ["pooled"], "pool"),
        node("Flatten", ["pooled"], ["flat"], "flat"),
        node("Gemm", ["flat", "w3", "b3"], ["out"], "head", transB=1),
    ]
    return onnx_bytes(nodes, weights)
