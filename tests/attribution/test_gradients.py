"""The walk differentiated in the weights: by finite differences, and by training on a map."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from models.excitation import (
    Contrast,
    DualContrast,
    ExcitationBackprop,
    NoContrast,
    RestContrast,
)

TARGETS = torch.tensor([0, 2])


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 3, 3, padding=1)
        self.one = nn.Conv2d(3, 3, 3, padding=1, groups=3)
        self.two = nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = torch.relu(x + self.norm(self.two(torch.nn.functional.silu(self.one(x)))))
        x = torch.cat([x, x.flip(1)], 1)
        return self.head(torch.nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


def plain() -> nn.Module:
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(2, 3, 2), nn.ReLU()),
        nn.Conv2d(3, 4, 2, stride=2, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2, 1),
        nn.Conv2d(4, 4, 1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 3),
    )


def pools() -> nn.Module:
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(2, 3, 2)),
        nn.AvgPool2d(2, 1),
        nn.BatchNorm2d(3),
        nn.Hardswish(),
        nn.ZeroPad2d(1),
        nn.Conv2d(3, 4, 3, dilation=2),
        nn.ReLU6(),
        nn.Conv2d(4, 3, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def volume() -> nn.Module:
    return nn.Sequential(
        nn.Sequential(nn.Unflatten(1, (1, 2)), nn.Conv3d(1, 3, (1, 2, 2)), nn.ReLU()),
        nn.Conv3d(3, 3, (2, 3, 3), padding=(0, 1, 1)),
        nn.MaxPool3d((1, 2, 2), 1),
        nn.BatchNorm3d(3),
        nn.AvgPool3d((1, 2, 2), 1),
        nn.Conv3d(3, 3, 1),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
    )


NETWORKS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "plain": (plain, "0"),
    "pools": (pools, "0"),
    "residual": (Residual, "stem"),
    "volume": (volume, "0"),
}


def made(name: str) -> tuple[nn.Module, str]:
    torch.manual_seed(3)
    build, layer = NETWORKS[name]
    network = build().double().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
            module.weight.data = torch.tensor([1.2, -0.7, 0.8]).double()
            module.bias.data.uniform_(-0.2, 0.2)
    return network, layer


class _Explained(nn.Module):
    """Maps as a module's output, so that they can be taken at other weights."""

    def __init__(self, network: nn.Module, layer: str, batch: Tensor, contrast: Contrast) -> None:
        super().__init__()
        self.network = network
        self.engine = ExcitationBackprop(network, layer, batch)
        self.contrast = contrast

    def forward(self, batch: Tensor) -> Tensor:
        found = self.engine(batch, TARGETS, self.contrast, create_graph=True)
        return torch.cat([found.maps.flatten(), found.explained_mass.flatten()])


@pytest.mark.parametrize(
    "contrast", [NoContrast(), DualContrast(), RestContrast()], ids=["none", "dual", "rest"]
)
@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_those_of_finite_differences(name: str, contrast: Contrast) -> None:
    network, layer = made(name)
    generator = torch.Generator().manual_seed(5)
    batch = torch.rand(2, 2, 5, 5, generator=generator, dtype=torch.float64)
    module = _Explained(network, layer, batch, contrast)
    names = [key for key, _ in module.named_parameters()]
    weights = tuple(p.detach().clone().requires_grad_() for _, p in module.named_parameters())

    def explained(*values: Tensor) -> Tensor:
        return functional_call(module, dict(zip(names, values, strict=True)), (batch,))

    assert torch.autograd.gradcheck(explained, weights, eps=1e-6, atol=1e-5)


def test_training_on_the_map_moves_it() -> None:
    """Gradient descent on 1 - (mass inside a box) brings the map into the box."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU()),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(200, 3),
    ).eval()
    batch = torch.rand(4, 2, 5, 5)
    engine = ExcitationBackprop(network, "0", batch)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.003)
    target = torch.tensor([1])

    def outside(maps: Tensor) -> Tensor:
        return 1 - (maps[..., :2, :2].sum((2, 3)) / maps.sum((2, 3)).clamp(min=1e-6)).mean()

    before = float(outside(engine(batch, target, NoContrast()).maps))
    for _ in range(40):
        found = engine(batch, target, NoContrast(), create_graph=True)
        loss = outside(found.maps) + 0.01 * found.outputs.square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = engine(batch, target, NoContrast())
    assert not after.maps.requires_grad
    assert float(outside(after.maps)) < before - 0.2


def test_no_graph_is_left_behind() -> None:
    """What a call without gradients keeps does not hold one, whatever calls came before it."""
    network, layer = made("residual")
    batch = torch.rand(2, 2, 5, 5, dtype=torch.float64)
    engine = ExcitationBackprop(network, layer, batch)
    first = engine(batch, TARGETS)
    graph = engine(batch, TARGETS, create_graph=True)
    assert graph.maps.requires_grad
    assert graph.outputs.requires_grad
    again = engine(batch, TARGETS)
    for found in (first, again):
        assert not found.maps.requires_grad
        assert not found.explained_mass.requires_grad
        assert not found.outputs.requires_grad
    assert torch.equal(first.maps, again.maps)
    torch.testing.assert_close(graph.maps.detach(), first.maps, rtol=1e-9, atol=1e-14)
    kept = [entry for _, _, entry in engine._weights._entries.values() if entry is not None]
    assert kept
    assert not any(entry.requires_grad for entry in kept)
    # Two backward passes, so that nothing of the first one's graph is shared with the second.
    for _ in range(2):
        engine(batch, TARGETS, create_graph=True).maps.sum().backward()
