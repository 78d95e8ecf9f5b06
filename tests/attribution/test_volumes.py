"""Networks of three dimensions: r3d_18 of torchvision, and a DenseNet as MONAI builds it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from models.excitation import DualContrast, ExcitationBackprop, NoContrast, RivalContrast
from models.torchvision_on_cpu import import_torchvision

TARGETS = torch.tensor([1, 2])


class Case(NamedTuple):
    """A network, its map layer, two volumes, and what share of its mass arrives at least."""

    network: nn.Module
    layer: str
    batch: Tensor
    explained: float


class DenseLayer(nn.Module):
    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm3d(channels),
            nn.ReLU(inplace=True),
            nn.Conv3d(channels, 2 * growth, 1, bias=False),
            nn.BatchNorm3d(2 * growth),
            nn.ReLU(inplace=True),
            nn.Conv3d(2 * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.layers(x)], 1)


def densenet() -> nn.Module:
    """MONAI's: stem, dense blocks with transitions between, norm, global average, head."""
    return nn.Sequential(
        nn.Sequential(nn.Conv3d(1, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm3d(8)),
        nn.ReLU(inplace=True),
        nn.MaxPool3d(3, stride=2, padding=1),
        nn.Sequential(DenseLayer(8, 4), DenseLayer(12, 4)),
        nn.Sequential(nn.BatchNorm3d(16), nn.ReLU(inplace=True), nn.Conv3d(16, 8, 1, bias=False)),
        nn.AvgPool3d(2, 2),
        nn.Sequential(DenseLayer(8, 4), nn.BatchNorm3d(12), nn.ReLU(inplace=True)),
        nn.AdaptiveMaxPool3d(2),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(12, 4),
    )


def r3d() -> nn.Module:
    return import_torchvision().models.video.r3d_18(weights=None, num_classes=4)


NETWORKS: dict[str, tuple[Callable[[], nn.Module], str, tuple[int, ...], float]] = {
    "r3d_18": (r3d, "layer3", (3, 4, 24, 24), 1 - 1e-9),
    # So few channels, norms of both signs: units that nothing excites, as in a narrow 2-D one.
    "densenet": (densenet, "2", (1, 16, 24, 24), 0.85),
}


@pytest.fixture(params=NETWORKS, scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    torch.manual_seed(0)
    build, layer, shape, explained = NETWORKS[request.param]
    network = build().double().eval().requires_grad_(requires_grad=False)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            sign = torch.where(torch.rand_like(module.weight) < 0.2, -1.0, 1.0)
            module.weight.data.uniform_(0.5, 1.5).mul_(sign)
            module.bias.data.normal_(0, 0.3)
    return Case(network, layer, torch.randn(2, *shape, dtype=torch.float64), explained)


def test_the_mass_of_a_volume_is_explained(case: Case) -> None:
    network, layer, batch, explained = case
    engine = ExcitationBackprop(network, layer, batch)
    plain = engine(batch, TARGETS, NoContrast())
    assert torch.equal(plain.outputs, network(batch))
    assert plain.maps.dim() == 5
    assert plain.maps.min() >= 0
    torch.testing.assert_close(plain.maps.flatten(2).sum(2), plain.explained_mass)
    assert float(plain.explained_mass.min()) > explained
    up, down = (engine(batch, torch.tensor([c]), NoContrast()).maps for c in (2, 3))
    against = engine(batch, torch.tensor([2]), RivalContrast(torch.tensor([3]))).maps
    torch.testing.assert_close(against, (up - down).clamp(min=0), rtol=0, atol=1e-12)


def test_a_volume_in_a_batch_is_explained_as_if_alone(case: Case) -> None:
    network, layer, batch, _ = case
    engine = ExcitationBackprop(network, layer, batch)
    recording = engine.record(batch)
    together = engine.explain(recording, TARGETS, DualContrast())
    for found in (
        engine(batch[1:], TARGETS, DualContrast()),
        engine.explain(recording.of_images([1]), TARGETS, DualContrast()),
    ):
        torch.testing.assert_close(found.maps[0], together.maps[1], rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(found.explained_mass[0], together.explained_mass[1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
def test_volumes_under_autocast(case: Case, dtype: torch.dtype) -> None:
    network, batch = copy.deepcopy(case.network).float(), case.batch.float()
    engine = ExcitationBackprop(network, case.layer, batch)
    exact = engine(batch, TARGETS, NoContrast())
    with torch.autocast("cpu", dtype=dtype):
        found = engine(batch, TARGETS, NoContrast())
    assert found.maps.dtype == torch.float32
    torch.testing.assert_close(found.explained_mass, exact.explained_mass, rtol=0, atol=2e-2)
    difference = (found.maps - exact.maps).abs().flatten(2).sum(2)
    assert float(difference.max()) / 2 < 0.05


def test_a_head_of_one_voxel_convolutions_is_pooled_first() -> None:
    """As SqueezeNet's: the contrast is taken at the whole volume, not voxel by voxel."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU()),
        nn.Conv3d(4, 3, 1),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
    )
    batch = torch.randn(2, 1, 5, 6, 6, dtype=torch.float64)
    engine = ExcitationBackprop(network.double().eval(), "0", batch)
    features, weights = network[0](batch), network[1].weight.flatten(1)

    def activation(w: Tensor) -> Tensor:
        raw = torch.einsum("ncdhw,tc->ntdhw", features, w.clamp(min=0))
        return raw / raw.sum((2, 3, 4), keepdim=True)

    dual = engine(batch, torch.arange(3), DualContrast()).maps
    expected = (activation(weights) - activation(-weights)).clamp(min=0)
    torch.testing.assert_close(dual, expected, rtol=1e-9, atol=1e-12)
