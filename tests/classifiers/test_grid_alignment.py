"""Where the cells of a feature map lie on the network's input."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.alignment import GridGeometry, grid_geometry
from models.architectures import build_network
from models.card_parts import Architecture
from models.errors import UnsupportedLayerError
from models.preprocess import InputFrame


def centred_on(kernel: int, stride: int, padding: int) -> float:
    """Left edge of the first cell of one convolution, from its definition."""
    return (kernel / 2 - padding) - stride / 2


@pytest.mark.parametrize("kind", [nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"), [(3, 1, 1), (3, 2, 1), (7, 2, 3), (2, 2, 0), (3, 2, 0)]
)
def test_one_layer_is_where_its_definition_puts_it(
    kind: type[nn.Module], kernel: int, stride: int, padding: int
) -> None:
    arguments = {"kernel_size": kernel, "stride": stride, "padding": padding}
    if kind is nn.Conv2d:
        arguments |= {"in_channels": 3, "out_channels": 2}
    network = nn.Sequential(nn.Conv2d(3, 3, 1), kind(**arguments))

    found = grid_geometry(network.eval(), "1", 3)

    edge = centred_on(kernel, stride, padding)
    assert found == GridGeometry(edge, edge, stride, stride)


@pytest.mark.parametrize(
    ("name", "layer", "edge", "cell"),
    [
        ("face-api-expression", "dense0", 0.5, 2),
        ("face-api-expression", "dense2", 3.5, 8),
        ("resnet18", "layer3", -7.5, 16),
        ("vgg16", "features.23", 0.0, 16),
        ("densenet121", "features.transition2", -1.5, 16),
        ("mobilenet_v2", "features.13", -7.5, 16),
        ("efficientnet_b0", "features.5", -7.5, 16),
    ],
)
def test_known_networks_lie_where_their_strides_put_them(
    name: str, layer: str, edge: float, cell: float
) -> None:
    network = build_network(Architecture(name, {}), 7).eval()

    found = grid_geometry(network, layer, 3)

    assert (found.x, found.y) == pytest.approx((edge, edge), abs=0.01)
    assert (found.cell_width, found.cell_height) == pytest.approx((cell, cell), abs=0.01)


def test_uneven_kernels_differ_across_and_down() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, (1, 5), stride=(1, 4), padding=(0, 1)))

    assert grid_geometry(network.eval(), "0", 1) == GridGeometry(-0.5, 0.0, 4.0, 1.0)


def test_the_network_stays_as_it_was() -> None:
    network = build_network(Architecture("resnet18", {}), 2).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}

    grid_geometry(network, "layer2", 3)

    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


def test_a_mark_lies_under_the_cell_that_answers_it() -> None:
    """A network of one strided convolution that finds the brightest 3 x 3 pixels."""
    network = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2, padding=1)).eval()
    nn.init.ones_(network[0].weight)
    nn.init.zeros_(network[0].bias)
    image = torch.zeros(1, 1, 16, 16)
    image[0, 0, 4, 10] = 1.0
    grid = network(image)[0, 0].detach()
    frame = InputFrame(100, 200, 16, 16, 400, 400)

    geometry = grid_geometry(network, "0", 1)
    laid = geometry.on_image(frame, grid, 16, 16).to_image(grid)

    assert divmod(int(laid.argmax()), 400) == (204, 110)


@pytest.mark.parametrize(("layer", "says"), [("9", "no module '9'"), ("1", "no grid")])
def test_a_layer_without_a_grid_is_refused(layer: str, says: str) -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten())

    with pytest.raises(UnsupportedLayerError, match=says):
        grid_geometry(network.eval(), layer, 1)
