"""Networks by name: torchvision's, those of installed packages, and how a map layer is found."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import torch
from torch import nn

from models import architectures
from models.architectures import PLUGINS, architecture_names, build_network
from models.card import load_card
from models.card_parts import Architecture
from models.check import check_classifier
from models.errors import CardError, UnsupportedLayerError
from models.map_layers import find_map_layer

CARD = """
name = "plugged"
version = "1"
title = "A plug-in's network"
description = "A test."
activation = "softmax"
map_layer = "stem"
training_data = "None."
intended_use = "Tests."
limits = "All."
[architecture]
name = "plugged-net"
options = { smooth = true }
[weights]
random_seed = 3
licence = "Apache-2.0"
source = "Random."
[input]
width = 16
height = 16
channels = 3
mean = [0, 0, 0]
std = [1, 1, 1]
[[targets]]
scheme = "dots"
code = "left"
meaning = "a dot on the left"
[[targets]]
scheme = "dots"
code = "right"
meaning = "a dot on the right"
"""


class PluggedNet(nn.Module):
    """What an installed package may register."""

    def __init__(self, targets: int, smooth: bool = False) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.act = nn.LogSigmoid() if smooth else nn.ReLU()
        self.head = nn.Linear(4, targets)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.act(self.stem(x)).mean((2, 3)))


def plugged_width(targets: int, channels: int = 4) -> nn.Module:
    """A plug-in that means its network's width by the word."""
    return nn.Sequential(nn.Conv2d(3, channels, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(targets))


def not_a_network(targets: int) -> str:
    return f"{targets} targets"


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for an installed package's metadata."""

    class Registered(EntryPoint):
        def load(self) -> object:
            return globals()[self.attr]

    entries = [
        Registered("plugged-net", "their.package:PluggedNet", PLUGINS),
        Registered("broken-net", "their.package:not_a_network", PLUGINS),
        Registered("plugged-width", "their.package:plugged_width", PLUGINS),
        Registered("resnet18", "their.package:PluggedNet", PLUGINS),
    ]
    monkeypatch.setattr(
        architectures, "entry_points", lambda group: entries if group == PLUGINS else []
    )


def checked(folder: Path, text: str) -> list[str]:
    (folder / "card.toml").write_text(text)
    findings = check_classifier(load_card(folder / "card.toml"))
    return [f"{f.subject}: {f.text}" for f in findings if not f.ok]


@pytest.mark.usefixtures("plugins")
def test_an_installed_packages_network_is_known_by_its_name(tmp_path: Path) -> None:
    assert "plugged-net" in architecture_names()
    assert checked(tmp_path, CARD.replace("true", "false")) == []


@pytest.mark.usefixtures("plugins")
def test_a_check_names_the_layer_without_a_rule(tmp_path: Path) -> None:
    (fault,) = checked(tmp_path, CARD)

    assert fault.startswith("layers: layer 'act' calls")
    assert "logsigmoid" in fault


@pytest.mark.usefixtures("plugins")
def test_a_plug_ins_options_are_its_own() -> None:
    network = build_network(Architecture("plugged-width", {"channels": 32}), 2, channels=3)

    assert network(torch.zeros(1, 3, 8, 8)).shape == (1, 2)
    assert network[0].out_channels == 32


@pytest.mark.usefixtures("plugins")
def test_a_plug_in_must_return_a_network(tmp_path: Path) -> None:
    text = CARD.replace("plugged-net", "broken-net").replace("options = { smooth = true }\n", "")

    (fault,) = checked(tmp_path, text)

    assert "their.package:not_a_network returns str" in fault


@pytest.mark.usefixtures("plugins")
def test_a_plug_in_cannot_take_the_name_of_a_known_network() -> None:
    assert type(build_network(Architecture("resnet18", {}), 2)).__name__ == "ResNet"


def test_an_import_path_is_no_name() -> None:
    with pytest.raises(CardError, match="is not a network that is known"):
        build_network(Architecture("os.system", {}), 2)


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "efficientnet_b0"])
def test_torchvisions_networks_take_images_of_one_channel(name: str) -> None:
    with torch.no_grad():
        outputs = build_network(Architecture(name, {"channels": 1}), 3).eval()(
            torch.zeros(1, 1, 64, 64)
        )

    assert outputs.shape == (1, 3)


@pytest.mark.parametrize("name", ["resnet18", "feature-pyramid", "efficientnet-lite0-pyramid"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_takes_the_channels_of_the_input(name: str, channels: int) -> None:
    network = build_network(Architecture(name, {}), 2, channels).eval()

    assert network(torch.zeros(1, channels, 64, 64)).shape == (1, 2)
    with pytest.raises(CardError, match=r"channels is 2, and the card's \[input\] has"):
        build_network(Architecture(name, {"channels": 2}), 2, channels)


def test_a_network_of_its_own_channels_is_asked_for_none() -> None:
    assert build_network(Architecture("face-api-expression", {}), 7, 3)


def test_a_map_layer_is_found_by_its_grid() -> None:
    network = build_network(Architecture("resnet18", {}), 2).eval()

    # Not layer3.1.relu, which is the last to run at this size: it runs twice.
    assert find_map_layer(network, "last 4x4", (3, 64, 64)) == "layer3"
    assert find_map_layer(network, "layer2", (3, 64, 64)) == "layer2"
    with pytest.raises(UnsupportedLayerError, match=r"grid of 5x5 cells; there are .*4x4"):
        find_map_layer(network, "last 5x5", (3, 64, 64))
    assert not network._forward_hooks
    assert not network.layer3._forward_hooks
