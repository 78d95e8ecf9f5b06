"""Networks to explain: every family with random weights, on small inputs in double precision."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import NamedTuple

import pytest
import torch
from narrow_networks import narrow_resnet
from torch import Tensor, nn

from models.face_api.networks import FaceFeatureNet
from models.torchvision_on_cpu import import_torchvision


class Family(NamedTuple):
    """A network family: its name, layers to map from the top down, input size, and whether the
    walk loses nothing on it."""

    name: str
    layers: tuple[str, ...]
    size: int
    lossless: bool = True


FAMILIES = {
    family.name: family
    for family in (
        Family("face-api-expression", ("dense2", "dense1", "dense0"), 64),
        Family("alexnet", ("features.7", "features.5", "features.2"), 96),
        Family("vgg16", ("avgpool", "features.30", "features.23", "features.9"), 32),
        Family("vgg16_bn", ("features.43", "features.33"), 32),
        Family("resnet18", ("layer4", "layer3", "layer2.0", "maxpool"), 64),
        Family("resnet50", ("layer4.1", "layer3"), 48),
        Family("resnext50_32x4d", ("layer3",), 48),
        Family("wide_resnet50_2", ("layer3",), 32),
        Family("densenet121", ("features.norm5", "features.transition2"), 64, lossless=False),
        Family("googlenet", ("inception4a", "maxpool2"), 64),
        Family("inception_v3", ("Mixed_7a", "Mixed_5d"), 80),
        Family("squeezenet1_1", ("features.12", "features.7"), 64),
        Family("mobilenet_v2", ("features.14", "features.10"), 64, lossless=False),
        Family("mobilenet_v3_small", ("features.10", "features.6"), 64, lossless=False),
        Family("efficientnet_b0", ("features.5",), 64, lossless=False),
        Family("shufflenet_v2_x0_5", ("stage3",), 64, lossless=False),
        Family("regnet_y_400mf", ("trunk_output.block3",), 64, lossless=False),
        Family("regnet_x_400mf", ("trunk_output.block3",), 64),
        Family("mnasnet0_5", ("layers.11",), 64, lossless=False),
    )
}
# The four that the paper's cards are made of, and ours.
MAIN = ("face-api-expression", "vgg16", "resnet18", "resnet50", "densenet121")


def randomise_norms(network: nn.Module, *, negative: float = 0.0) -> nn.Module:
    """Give batch norms factors, shifts and statistics that matter; a share of factors < 0."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            factor = torch.empty_like(module.weight).uniform_(0.5, 1.5)
            signs = torch.where(torch.rand_like(factor) < negative, -1.0, 1.0)
            module.weight.data = factor * signs
            module.bias.data.normal_(0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
    return network


def narrow_classifier(network: nn.Module) -> None:
    """Replace the wide layers of VGG and AlexNet, which take memory and show nothing more."""
    layers = getattr(network, "classifier", None)
    if isinstance(layers, nn.Sequential):
        wide = [m for m in layers if isinstance(m, nn.Linear)]
        for number, layer in enumerate(wide if len(wide) == 3 else []):
            into, out = (64 if number else layer.in_features), (10 if number == 2 else 64)
            layer.weight = nn.Parameter(torch.randn(out, into) / into**0.5)
            layer.bias = nn.Parameter(torch.randn(out) / 10)
            layer.in_features, layer.out_features = into, out


BOTTLENECKS = {"resnet50": (1, 16), "resnext50_32x4d": (8, 4), "wide_resnet50_2": (1, 32)}
"""Groups, and channels of each of them where a network's first layer has 64."""


def narrowed(models: ModuleType, name: str) -> nn.Module:
    """Build a network of torchvision with ten columns, of few channels where it has many.

    What an identity holds of is layers and how they are joined; that is as in the wide network.
    """
    if name in BOTTLENECKS:
        groups, width = BOTTLENECKS[name]
        resnet = models.resnet
        return resnet.ResNet(
            resnet.Bottleneck, [3, 4, 6, 3], 10, groups=groups, width_per_group=width
        )
    if name.startswith("vgg16"):
        vgg = models.vgg
        channels = [size if size == "M" else size // 4 for size in vgg.cfgs["D"]]
        network = vgg.VGG(vgg.make_layers(channels, name == "vgg16_bn"), num_classes=10)
        network.classifier[0] = nn.Linear(channels[-2] * 7 * 7, 64)
        return network
    if name == "resnet18":
        return narrow_resnet([2, 2, 2, 2], columns=10)
    if name == "densenet121":
        return models.densenet.DenseNet(8, (6, 12, 24, 16), 16, num_classes=10)
    return models.get_model(name, weights=None, num_classes=10)


def build(name: str, seed: int = 0) -> nn.Module:
    """Build a network with random weights, double precision, in eval mode."""
    torch.manual_seed(seed)
    if name == "face-api-expression":
        network: nn.Module = FaceFeatureNet(7)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old families announce a change of their init
            network = narrowed(import_torchvision().models, name)
    narrow_classifier(network)
    return randomise_norms(network).double().eval().requires_grad_(requires_grad=False)


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def built() -> Callable[[str], nn.Module]:
    """Build a family, unless it is the one that was built last."""
    return lru_cache(maxsize=1)(build)


# For the session, so that the tests of one family run one after the other.
@pytest.fixture(params=list(FAMILIES), scope="session")
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture(params=MAIN, scope="session")
def main_family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture
def images() -> Callable[..., Tensor]:
    """Make random inputs (N, 3, size, size)."""

    def make(family: Family, count: int = 2) -> Tensor:
        generator = torch.Generator().manual_seed(7)
        shape = (count, 3, family.size, family.size)
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    return make


@pytest.fixture
def norms_randomised() -> Callable[..., nn.Module]:
    return randomise_norms


@pytest.fixture(name="narrow_classifier")
def _narrow_classifier() -> Callable[[nn.Module], None]:
    return narrow_classifier
