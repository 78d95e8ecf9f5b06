"""From a network to the steps of the walk, decided once, when the network is loaded.

Everything that can be wrong with a network (an unknown operation, a layer in training mode, a
shape that mixes images) is found here, before the first image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor, nn

from ..errors import UnsupportedLayerError
from .addition import Sum
from .build import build_rule
from .calls import TorchFunction, Tracked
from .graph import Graph, Patches
from .operations import Kind
from .pooling import MaxPool
from .rules import Keep, Rule
from .trace import trace_network


@dataclass(frozen=True)
class Kept:
    """Which arguments of a call the forward pass keeps, and which of them as copies.

    A copy is kept where the network later writes over the tensor, as ``out += identity`` does.
    `of_images` are those that the images decide, with an entry an image; the others are weights.
    `axes` is where the images lie in those where it is not the first axis; kept they are moved.
    """

    arguments: frozenset[str]
    copied: frozenset[str]
    of_images: frozenset[str]
    axes: Mapping[str, int]


@dataclass(frozen=True)
class Plan:
    """What a walk needs to know of a network; immutable and shared between threads.

    Attributes
    ----------
    functions : every torch function of a forward pass, in order
    kept : by call, what the forward pass keeps for the walk
    winners : by call, how a maximum pool is done such that its winners are known
    steps : from the output down to the map layer
    output : the value that the walk starts from
    map_values : by map layer, the value whose mass is its map
    patches : by a map value of tokens (N, L, D), which of them are the image's
    channels_last : the map values that are (N, H, W, C)
    makers : by map layer, the call that made it
    above : by such a value, the values that depend on it, itself among them
    above_map : all of those
    ends : the map values where the walk stops, no other one being below them
    logits : what is kept of the logits, where the network returns a score made of them
    """

    functions: tuple[TorchFunction, ...]
    kept: Mapping[int, Kept]
    winners: Mapping[int, Callable[[Tensor], tuple[Tensor, Tensor]]]
    steps: tuple[Rule, ...]
    output: int
    map_values: Mapping[str, int]
    patches: Mapping[int, Patches]
    channels_last: frozenset[int]
    makers: Mapping[str, int]
    above: Mapping[int, frozenset[int]]
    above_map: frozenset[int]
    ends: frozenset[int]
    logits: Keep | None


def make_plan(
    network: nn.Module, layers: Sequence[str], example: Tensor, *, signed_split: bool = False
) -> Plan:
    """Trace the network and choose every step.

    Parameters
    ----------
    network : in eval mode
    layers : dotted names of the modules whose outputs carry maps, one at least
    example : (N, C, [D,] H, W), an input of the size that will be used
    signed_split : whether residual additions share mass out as the authors' code does

    Raises
    ------
    UnsupportedLayerError
        The network holds something between the map layer and its output that has no rule, or is
        in training mode, or has no such layer.
    """
    if network.training:
        raise UnsupportedLayerError(
            "the network is in training mode, where its outputs are random; call eval() on it."
        )
    # Two images at least, so that an operation that mixes images shows in the shapes.
    batch = example if len(example) > 1 else example.expand(2, *example.shape[1:])
    graph = Graph(trace_network(network, layers, batch))
    for layer in layers:
        _check_ends(graph, layer)
    patches = {value: graph.patches(value) for value in graph.map_values}
    steps = _steps(graph)
    if signed_split:
        steps = tuple(
            replace(step, signed_split=True, constants=()) if isinstance(step, Sum) else step
            for step in steps
        )
    logits = _logits(graph)
    return Plan(
        functions=tuple(call.function for call in graph.trace.calls),
        kept=_kept(graph, steps, logits),
        winners={step.call: step.winners for step in steps if isinstance(step, MaxPool)},
        steps=steps,
        output=graph.trace.output,
        map_values=graph.trace.map_values,
        patches={value: which for value, which in patches.items() if which is not None},
        channels_last=frozenset(
            value
            for value in graph.map_values
            if len(graph.shape(value)) == 4 and graph.channels_last(value)
        ),
        makers={
            layer: call.index
            for layer, value in graph.trace.map_values.items()
            for call in graph.trace.calls
            if value in call.outputs
        },
        above=graph.above,
        above_map=graph.above_map,
        ends=graph.ends,
        logits=logits,
    )


def _check_ends(graph: Graph, layer: str) -> None:
    map_value = graph.trace.map_values[layer]
    map_shape = tuple(graph.shape(map_value))
    if len(map_shape) not in (4, 5) and graph.patches(map_value) is None:
        raise UnsupportedLayerError(
            f"map layer '{layer}' returns a tensor of shape {map_shape}, not (N, C, H, W) or "
            "(N, C, D, H, W), and its tokens are no grid of patches; choose a layer whose output "
            "has rows and columns."
        )
    output = tuple(graph.shape(graph.trace.output))
    if len(output) != 2:
        raise UnsupportedLayerError(
            f"the network returns a tensor of shape {output}, not (N, L) with a column a label."
        )
    if graph.trace.output not in graph.above[map_value]:
        raise UnsupportedLayerError(
            f"the network's output does not depend on map layer '{layer}'; choose another layer."
        )


def _steps(graph: Graph) -> tuple[Rule, ...]:
    """Choose the steps that mass passes, from the output down, and only those."""
    wanted, reached = {graph.trace.output}, {graph.trace.output}
    steps = []
    for call in reversed(graph.trace.calls):
        for output in wanted.intersection(call.outputs) - graph.ends:
            step = build_rule(graph, call, output)
            if not graph.keeps_images_apart(call, (output, *step.inputs)):
                graph.reject(call, "which does not keep images apart")
            steps.append(step)
            wanted.remove(output)
            wanted.update(graph.above_map.intersection(step.inputs))
            reached.update(wanted)
    unexplained = wanted - graph.ends
    if unexplained:
        where = ", ".join(str(graph.readers(value)[0]) for value in unexplained)
        raise UnsupportedLayerError(
            f"{where} on a tensor that was written in place through another view of it; "
            "choose another network."
        )
    for layer, value in graph.trace.map_values.items():
        if value not in reached:
            raise UnsupportedLayerError(
                f"map layer '{layer}' only gates other signals, and a gate takes no part of the "
                "decision; choose another layer."
            )
    return tuple(steps)


def _logits(graph: Graph) -> Keep | None:
    """Find what goes into the softmax or sigmoid behind the last layer, if there is one."""
    scoring = [
        call
        for call in graph.tail
        if graph.kind(call) is Kind.SOFTMAX or graph.operation(call).gate
    ]
    return Keep(scoring[-1].index, "input") if scoring else None


def _kept(graph: Graph, steps: tuple[Rule, ...], logits: Keep | None) -> dict[int, Kept]:
    arguments: dict[int, set[str]] = {logits.call: {logits.argument}} if logits else {}
    for step in steps:
        if step.needs_arguments:
            arguments.setdefault(step.call, set())
        constants = [keep for shift in step.constants if shift for keep in shift.keeps]
        for keep in (*step.keeps, *constants):
            arguments.setdefault(keep.call, set()).add(keep.argument)
    kept = {}
    for index, names in arguments.items():
        given = graph.arguments(graph.trace.calls[index])
        tracked = {name: given[name].value for name in names if isinstance(given[name], Tracked)}
        copied = {
            name for name, value in tracked.items() if (index, value) in graph.trace.overwritten
        }
        axes = {
            name: graph.axis(item.value)
            for name, item in given.items()
            if isinstance(item, Tracked) and graph.axis(item.value) > 0
        }
        kept[index] = Kept(frozenset(names), frozenset(copied), frozenset(tracked), axes)
    return kept
