"""An ONNX graph as a torch module that can be traced, explained and shared between threads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import onnx
import torch
from torch import Tensor, nn

from ..errors import CheckpointError, ModelError, UnsupportedLayerError
from . import folding, layers
from .node import Node
from .reading import Array, OnnxGraph, read_graph

_SCORES = {"Softmax": "softmax", "LogSoftmax": "softmax", "Sigmoid": "sigmoid"}
_LISTED = 8
"""How many unknown operations a message names."""
_NOT_NEGATIVE = frozenset({"Relu", "Sigmoid", "HardSigmoid"})
_KEEPS_SIGN = frozenset(
    {"MaxPool", "AveragePool", "GlobalAveragePool", "Concat", "Identity", "Dropout", "Transpose"}
)


@dataclass(frozen=True, slots=True)
class _Step:
    """One call of a layer: what it reads, what it makes, and what nobody reads after it."""

    layer: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    frees: tuple[str, ...]


class OnnxNetwork(nn.Module):
    """The network of an ONNX file, (N, C, H, W) -> (N, L), before any softmax or sigmoid.

    Each node is a module under its own name, every character but letters and digits replaced by
    an underscore, so that a model card can name one as its map layer. Nothing is compiled or
    generated: the forward pass calls the modules one after the other.

    Attributes
    ----------
    activation : str or None
        ``softmax`` or ``sigmoid`` where the file ends with one, which is left out here.
    """

    def __init__(self, graph: OnnxGraph, example: Tensor, columns: int | None) -> None:
        super().__init__()
        self._channels_last = graph.input.channels_last
        self._columns = columns
        self._input = graph.input.name
        nodes, self._output, self.activation = _without_activation(graph)
        builder = _Builder(graph, example.permute(0, 2, 3, 1) if self._channels_last else example)
        for node in nodes:
            builder.add(node)
        for name, layer in builder.layers.items():
            self.add_module(name, layer)
        self._steps = builder.steps(self._output)

    def forward(self, x: Tensor) -> Tensor:
        """Run every node: images (N, C, H, W) to outputs (N, L)."""
        values = {self._input: x.permute(0, 2, 3, 1) if self._channels_last else x}
        for step in self._steps:
            made = getattr(self, step.layer)(*[values[name] for name in step.reads])
            results = (made,) if isinstance(made, Tensor) else made
            values.update(zip(step.makes, results, strict=False))
            for name in step.frees:
                values.pop(name, None)  # an output that the layer leaves out was never there
        outputs = values[self._output]
        return outputs if self._columns is None else outputs[:, : self._columns]


def onnx_network(
    data: bytes,
    file: str,
    size: tuple[int, int, int],
    *,
    output: str | None = None,
    columns: int | None = None,
) -> OnnxNetwork:
    """Build the network of an ONNX file.

    Parameters
    ----------
    data : bytes
        The file's content; see `reading.read_graph` for what is refused.
    file : str
        What to call it in messages.
    size : (channels, height, width)
        Of the images it will be given.
    output : str, optional
        Which of several outputs is the classifier's.
    columns : int, optional
        How many of its columns are targets, from the first; all if not given.

    Returns
    -------
    OnnxNetwork
        In evaluation mode, its parameters without gradients.

    Raises
    ------
    CheckpointError
        If the file cannot be read, or takes images of another size.
    UnsupportedLayerError
        If a node has no counterpart; the message names it and its operation.
    """
    try:
        return _network(data, file, size, output, columns)
    except ModelError:
        raise
    except Exception as error:
        # In a damaged file any attribute may be missing, or of another kind or shape.
        raise CheckpointError(
            f"{file} is damaged, or no network as ONNX writes it; export it again."
        ) from error


def _network(
    data: bytes, file: str, size: tuple[int, int, int], output: str | None, columns: int | None
) -> OnnxNetwork:
    graph = read_graph(data, file, output)
    declared = (graph.input.channels, graph.input.height, graph.input.width)
    if any(have not in (None, 0, want) for have, want in zip(declared, size, strict=True)):
        raise CheckpointError(
            f"{file} takes images of {declared} (channels, height, width), and the model card's "
            f"input is {size}; write the file's into the card."
        )
    _reject_unknown(graph, file)
    with torch.no_grad():
        network = OnnxNetwork(graph, torch.zeros(1, *size), columns)
    return network.eval().requires_grad_(requires_grad=False)


def _reject_unknown(graph: OnnxGraph, file: str) -> None:
    """Refuse a file for all of its unknown operations at once."""
    known = layers.OPERATIONS | folding.OPERATIONS
    unknown = [node for node in graph.nodes if node.op_type not in known]
    if unknown:
        listed = ", ".join(
            f"node {node.name or node.output[0]!r} (operation {node.op_type})"
            for node in unknown[:_LISTED]
        )
        more = f" and {len(unknown) - _LISTED} more" if len(unknown) > _LISTED else ""
        raise UnsupportedLayerError(
            f"{file} holds operations that Excitation Backprop is not written for: {listed}{more}; "
            "export the network without them, or choose another one."
        )


def _without_activation(graph: OnnxGraph) -> tuple[list[onnx.NodeProto], str, str | None]:
    """Return the nodes, the output and the activation: scores are made by the card's."""
    nodes, output = list(graph.nodes), graph.output
    if nodes and nodes[-1].op_type in _SCORES and output in nodes[-1].output:
        last = nodes.pop()
        return nodes, last.input[0], _SCORES[last.op_type]
    return nodes, output, None


class _Builder:
    """Walks the graph once with the example of one image, making a module of each node."""

    def __init__(self, graph: OnnxGraph, example: Tensor) -> None:
        self._opset = graph.opset
        self._known: dict[str, Array | Tensor] = {**graph.constants, graph.input.name: example}
        self._not_negative: set[str] = set()
        self._calls: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
        self.layers: dict[str, nn.Module] = {}

    def add(self, proto: onnx.NodeProto) -> None:
        """Fold the node if it is a constant, or make a layer of it."""
        inputs = [self._known[name] if name else None for name in proto.input]
        sign_known = bool(proto.input) and proto.input[0] in self._not_negative
        node = Node(proto, inputs, not_negative=sign_known)
        tensors = [value for value in inputs if isinstance(value, Tensor)]
        if node.operation == "Shape" and tensors:
            self._enter(proto, [_shape(node)])
        elif not tensors:
            self._enter(proto, folding.fold(node, self._opset))
        else:
            layer = layers.build_layer(node)
            try:
                made = layer(*tensors)
            except (RuntimeError, ValueError, IndexError) as error:
                node.reject(f"cannot be computed on an image of the card's size ({error})")
            results = [made] if isinstance(made, Tensor) else list(made)
            if any(result.shape[0] != 1 for result in results):
                node.reject("does not keep the images of a batch apart")
            self._enter(proto, results)
            name = self._name(node)
            self.layers[name] = layer
            reads = tuple(
                n for n, v in zip(proto.input, inputs, strict=True) if isinstance(v, Tensor)
            )
            self._calls.append((name, reads, tuple(proto.output)))
            self._note_sign(proto)

    def steps(self, output: str) -> tuple[_Step, ...]:
        """Return the calls, each with the values that nobody needs after it."""
        last: dict[str, int] = {}
        for index, (_, reads, makes) in enumerate(self._calls):
            last.update(dict.fromkeys((*makes, *reads), index))
        last.pop(output, None)
        return tuple(
            _Step(name, reads, makes, tuple(n for n in {*reads, *makes} if last.get(n) == index))
            for index, (name, reads, makes) in enumerate(self._calls)
        )

    def _enter(self, proto: onnx.NodeProto, values: Sequence[Array | Tensor]) -> None:
        self._known.update(zip(proto.output, values, strict=False))

    def _note_sign(self, proto: onnx.NodeProto) -> None:
        data = [name for name in proto.input if isinstance(self._known.get(name), Tensor)]
        kept = proto.op_type in _KEEPS_SIGN and self._not_negative.issuperset(data)
        if kept or proto.op_type in _NOT_NEGATIVE:
            self._not_negative.update(proto.output)

    def _name(self, node: Node) -> str:
        said = node.proto.name or node.proto.output[0]
        name = re.sub(r"[^0-9A-Za-z]+", "_", said).strip("_") or node.operation
        while name in self.layers or hasattr(nn.Module, name) or name == "activation":
            name += "_"
        return name


def _shape(node: Node) -> Array:
    shape = torch.tensor(node.data().shape)
    start, end = node.attribute("start", 0), node.attribute("end")
    found: Array = shape[start:end].numpy()
    return found
