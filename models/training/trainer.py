"""Train a network on labels and on regions: seeded, resumable, stopped early."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..card import ModelCard
from ..card_parts import Calibration
from ..errors import InputError, ModelError
from .augmentation import augmented
from .calibration import calibrated, fit_calibration, label_loss
from .checkpoint import read_progress, write_progress
from .evidence import EvidenceLosses
from .examples import Examples, normalised
from .losses import EvidenceJudge, LabelLoss, Losses
from .none import judged_erased, none_loss, with_erased
from .schedule import Schedule

Progress = Callable[[int, int], None]
"""Called with the number of images seen and the number of all that will be."""
Report = Callable[[int, Losses, Losses], None]
"""Called after an epoch with its number, from 1, and its losses in training and validation."""

_OF_EVIDENCE = ("plain", "contrast", "fill", "rival", "absent")
_CLIP = 5.0
"""Largest norm of a step's gradient."""


@dataclass(frozen=True)
class Trained:
    """What training gave.

    Attributes
    ----------
    state : dict of str to Tensor
        The network's parameters and buffers of the best epoch, on the CPU.
    calibration : Calibration
        Fitted to the validation examples.
    outputs : Tensor, shape (N, L)
        For the validation examples, before calibration.
    epoch, epochs : int
        The best epoch, counted from 1, and how many there were.
    training, validation : tuple of Losses
        One an epoch. The validation's label loss is of calibrated outputs.
    """

    state: dict[str, Tensor]
    calibration: Calibration
    outputs: Tensor
    epoch: int
    epochs: int
    training: tuple[Losses, ...]
    validation: tuple[Losses, ...]


class Trainer:
    """A training, from its first epoch or from where it was stopped.

    Parameters
    ----------
    card : ModelCard
        Says what is trained and how (its ``[training]``).
    network : nn.Module
        The card's, as training begins; it is trained in place.
    training, validation : Examples
    device : torch.device
    seed : int
        Of everything random. On one thread of one machine, the same seed gives the same weights.
    progress_file : Path, optional
        Kept after each epoch; a training whose file is there goes on from it.
    made_by : str
        What else the training depends on (the data), to tell its file from another's.

    Raises
    ------
    UnsupportedLayerError
        If the network cannot be explained.
    InputError
        If an image has several of labels that exclude each other.
    CheckpointError
        If the progress file is damaged, or another training's.
    """

    def __init__(
        self,
        card: ModelCard,
        network: nn.Module,
        training: Examples,
        validation: Examples,
        *,
        device: torch.device,
        seed: int = 0,
        progress_file: Path | None = None,
        made_by: str = "",
    ) -> None:
        for examples in (training, validation):
            _check(card, examples)
        _check_labels(card, training)
        self._card, self._recipe = card, card.training
        self._training, self._validation = training, validation
        self._device, self._seed, self._file = device, seed, progress_file
        self._made_by = f"{card.architecture} {card.input} {card.training} {seed} {made_by}"
        self._network = network.to(device).requires_grad_(requires_grad=True)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average = copy.deepcopy(self._network).requires_grad_(requires_grad=False)
        _stop_counting(self._network)
        with torch.random.fork_rng():  # locating cells builds layers, which start at random
            self._judge = EvidenceJudge(self._network, card, device)
            self._average_judge = EvidenceJudge(self._average, card, device)
        self._label_loss = LabelLoss(training.truth, card.activation, self._recipe)
        self._optimiser = _optimiser(self._network, self._recipe.weight_decay)
        steps = max(1, len(training) // self._recipe.batch)
        self._schedule = Schedule(self._recipe, steps)
        self._epoch, self._best, self._steps = 0, 0, 0
        self._best_state: dict[str, Tensor] = {}
        self._lessons: list[Losses] = []
        self._checks: list[Losses] = []
        self._resume()

    @property
    def network(self) -> nn.Module:
        """The network with the weights that were kept; those of the best epoch after `run`."""
        return self._average

    def run(self, progress: Progress | None = None, report: Report | None = None) -> Trained:
        """Train until the recipe's epochs are over or nothing gets better any more.

        Parameters
        ----------
        progress, report : callable, optional

        Raises
        ------
        ModelError
            If the loss is no longer a finite number.
        """
        total = self._recipe.epochs * len(self._training)
        while self._epoch < self._recipe.epochs and not self._exhausted():
            self._lessons.append(self._learn(progress, total))
            self._epoch += 1
            self._checks.append(self._examine())
            if self._is_best():
                self._best, self._best_state = self._epoch, _copied(self._average)
            self._keep()
            if report:
                report(self._epoch, self._lessons[-1], self._checks[-1])
        self._average.load_state_dict(self._best_state)
        outputs, _ = self._validate()
        return Trained(
            state=self._best_state,
            calibration=fit_calibration(outputs, self._validation.truth, self._card.activation),
            outputs=outputs,
            epoch=self._best,
            epochs=self._epoch,
            training=tuple(self._lessons),
            validation=tuple(self._checks),
        )

    def _learn(self, progress: Progress | None, total: int) -> Losses:
        """Show every training image once; return the mean losses."""
        with torch.random.fork_rng():
            torch.manual_seed(self._seed * 100_003 + self._epoch)
            order = torch.randperm(len(self._training))
            tally, seen = _Tally(), self._epoch * len(self._training)
            for places in order.tensor_split(self._schedule.steps_per_epoch):
                for group in self._optimiser.param_groups:
                    group["lr"] = self._schedule.rate(self._steps)
                tally.add(*self._step(places))
                seen += len(places)
                if progress:
                    progress(seen, total)
        return tally.means()

    def _step(self, places: Tensor) -> tuple[float, EvidenceLosses, int, float]:
        batch = self._training.batch(places, self._device)
        if self._recipe.none:
            batch = with_erased(self._training, places, batch)
        images, regions, truth = batch
        images, regions = augmented(images, regions, self._recipe.augmentation)
        self._network.train()
        with self._autocast():
            outputs, evidence = self._judge(self._input(images), regions, truth, gradients=True)
        label = self._label_loss(outputs, truth)
        recipe = self._recipe
        loss = label + recipe.plain * evidence.plain + recipe.contrast * evidence.contrast
        loss = loss + recipe.fill * evidence.fill
        if recipe.rival or recipe.absent:
            loss = loss + recipe.rival * evidence.rival + recipe.absent * evidence.absent
        none = none_loss(outputs, truth) if recipe.none else label.new_zeros(())
        if recipe.none:
            loss = loss + recipe.none * none
        if not bool(loss.isfinite()):
            raise ModelError(
                f"The loss is {float(loss.detach())} in epoch {self._epoch + 1}: the weights ran "
                "away. Lower learning_rate in the card's [training]."
            )
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), _CLIP)
        self._optimiser.step()
        # At first the mean follows closely: it began with weights of chance.
        keep = min(self._recipe.averaging, (1 + self._steps) / (10 + self._steps))
        _follow(self._average, self._network, keep)
        self._steps += 1
        return float(label.detach()), evidence, len(images), float(none.detach())

    def _input(self, images: Tensor) -> Tensor:
        batch = normalised(images, self._card.input)
        return batch.contiguous(memory_format=torch.channels_last)

    def _autocast(self) -> torch.autocast:
        lower = self._recipe.precision == "bfloat16"
        return torch.autocast(self._device.type, torch.bfloat16, enabled=lower)

    @torch.no_grad()
    def _validate(self) -> tuple[Tensor, Losses]:
        """Return the averaged network's outputs (N, L) and losses on the validation images."""
        with torch.random.fork_rng():
            torch.manual_seed(self._seed)  # absent labels are drawn, each time the same
            return self._validated()

    def _validated(self) -> tuple[Tensor, Losses]:
        self._average.eval()
        tally, outputs = _Tally(), []
        every = torch.arange(len(self._validation))
        for places in torch.split(every, self._recipe.batch):
            images, regions, truth = self._validation.batch(places, self._device)
            found, evidence = self._average_judge(
                self._input(images), regions, truth, gradients=False
            )
            outputs.append(found.cpu())
            tally.add(0.0, evidence, len(places), self._none_of(places))
        return torch.cat(outputs), tally.means()

    def _none_of(self, places: Tensor) -> float:
        """Return the loss of every label by itself on validation images with places erased."""
        if not self._recipe.none:
            return 0.0
        images, truth = judged_erased(self._validation, places, self._device)
        if not len(images):
            return 0.0
        return float(none_loss(self._average(self._input(images)).float(), truth))

    def _examine(self) -> Losses:
        with self._autocast():
            outputs, losses = self._validate()
        truth, activation = self._validation.truth, self._card.activation
        corrected = calibrated(outputs, fit_calibration(outputs, truth, activation))
        label = float(label_loss(corrected, truth, activation))
        found = replace(losses, label=label)
        if not self._best and not math.isfinite(found.total(self._recipe)):
            raise ModelError(
                f"The loss on the validation images is no number after epoch {self._epoch}: the "
                "weights ran away. Lower learning_rate in the card's [training], or begin from "
                "other weights."
            )
        return found

    def _is_best(self) -> bool:
        if not self._best:
            return True
        return self._loss_of(self._epoch) < self._loss_of(self._best)  # never one that is no number

    def _loss_of(self, epoch: int) -> float:
        return self._checks[epoch - 1].total(self._recipe)

    def _exhausted(self) -> bool:
        return self._epoch - self._best >= self._recipe.patience

    def _keep(self) -> None:
        if self._file is None:
            return
        write_progress(
            self._file,
            self._made_by,
            {
                "epoch": self._epoch,
                "best": self._best,
                "best_state": self._best_state,
                "network": self._network.state_dict(),
                "average": self._average.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "lessons": [asdict(losses) for losses in self._lessons],
                "checks": [asdict(losses) for losses in self._checks],
            },
        )

    def _resume(self) -> None:
        kept = None if self._file is None else read_progress(self._file, self._made_by)
        if kept is None:
            return
        self._epoch, self._best = kept["epoch"], kept["best"]
        self._best_state = kept["best_state"]
        self._steps = self._epoch * self._schedule.steps_per_epoch
        self._network.load_state_dict(kept["network"])
        self._average.load_state_dict(kept["average"])
        self._optimiser.load_state_dict(kept["optimiser"])
        self._lessons = [Losses(**losses) for losses in kept["lessons"]]
        self._checks = [Losses(**losses) for losses in kept["checks"]]


class _Tally:
    """Sums of losses, weighted by the images behind them."""

    def __init__(self) -> None:
        self._sums = dict.fromkeys(asdict(Losses()), 0.0)
        self._images = [0, 0]

    def add(self, label: float, evidence: EvidenceLosses, images: int, none: float) -> None:
        self._sums["label"] += label * images
        self._sums["none"] += none * images
        for name in _OF_EVIDENCE:
            self._sums[name] += float(getattr(evidence, name).detach()) * evidence.images
        self._images[0] += images
        self._images[1] += evidence.images

    def means(self) -> Losses:
        every, drawn = (max(1, count) for count in self._images)
        return Losses(
            **{
                name: total / (drawn if name in _OF_EVIDENCE else every)
                for name, total in self._sums.items()
            }
        )


def _check(card: ModelCard, examples: Examples) -> None:
    size = (card.input.channels, card.input.height, card.input.width)
    if tuple(examples.inputs.shape[1:]) != size or examples.truth.shape[1] != len(card.targets):
        raise InputError(
            f"Examples are {tuple(examples.inputs.shape[1:])} with {examples.truth.shape[1]} "
            f"labels; {card.name} takes {size} with {len(card.targets)}."
        )
    count = examples.truth.sum(1)
    several = int(((count > 1) | (count < (card.training.none == 0))).sum())
    if card.activation == "softmax" and several:
        raise InputError(
            f"{several} examples have no label or several, and the labels of {card.name} exclude "
            "each other; give one a picture, or use the activation sigmoid."
        )


def _check_labels(card: ModelCard, examples: Examples) -> None:
    """Refuse lessons that cannot teach a label: no image has it, or all have."""
    count = len(examples)
    for code, present in zip(card.codes, examples.truth.sum(0).tolist(), strict=True):
        if present in (0, count):
            raise InputError(
                f"{'All' if present else 'None'} of {count} training images have the label "
                f"{code!r}, so that it cannot be learned; give images with and without it, or "
                "leave it out of the card."
            )


def _optimiser(network: nn.Module, weight_decay: float) -> torch.optim.AdamW:
    parameters = list(network.parameters())
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups)


def _stop_counting(network: nn.Module) -> None:
    """Let batch norms do in training what they do in evaluation, call for call.

    A walk is of a forward pass whose calls are those that were planned. What batch norms count
    (batches, for a momentum that nobody set) is one call more in training; a walk depends on
    nothing else that differs, but on the signs of their factors.
    """
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.num_batches_tracked = None


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Move an average towards a network's parameters and buffers."""
    values = network.state_dict()
    for name, old in average.state_dict().items():
        if old.is_floating_point():
            old.lerp_(values[name], 1 - keep)


def _copied(network: nn.Module) -> dict[str, Tensor]:
    return {
        name: value.detach().cpu().clone().contiguous()
        for name, value in network.state_dict().items()
    }
