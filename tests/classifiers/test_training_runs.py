"""A training as a run: seeded, stopped and gone on with, refused where it would be another's."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from training_lessons import KilledError, blobs, killed_after, same, trainer

from models.card_parts import Calibration
from models.errors import CheckpointError, InputError, ModelError
from models.training.calibration import calibrated, fit_calibration, operating_points
from models.training.losses import LabelLoss
from models.training.recipe import Recipe
from models.training.schedule import Schedule


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_killed_and_gone_on_with_it_is_the_training_that_never_stopped(tmp_path: Path) -> None:
    lessons, file = blobs(24), tmp_path / "run.pt"
    whole = trainer(lessons).run()
    for epoch in (1, 3):
        with pytest.raises(KilledError):
            trainer(lessons, progress_file=file).run(report=killed_after(epoch))
    seen: list[tuple[int, int]] = []
    went_on = trainer(lessons, progress_file=file).run(lambda *done: seen.append(done))
    assert same(whole, went_on)
    assert whole.validation == went_on.validation
    assert whole.calibration == went_on.calibration
    assert seen[0][0] > 3 * 24  # the first three epochs were not done again
    assert seen[-1] == (4 * 24, 4 * 24)


def test_the_seed_is_all_that_is_random(tmp_path: Path) -> None:
    lessons = blobs(24)
    torch.manual_seed(1)
    one = trainer(lessons, epochs=2).run()
    torch.manual_seed(2)
    state = torch.get_rng_state()
    assert same(one, trainer(lessons, epochs=2).run())
    assert torch.equal(state, torch.get_rng_state())  # nobody else's random numbers are used
    assert not same(one, trainer(lessons, epochs=2, seed=1).run())


def test_a_stopped_training_is_gone_on_with_by_nobody_else(tmp_path: Path) -> None:
    lessons, file = blobs(24), tmp_path / "run.pt"
    trainer(lessons, epochs=1, progress_file=file, made_by="data 1").run()
    for changes in ({"seed": 5, "epochs": 1}, {"epochs": 2}, {"epochs": 1, "made_by": "data 2"}):
        with pytest.raises(CheckpointError, match="another"):
            trainer(lessons, progress_file=file, **({"made_by": "data 1"} | changes))
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match="begin anew"):
        trainer(lessons, epochs=1, progress_file=file, made_by="data 1")
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]  # no half-written file is left


def test_it_stops_when_nothing_gets_better_and_returns_the_best_epoch() -> None:
    """Without a rate to learn at, nothing gets better after the first epoch."""
    still = trainer(blobs(24), epochs=12, patience=3, learning_rate=0.0, averaging=0.999).run()
    assert still.epochs <= still.epoch + 3 < 12
    found = trainer(blobs(24), epochs=8, learning_rate=0.1, averaging=0.0).run()
    totals = [check.total(Recipe()) for check in found.validation]
    assert totals.index(min(totals)) == found.epoch - 1


def test_weights_that_run_away_are_said_so() -> None:
    lessons = blobs(16)
    teacher = trainer(lessons)
    with torch.no_grad():
        teacher._network.get_parameter("head.weight").mul_(torch.inf)
    with pytest.raises(ModelError, match="learning_rate"):
        teacher.run()


def test_statistics_that_fail_behind_trainings_back_are_said_so() -> None:
    """In training, batch norms go by the batch: what they learned shows on validation only."""
    teacher = trainer(blobs(24), epochs=1)
    for module in teacher._average.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.fill_(-1e9)

    with pytest.raises(ModelError, match=r"validation images is no number after epoch 1"):
        teacher.run()


def test_an_epoch_without_a_number_does_not_cost_those_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    teacher = trainer(blobs(24), epochs=6)
    examine, calls = teacher._validate, []

    def failing_at_the_fourth() -> Any:
        calls.append(1)
        outputs, losses = examine()
        return outputs * (torch.nan if len(calls) == 4 else 1), losses

    monkeypatch.setattr(teacher, "_validate", failing_at_the_fourth)
    trained = teacher.run()

    totals = [check.total(Recipe()) for check in trained.validation]
    numbers = [total for total in totals if math.isfinite(total)]
    assert (len(totals), len(numbers)) == (6, 5)
    assert totals[trained.epoch - 1] == min(numbers)
    assert all(tensor.isfinite().all() for tensor in trained.state.values())


def test_lessons_that_do_not_fit_are_refused() -> None:
    lessons = blobs(8)
    with pytest.raises(InputError, match="one of each"):
        dataclasses.replace(lessons, truth=lessons.truth[:5])
    both = dataclasses.replace(lessons, truth=torch.ones(8, 2))
    with pytest.raises(InputError, match="8 examples have no label or several"):
        trainer(both)
    small = dataclasses.replace(lessons, inputs=lessons.inputs[..., :16])
    with pytest.raises(InputError, match="discs-and-bars takes"):
        trainer(small)


def test_calibration_finds_what_was_planted() -> None:
    torch.manual_seed(0)
    logits = torch.randn(4000, 3) * 2
    truth = torch.nn.functional.one_hot(torch.distributions.Categorical(logits=logits).sample(), 3)
    offsets = torch.tensor([1.0, -1.0, 0.0])
    fitted = fit_calibration(logits * 3 - offsets, truth.float(), "softmax")
    assert fitted.temperature == pytest.approx(3, rel=0.1)
    found = torch.tensor(fitted.offsets)
    assert torch.allclose(found - found.mean(), offsets, atol=0.3)

    yes = (torch.rand(4000, 2) < torch.sigmoid(logits[:, :2])).float()
    fitted = fit_calibration(logits[:, :2] / 2 + 1, yes, "sigmoid")
    assert fitted.temperature == pytest.approx(0.5, rel=0.15)
    assert torch.tensor(fitted.offsets).add(1).abs().max() < 0.15
    again = calibrated(logits, Calibration(2.0, (0.0, 1.0, 0.0)))
    assert torch.allclose(again[:, 1], (logits[:, 1] + 1) / 2)


def test_operating_points_part_those_who_have_it_from_those_who_do_not() -> None:
    scores = torch.tensor([[0.1, 0.9, 0.3], [0.2, 0.1, 0.3], [0.6, 0.2, 0.3], [0.8, 0.3, 0.3]])
    truth = torch.tensor([[0.0, 1, 1], [0, 0, 1], [1, 0, 1], [1, 0, 1]])
    points = operating_points(scores, truth)
    assert points[0] == pytest.approx(0.4)
    assert points[1] == pytest.approx(0.6)
    assert points[2] is None  # all have it


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_rare_labels_weigh_more(activation: str) -> None:
    truth = torch.eye(2)[torch.tensor([0] * 9 + [1])]
    wrong = torch.tensor([[5.0, -5.0]])
    rare, common = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
    even = LabelLoss(truth, activation, Recipe(balance=0.0, label_smoothing=0.0))
    fair = LabelLoss(truth, activation, Recipe(balance=1.0, label_smoothing=0.0))
    assert fair(wrong, rare) > even(wrong, rare)
    assert fair(-wrong, common) < fair(wrong, rare)


def test_the_learning_rate_rises_once_and_falls_to_the_end() -> None:
    schedule = Schedule(Recipe(epochs=5, learning_rate=0.1), 10)
    rates = [schedule.rate(step) for step in range(50)]
    top = rates.index(max(rates))
    assert 5 <= top <= 12
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[-1] < 0.002
