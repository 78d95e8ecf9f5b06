"""Golden maps of the published reference on fixed networks and one fixed image.

How the figures were obtained: the networks and the image below, in double precision, were given to
a prototype of the method that had been compared with TorchRay, the authors' archived PyTorch code,
and found identical to it bit for bit on VGG16, ResNet50 and DenseNet121 (with residual additions
split by signed values, as that code does it). Only these figures were kept: the licence of the code
is non-commercial, and none of it is here.

One thing differs on purpose, and the figures of DenseNet121 have it: the average pool of its third
transition sees signed values, of which the published code lets the negative ones take negative
probability. The prototype was told that they take none. The unchanged code's map of this network
differs from the one here by 0.016 of the mass (sum of absolute differences; contrast: 0.009).
The rule for additions that the product uses, by positive parts, differs on ResNet50 by 0.017.

Weights and image come from NumPy's legacy generator, whose stream never changes.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.excitation import DualContrast, ExcitationBackprop, NoContrast
from models.torchvision_on_cpu import import_torchvision


class Golden(NamedTuple):
    """The reference's 4 x 4 map of label 3, in thousandths of the mass."""

    name: str
    layer: str
    none: str
    dual: str


GOLDEN = (
    Golden(
        "vgg16",
        "features.23",
        none=(
            "36.1648 63.3739 62.4587 35.4075 "
            "56.4720 95.1662 101.9535 60.9515 "
            "57.5942 93.4855 100.2662 61.8397 "
            "32.1380 53.6528 55.0921 33.9833"
        ),
        dual=(
            "0.0305 0.0772 0.0851 0.0596 "
            "0.0000 0.0000 0.0842 0.0954 "
            "0.0000 0.0000 0.0602 0.1142 "
            "0.0000 0.0000 0.0000 0.0533"
        ),
    ),
    Golden(
        "resnet50",
        "layer3",
        none=(
            "104.9376 35.9542 122.1664 13.8054 "
            "37.9756 86.0040 41.2768 33.2727 "
            "162.2341 43.7923 217.6270 16.5062 "
            "15.8571 37.3304 17.5101 13.7501"
        ),
        dual=(
            "0.0000 0.5634 0.0000 0.5895 "
            "0.4180 2.4056 1.9336 1.5646 "
            "0.0000 1.8890 3.1413 0.8602 "
            "0.5574 1.6210 0.9057 0.7170"
        ),
    ),
    Golden(
        "densenet121",
        "features.transition2",
        none=(
            "31.4632 57.3386 60.8610 37.1476 "
            "53.9034 93.7034 99.9526 63.7640 "
            "57.0453 85.0718 97.1638 68.1735 "
            "37.9997 56.7186 60.7624 38.9216"
        ),
        dual=(
            "0.0000 0.0000 0.1916 0.0000 "
            "0.0000 0.0000 0.0000 0.3662 "
            "0.1722 0.5416 0.3667 1.9163 "
            "1.1344 1.0009 0.9984 1.5887"
        ),
    ),
)


def numbers(key: str, shape: tuple[int, ...]) -> Tensor:
    generator = np.random.RandomState(zlib.crc32(key.encode()))
    return torch.from_numpy(generator.standard_normal(shape))


def network(name: str) -> nn.Module:
    net = import_torchvision().models.get_model(name, weights=None, num_classes=10)
    if name == "vgg16":  # its wide layers take memory and show nothing more
        net.classifier = nn.Sequential(
            nn.Linear(25088, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 10)
        )
    for key, weight in net.named_parameters():
        values = numbers(f"{name}.{key}", tuple(weight.shape))
        if weight.dim() > 1:
            values *= (2 / weight[0].numel()) ** 0.5
        elif key.endswith("weight"):
            values = 1 + values.clamp(-2, 2) / 4
        else:
            values /= 10
        weight.data = values
    return net.double().eval().requires_grad_(requires_grad=False)


def image() -> Tensor:
    return nn.functional.interpolate(numbers("image", (1, 3, 16, 16)), size=64, mode="bilinear")


def thousandths(figures: str) -> Tensor:
    return torch.tensor([float(figure) for figure in figures.split()]).double().reshape(4, 4)


@pytest.mark.parametrize("golden", GOLDEN, ids=[golden.name for golden in GOLDEN])
def test_maps_are_the_published_ones(golden: Golden) -> None:
    net, batch = network(golden.name), image()
    engine = ExcitationBackprop(net, golden.layer, batch, residual="signed")
    recording = engine.record(batch)
    for contrast, figures in ((NoContrast(), golden.none), (DualContrast(), golden.dual)):
        found = engine.explain(recording, torch.tensor([3]), contrast).maps[0, 0]
        torch.testing.assert_close(found * 1000, thousandths(figures), rtol=0, atol=5.1e-5)
