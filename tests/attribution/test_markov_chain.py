"""Small random nets of all operations, walked by the engine and by the chain written out."""

from __future__ import annotations

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markov_chain import (
    Add,
    Attend,
    Average,
    Elementwise,
    Flat,
    Gate,
    Join,
    Maximum,
    Mover,
    Norm,
    OwnNorm,
    Program,
    Weighted,
)
from torch import Tensor, nn

from models.excitation import DualContrast, ExcitationBackprop, NoContrast, RivalContrast

ACTIVATIONS = ("relu", "relu_", "relu6", "leaky", "silu", "hardswish", "elu", "tanh")
ACTIVATIONS += ("gelu", "gelu by tanh")


def convolution(channels: int, out: int, kernel: int = 3, **options: int) -> Weighted:
    return Weighted(nn.Conv2d(channels, out, kernel, **options).double())


def factors(draw: st.DrawFn, channels: int) -> Tensor:
    choice = st.sampled_from([1.0, 0.5, 2.0, -1.0, -0.7, 0.0])
    return torch.tensor(draw(st.lists(choice, min_size=channels, max_size=channels))).double()


def add_block_of_today(draw: st.DrawFn, net: Program, at: int, kind: str) -> int:
    """As transformers and ConvNeXt have them."""
    channels, act = net.channels[at], Elementwise(draw(st.sampled_from(ACTIVATIONS)))
    if kind == "attention":
        attend = Attend(draw(st.sampled_from(["fused", "matmul", "einsum"])))
        averages = net.add(attend, at, net.add(convolution(channels, channels, 1), at))
        joined = net.add(convolution(channels, channels, 1), averages)
        return net.add(Add(in_place=False), at, joined)
    name = draw(st.sampled_from(["layer", "rms", "group", "instance"]))
    deep = net.add(convolution(channels, channels, padding=1, groups=channels), at)
    normed = net.add(OwnNorm(name, factors(draw, channels)), deep)
    wide = net.add(act, net.add(convolution(channels, 6, 1), normed, channels=6))
    narrow = net.add(convolution(6, channels, 1), wide, channels=channels)
    return net.add(Add(in_place=False), at, narrow)


def add_block(draw: st.DrawFn, net: Program, at: int) -> int:
    channels = net.channels[at]
    kind = draw(
        st.sampled_from(
            [
                "conv",
                "conv-norm",
                "dense",
                "residual",
                "inverted",
                "gate",
                "split",
                "pool",
                "pointwise",
                "own norm",
                "attention",
            ]
        )
    )
    act = Elementwise(draw(st.sampled_from(ACTIVATIONS)))
    if kind == "conv":
        groups = draw(st.sampled_from([1, 2, channels]))
        padding, dilation = draw(st.sampled_from([(1, 1), (2, 2), (2, 1)]))
        layer = convolution(
            channels, channels, 3, padding=padding, dilation=dilation, groups=groups
        )
        return net.add(act, net.add(layer, at))
    if kind == "conv-norm":
        layer = convolution(channels, channels, draw(st.sampled_from([1, 3])), padding=1)
        return net.add(act, net.add(Norm(factors(draw, channels)), net.add(layer, at)))
    if kind == "dense":
        normed = net.add(Norm(factors(draw, channels)), at)
        new = net.add(convolution(channels, 2, padding=1), net.add(act, normed), channels=2)
        return net.add(Join(), at, new, channels=channels + 2)
    if kind == "residual":
        one = net.add(convolution(channels, channels, padding=1), at)
        two = net.add(convolution(channels, channels, 1), net.add(act, one))
        total = net.add(Add(in_place=draw(st.booleans())), at, one, two)
        return net.add(Elementwise("relu"), total) if draw(st.booleans()) else total
    if kind == "inverted":  # a linear bottleneck: the sum is signed and feeds convolutions
        wide = net.add(act, net.add(convolution(channels, 6, 1), at, channels=6))
        narrow = net.add(convolution(6, channels, 1), wide, channels=channels)
        return net.add(Add(in_place=False), at, net.add(Norm(factors(draw, channels)), narrow))
    if kind == "gate":
        return net.add(Gate(channels), at)
    if kind in ("own norm", "attention"):
        return add_block_of_today(draw, net, at, kind)
    if kind == "split":
        first = net.add(Mover("first"), at, channels=channels // 2)
        second = net.add(Mover("second"), at, channels=channels // 2)
        half = channels // 2
        changed = net.add(act, net.add(convolution(half, half, 1), second))
        return net.add(Mover("shuffle"), net.add(Join(), first, changed, channels=channels))
    if kind == "pool":
        pools = [
            Maximum(2, 1, 0),
            Maximum(3, 2, 1),
            Average(nn.AvgPool2d(2, 1)),
            Average(nn.AvgPool2d(3, 2, 1, count_include_pad=draw(st.booleans()))),
            Average(nn.AdaptiveAvgPool2d(3)),
        ]
        return net.add(Mover("pad"), net.add(pools[draw(st.integers(0, len(pools) - 1))], at))
    moved = net.add(Mover("turn"), net.add(Elementwise("negated"), at))
    return net.add(Elementwise("halved"), moved)


def add_head(draw: st.DrawFn, net: Program, at: int) -> None:
    channels, outputs = net.channels[at], 4
    features = net.add(Elementwise("relu"), at) if draw(st.booleans()) else at
    pool = net.add(Average(nn.AdaptiveAvgPool2d(1)), features)
    flat = net.add(Flat(), pool)
    net.add(Weighted(nn.Linear(channels, outputs).double()), flat, channels=outputs)


@st.composite
def volumes(draw: st.DrawFn) -> Program:
    """Programs of 3-D convolutions, norms and pools."""
    torch.manual_seed(draw(st.integers(0, 10_000)))
    net = Program((3, 4, 3))
    at = net.add(Elementwise("relu"), 0) if draw(st.booleans()) else 0
    act = Elementwise(draw(st.sampled_from(ACTIVATIONS)))
    groups, kernel = draw(st.sampled_from([1, 2, 4])), draw(st.sampled_from([1, 3]))
    layer = nn.Conv3d(4, 4, kernel, padding=(kernel // 2, 1, kernel // 2), groups=groups).double()
    first = net.add(Weighted(layer), at)
    if draw(st.booleans()):
        first = net.add(Norm(factors(draw, 4), volume=True), first)
    normed = net.add(Norm(factors(draw, 4), volume=True), net.add(act, first))
    pools = [
        Maximum(2, 1, 0),
        Maximum(3, 2, 1),
        Average(nn.AvgPool3d(2, 1)),
        Average(nn.AvgPool3d(3, 2, 1, count_include_pad=draw(st.booleans()))),
        Average(nn.AdaptiveAvgPool3d(2)),
    ]
    pooled = net.add(pools[draw(st.integers(0, len(pools) - 1))], normed)
    grown = net.add(Weighted(nn.Conv3d(4, 2, 1).double()), net.add(act, pooled), channels=2)
    joined = net.add(Join(), pooled, grown, channels=6)
    last = net.add(Elementwise("relu"), joined) if draw(st.booleans()) else joined
    flat = net.add(Flat(), net.add(Average(nn.AdaptiveAvgPool3d(1)), last))
    net.add(Weighted(nn.Linear(6, 4).double()), flat, channels=4)
    return net.eval()


@st.composite
def programs(draw: st.DrawFn) -> Program:
    torch.manual_seed(draw(st.integers(0, 10_000)))
    net = Program()
    at = net.add(Elementwise("relu"), 0) if draw(st.booleans()) else 0
    for _ in range(draw(st.integers(1, 3))):
        at = add_block(draw, net, at)
    add_head(draw, net, at)
    return net.eval()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    net=programs(),
    seed=st.integers(0, 1000),
    order=st.sampled_from([torch.contiguous_format, torch.channels_last]),
)
def test_the_walk_is_the_chain(net: Program, seed: int, order: torch.memory_format) -> None:
    generator = torch.Generator().manual_seed(seed)
    batch = torch.randn(2, 2, 5, 4, generator=generator, dtype=torch.float64)
    check_walk(net, batch.contiguous(memory_format=order))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(net=volumes(), seed=st.integers(0, 1000))
def test_the_walk_through_volumes_is_the_chain(net: Program, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    check_walk(net, torch.randn(2, 2, *net.size, generator=generator, dtype=torch.float64))


def check_walk(net: Program, batch: Tensor) -> None:
    """The engine's maps are the chain's, for images of two and more targets and contrasts."""
    engine = ExcitationBackprop(net, "stem", batch)
    targets = torch.tensor([2, 0])
    with torch.no_grad():
        plain = engine(batch, targets, NoContrast())
        dual = engine(batch, targets, DualContrast())
        rival = engine(batch, targets, RivalContrast(torch.tensor([3])))
        one_hot = torch.eye(4, dtype=torch.float64)
        for image in range(2):
            for place, target in enumerate(targets.tolist()):
                on, off = one_hot[target], torch.zeros(4, dtype=torch.float64)
                starts = [
                    (plain, {1: on, -1: off}),
                    (dual, {1: on, -1: -on}),
                    (rival, {1: on - one_hot[3], -1: off}),
                ]
                for found, start in starts:
                    expected = net.walk(batch[image : image + 1], start).sum(0).clamp(min=0)
                    torch.testing.assert_close(
                        found.maps[image, place], expected, rtol=1e-7, atol=1e-10
                    )
    torch.testing.assert_close(
        plain.maps.flatten(2).sum(2), plain.explained_mass, rtol=0, atol=1e-10
    )
    for found in (plain, dual, rival):
        assert found.maps.min() >= 0
        # It speaks of the target's own walk, whatever is subtracted from it.
        torch.testing.assert_close(found.explained_mass, plain.explained_mass, rtol=0, atol=1e-12)
        assert found.explained_mass.min() >= 0
        assert found.explained_mass.max() <= 1
