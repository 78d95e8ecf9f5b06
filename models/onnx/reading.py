"""Reading an ONNX file: parsed and checked, never executed, and nothing beside it opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import onnx
from google.protobuf.message import DecodeError
from onnx import inliner, numpy_helper

from ..errors import CheckpointError, UnsupportedLayerError
from ..toml_table import did_you_mean

Array = npt.NDArray[Any]
LEAST_OPSET = 7
"""From this version on, element-wise operations broadcast as torch's do."""
_TO_ONE_FILE = "onnx.save_model(onnx.load('NAME.onnx'), 'ONE_FILE.onnx')"
_STANDARD = ("", "ai.onnx")


@dataclass(frozen=True)
class OnnxInput:
    """The image input as the file declares it.

    Attributes
    ----------
    name : str
    channels, height, width : int or None
        None where the file leaves it open.
    channels_last : bool
        Whether the file wants (N, H, W, C).
    """

    name: str
    channels: int | None
    height: int | None
    width: int | None
    channels_last: bool


@dataclass(frozen=True)
class OnnxGraph:
    """The content of an ONNX file.

    Attributes
    ----------
    input : OnnxInput
    output : str
        Name of the value that is the result.
    nodes : tuple of NodeProto
        Those that the output needs, in an order in which they can be computed.
    constants : mapping of str to ndarray
        The weights by name.
    opset : int
        Version of the standard operators.
    """

    input: OnnxInput
    output: str
    nodes: tuple[onnx.NodeProto, ...]
    constants: Mapping[str, Array]
    opset: int


def read_graph(data: bytes, file: str, output: str | None = None) -> OnnxGraph:
    """Read an ONNX file that is already in memory.

    Parameters
    ----------
    data : bytes
        The file's content. No other file is opened, whatever it names.
    file : str
        What to call the file in messages.
    output : str, optional
        Which of several outputs is the classifier's.

    Returns
    -------
    OnnxGraph

    Raises
    ------
    CheckpointError
        If the file is damaged, keeps its weights elsewhere, is of an older standard than
        `LEAST_OPSET`, does not take one image, or has no such output.
    UnsupportedLayerError
        If the graph uses operators that are not of the ONNX standard.
    """
    model = _parse(data, file)
    opset = max((o.version for o in model.opset_import if o.domain in _STANDARD), default=0)
    if opset < LEAST_OPSET:
        raise CheckpointError(
            f"{file} is written in version {opset} of the ONNX operators, and {LEAST_OPSET} is the "
            "oldest that is read; bring it up with onnx.version_converter.convert_version(model, "
            "18), and save it."
        )
    graph = model.graph
    try:
        constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    except (ValueError, TypeError) as error:
        raise CheckpointError(
            f"{file} holds a tensor that cannot be read ({error}); get it again from its source."
        ) from error
    result = _output(graph, file, output)
    return OnnxGraph(
        input=_input(graph, file, constants),
        output=result,
        nodes=_needed(graph, result, file),
        constants=constants,
        opset=opset,
    )


def _parse(data: bytes, file: str) -> onnx.ModelProto:
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise CheckpointError(
            f"{file} is not a whole ONNX file ({error}); get it again from its source."
        ) from error
    elsewhere = sorted({entry for t in _tensors(model) for entry in _locations(t)})
    if elsewhere:
        # The card's SHA-256 says nothing of other files, and their names may climb out of the
        # folder: whatever they are, they are not opened.
        raise CheckpointError(
            f"{file} keeps its weights in {len(elsewhere)} other file(s), which the card's SHA-256 "
            f"does not cover, so they are not read. Save all in one file: {_TO_ONE_FILE}."
        )
    try:
        onnx.checker.check_model(model)
        return inliner.inline_local_functions(model) if model.functions else model
    except (onnx.checker.ValidationError, ValueError) as error:
        raise CheckpointError(
            f"{file} is not a sound ONNX file ({error}); export it again."
        ) from error


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    yield from model.graph.initializer
    for sparse in model.graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in (*model.graph.node, *(node for f in model.functions for node in f.node)):
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)


def _locations(tensor: onnx.TensorProto) -> Iterator[str]:
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        yield next((e.value for e in tensor.external_data if e.key == "location"), "")


def _input(graph: onnx.GraphProto, file: str, constants: Mapping[str, Array]) -> OnnxInput:
    # Files of the older standards list the weights among the inputs.
    inputs = [value for value in graph.input if value.name not in constants]
    shapes = [
        [d.dim_value if d.HasField("dim_value") else None for d in v.type.tensor_type.shape.dim]
        for v in inputs
    ]
    if len(inputs) != 1 or len(shapes[0]) != 4:
        raise CheckpointError(
            f"{file} takes {[(v.name, s) for v, s in zip(inputs, shapes, strict=True)]}; a "
            "classifier takes one batch of images, (N, C, H, W) or (N, H, W, C)."
        )
    batch, first, second, third = shapes[0]
    if batch not in (None, 0, 1):
        raise CheckpointError(
            f"{file} takes exactly {batch} images at a time; export it for one image, or for any "
            "number."
        )
    if third in (1, 3) and first not in (1, 3):
        return OnnxInput(inputs[0].name, third, first, second, channels_last=True)
    return OnnxInput(inputs[0].name, first, second, third, channels_last=False)


def _output(graph: onnx.GraphProto, file: str, wanted: str | None) -> str:
    names = [value.name for value in graph.output]
    if wanted is None and len(names) == 1:
        return str(names[0])
    if wanted in names:
        return str(wanted)
    hint = did_you_mean(wanted, names) if wanted else ""
    raise CheckpointError(
        f"{file} has the outputs {', '.join(names)}; name the classifier's in the card, as in "
        f"architecture.options.output = {names[0]!r}.{hint}"
    )


def _needed(graph: onnx.GraphProto, output: str, file: str) -> tuple[onnx.NodeProto, ...]:
    """Return the nodes that the output depends on; the file has them in order."""
    wanted, nodes = {output}, []
    for node in reversed(graph.node):
        if not wanted.intersection(node.output):
            continue
        if node.domain not in _STANDARD:
            raise UnsupportedLayerError(
                f"node {node.name or node.output[0]!r} of {file} is {node.domain}.{node.op_type}, "
                "which is not an operator of the ONNX standard; export the network without it."
            )
        nodes.append(node)
        wanted.update(node.input)
    return tuple(reversed(nodes))
