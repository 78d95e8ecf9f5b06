"""Training where a network looks: the losses, what they reach, and what they leave alone."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from training_lessons import SIZE, STILL, blobs, made_card, small_network, trainer

from models.alignment import GridGeometry
from models.excitation import ExcitationBackprop
from models.training.augmentation import augmented
from models.training.evidence import Cover, contrast_named, evidence_losses
from models.training.examples import Examples
from models.training.trainer import Trained, _stop_counting


def trained(examples: Examples, **recipe: object) -> tuple[nn.Module, Trained]:
    teacher = trainer(examples, **recipe)
    return teacher._average, teacher.run()


def energy_inside(network: nn.Module, examples: Examples, contrast: str) -> float:
    images, regions, truth = examples.batch(torch.arange(len(examples)), torch.device("cpu"))
    engine = ExcitationBackprop(network.eval(), "evidence", images)
    named = contrast_named(contrast, ("disc", "bar"))
    maps = engine(images, truth.argmax(1, keepdim=True), named).maps[:, 0]
    cover = functional.adaptive_avg_pool2d(regions, maps.shape[-2:])
    total = maps.sum((1, 2))
    return float(((maps * cover).sum((1, 2)) / total.clamp(min=1e-9)).mean())


def test_regions_bring_the_evidence_inside_on_images_never_seen() -> None:
    """The label can be read off a mark in a corner as well; regions say where to look."""
    lessons, others = blobs(64, seed=1), blobs(32, seed=2)
    figures = {}
    for name, examples in (("labels", lessons.keeping_regions([])), ("regions", lessons)):
        network, _ = trained(
            examples, epochs=40, patience=40, batch=16, learning_rate=0.005, augmentation=STILL
        )
        figures[name] = [energy_inside(network, others, kind) for kind in ("none", "dual")]
    for without, by_regions in zip(*figures.values(), strict=True):
        assert by_regions > 2.5 * without


def test_every_weight_below_the_map_is_taught() -> None:
    examples = blobs(6)
    network = small_network().eval()
    images, regions, truth = examples.batch(torch.arange(6), torch.device("cpu"))
    engine = ExcitationBackprop(network, "evidence", images)
    cover = functional.adaptive_avg_pool2d(regions, 8)
    for part in ("plain", "contrast", "fill"):
        network.zero_grad()
        recording = engine.record(images, create_graph=True)
        losses = evidence_losses(engine, recording, truth, cover, contrast_named("dual", ()))
        getattr(losses, part).backward()
        untaught = [
            name
            for name, weight in network.named_parameters()
            if weight.grad is None or not bool(weight.grad.abs().sum() > 0)
        ]
        assert untaught == ["head.bias"]  # Excitation Backprop leaves biases out


def test_without_regions_it_is_plain_training_to_the_bit() -> None:
    examples = blobs(24)
    two = {"epochs": 2, "augmentation": dataclasses.replace(STILL, turn_deg=5, noise=0.1)}
    _, none = trained(examples.keeping_regions([]), **two)
    _, zero = trained(examples, **two, plain=0.0, contrast=0.0, fill=0.0)
    _, full = trained(examples, **two)
    for name, value in none.state.items():
        assert torch.equal(value, zero.state[name]), name
    assert not torch.equal(none.state["head.weight"], full.state["head.weight"])
    assert none.training[0].plain == 0 < full.training[0].plain


def test_a_walk_in_training_mode_is_that_of_the_statistics_of_the_batch() -> None:
    network = small_network().eval()
    batch = torch.rand(5, 1, SIZE, SIZE)
    _stop_counting(network)
    engine = ExcitationBackprop(network, "evidence", batch)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(-1, 1)
            module.momentum = 1.0
    in_training = engine(network.train() and batch, torch.tensor([0, 1]))

    def biased(module: nn.Module, inputs: tuple[Tensor], _output: Tensor) -> None:
        module.running_var = inputs[0].var((0, 2, 3), correction=0)

    hooks = [
        m.register_forward_hook(biased) for m in network.modules() if isinstance(m, nn.BatchNorm2d)
    ]
    network(batch)
    for hook in hooks:
        hook.remove()
    found = ExcitationBackprop(network.eval(), "evidence", batch)(batch, torch.tensor([0, 1]))
    torch.testing.assert_close(found.outputs, in_training.outputs, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.maps, in_training.maps, rtol=1e-3, atol=1e-6)
    assert float(found.maps.sum()) > 0


def test_only_labels_that_an_image_has_and_contrasts_that_exist_are_judged() -> None:
    network, images = small_network().eval(), torch.rand(3, 1, SIZE, SIZE)
    engine = ExcitationBackprop(network, "evidence", images)
    cover = torch.ones(3, 8, 8)
    cover[2] = 0
    truth = torch.tensor([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    recording = engine.record(images)
    against = contrast_named("bar", ("disc", "bar"))
    losses = evidence_losses(engine, recording, truth, cover, against)
    assert losses.images == 2  # the third has no region
    # The region is the whole image: nothing is outside, whatever the map. Against itself "bar"
    # has no map, and is not judged.
    assert float(losses.plain) == pytest.approx(0, abs=0.01)
    assert float(losses.contrast) == pytest.approx(0, abs=0.01)
    nothing = evidence_losses(engine, recording, truth, torch.zeros(3, 8, 8), against)
    assert (nothing.images, float(nothing.plain), float(nothing.fill)) == (0, 0.0, 0.0)


@given(
    start=st.floats(-8, 8), size=st.floats(1.5, 9), cells=st.integers(2, 12), seed=st.integers(0, 9)
)
@settings(max_examples=60, deadline=None)
def test_cells_cover_what_lies_under_them(start: float, size: float, cells: int, seed: int) -> None:
    regions = torch.rand(1, 40, 40, generator=torch.Generator().manual_seed(seed))
    cover = Cover(GridGeometry(start, start, size, size), cells, cells, 40, 40)(regions)
    assert cover.shape == (1, cells, cells)
    row, column = seed % cells, (seed * 7) % cells
    edges = [(start + size * place, start + size * (place + 1)) for place in (row, column)]
    covered = 0.0
    for y in range(40):
        for x in range(40):
            (top, bottom), (left, right) = edges
            high, wide = min(bottom, y + 1) - max(top, y), min(right, x + 1) - max(left, x)
            covered += max(0, high) * max(0, wide) * float(regions[0, y, x])
    assert float(cover[0, row, column]) == pytest.approx(covered / size**2, abs=1e-4)


def test_regions_move_with_their_images_and_are_never_painted_over() -> None:
    torch.manual_seed(4)
    regions = torch.zeros(40, 32, 32)
    regions[:, 12:22, 8:16] = 1
    moving = dataclasses.replace(STILL, flip=True, turn_deg=20, scale=0.2, shift=0.2)
    images, moved = augmented(regions[:, None].clone(), regions, moving)
    assert torch.allclose(images[:, 0], moved, atol=1e-3)
    assert float((moved - regions).abs().amax((1, 2)).min()) > 0.5

    images, same = augmented(regions[:, None].clone(), regions, dataclasses.replace(STILL, erase=1))
    assert torch.equal(same, regions)
    assert bool((images[:, 0][regions > 0] > 0.999).all())
    assert int((images[:, 0] != regions).flatten(1).any(1).sum()) > 20

    still, _ = augmented(regions[:, None].clone(), regions, STILL)
    assert torch.allclose(still[:, 0], regions, atol=1e-3)


def test_a_card_names_its_contrast() -> None:
    card = made_card(contrast="rest")
    assert card.contrast == "rest"
    assert card.training.epochs == 4
