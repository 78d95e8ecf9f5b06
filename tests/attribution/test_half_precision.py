"""Half precision, where the walk still runs in single precision, and channels_last."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.excitation import Contrast, DualContrast, Excitation, ExcitationBackprop, NoContrast

Build = Callable[[str], nn.Module]
Images = Callable[..., Tensor]
TARGETS = torch.tensor([1, 4, 6])


def explain(network: nn.Module, layer: str, batch: Tensor, contrast: Contrast) -> Excitation:
    return ExcitationBackprop(network, layer, batch)(batch, TARGETS, contrast)


def distance(found: Tensor, expected: Tensor) -> float:
    """Half the sum of the differences of two maps, each of mass 1 at most, at their worst."""
    return float((found.double() - expected.double()).abs().sum((2, 3)).max()) / 2


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
def test_under_autocast(main_family: Any, built: Build, images: Images, dtype: torch.dtype) -> None:
    network = copy.deepcopy(built(main_family.name)).float()
    batch, layer = images(main_family).float(), main_family.layers[-1]
    exact = explain(network, layer, batch, NoContrast())
    engine = ExcitationBackprop(network, layer, batch)
    with torch.autocast("cpu", dtype=dtype):
        plain = network(batch)
        found = engine(batch, TARGETS, NoContrast())
    assert found.outputs.dtype == dtype
    assert torch.equal(found.outputs, plain)
    assert found.maps.dtype == found.explained_mass.dtype == torch.float32
    torch.testing.assert_close(found.maps.sum((2, 3)), found.explained_mass, rtol=0, atol=1e-5)
    torch.testing.assert_close(found.explained_mass, exact.explained_mass, rtol=0, atol=2e-3)
    assert distance(found.maps, exact.maps) < 0.05
    # What was kept for the half-precision pass does not stay for the next.
    assert torch.equal(engine(batch, TARGETS, NoContrast()).maps, exact.maps)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
@pytest.mark.parametrize("contrast", [NoContrast(), DualContrast()], ids=["none", "dual"])
def test_networks_of_half_precision(built: Build, dtype: torch.dtype, contrast: Contrast) -> None:
    network = copy.deepcopy(built("resnet18")).to(dtype)
    batch = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(7)).to(dtype)
    # The same rounded weights and image, carried in single precision.
    exact = explain(copy.deepcopy(network).float(), "layer3", batch.float(), contrast)
    found = explain(network, "layer3", batch, contrast)
    assert found.maps.dtype == torch.float32
    assert found.maps.isfinite().all()
    assert found.maps.min() >= 0
    assert distance(found.maps, exact.maps) < 0.05
    assert float((found.explained_mass - 1).abs().max()) < 1e-4


def test_mass_too_small_for_half_precision_arrives() -> None:
    """4,096 cells share a mass of 1: below what float16 can tell from 0 two layers down."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.ReLU()),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 8),
    ).eval()
    batch = torch.randn(1, 3, 64, 64)
    engine = ExcitationBackprop(network, "0", batch)
    with torch.autocast("cpu", dtype=torch.float16):
        found = engine(batch, TARGETS, NoContrast())
    assert float((found.explained_mass - 1).abs().max()) < 1e-4
    assert float((found.maps > 0).float().mean()) > 0.99


@pytest.mark.parametrize("contrast", [NoContrast(), DualContrast()], ids=["none", "dual"])
def test_memory_format_does_not_matter(
    main_family: Any, built: Build, images: Images, contrast: Contrast
) -> None:
    network, batch = built(main_family.name), images(main_family)
    layer = main_family.layers[-1]
    expected = explain(network, layer, batch, contrast)
    inmost = batch.contiguous(memory_format=torch.channels_last)
    turned = copy.deepcopy(network).to(memory_format=torch.channels_last)
    for found in (
        explain(network, layer, inmost, contrast),
        explain(turned, layer, inmost, contrast),
    ):
        torch.testing.assert_close(found.maps, expected.maps, rtol=1e-8, atol=1e-13)
