"""Layer, RMS, group and instance norms, and GELU: ConvNeXt, and the same function written twice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from models.excitation import DualContrast, ExcitationBackprop, NoContrast
from models.torchvision_on_cpu import import_torchvision

TARGETS = torch.arange(3)


class Permute(nn.Module):
    """Channels last, or back."""

    def __init__(self, *axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.axes)


NORMS: dict[str, Callable[[], nn.Module]] = {
    "layer": lambda: nn.LayerNorm(4),
    "rms": lambda: nn.RMSNorm(4),
    "group": lambda: nn.GroupNorm(2, 4),
    "instance": lambda: nn.InstanceNorm2d(4, affine=True),
}


def network(norm: str, approximate: str = "none") -> nn.Sequential:
    """A stem, a norm, the layer that reads it, a head; layers 2 and 3 are those in the middle."""
    torch.manual_seed(4)
    last = norm in ("layer", "rms")
    made = nn.Sequential(
        nn.Sequential(nn.Conv2d(2, 4, 3), nn.GELU(approximate)),
        Permute(0, 2, 3, 1) if last else nn.Identity(),
        NORMS[norm](),
        nn.Linear(4, 5) if last else nn.Conv2d(4, 5, 2),
        Permute(0, 3, 1, 2) if last else nn.Identity(),
        nn.GELU(approximate),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(5, 3),
    )
    made[2].weight.data = torch.tensor([1.3, -0.8, 0.6, -1.1])
    if norm != "rms":
        made[2].bias.data.normal_()  # type: ignore[union-attr]
    return made.double().eval()


def test_convnext_explains_its_decision() -> None:
    torch.manual_seed(0)
    convnext = import_torchvision().models.convnext
    blocks = [convnext.CNBlockConfig(16, 32, 1), convnext.CNBlockConfig(32, None, 2)]
    net = convnext.ConvNeXt(blocks, layer_scale=0.5, num_classes=4).double().eval()
    batch = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    for layer, grid in (("features.1", 8), ("features.2", 4)):
        engine = ExcitationBackprop(net, layer, batch)
        plain = engine(batch, TARGETS, NoContrast())
        assert torch.equal(plain.outputs, net(batch))
        assert plain.maps.shape[2:] == (grid, grid)
        torch.testing.assert_close(plain.maps.sum((2, 3)), plain.explained_mass)
        assert float(plain.explained_mass.min()) > 0.98
        single = engine(batch[1:], TARGETS, DualContrast()).maps[0]
        together = engine(batch, TARGETS, DualContrast()).maps[1]
        torch.testing.assert_close(single, together, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("norm", NORMS)
def test_a_norms_factor_and_shift_are_the_next_layers_as_well(norm: str) -> None:
    """g x + b, then W: the same function as x, then W g, with W b in the bias."""
    net = network(norm)
    folded = copy.deepcopy(net)
    own: Any = folded[2]
    layer: Any = folded[3]
    weight, bias = own.weight.data, getattr(own, "bias", None)
    weights: Tensor = layer.weight.data.reshape(5, 4, -1)
    if bias is not None:
        layer.bias.data += (weights * bias.data[:, None]).sum((1, 2))
        bias.data.zero_()
    weights *= weight[:, None]
    weight.fill_(1)
    batch = torch.randn(2, 2, 7, 6, dtype=torch.float64)
    torch.testing.assert_close(folded(batch), net(batch))
    for contrast in (NoContrast(), DualContrast()):
        one, two = (
            ExcitationBackprop(n, "0", batch)(batch, TARGETS, contrast) for n in (net, folded)
        )
        torch.testing.assert_close(two.maps, one.maps, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(two.explained_mass, one.explained_mass)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
@pytest.mark.parametrize("norm", NORMS)
def test_gradients_are_those_of_finite_differences(norm: str, approximate: str) -> None:
    net = network(norm, approximate)
    batch = torch.randn(1, 2, 5, 5, dtype=torch.float64)
    engine = ExcitationBackprop(net, "0", batch)

    class Explained(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = net

        def forward(self, images: Tensor) -> Tensor:
            found = engine(images, TARGETS[:2], create_graph=True)
            return torch.cat([found.maps.flatten(), found.explained_mass.flatten()])

    module = Explained()
    names = [name for name, _ in module.named_parameters()]
    weights = tuple(p.detach().clone().requires_grad_() for p in module.parameters())

    def explained(*values: Tensor) -> Tensor:
        found: Tensor = functional_call(module, dict(zip(names, values, strict=True)), (batch,))
        return found

    assert torch.autograd.gradcheck(explained, weights, eps=1e-6, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
@pytest.mark.filterwarnings("ignore:Mismatch dtype")  # torch, of its own RMS norm
@pytest.mark.parametrize("norm", NORMS)
def test_half_precision(norm: str, dtype: torch.dtype) -> None:
    net = network(norm).float()
    batch = torch.randn(2, 2, 9, 9)
    engine = ExcitationBackprop(net, "0", batch)
    exact = engine(batch, TARGETS, NoContrast())
    with torch.autocast("cpu", dtype=dtype):
        found = engine(batch, TARGETS, NoContrast())
    assert found.maps.dtype == torch.float32
    assert float((found.maps - exact.maps).abs().sum((2, 3)).max()) / 2 < 0.05
    torch.testing.assert_close(found.maps.sum((2, 3)), found.explained_mass, rtol=0, atol=1e-5)


def test_a_grid_with_channels_last_has_the_same_map() -> None:
    """As Swin's layers return it: (N, H, W, C)."""
    net = network("layer")
    batch = torch.randn(2, 2, 7, 6, dtype=torch.float64)
    first, last = (
        ExcitationBackprop(net, layer, batch)(batch, TARGETS, DualContrast())
        for layer in ("0", "1")
    )
    assert last.maps.shape == (2, 3, 5, 4)
    torch.testing.assert_close(last.maps, first.maps)
    recording = ExcitationBackprop(net, "1", batch).record(batch)
    torch.testing.assert_close(recording.features["1"], net[0](batch))
