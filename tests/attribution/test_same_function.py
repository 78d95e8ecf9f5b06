"""The same function gives the same map, however its constants and factors are written down."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.excitation import DualContrast, ExcitationBackprop, NoContrast, RivalContrast

Weights = nn.Conv2d | nn.Linear
SIZE = 14


def norm(channels: int) -> nn.BatchNorm2d:
    made = nn.BatchNorm2d(channels)
    made.weight.data.uniform_(0.3, 2).mul_(torch.randn(channels).sign())
    made.bias.data.normal_()
    made.running_mean.normal_()  # type: ignore[union-attr]
    made.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    return made


@st.composite
def networks(draw: st.DrawFn) -> nn.Sequential:
    """Convolutions with norms before or behind their ReLUs, or without either, pools, a head."""
    torch.manual_seed(draw(st.integers(0, 10_000)))
    channels, size = 4, SIZE - 2
    layers: list[nn.Module] = [nn.Sequential(nn.Conv2d(2, channels, 3), nn.ReLU())]
    for _ in range(draw(st.integers(1, 3))):
        out = draw(st.sampled_from([3, 5]))
        kernel = 3 if size > 4 else 1
        layers += [norm(channels)] if draw(st.booleans()) else []
        if size > 6 and draw(st.booleans()):
            layers += [nn.AvgPool2d(2)]
            size //= 2
        layers += [nn.Conv2d(channels, out, kernel)]
        layers += [norm(out)] if draw(st.booleans()) else []
        layers += [nn.ReLU()] if draw(st.integers(0, 3)) else []  # else a linear bottleneck
        channels, size = out, size - kernel + 1
    layers += [norm(channels)] if draw(st.booleans()) else []
    if draw(st.booleans()):
        layers += [nn.AdaptiveAvgPool2d(1)]
        size = 1
    layers += [nn.Flatten(), nn.Linear(channels * size**2, 3)]
    return nn.Sequential(*layers).double().eval()


def next_weights(network: nn.Sequential, place: int) -> Weights | None:
    """The layer with weights that reads a place's output through linear steps alone."""
    for layer in network[place + 1 :]:
        if isinstance(layer, Weights):
            return layer
        if not isinstance(layer, nn.AvgPool2d | nn.AdaptiveAvgPool2d | nn.Flatten | nn.Identity):
            return None
    return None


def by_input_channel(layer: Weights, channels: int) -> Tensor:
    """A layer's weights (K, C, everything else), as they are kept."""
    return layer.weight.data.reshape(len(layer.weight), channels, -1)


def folded_back(network: nn.Sequential) -> None:
    """Each norm right behind a convolution becomes part of it."""
    for place in range(1, len(network)):
        before, own = network[place - 1], network[place]
        if isinstance(before, nn.Conv2d) and isinstance(own, nn.BatchNorm2d):
            network[place - 1] = fuse_conv_bn_eval(before, own)
            network[place] = nn.Identity()


def folded_forward(network: nn.Sequential) -> None:
    """Each norm that a layer with weights reads, perhaps through pools, becomes part of that."""
    for place, own in enumerate(network):
        layer = next_weights(network, place)
        if isinstance(own, nn.BatchNorm2d) and layer is not None:
            factor = own.weight.data / (own.running_var + own.eps).sqrt()  # type: ignore[operator]
            shift = own.bias.data - own.running_mean * factor
            weights = by_input_channel(layer, len(factor))
            layer.bias.data += (weights * shift[:, None]).sum((1, 2))  # type: ignore[union-attr]
            weights *= factor[:, None]
            network[place] = nn.Identity()


def biases_forward(network: nn.Sequential) -> None:
    """The bias of each layer that another reads, nothing bending between them, goes into that."""
    for place, own in enumerate(network[:-1]):
        layer = next_weights(network, place)
        if isinstance(own, nn.Conv2d) and layer is not None:
            bias = own.bias.data  # type: ignore[union-attr]
            weights = by_input_channel(layer, len(bias))
            layer.bias.data += (weights * bias[:, None]).sum((1, 2))  # type: ignore[union-attr]
            bias.zero_()


def rescaled(network: nn.Sequential) -> None:
    """The channels of each convolution in another order and each in another unit, > 0."""
    for place, own in enumerate(network):
        after = list(network[place + 1 :])
        reader = next((number for number, one in enumerate(after) if isinstance(one, Weights)), 0)
        normed = any(isinstance(one, nn.BatchNorm2d) for one in after[:reader])
        if not isinstance(own, nn.Conv2d) or normed:
            continue
        layer = after[reader]
        order, units = torch.randperm(len(own.weight)), torch.rand(len(own.weight)) + 0.5
        own.weight.data = own.weight.data[order] * units.reshape(-1, 1, 1, 1)
        own.bias.data = own.bias.data[order] * units  # type: ignore[union-attr]
        weights = by_input_channel(layer, len(order))
        weights[:] = weights[:, order] / units[:, None]


@pytest.mark.parametrize("written", [folded_back, folded_forward, biases_forward, rescaled])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(network=networks(), seed=st.integers(0, 1000))
def test_the_same_function_gives_the_same_map(
    written: Callable[[nn.Sequential], None], network: nn.Sequential, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    batch = torch.randn(2, 2, SIZE, SIZE, generator=generator, dtype=torch.float64)
    other = copy.deepcopy(network)
    with torch.no_grad():
        written(other)
        torch.testing.assert_close(other(batch), network(batch), rtol=1e-9, atol=1e-9)
    targets = torch.arange(3)
    for contrast in (NoContrast(), DualContrast(), RivalContrast(torch.tensor([1]))):
        one, two = (
            ExcitationBackprop(net, "0", batch)(batch, targets, contrast)
            for net in (network, other)
        )
        torch.testing.assert_close(two.maps, one.maps, rtol=1e-7, atol=1e-9)
        torch.testing.assert_close(two.explained_mass, one.explained_mass, rtol=0, atol=1e-9)


def test_a_norm_in_training_mode_has_the_constants_of_its_batch() -> None:
    """As a network whose statistics are those of the batch."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.ReLU(), norm(4), nn.AdaptiveAvgPool2d(2), nn.Flatten()
    )
    network.append(nn.Linear(16, 3))
    network.double().eval()
    batch = torch.randn(3, 2, 8, 8, dtype=torch.float64)
    engine = ExcitationBackprop(network, "1", batch)
    seen = network[:2](batch).detach()
    with torch.no_grad():
        network[2].train()
        network[2].num_batches_tracked = None
        found = engine(batch, torch.arange(3))
        network[2].eval()
        network[2].running_mean = seen.mean((0, 2, 3))
        network[2].running_var = seen.var((0, 2, 3), correction=0)
        expected = engine(batch, torch.arange(3))
    torch.testing.assert_close(found.outputs, expected.outputs)
    torch.testing.assert_close(found.maps, expected.maps, rtol=1e-9, atol=1e-12)
