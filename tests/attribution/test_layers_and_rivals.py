"""Several map layers in one sweep, targets in portions, and the contrast against the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.errors import InputError, TargetError
from models.excitation import (
    DualContrast,
    ExcitationBackprop,
    NoContrast,
    RestContrast,
    RivalContrast,
)

Build = Callable[[str], nn.Module]
Images = Callable[..., Tensor]
TARGETS = torch.tensor([1, 4, 6])
CONTRASTS = {
    "none": NoContrast(),
    "dual": DualContrast(),
    "rest": RestContrast(),
    "rival": RivalContrast(torch.tensor([2])),
}


def test_one_sweep_gives_the_maps_of_all_layers(
    main_family: Any, built: Build, images: Images
) -> None:
    network, batch = built(main_family.name), images(main_family)
    engine = ExcitationBackprop(network, main_family.layers, batch)
    recording = engine.record(batch)
    swept = {name: engine.explain_layers(recording, TARGETS, c) for name, c in CONTRASTS.items()}
    for layer in main_family.layers:
        alone_engine = ExcitationBackprop(network, layer, batch)
        recording = alone_engine.record(batch)
        for name, contrast in CONTRASTS.items():
            assert tuple(swept[name]) == main_family.layers
            found = swept[name][layer]
            alone = alone_engine.explain(recording, TARGETS, contrast)
            torch.testing.assert_close(found.maps, alone.maps, rtol=1e-9, atol=1e-14)
            torch.testing.assert_close(
                found.explained_mass, alone.explained_mass, rtol=0, atol=1e-12
            )
    for name, contrast in CONTRASTS.items():
        top = swept[name][main_family.layers[0]]
        assert torch.equal(engine(batch, TARGETS, contrast).maps, top.maps), name


def test_layers_on_branches_that_do_not_see_each_other(built: Build) -> None:
    network = built("googlenet")
    batch = torch.randn(1, 3, 64, 64).double()
    layers = ("inception4a.branch1", "inception4a.branch2.1", "maxpool2")
    engine = ExcitationBackprop(network, layers, batch)
    found = engine.explain_layers(engine.record(batch), TARGETS, NoContrast())
    below = found["maxpool2"].explained_mass
    torch.testing.assert_close(below, torch.ones_like(below), rtol=0, atol=1e-12)
    parts = [found[layer].explained_mass for layer in layers[:2]]
    assert all(float(part.min()) > 0 for part in parts)
    assert float((parts[0] + parts[1]).max()) < 1  # the other branches carry the rest
    for layer, part in zip(layers, parts, strict=False):
        torch.testing.assert_close(found[layer].maps.sum((2, 3)), part, rtol=0, atol=1e-12)


def test_targets_in_portions_are_the_same(main_family: Any, built: Build, images: Images) -> None:
    network, batch = built(main_family.name), images(main_family)
    layer = main_family.layers[0]
    at_once = ExcitationBackprop(network, layer, batch)
    in_portions = ExcitationBackprop(network, layer, batch, targets_at_once=2)
    for name, contrast in CONTRASTS.items():
        whole, parts = (e(batch, TARGETS, contrast) for e in (at_once, in_portions))
        torch.testing.assert_close(parts.maps, whole.maps, rtol=1e-9, atol=1e-14)
        assert torch.equal(parts.explained_mass, whole.explained_mass), name


def test_explained_mass_means_the_same_whatever_the_contrast(
    family: Any, built: Build, images: Images
) -> None:
    """A contrast whose walks cancel lost no less of the target's own decision."""
    network, batch = built(family.name), images(family)
    engine = ExcitationBackprop(network, family.layers[-1], batch)
    recording = engine.record(batch)
    own = engine.explain(recording, TARGETS, NoContrast()).maps.sum((2, 3))
    for contrast in CONTRASTS.values():
        found = engine.explain(recording, TARGETS, contrast).explained_mass
        torch.testing.assert_close(found, own, rtol=0, atol=1e-12)
        if family.lossless:
            assert torch.equal(found, torch.ones_like(found)) or float((1 - found).max()) < 1e-12


class OneHidden(nn.Module):
    """A network whose walks can be added up by hand, with or without a score at the end."""

    def __init__(self, score: nn.Module, columns: int = 4) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.stem = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU())
        self.head = nn.Linear(5, columns)
        self.score = score

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.head(self.stem(x).mean((2, 3))))


@pytest.mark.parametrize(
    "score", [nn.Identity(), nn.Softmax(1), nn.Sigmoid()], ids=["logits", "softmax", "sigmoid"]
)
def test_the_rest_weighs_by_the_softmax_of_the_other_logits(score: nn.Module) -> None:
    network = OneHidden(score).double().eval()
    batch = torch.randn(2, 3, 6, 6, dtype=torch.float64)
    engine = ExcitationBackprop(network, "stem", batch)
    found = engine(batch, torch.tensor([2, 0]), RestContrast())
    logits = network.head(network.stem(batch).mean((2, 3)))
    plain = engine(batch, torch.arange(4), NoContrast()).maps
    for image in range(2):
        for place, column in enumerate((2, 0)):
            others = [c for c in range(4) if c != column]
            weights = logits[image, others].exp()
            weights = weights / weights.sum()
            rest = sum(w * plain[image, c] for w, c in zip(weights, others, strict=True))
            torch.testing.assert_close(
                found.maps[image, place],
                (plain[image, column] - rest).clamp(min=0),
                rtol=1e-9,
                atol=1e-14,
            )


def test_two_labels_rest_is_the_rival() -> None:
    network = OneHidden(nn.Identity(), columns=2).double().eval()
    batch = torch.randn(2, 3, 6, 6, dtype=torch.float64)
    engine = ExcitationBackprop(network, "stem", batch)
    rest = engine(batch, torch.tensor([0]), RestContrast()).maps
    rival = engine(batch, torch.tensor([0]), RivalContrast(torch.tensor([1]))).maps
    torch.testing.assert_close(rest, rival, rtol=1e-12, atol=1e-15)


def test_what_cannot_be_asked_of_the_engine() -> None:
    network = OneHidden(nn.Identity(), columns=1).eval()
    batch = torch.randn(1, 3, 6, 6)
    engine = ExcitationBackprop(network, "stem", batch)
    with pytest.raises(TargetError, match="no rest"):
        engine(batch, torch.tensor([0]), RestContrast())
    with pytest.raises(InputError, match="0 map layers"):
        ExcitationBackprop(network, [], batch)
    with pytest.raises(InputError, match="0 targets at once"):
        ExcitationBackprop(network, "stem", batch, targets_at_once=0)
