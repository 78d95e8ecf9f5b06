"""A negative input that excites keeps its polarity: what is below explains why it is low."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.excitation import DualContrast, ExcitationBackprop, NoContrast


class LowIsWhatCounts(nn.Module):
    """Channels 0 and 1 make one unit, which counts where it is low: where channel 1 is high."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = nn.ReLU()
        self.narrow = nn.Conv2d(2, 1, 1, bias=False)
        self.head = nn.Linear(1, 2, bias=False)
        self.narrow.weight.data = torch.tensor([1.0, -2.0]).reshape(1, 2, 1, 1)
        self.head.weight.data = torch.tensor([[-1.0], [1.0]])

    def forward(self, x: Tensor) -> Tensor:
        low: Tensor = self.narrow(self.seen(x))
        return self.head(functional.adaptive_avg_pool2d(low, 1).flatten(1))


def test_the_evidence_for_a_low_unit_is_what_made_it_low() -> None:
    """Channel 0 is high on the left and channel 1 on the right; label 0 says "low"."""
    x = torch.tensor([[3.0, 0.0], [0.0, 4.0]]).reshape(1, 2, 1, 2)
    engine = ExcitationBackprop(LowIsWhatCounts().eval(), "seen", x)
    low, high = engine(x, torch.tensor([0, 1]), NoContrast()).maps[0]
    assert low.tolist() == [[0.0, 1.0]]
    # The mean is low: nothing says "high", and the walk says that it has nothing.
    assert high.tolist() == [[0.0, 0.0]]


# Where a unit's being low was explained by what makes it high, about .6 was kept.
@pytest.mark.parametrize(
    ("name", "layer"), [("mobilenet_v3_small", "features.6"), ("efficientnet_b0", "features.5")]
)
def test_networks_of_saturating_units_keep_their_mass(
    name: str, layer: str, built: Callable[[str], nn.Module]
) -> None:
    generator = torch.Generator().manual_seed(7)
    batch = torch.randn(1, 3, 160, 160, generator=generator, dtype=torch.float64)
    found = ExcitationBackprop(built(name), layer, batch)(batch, torch.arange(3))
    assert float(found.explained_mass.mean()) > 0.95


@pytest.mark.parametrize("activation", [nn.SiLU(), nn.Hardswish(), nn.Identity()])
def test_turning_round_what_is_between_two_layers_changes_no_map(activation: nn.Module) -> None:
    """v = f(Wx), U v is (-U)(-v): the same function, whichever of the two the network computes."""

    class Between(nn.Module):
        def __init__(self, sign: float) -> None:
            super().__init__()
            self.sign = sign

        def forward(self, x: Tensor) -> Tensor:
            value: Tensor = activation(x)
            return value * self.sign

    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 5, 3)], nn.Conv2d(5, 4, 3)
    rest = nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    as_is = nn.Sequential(*layers[0], Between(1.0), layers[1], *rest).double().eval()
    turned_layer = nn.Conv2d(5, 4, 3).double()
    turned_layer.load_state_dict(
        {"weight": -layers[1].weight.detach(), "bias": layers[1].bias.detach()}  # type: ignore[union-attr]
    )
    turned = nn.Sequential(*layers[0], Between(-1.0), turned_layer, *rest).double().eval()
    x = torch.randn(2, 3, 12, 12, dtype=torch.float64)
    torch.testing.assert_close(as_is(x), turned(x))
    targets = torch.arange(3)
    for contrast in (NoContrast(), DualContrast()):
        one, other = (
            ExcitationBackprop(net, "1", x)(x, targets, contrast) for net in (as_is, turned)
        )
        torch.testing.assert_close(one.maps, other.maps, rtol=1e-9, atol=1e-13)
        torch.testing.assert_close(one.explained_mass, other.explained_mass)
