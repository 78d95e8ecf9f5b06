"""torchxrayvision's networks as its own package builds them, with random weights."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.errors import UnsupportedLayerError
from models.excitation import Contrast, DualContrast, ExcitationBackprop, NoContrast
from models.torchvision_on_cpu import import_torchvision

TARGETS = torch.tensor([0, 7])


@pytest.fixture(scope="module")
def xrv() -> ModuleType:
    import_torchvision()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own
        return pytest.importorskip("torchxrayvision", reason="torchxrayvision is not installed")


@pytest.fixture
def densenet(xrv: Any) -> nn.Module:
    torch.manual_seed(0)
    return xrv.models.DenseNet(weights=None, num_classes=18).eval()


@pytest.fixture
def resnet(xrv: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """Its constructor wants a weights file: one of random weights takes the download's place."""
    torch.manual_seed(0)
    network = import_torchvision().models.resnet50(num_classes=18, weights=None)
    network.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    monkeypatch.setattr(xrv.models, "get_weights", lambda *_, **__: tmp_path / "weights.pt")
    return xrv.models.ResNet(weights="resnet50-res512-all").eval()


def test_operating_points_are_refused_by_name(resnet: nn.Module) -> None:
    """They bend each score at a threshold of its own, behind the logits, by masks."""
    with pytest.raises(UnsupportedLayerError, match="__setitem__"):
        ExcitationBackprop(resnet, "model.layer3", film(1, 512))


def film(count: int, size: int) -> Tensor:
    """Films as the package wants them, (N, 1, H, W) in [-1024, 1024]."""
    generator = torch.Generator().manual_seed(1)
    return (torch.rand(count, 1, size, size, generator=generator) * 2 - 1) * 1024


def check(network: nn.Module, layer: str, batch: Tensor, contrast: Contrast) -> None:
    engine = ExcitationBackprop(network, layer, batch)
    found = engine(batch, TARGETS, contrast)
    with torch.no_grad():
        assert torch.equal(found.outputs, network(batch))
    assert found.maps.isfinite().all()
    assert found.maps.amax((2, 3)).min() > 0
    assert found.explained_mass.min() > 0.99
    if isinstance(contrast, NoContrast):
        torch.testing.assert_close(found.maps.sum((2, 3)), found.explained_mass, rtol=0, atol=1e-4)


@pytest.mark.parametrize("contrast", [NoContrast(), DualContrast()], ids=["none", "dual"])
def test_densenet(densenet: nn.Module, contrast: Contrast) -> None:
    check(densenet, "features.transition2", film(2, 224), contrast)


@pytest.mark.parametrize("contrast", [NoContrast(), DualContrast()], ids=["none", "dual"])
def test_resnet(resnet: nn.Module, contrast: Contrast) -> None:
    resnet.op_threshs = None  # so that it returns logits
    check(resnet, "model.layer3", film(1, 512), contrast)
