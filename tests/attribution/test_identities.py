"""The identities that hold on any network (DESIGN section 4), on every family."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.excitation import (
    Contrast,
    DualContrast,
    Excitation,
    ExcitationBackprop,
    NoContrast,
    RivalContrast,
)

Build = Callable[[str], nn.Module]
Images = Callable[..., Tensor]
TARGETS = torch.tensor([1, 4, 6])


@dataclass(frozen=True)
class From:
    """A walk from a given mass over the outputs."""

    prior: Tensor

    def seeds(self, prior: Tensor, logits: Tensor) -> dict[int, Tensor]:
        return {1: self.prior.to(prior).expand_as(prior)}


def relative(found: Tensor, expected: Tensor) -> float:
    """Largest difference over the largest value of each map."""
    scale = expected.abs().amax((2, 3)).clamp(min=1e-300)
    return float(((found - expected).abs().amax((2, 3)) / scale).max())


def test_mass_is_conserved_or_reported(family: Any, built: Build, images: Images) -> None:
    network, batch = built(family.name), images(family)
    for layer in family.layers:
        found = ExcitationBackprop(network, layer, batch)(batch, TARGETS, NoContrast())
        assert found.maps.min() >= 0
        torch.testing.assert_close(found.maps.sum((2, 3)), found.explained_mass, rtol=0, atol=1e-12)
        assert found.explained_mass.min() > 0
        if family.lossless:
            torch.testing.assert_close(
                found.explained_mass, torch.ones(2, 3, dtype=torch.float64), rtol=0, atol=1e-12
            )


def test_the_network_answers_as_ever(family: Any, built: Build, images: Images) -> None:
    network, batch = built(family.name), images(family)
    before = {name: item.clone() for name, item in network.state_dict().items()}
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in network.modules()]
    plain = network(batch)
    engine = ExcitationBackprop(network, family.layers[0], batch)
    for contrast in (NoContrast(), DualContrast()):
        assert torch.equal(engine(batch, TARGETS, contrast).outputs, plain)
    assert torch.equal(network(batch), plain)
    assert all(torch.equal(before[name], item) for name, item in network.state_dict().items())
    assert hooks == [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in network.modules()]


def test_contrast_is_the_difference_of_two_walks(family: Any, built: Build, images: Images) -> None:
    network, batch = built(family.name), images(family)
    engine = ExcitationBackprop(network, family.layers[0], batch)
    up, down = (engine(batch, torch.tensor([c]), NoContrast()).maps for c in (2, 5))
    found = engine(batch, torch.tensor([2]), RivalContrast(torch.tensor([5]))).maps
    torch.testing.assert_close(found, (up - down).clamp(min=0), rtol=0, atol=1e-12)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_some_images_of_a_recording_are_walked_as_if_alone(
    family: Any, built: Build, images: Images, layout: torch.memory_format
) -> None:
    network, two = built(family.name), images(family)
    batch = torch.cat([two, two.flip(3)]).contiguous(memory_format=layout)
    engine = ExcitationBackprop(network, family.layers[-1], two)
    recording = engine.record(batch)
    assert recording.of_images(range(4)) is recording
    whole = engine.explain(recording, TARGETS)
    some = engine.explain(recording.of_images([3, 1, 1]), TARGETS)
    for name in ("maps", "explained_mass", "outputs"):
        expected, found = getattr(whole, name)[[3, 1, 1]], getattr(some, name)
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("contrast", [NoContrast(), DualContrast()], ids=["none", "dual"])
def test_targets_and_images_do_not_see_each_other(
    family: Any, built: Build, images: Images, contrast: Contrast
) -> None:
    network, batch = built(family.name), images(family)
    engine = ExcitationBackprop(network, family.layers[-1], batch)
    together = engine(batch, TARGETS, contrast)
    own = torch.tensor([[1, 4, 6], [6, 6, 1]])
    for i in range(2):
        recording = engine.record(batch[i : i + 1])
        for t in range(3):
            alone = engine.explain(recording, TARGETS[t : t + 1], contrast)
            torch.testing.assert_close(together.maps[i, t], alone.maps[0, 0], rtol=1e-9, atol=1e-12)
            torch.testing.assert_close(
                together.explained_mass[i, t], alone.explained_mass[0, 0], rtol=0, atol=1e-12
            )
    each_its_own = engine(batch, own, contrast).maps
    torch.testing.assert_close(each_its_own[0], together.maps[0], rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(each_its_own[1], together.maps[1][[2, 2, 0]], rtol=1e-9, atol=1e-12)


def test_walk_is_linear_in_what_it_starts_from(
    main_family: Any, built: Build, images: Images
) -> None:
    network, batch = built(main_family.name), images(main_family)
    engine = ExcitationBackprop(network, main_family.layers[0], batch)
    columns = engine.record(batch).outputs.shape[1]
    generator = torch.Generator().manual_seed(3)
    one, other = torch.rand(2, columns, generator=generator, dtype=torch.float64)

    def maps(prior: Tensor) -> Tensor:
        return engine(batch, TARGETS[:1], From(prior / columns)).maps

    torch.testing.assert_close(
        maps(2 * one + 3 * other), 2 * maps(one) + 3 * maps(other), rtol=1e-9, atol=1e-14
    )


def test_single_precision_agrees_with_double(
    main_family: Any, built: Build, images: Images
) -> None:
    network, batch = built(main_family.name), images(main_family)
    single = copy.deepcopy(network).float()

    def explain(net: nn.Module, inputs: Tensor, contrast: Contrast) -> Excitation:
        return ExcitationBackprop(net, main_family.layers[-1], inputs)(inputs, TARGETS, contrast)

    exact = explain(network, batch, NoContrast()).maps
    found = explain(single, batch.float(), NoContrast()).maps
    assert found.dtype == torch.float32
    assert relative(found.double(), exact) < 1e-5
    # A contrast is a difference: its rounding is relative to what was subtracted.
    contrast = explain(network, batch, DualContrast()).maps
    single_contrast = explain(single, batch.float(), DualContrast()).maps.double()
    assert float((single_contrast - contrast).abs().max() / exact.abs().max()) < 1e-5


@pytest.mark.parametrize(
    ("name", "layer", "head"),
    [
        ("resnet18", "layer4", "fc"),
        ("resnet50", "layer4", "fc"),
        ("densenet121", "features.norm5", "classifier"),
        ("face-api-expression", "dense3", "fc"),
        ("googlenet", "inception5b", "fc"),
        ("regnet_x_400mf", "trunk_output", "fc"),
        ("squeezenet1_1", "features.12", "classifier.1"),
    ],
)
def test_head_on_a_global_average_is_the_class_activation_map(
    name: str, layer: str, head: str, built: Build
) -> None:
    network = built(name)
    size = 112 if name == "face-api-expression" else 64
    batch = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1)).double()
    features: list[Tensor] = []
    watcher = network.get_submodule(layer).register_forward_hook(
        lambda _module, _inputs, output: features.append(output.clone())
    )
    network(batch)
    watcher.remove()
    activations = features[0].clamp(min=0)  # DenseNet's last ReLU comes after its last layer
    weights = network.get_submodule(head).weight.flatten(1)[TARGETS]

    def cam(w: Tensor) -> Tensor:
        raw = torch.einsum("nchw,tc->nthw", activations, w.clamp(min=0))
        return raw / raw.sum((2, 3), keepdim=True)

    engine = ExcitationBackprop(network, layer, batch)
    plain = engine(batch, TARGETS, NoContrast()).maps
    torch.testing.assert_close(plain, cam(weights), rtol=1e-9, atol=1e-12)
    dual = engine(batch, TARGETS, DualContrast()).maps
    torch.testing.assert_close(
        dual, (cam(weights) - cam(-weights)).clamp(min=0), rtol=1e-9, atol=1e-12
    )
    assert dual.amax() > 0


def test_order_of_channels_does_not_matter(
    norms_randomised: Callable[..., nn.Module],
) -> None:
    torch.manual_seed(5)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.ReLU(),
        nn.Conv2d(4, 6, 3),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 5, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(5, 4),
    )
    norms_randomised(network, negative=0.5).double().eval()
    batch = torch.randn(2, 3, 16, 16, dtype=torch.float64)
    order = torch.randperm(6)
    shuffled = copy.deepcopy(network)
    shuffled[2].weight.data = network[2].weight.data[order]
    shuffled[2].bias.data = network[2].bias.data[order]
    for part in ("weight", "bias", "running_mean", "running_var"):
        getattr(shuffled[3], part).data = getattr(network[3], part).data[order]
    shuffled[6].weight.data = network[6].weight.data[:, order]
    targets = torch.tensor([0, 3])
    one, other = (
        ExcitationBackprop(net, "1", batch)(batch, targets).maps for net in (network, shuffled)
    )
    torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-14)
