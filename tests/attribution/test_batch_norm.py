"""Batch norm: folded into the layer before it, or passed through, with factors of either sign."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.excitation import DualContrast, ExcitationBackprop, NoContrast
from models.torchvision_on_cpu import import_torchvision

TARGETS = torch.tensor([3, 8])
Randomise = Callable[..., nn.Module]


def folded(network: nn.Module) -> nn.Module:
    """Fold every batch norm that follows a convolution into it, by torch's own formula."""
    network = copy.deepcopy(network)
    for parent in network.modules():
        names = list(parent._modules)
        for first, second in pairwise(names):
            conv, norm = parent._modules[first], parent._modules[second]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                parent._modules[first] = fuse_conv_bn_eval(conv, norm)
                parent._modules[second] = nn.Identity()
    return network


@pytest.mark.parametrize("negative", [0.0, 0.3])
@pytest.mark.parametrize(("name", "layer"), [("resnet50", "layer3"), ("vgg11_bn", "features.14")])
def test_folded_equals_unfolded(
    name: str,
    layer: str,
    negative: float,
    norms_randomised: Randomise,
    narrow_classifier: Callable[[nn.Module], None],
) -> None:
    torch.manual_seed(2)
    network = import_torchvision().models.get_model(name, weights=None, num_classes=10)
    narrow_classifier(network)
    norms_randomised(network, negative=negative).double().eval()
    if name.startswith("resnet"):
        reorder_resnet(network)
    batch = torch.randn(2, 3, 32, 32).double()
    for contrast in (NoContrast(), DualContrast()):
        one, other = (
            ExcitationBackprop(net, layer, batch)(batch, TARGETS, contrast)
            for net in (network, folded(network))
        )
        torch.testing.assert_close(one.maps, other.maps, rtol=1e-9, atol=1e-13)
        torch.testing.assert_close(one.explained_mass, other.explained_mass)


def reorder_resnet(network: nn.Module) -> None:
    """Bring each convolution's batch norm right behind it in the module's list."""
    for block in network.modules():
        children = block._modules
        if "conv1" in children and "bn1" in children:
            order = [n for i in (1, 2, 3) for n in (f"conv{i}", f"bn{i}") if n in children]
            rest = [n for n in children if n not in order]
            block._modules = {n: children[n] for n in (*order, *rest)}


def test_dead_channels_drop_their_mass_and_say_so() -> None:
    network = (
        nn.Sequential(
            nn.Conv2d(3, 4, 1),
            nn.ReLU(),
            nn.Conv2d(4, 4, 1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, 2),
        )
        .double()
        .eval()
    )
    network[3].weight.data = torch.tensor([1.0, 0.0, 1.0, 1.0]).double()
    network[3].bias.data.fill_(0.5)  # the channel that sees nothing is still active
    network[7].weight.data.fill_(1.0)
    batch = torch.rand(2, 3, 5, 5, dtype=torch.float64)
    found = ExcitationBackprop(network, "1", batch)(batch, torch.tensor([0]), NoContrast())
    pooled: Tensor = network[:7](batch)
    share = 1 - pooled[:, 1] / pooled.sum(1)
    assert (found.explained_mass[:, 0] <= share + 1e-12).all()
    torch.testing.assert_close(found.maps.sum((2, 3)), found.explained_mass)


def test_dead_denominators_lose_everything_without_nan() -> None:
    network = (
        nn.Sequential(
            nn.Conv2d(3, 4, 1),
            nn.ReLU(),
            nn.Conv2d(4, 4, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(100, 2),
        )
        .double()
        .eval()
    )
    network[2].weight.data.fill_(-1.0)
    network[2].bias.data.fill_(100.0)
    batch = torch.rand(2, 3, 5, 5, dtype=torch.float64)
    for contrast in (NoContrast(), DualContrast()):
        found = ExcitationBackprop(network, "1", batch)(batch, torch.tensor([0, 1]), contrast)
        assert found.maps.isfinite().all()
        assert (found.maps == 0).all()
    plain = ExcitationBackprop(network, "1", batch)(batch, torch.tensor([0]), NoContrast())
    torch.testing.assert_close(plain.explained_mass, torch.zeros_like(plain.explained_mass))


class TurnedPool(nn.Module):
    """A pool on values of both signs, below a batch norm that turns them round."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 2, 1)
        self.pool = nn.AvgPool2d(2)
        self.turn = nn.BatchNorm2d(2)
        self.head = nn.Linear(8, 3)
        nn.init.constant_(self.turn.weight, -1.0)
        nn.init.zeros_(self.first.bias)  # type: ignore[arg-type]  # it would be left out

    def forward(self, x: Tensor) -> Tensor:
        turned: Tensor = self.turn(self.pool(self.first(x)))
        return self.head(turned.flatten(1))


def test_a_pool_at_negative_polarity_shares_by_what_is_negative() -> None:
    """P_in = a (.) A'(P_out (/) A a) with a = max(-x, 0), for the virtual units -x."""
    torch.manual_seed(0)
    network = TurnedPool().double().eval()
    x = torch.randn(1, 1, 4, 4, dtype=torch.float64)
    engine = ExcitationBackprop(network, "first", x)
    found = engine(x, torch.arange(3), NoContrast()).maps[0]
    below = network.first(x).detach()
    pooled = functional.avg_pool2d(below, 2)
    for target in range(3):
        weights = network.head.weight[target].detach().reshape(1, 2, 2, 2)
        expected = torch.zeros(4, 4, dtype=torch.float64)
        total = (weights * -pooled).clamp(min=0).sum()
        for sign in (1, -1):  # a pool above 0 is turned below it, and excites by weights below 0
            excited, above = (sign * below).clamp(min=0), (sign * pooled).clamp(min=0)
            mass = above * (-sign * weights).clamp(min=0)
            share = torch.where(mass > 0, mass / total / functional.avg_pool2d(excited, 2), 0)
            back = functional.interpolate(share, scale_factor=2, mode="nearest") / 4
            expected += (excited * back).sum((0, 1))
        torch.testing.assert_close(found[target], expected, rtol=0, atol=1e-12)
