"""Training *which* label a map is of, and *none*: what the two lessons reach and leave alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from training_lessons import (
    SIZE,
    STILL,
    KilledError,
    blobs,
    killed_after,
    picture,
    same,
    small_network,
    trainer,
)

from annotator.errors import NotFoundError
from annotator.suggest.inpainting import INPAINTINGS, erased, place_elsewhere
from annotator.workflows.labelled_folder import LabelledImage
from annotator.workflows.splitting import split_images
from models.errors import InputError
from models.excitation import DualContrast, ExcitationBackprop, RivalContrast
from models.training.evidence import contrast_named, evidence_losses
from models.training.examples import Examples
from models.training.none import judged_erased, none_loss, with_erased

WHICH = {"rival": 0.5, "absent": 0.5}
LONG = {
    "epochs": 40,
    "patience": 40,
    "batch": 16,
    "learning_rate": 0.005,
    "augmentation": STILL,
}


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def with_places_erased(examples: Examples) -> Examples:
    """The same examples, their figures erased, and another place as large."""
    generator = np.random.default_rng(0)
    without, elsewhere = [], []
    for values, region in zip(examples.inputs[:, 0].numpy(), examples.regions, strict=True):
        assert region is not None
        inside = region.numpy() > 0
        other = place_elsewhere(values, inside, generator)
        without.append(torch.from_numpy(erased(values, inside, "telea", generator))[None])
        moved = np.zeros_like(inside) if other is None else other
        elsewhere.append(torch.from_numpy(erased(values, moved, "telea", generator))[None])
    return dataclasses.replace(
        examples, erased=torch.stack(without), elsewhere=torch.stack(elsewhere)
    )


def energies(network: nn.Module, examples: Examples) -> tuple[float, float]:
    """Energy inside the region: of the absent label's map, and of the right one against it."""
    images, regions, truth = examples.batch(torch.arange(len(examples)), torch.device("cpu"))
    engine = ExcitationBackprop(network.eval(), "evidence", images)
    recording = engine.record(images)
    right = truth.argmax(1, keepdim=True)
    cover = functional.adaptive_avg_pool2d(regions, 8)[:, None]
    shares = []
    for targets, contrast in ((1 - right, DualContrast()), (right, RivalContrast(1 - right))):
        maps = engine.explain(recording, targets, contrast).maps
        inside = (maps * cover).sum((1, 2, 3)) / maps.sum((1, 2, 3)).clamp(min=1e-9)
        shares.append(float(inside.mean()))
    return shares[0], shares[1]


def test_the_map_of_a_label_that_is_absent_leaves_the_region() -> None:
    lessons, others = blobs(64, seed=1), blobs(32, seed=2)
    found = {}
    for name, weights in (("where", {}), ("which", WHICH)):
        teacher = trainer(lessons, **LONG, **weights)
        given = teacher.run()
        teacher._average.load_state_dict(given.state)
        found[name] = energies(teacher._average, others)
        if weights:
            assert given.validation[-1].absent < 0.7 * given.validation[0].absent
            assert given.validation[-1].rival < 0.7 * given.validation[0].rival
    assert found["which"][0] < 0.5 * found["where"][0]
    assert found["which"][1] > found["which"][0]


def test_what_asks_for_which_teaches_every_weight_below_the_map() -> None:
    examples, network = blobs(6), small_network().eval()
    images, regions, truth = examples.batch(torch.arange(6), torch.device("cpu"))
    engine = ExcitationBackprop(network, "evidence", images)
    cover = functional.adaptive_avg_pool2d(regions, 8)
    for part in ("rival", "absent"):
        network.zero_grad()
        recording = engine.record(images, create_graph=True)
        dual = contrast_named("dual", ())
        losses = evidence_losses(engine, recording, truth, cover, dual, which=True)
        getattr(losses, part).backward()
        untaught = [
            name
            for name, weight in network.named_parameters()
            if weight.grad is None or not bool(weight.grad.abs().sum() > 0)
        ]
        assert untaught == ["head.bias"]


def test_images_with_every_label_or_without_a_region_say_nothing_of_which() -> None:
    network, images = small_network().eval(), torch.rand(3, 1, SIZE, SIZE)
    engine = ExcitationBackprop(network, "evidence", images)
    cover = torch.full((3, 8, 8), 0.5)
    cover[2] = 0
    truth = torch.tensor([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    recording, dual = engine.record(images), contrast_named("dual", ())
    losses = evidence_losses(engine, recording, truth, cover, dual, which=True)
    assert (float(losses.rival), float(losses.absent)) == (0.0, 0.0)
    assert float(losses.plain) > 0


def test_without_their_weights_nothing_is_drawn_or_computed() -> None:
    """A recipe of before gives the weights of before: the random numbers are the same."""
    network, images = small_network().eval(), torch.rand(4, 1, SIZE, SIZE)
    engine = ExcitationBackprop(network, "evidence", images)
    recording, truth = engine.record(images), torch.eye(2)[torch.tensor([0, 1, 0, 1])]
    state = torch.get_rng_state()
    losses = evidence_losses(
        engine, recording, truth, torch.ones(4, 8, 8), contrast_named("dual", ())
    )
    assert torch.equal(state, torch.get_rng_state())
    assert (float(losses.rival), float(losses.absent)) == (0.0, 0.0)
    lessons = blobs(24)
    assert same(
        trainer(lessons, epochs=2).run(), trainer(with_places_erased(lessons), epochs=2).run()
    )


def test_a_training_of_which_and_none_that_was_stopped_ends_with_the_same_weights(
    tmp_path: Path,
) -> None:
    lessons, file = with_places_erased(blobs(24)), tmp_path / "run.pt"
    recipe = {**WHICH, "none": 0.5}
    whole = trainer(lessons, **recipe).run()
    with pytest.raises(KilledError):
        trainer(lessons, progress_file=file, **recipe).run(report=killed_after(2))
    went_on = trainer(lessons, progress_file=file, **recipe).run()
    assert same(whole, went_on)
    assert whole.validation == went_on.validation
    assert not same(whole, trainer(lessons).run())


def test_an_image_whose_figure_was_erased_comes_to_have_no_label() -> None:
    lessons, others = with_places_erased(blobs(64, seed=1)), with_places_erased(blobs(32, seed=2))
    teacher = trainer(lessons, **LONG, none=1.0)
    given = teacher.run()
    teacher._average.load_state_dict(given.state)
    images, truth = judged_erased(others, torch.arange(32), torch.device("cpu"))
    with torch.no_grad():
        chances = teacher._average(teacher._input(images)).sigmoid().amax(1)
    kept, gone = chances[: len(images) // 2], chances[len(images) // 2 :]
    assert float((gone < kept.quantile(0.05)).float().mean()) > 0.8
    assert float(none_loss(torch.full((2, 2), -9.0), torch.zeros(2, 2))) < 0.01
    assert not bool(truth[len(images) // 2 :].any())


def test_another_place_is_erased_of_some_images_and_others_are_seen_twice() -> None:
    examples = with_places_erased(blobs(200))
    examples = dataclasses.replace(
        examples, regions=[None if i < 20 else r for i, r in enumerate(examples.regions)]
    )
    assert examples.erased is not None
    places = torch.arange(200)
    torch.manual_seed(3)
    batch = examples.batch(places, torch.device("cpu"))
    images, regions, truth = with_erased(examples, places, batch)
    added = len(images) - 200
    assert 40 < added < 80
    assert not bool(truth[200:].any())
    assert not bool(regions[200:].any())
    assert torch.equal(truth[:200], batch[2])
    changed = (images[:200] != batch[0]).flatten(1).any(1)
    assert not bool(changed[:20].any())  # of nobody's region there is nothing to erase
    assert 60 < int(changed.sum()) < 120
    plain = dataclasses.replace(examples, erased=None, elsewhere=None)
    assert with_erased(plain, places, batch) is batch


def test_an_image_without_a_label_is_a_lesson_for_those_that_say_none() -> None:
    lessons = with_places_erased(blobs(24))
    truth = lessons.truth.clone()
    truth[:4] = 0
    empty = dataclasses.replace(lessons, truth=truth, regions=[None] * 4 + [*lessons.regions[4:]])
    with pytest.raises(InputError, match="no label or several"):
        trainer(empty)
    assert trainer(empty, epochs=1, none=0.5).run().training[0].none > 0


@pytest.mark.parametrize("kind", INPAINTINGS)
@pytest.mark.parametrize("deep", [False, True])
def test_what_was_erased_is_gone_and_nothing_else_is(kind: str, deep: bool) -> None:
    generator = np.random.default_rng(1)
    values, (x, y, width, height) = picture(0, generator)
    big = np.kron(values, np.ones((6, 6), np.uint8))
    pixels: Any = np.repeat(big[:, :, None], 3, 2)
    if deep:
        pixels = big.astype(np.uint16) * 257
    inside = np.zeros(big.shape, dtype=bool)
    inside[6 * y : 6 * (y + height), 6 * x : 6 * (x + width)] = True
    found = erased(pixels, inside, kind, generator)
    assert (found.shape, found.dtype) == (pixels.shape, pixels.dtype)
    white = np.iinfo(pixels.dtype).max
    assert pixels[inside].mean() > 0.4 * white
    assert found[inside].mean() < 0.3 * white
    far = np.ones_like(inside)
    far[max(0, 6 * y - 30) : 6 * (y + height) + 30, max(0, 6 * x - 30) : 6 * (x + width) + 30] = 0
    assert np.array_equal(found[far], pixels[far])
    assert np.array_equal(erased(pixels, np.zeros_like(inside), kind, generator), pixels)


def test_another_place_shows_something_and_does_not_meet_the_region() -> None:
    pixels = np.zeros((60, 60), np.uint8)
    pixels[:, 20:] = 100
    inside = np.zeros((60, 60), dtype=bool)
    inside[5:15, 25:37] = True
    for seed in range(20):
        other = place_elsewhere(pixels, inside, np.random.default_rng(seed))
        assert other is not None
        assert other.sum() == inside.sum()
        assert not (other & inside).any()
        assert pixels[other].mean() > 25
    everything = np.ones((60, 60), dtype=bool)
    assert place_elsewhere(pixels, everything, np.random.default_rng(0)) is None
    assert place_elsewhere(pixels, ~everything, np.random.default_rng(0)) is None


def labelled(count: int, subject: str = "") -> list[LabelledImage]:
    return [
        LabelledImage(
            Path(f"{place}.png"),
            labels=("disc" if place % 40 < 20 else "bar",),
            split="val" if place >= count - 40 else "train",
            subject=subject and f"{subject}{place // 7}",
        )
        for place in range(count)
    ]


def test_who_chooses_is_set_apart_of_those_that_teach_and_nobody_of_those_that_judge() -> None:
    images = labelled(440)
    split = split_images(images, 0)
    assert split.choosing == split.validation
    assert split.choosing_apart(0.0, 0) is split
    apart = split.choosing_apart(0.1, 0)
    assert apart.validation == split.validation
    assert len(apart.choosing) == 40
    assert {*apart.training, *apart.choosing} == {*split.training}
    rows = sorted(int(image.path.stem) for image in apart.choosing)
    assert all(row // 20 * 20 in rows for row in rows)  # neighbours stay together
    assert {image.labels for image in apart.choosing} == {("disc",), ("bar",)}
    assert "0.1 of those to train on set apart" in apart.how
    with pytest.raises(NotFoundError, match="at least 5"):
        split_images(labelled(80), 0).choosing_apart(0.1, 0)


def test_by_subject_where_subjects_are_known() -> None:
    apart = split_images(labelled(440, "p"), 0).choosing_apart(0.2, 0)
    teaching, choosing = ({i.subject for i in some} for some in (apart.training, apart.choosing))
    assert not teaching & choosing
    assert 70 <= len(apart.choosing) <= 90
