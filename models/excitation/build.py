"""Choosing the step for a call of the trace, with what is known before any image is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from torch import Size

from .addition import Sum
from .affine import Affine, Convolution, GlobalPoolLinear, Linear, PointwiseConvolution, Product
from .build_attention import einsum, fused_attention, matmul
from .calls import Call, Constant, Tracked
from .constants import left_out
from .graph import Graph
from .operations import SUMS, Kind
from .pointwise import Pass, Scale
from .pooling import (
    WITH_INDICES,
    AveragePool,
    MaxPool,
    adaptive_back,
    window_back,
    window_sizes,
)
from .routing import Concatenation, Reshape, Selection
from .rules import Keep, Rule


def build_rule(graph: Graph, call: Call, output: int) -> Rule:
    """Return the step for a result of a call.

    Raises
    ------
    UnsupportedLayerError
        The call has no rule; the message names its layer and its operation.
    """
    kind = graph.operation(call).kind
    if kind in (Kind.SELECT, Kind.PERMUTE):
        return _selection(graph, call, output)
    if len(call.outputs) != 1:
        graph.reject(call, "which writes to more than one tensor")
    return _BUILDERS[kind](graph, call)


def _convolution(graph: Graph, call: Call) -> Rule:
    if _looks_at_one_pixel(graph, call):
        return _affine(graph, call, PointwiseConvolution())
    arguments = graph.arguments(call)
    rank = len(_weight_shape(graph, call)) - 2
    product = Convolution(
        stride=window_sizes(arguments.get("stride", 1), rank),
        padding=_padding(graph, call),
        dilation=window_sizes(arguments.get("dilation", 1), rank),
        groups=arguments.get("groups", 1),
    )
    return _affine(graph, call, product)


def _linear(graph: Graph, call: Call) -> Rule:
    _weight_shape(graph, call)
    return _affine(graph, call, Linear())


def _affine(graph: Graph, layer: Call, product: Product, *, behind: Call | None = None) -> Rule:
    """Step through a layer with weights, and what is behind it as far as the product does that."""
    last = behind or layer
    value = graph.value(layer)
    keeps = [Keep(layer.index, "input"), Keep(layer.index, "weight")]
    norm = None if behind else _folded_norm(graph, layer)
    if norm is not None and _has_factor(graph, norm):
        keeps.append(Keep(norm.index, "weight"))
    return Affine(
        call=last.index,
        output=last.outputs[0],
        inputs=(value,),
        keeps=tuple(keeps),
        product=product,
        signed=not graph.not_negative(value),
        constants=left_out(graph, value, (value,)),
    )


def _batch_norm(graph: Graph, call: Call) -> Rule:
    if graph.arguments(call).get("training"):
        graph.reject(call, "in training mode; call eval() on the network")
    value = graph.value(call)
    layer = graph.producer(value)
    folded = layer is not None and _folded_norm(graph, layer) is call
    if folded or not _has_factor(graph, call):
        return _pass(graph, call)
    return _scale(call, value, "weight", per_channel=True)


def _norm(graph: Graph, call: Call) -> Rule:
    """Step through a norm by the image's own statistics, which are a factor > 0 of each unit.

    What it subtracts is shared by all units that it takes the mean of, so that it says nothing
    of where a unit's excitation comes from.
    """
    weight, value = graph.arguments(call).get("weight"), graph.value(call)
    if weight is None:
        return _passed(call, value)
    if not isinstance(weight, Constant):
        graph.reject(call, "with a factor that depends on the image")
    return _scale(call, value, "weight", per_channel=graph.by_channel(call))


def _folded_norm(graph: Graph, layer: Call) -> Call | None:
    """Find the batch norm that alone reads a layer with weights, so that it can be folded in."""
    if graph.kind(layer) not in (Kind.CONVOLUTION, Kind.LINEAR):
        return None
    norm = graph.only_reader(layer.outputs[0])
    return norm if graph.kind(norm) is Kind.BATCH_NORM else None


def _has_factor(graph: Graph, norm: Call) -> bool:
    return graph.arguments(norm).get("weight") is not None


def _scale(call: Call, value: int, factor: str, *, per_channel: bool) -> Rule:
    return Scale(
        call=call.index,
        output=call.outputs[0],
        inputs=(value,),
        keeps=(Keep(call.index, factor),),
        per_channel=per_channel,
    )


def _pass(graph: Graph, call: Call) -> Rule:
    return _passed(call, graph.value(call))


def _passed(call: Call, value: int, sign: int = 1) -> Rule:
    return Pass(call=call.index, output=call.outputs[0], inputs=(value,), sign=sign)


def _softmax(graph: Graph, call: Call) -> Rule:
    if call not in graph.tail:
        graph.reject(call, "which has a rule only behind the last layer")
    return _pass(graph, call)


def _dropout(graph: Graph, call: Call) -> Rule:
    arguments = graph.arguments(call)
    if arguments.get("training", arguments.get("train", True)):
        graph.reject(call, "in training mode; call eval() on the network")
    return _pass(graph, call)


def _mean(graph: Graph, call: Call) -> Rule:
    arguments = graph.arguments(call)
    dims = arguments.get("dim", arguments.get("axis"))
    dims = (dims,) if isinstance(dims, int) else tuple(dims or ())
    rank = len(graph.shape(graph.value(call)))
    if not dims or 0 in {dim % rank for dim in dims}:
        graph.reject(call, "over the images of a batch")
    return _average_pool(graph, call)


def _average_pool(graph: Graph, call: Call) -> Rule:
    if call is graph.head and (layer := _pooled_convolution(graph, call)):
        return _affine(graph, layer, GlobalPoolLinear(), behind=call)
    value = graph.value(call)
    return AveragePool(
        call=call.index,
        output=call.outputs[0],
        inputs=(value,),
        keeps=(Keep(call.index, "input"),),
        pool=call.reapplied,
        signed=not graph.not_negative(value),
        constants=left_out(graph, call.outputs[0], (value,)),
    )


def _pooled_convolution(graph: Graph, pool: Call) -> Call | None:
    """Find the 1x1 convolution whose outputs, alone, the global pool at the head averages."""
    value = graph.value(pool)
    if len(graph.shape(value)) not in (4, 5) or graph.shape(pool.outputs[0])[2:].numel() != 1:
        return None
    reader, call = pool, graph.producer(value)
    while call is not None and graph.only_reader(call.outputs[0]) is reader:
        kind = graph.kind(call)
        if kind is Kind.CONVOLUTION:
            return call if _looks_at_one_pixel(graph, call) else None
        if kind not in (Kind.ACTIVATION, Kind.DROPOUT, Kind.IDENTITY):
            return None
        reader, call = call, graph.producer(graph.value(call))
    return None


def _weight_shape(graph: Graph, layer: Call) -> Size:
    weight = graph.arguments(layer).get("weight")
    if not isinstance(weight, Constant):
        graph.reject(layer, "with weights that depend on the image")
    return weight.shape


def _looks_at_one_pixel(graph: Graph, convolution: Call) -> bool:
    arguments = graph.arguments(convolution)
    window = _weight_shape(graph, convolution)[2:]
    return (
        window.numel() == 1
        and window_sizes(arguments.get("stride", 1), len(window)) == window
        and not any(_padding(graph, convolution))
        and arguments.get("groups", 1) == 1
    )


def _max_pool(graph: Graph, call: Call) -> Rule:
    window = graph.arguments(call)
    window = {name: window[name] for name in window if name not in ("input", "return_indices")}
    adaptive = "output_size" in window
    rank = len(graph.shape(graph.value(call))) - 2
    pool = WITH_INDICES[rank, adaptive]
    return MaxPool(
        call=call.index,
        output=call.outputs[0],
        inputs=(graph.value(call),),
        winners=lambda x: pool(x, **window),
        back=adaptive_back if adaptive else window_back(rank, **window),
    )


def _sum(graph: Graph, call: Call) -> Rule:
    summands = list(_summands(graph, call, 1))
    if len(summands) == 1:
        return _passed(call, summands[0].value, summands[0].sign)
    return Sum(
        call=call.index,
        output=call.outputs[0],
        inputs=tuple(summand.value for summand in summands),
        keeps=tuple(summand.kept for summand in summands),
        signs=tuple(summand.sign for summand in summands),
        rectified=graph.rectified(call.outputs[0]),
        constants=left_out(graph, call.outputs[0], [summand.value for summand in summands]),
    )


class _Summand(NamedTuple):
    value: int
    kept: Keep
    sign: int


def _summands(graph: Graph, call: Call, sign: int) -> Iterator[_Summand]:
    """Yield the summands of a chain of additions, without constants."""
    arguments = graph.arguments(call)
    if arguments.get("alpha", 1) != 1:
        graph.reject(call, f"with alpha={arguments['alpha']}")
    for name, own_sign in zip(("input", "other"), SUMS[graph.operation(call).kind], strict=True):
        operand = arguments.get(name)
        if not isinstance(operand, Tracked):
            continue
        if graph.shape(operand.value) != graph.shape(call.outputs[0]):
            graph.reject(call, "of tensors of different shapes")
        before = graph.producer(operand.value)
        if before is not None and _continues_sum(graph, before):
            yield from _summands(graph, before, sign * own_sign)
        else:
            yield _Summand(operand.value, Keep(call.index, name), sign * own_sign)


def _continues_sum(graph: Graph, call: Call) -> bool:
    """Return whether the call adds two values above the map layer, so that a chain goes on.

    A constant ends the chain: as a layer's own bias does, it belongs to the value it is added to.
    """
    (output,) = call.outputs[:1]
    inside = output in graph.above_map and output not in graph.map_values
    return inside and graph.kind(call) in SUMS and len(call.inputs) == 2


def _product(graph: Graph, call: Call) -> Rule:
    arguments = graph.arguments(call)
    operands = {name: arguments.get(name) for name in ("input", "other")}
    tracked = [item.value for item in operands.values() if isinstance(item, Tracked)]
    if graph.kind(call) is Kind.DIVIDE and not isinstance(operands["input"], Tracked):
        graph.reject(call, "by a value that depends on the image")
    if len(tracked) == 2:
        return _gate(graph, call, *tracked)
    for name, operand in operands.items():
        if isinstance(operand, Constant):
            return _scale(call, tracked[0], name, per_channel=False)
        if isinstance(operand, int | float) and operand != 0:
            return _passed(call, tracked[0], 1 if operand > 0 else -1)
    return graph.reject(call, "with a factor that is neither a tensor nor a number other than 0")


def _gate(graph: Graph, call: Call, first: int, second: int) -> Rule:
    """Step through squeeze-excitation: the signal takes all, the gate that scales it none."""
    gates = [graph.is_gate(first), graph.is_gate(second)]
    if graph.kind(call) is Kind.DIVIDE or sum(gates) != 1:
        graph.reject(call, "of two signals, neither of them a sigmoid gate")
    signal = second if gates[0] else first
    if graph.shape(signal) != graph.shape(call.outputs[0]):
        graph.reject(call, "whose gate is larger than its signal")
    return _passed(call, signal)


def _reshape(graph: Graph, call: Call) -> Rule:
    return Reshape(
        call=call.index,
        output=call.outputs[0],
        inputs=(graph.value(call),),
        needs_arguments=True,
    )


def _concatenation(graph: Graph, call: Call) -> Rule:
    arguments = graph.arguments(call)
    dim = arguments.get("dim", arguments.get("axis", 0)) % len(graph.shape(call.outputs[0]))
    if dim == 0:
        graph.reject(call, "over the images of a batch")
    pieces = [item.value if isinstance(item, Tracked) else None for item in arguments["tensors"]]
    return Concatenation(
        call=call.index,
        output=call.outputs[0],
        inputs=call.inputs,
        needs_arguments=True,
        pieces=tuple(pieces),
        dim=dim,
    )


def _pad(graph: Graph, call: Call) -> Rule:
    arguments = graph.arguments(call)
    constant = arguments.get("mode", "constant") == "constant"
    if constant and arguments.get("value"):
        graph.reject(call, f"with {arguments['value']} instead of zeros")
    return Selection(
        call=call.index,
        output=call.outputs[0],
        inputs=(graph.value(call),),
        needs_arguments=True,
        function=call.function,
        fills=constant,
    )


def _selection(graph: Graph, call: Call, output: int) -> Rule:
    if len(call.inputs) != 1:
        graph.reject(call, "by an index that depends on the image")
    return Selection(
        call=call.index,
        output=output,
        inputs=(graph.value(call),),
        needs_arguments=True,
        function=call.function,
        place=call.outputs.index(output),
        axes=(graph.axis(call.inputs[0]), graph.axis(output)),
    )


def _padding(graph: Graph, call: Call) -> tuple[int, ...]:
    arguments = graph.arguments(call)
    padding, window = arguments.get("padding", 0), _weight_shape(graph, call)[2:]
    if padding == "valid":
        return (0,) * len(window)
    if padding == "same":
        spans = [
            dilation * (size - 1)
            for dilation, size in zip(
                window_sizes(arguments.get("dilation", 1), len(window)), window, strict=True
            )
        ]
        if any(span % 2 for span in spans):
            graph.reject(call, "with padding='same' and an even kernel, which pads unevenly")
        return tuple(span // 2 for span in spans)
    return window_sizes(padding, len(window))


_BUILDERS: dict[Kind, Callable[[Graph, Call], Rule]] = {
    Kind.CONVOLUTION: _convolution,
    Kind.LINEAR: _linear,
    Kind.BATCH_NORM: _batch_norm,
    Kind.NORM: _norm,
    Kind.ACTIVATION: _pass,
    Kind.SOFTMAX: _softmax,
    Kind.ATTENTION: fused_attention,
    Kind.MATMUL: matmul,
    Kind.EINSUM: einsum,
    Kind.DROPOUT: _dropout,
    Kind.IDENTITY: _pass,
    Kind.AVERAGE_POOL: _average_pool,
    Kind.MEAN: _mean,
    Kind.MAX_POOL: _max_pool,
    Kind.ADD: _sum,
    Kind.SUBTRACT: _sum,
    Kind.REVERSE_SUBTRACT: _sum,
    Kind.MULTIPLY: _product,
    Kind.DIVIDE: _product,
    Kind.RESHAPE: _reshape,
    Kind.CONCATENATE: _concatenation,
    Kind.PAD: _pad,
}
