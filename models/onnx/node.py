"""One operation of an ONNX graph while it is turned into a torch module."""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np
import onnx
import torch
from torch import Tensor

from ..errors import UnsupportedLayerError
from .reading import Array


class Node:
    """An operation with what is known of its inputs.

    Parameters
    ----------
    proto : NodeProto
    inputs : list of ndarray, Tensor or None
        A constant, an example of a value that depends on the image (one image), or nothing.
    not_negative : bool
        Whether its first input is known to be >= 0.

    Attributes
    ----------
    operation : str
        The operator's name in the ONNX standard.
    """

    def __init__(
        self, proto: onnx.NodeProto, inputs: list[Array | Tensor | None], *, not_negative: bool
    ) -> None:
        self.proto = proto
        self.inputs = inputs
        self.not_negative = not_negative
        self.operation: str = proto.op_type
        self._attributes = {a.name: onnx.helper.get_attribute_value(a) for a in proto.attribute}

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute; texts as str."""
        value = self._attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def constant(self, place: int) -> Array | None:
        """Return an input that must not depend on the image; None where it is left out."""
        value = self.inputs[place] if place < len(self.inputs) else None
        if isinstance(value, Tensor):
            self.reject(f"has an input, number {place}, that depends on the image")
        return value

    def parameter(self, name: str, place: int) -> Any:
        """Return what older files give as an attribute and newer ones as an input, as lists."""
        value = self.constant(place)
        return self.attribute(name) if value is None else value.tolist()

    def weight(self, place: int) -> Tensor:
        """Return an input that is a weight, float32."""
        value = self.constant(place)
        if value is None:
            self.reject(f"has no weights at input {place}")
        return torch.from_numpy(np.array(value, np.float32))

    def data(self, place: int = 0) -> Tensor:
        """Return the example of an input that must depend on the image."""
        value = self.inputs[place]
        if not isinstance(value, Tensor):
            self.reject(f"has an input, number {place}, that does not depend on the image")
        return value

    def axis(self, axis: int, rank: int) -> int:
        """Return an axis counted from the front; not that of the images."""
        found = axis % rank
        if found == 0:
            self.reject("works along the axis of the images, which must be kept apart")
        return found

    def paddings(self, kernel: list[int], strides: list[int]) -> tuple[list[int], list[int]]:
        """Return the rows and columns (top, left) and (bottom, right) that are added around."""
        automatic = self.attribute("auto_pad", "NOTSET")
        dilations = self.attribute("dilations", [1, 1])
        if automatic in ("NOTSET", ""):
            pads = self.attribute("pads", [0, 0, 0, 0])
            return pads[:2], pads[2:]
        if automatic == "VALID":
            return [0, 0], [0, 0]
        before, after = [], []
        sizes = self.data().shape[2:]
        for size, span, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
            reach = dilation * (span - 1) + 1
            total = max((math.ceil(size / stride) - 1) * stride + reach - size, 0)
            less, more = total // 2, total - total // 2
            before.append(less if automatic == "SAME_UPPER" else more)
            after.append(more if automatic == "SAME_UPPER" else less)
        return before, after

    def reject(self, why: str) -> NoReturn:
        """Refuse the network, naming the node and the operation."""
        raise UnsupportedLayerError(
            f"node {self.proto.name or self.proto.output[0]!r} (operation {self.operation}) {why}; "
            "export the network without it, or choose another one."
        )
