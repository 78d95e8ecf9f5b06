"""Random ONNX nets of known blocks: computed as by onnxruntime, all mass accounted for."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper
from onnx_files import by_onnxruntime, onnx_bytes

from models.excitation import ExcitationBackprop, NoContrast
from models.onnx import onnx_network

TARGETS = torch.tensor([0, 3])


class RandomNet:
    """A graph that grows by a block at a time; its first block is the layer ``stem``."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._weights: dict[str, np.ndarray] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._last, self._channels = "image", 3
        self.convolution(4)
        self._nodes[-1].name = "stem"

    def finished(self) -> bytes:
        """Add a global average and a linear head; return the file."""
        flat = self._then("Flatten", self._then("GlobalAveragePool", self._last))
        head = [flat, self._weight(self._channels, 4)]
        return onnx_bytes([*self._nodes, helper.make_node("Gemm", head, ["out"])], self._weights)

    def convolution(self, outputs: int = 6) -> None:
        self._last, self._channels = self._convolved(outputs), outputs

    def norm(self) -> None:
        given = [self._weight(self._channels) for _ in range(3)]
        variance = self._weight(self._channels)
        self._weights[variance] = np.abs(self._weights[variance]) + np.float32(0.5)
        self._last = self._then("BatchNormalization", self._last, *given, variance)

    def residual(self) -> None:
        summed = self._then("Add", self._last, self._convolved(self._channels))
        self._last = self._then("Relu", summed)

    def dense(self) -> None:
        self._last = self._then("Concat", self._last, self._convolved(2), axis=1)
        self._channels += 2

    def gate(self) -> None:
        pooled = self._then("GlobalAveragePool", self._last)
        kernel = self._weight(self._channels, self._channels, 1, 1)
        opened = self._then("Sigmoid", self._then("Conv", pooled, kernel))
        self._last = self._then("Mul", self._last, opened)

    def swish(self) -> None:
        self._last = self._then("Mul", self._last, self._then("Sigmoid", self._last))

    def maximum(self) -> None:
        window = {"kernel_shape": [2, 2], "strides": [1, 1]}
        self._last = self._then("MaxPool", self._last, **window)

    def average(self) -> None:
        window = {"kernel_shape": [2, 2], "strides": [1, 1]}
        self._last = self._then("AveragePool", self._last, **window)

    def _convolved(self, outputs: int) -> str:
        kernel = self._weight(outputs, self._channels, 3, 3)
        bias = self._weight(outputs)
        return self._then("Relu", self._then("Conv", self._last, kernel, bias, pads=[1] * 4))

    def _weight(self, *shape: int) -> str:
        name = f"w{len(self._weights)}"
        self._weights[name] = self._random.normal(size=shape, scale=0.5).astype(np.float32)
        return name

    def _then(self, operation: str, *inputs: str, **attributes: object) -> str:
        made = f"{operation}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, list(inputs), [made], made, **attributes))
        return made


BLOCKS = [
    RandomNet.convolution,
    RandomNet.norm,
    RandomNet.residual,
    RandomNet.dense,
    RandomNet.gate,
    RandomNet.swish,
    RandomNet.maximum,
    RandomNet.average,
]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(BLOCKS), min_size=3, max_size=3), st.integers(0, 999))
def test_any_net_of_known_blocks_is_computed_and_explained(blocks: list, seed: int) -> None:
    net = RandomNet(seed)
    for grow in blocks:
        grow(net)
    batch = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed))

    file = net.finished()
    network = onnx_network(file, "net.onnx", (3, 8, 8))

    with torch.no_grad():
        wanted = by_onnxruntime(file, batch)
        torch.testing.assert_close(network(batch), wanted, rtol=1e-4, atol=1e-4)
    found = ExcitationBackprop(network, "stem", batch)(batch, TARGETS, NoContrast())
    assert found.maps.min() >= 0
    torch.testing.assert_close(found.maps.sum((2, 3)), found.explained_mass, rtol=0, atol=1e-4)
