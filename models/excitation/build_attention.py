"""Choosing the step for attention: fused, or written out as products by what a softmax made."""

from __future__ import annotations

from .attention import Attention, Combine, by_letters, weighted, weighted_back
from .calls import Call, Tracked
from .graph import Graph
from .rules import Keep, Rule


def fused_attention(graph: Graph, call: Call) -> Rule:
    """Return the step through scaled dot-product attention, which softmax and average are in."""
    arguments = graph.arguments(call)
    for name in ("dropout_p", "is_causal", "enable_gqa"):
        if arguments.get(name):
            graph.reject(call, f"with {name}={arguments[name]}")
    names = ["value", "query", "key"]
    if arguments.get("attn_mask") is not None:
        names.append("attn_mask")
    shapes = [graph.shape(graph.value(call, name))[:-2] for name in names[:3]]
    if len(set(shapes)) != 1:
        graph.reject(call, "of tensors of different shapes")
    keeps = [Keep(call.index, name) for name in names]
    value, scale = graph.value(call, "value"), arguments.get("scale")
    return _attention(call, value, keeps, (weighted, weighted_back), scale)


def matmul(graph: Graph, call: Call) -> Rule:
    """Return the step through weights times values, (N, ..., I, J) by (N, ..., J, D)."""
    value = _averaged(graph, call)
    shapes = [graph.shape(graph.value(call, name)) for name in ("input", "other")]
    if len({shape[:-2] for shape in shapes}) != 1:
        graph.reject(call, "of tensors of different shapes")
    return _attention(call, value, _averaged_keeps(call), (weighted, weighted_back))


def einsum(graph: Graph, call: Call) -> Rule:
    """Return the step through an average that an equation describes."""
    value, equation = _averaged(graph, call), graph.arguments(call)["equation"]
    ways = by_letters(equation)
    if ways is None:
        graph.reject(call, f"by '{equation}', which is no average by the first of its tensors")
    return _attention(call, value, _averaged_keeps(call), ways)


def _averaged_keeps(call: Call) -> list[Keep]:
    return [Keep(call.index, "other"), Keep(call.index, "input")]


def _averaged(graph: Graph, call: Call) -> int:
    """Return the signal of a product of two, where the first is what a softmax made."""
    first, second = (graph.arguments(call).get(name) for name in ("input", "other"))
    if not isinstance(first, Tracked) or not isinstance(second, Tracked):
        graph.reject(call, "of other things than two signals")
    if not graph.averages(first.value) or graph.averages(second.value):
        graph.reject(call, "of two signals, the first of them no softmax's weights")
    return second.value


def _attention(
    call: Call,
    value: int,
    keeps: list[Keep],
    ways: tuple[Combine, Combine],
    scale: float | None = None,
) -> Rule:
    return Attention(
        call=call.index,
        output=call.outputs[0],
        inputs=(value,),
        keeps=tuple(keeps),
        combine=ways[0],
        back=ways[1],
        scale=scale,
    )
