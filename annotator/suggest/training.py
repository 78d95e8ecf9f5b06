"""Train a card's classifier: from lessons to a weights file and a card beside it."""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor, nn

from models.architectures import load_network
from models.card import ModelCard, card_path
from models.card_parts import Calibration, Weights
from models.checkpoints import read_checkpoint
from models.devices import choose_device
from models.errors import ModelError
from models.training.calibration import calibrated, operating_points
from models.training.examples import Examples
from models.training.losses import Losses
from models.training.presence import presence_of
from models.training.start import begin_from
from models.training.trainer import Trained, Trainer

from ..errors import SuggestError
from .card_files import write_card
from .cards import open_card
from .lessons import Lessons

Progress = Callable[[int, int], None]
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainingChoices:
    """What a person chooses of a training; the rest is the card's.

    Attributes
    ----------
    regions : int or None
        On how many training images the regions are used, 0 for none; None for all.
    seed : int
        Of everything random.
    epochs : int or None
        In place of the card's.
    fine_tune : bool
        Whether to begin from the card's weights, not from random ones.
    start : Path or None
        The file of published weights that the card says it begins from (``[training.start]``).
    resume : bool
        Whether to go on where a stopped training was; `start` is not read again.
    device : str
        ``auto`` (a GPU if there is one), ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    """

    regions: int | None = None
    seed: int = 0
    epochs: int | None = None
    fine_tune: bool = False
    start: Path | None = None
    resume: bool = False
    device: str = "auto"


def card_to_train(card: str | Path, choices: TrainingChoices) -> ModelCard:
    """Read the card that a training begins from, with the choices made.

    Raises
    ------
    SuggestError
        If there is no such card, it has mistakes, or does not begin from what was chosen.
    """
    found = open_card(card)
    if choices.fine_tune and found.weights.file is None:
        raise SuggestError(f"{found.name} has no weights to begin from; leave --fine-tune out.")
    if fault := _fault_of_start(found, choices):
        raise SuggestError(fault)
    if choices.epochs is not None:
        found = replace(found, training=replace(found.training, epochs=choices.epochs))
    return found


def _fault_of_start(card: ModelCard, choices: TrainingChoices) -> str:
    """Return why a training cannot begin from what was chosen; nothing if it can."""
    if choices.start is None:
        return ""
    if choices.fine_tune:
        return "--fine-tune begins from the card's weights and --start from others; leave one out."
    if card.training.start is None:
        return (
            f"{card.name} does not say that it begins from published weights; write "
            "[training.start] into the card, with file, sha256, licence and source, so that "
            "whoever uses it knows."
        )
    return ""


class Training:
    """A card's classifier being trained into a folder.

    Parameters
    ----------
    card : str or Path
        Name of a shipped card, or the path of a ``.toml`` file.
    folder : Path
        Takes the weights and the card; must hold no card of that name yet.
    choices : TrainingChoices

    Raises
    ------
    SuggestError
        If the card cannot be used, the folder holds what would be overwritten, or the network
        cannot begin from the file that was chosen.
    """

    def __init__(self, card: str | Path, folder: Path, choices: TrainingChoices) -> None:
        self.card = card_to_train(card, choices)
        self.choices = choices
        self.card_file = folder / f"{self.card.name}.toml"
        self._weights_file = folder / f"{self.card.name}.safetensors"
        self._progress_file = folder / f"{self.card.name}.training.pt"
        self._values: dict[str, Any] = tomllib.loads(card_path(card).read_text(encoding="utf-8"))
        if self.card_file.exists():
            raise SuggestError(
                f"{self.card_file.name} is in the output folder already; choose another folder, "
                "or remove it."
            )
        if self._progress_file.exists() and not choices.resume:
            raise SuggestError(
                f"The output folder holds a training that was stopped ({self._progress_file.name})"
                "; add --resume to go on with it, or remove the file to begin anew."
            )
        self._begun = None if self._progress_file.exists() else self._begin()

    def run(
        self,
        training: Lessons,
        validation: Lessons,
        made_by: str,
        progress: Progress,
        report: Report,
    ) -> int:
        """Train, and write the weights and a card that has no figures yet.

        Parameters
        ----------
        training, validation : Lessons
        made_by : str
            What else the training depends on (the data), in words or as a hash.
        progress : callable
        report : callable
            Takes a sentence after each epoch.

        Returns
        -------
        int
            On how many training images regions were used.

        Raises
        ------
        SuggestError
            If the network cannot be trained or explained, or a stopped training is another's.
        """
        examples, chosen = self._lesson(training.examples())
        try:
            network, begins = self._begun or (load_network(self._fresh()), "")
            if begins:
                report(begins)
            trainer = Trainer(
                self.card,
                network,
                examples,
                validation.examples(),
                device=choose_device(self.choices.device),
                seed=self.choices.seed,
                progress_file=self._progress_file,
                made_by=f"{made_by} {chosen} {self._fresh().weights.sha256}",
            )
            trained = trainer.run(progress, _sentences(self.card, report))
        except ModelError as error:
            raise SuggestError(str(error)) from error
        self._write(trained, validation.examples())
        if self.card.training.none:
            self._judge_presence(trainer.network, examples, validation.examples(), report)
        return chosen

    def _judge_presence(
        self, network: nn.Module, taught: Examples, chosen: Examples, report: Report
    ) -> None:
        """Write from what evidence on anything is suggested into the card and the weights file."""
        try:
            found = presence_of(network, self.card, taught, chosen)
        except ModelError as error:
            report(f"when to say nothing is not judged: {error}")
            return
        if found is not None:
            spec, familiar = found
            self._values["presence"] = asdict(spec)
            self._write_weights(
                safetensors.torch.load_file(self._weights_file) | familiar.tensors()
            )
            self._write_card()

    def finish(self, training_data: str, measured: Sequence[dict[str, Any]]) -> None:
        """Write into the card what it was trained on and what was measured; end the training."""
        self._values["training_data"] = training_data
        self._values["measured"] = list(measured)
        self._write_card()
        self._progress_file.unlink(missing_ok=True)

    def _begin(self) -> tuple[nn.Module, str] | None:
        """Return the network with the published weights, and a sentence; None if from chance."""
        start, file = self.card.training.start, self.choices.start
        if start is None or self.choices.fine_tune:
            return None
        if file is None or not file.is_file():
            given = "" if file is None else f"; there is no file {file}"
            raise SuggestError(
                f"{self.card.name} begins from published weights{given}; give the file "
                f"{start.file} with --start. Where it is from: {start.source}"
            )
        try:
            network = load_network(self._fresh())
            found = begin_from(network, read_checkpoint(file, start.sha256), file.name)
        except ModelError as error:
            raise SuggestError(str(error)) from error
        chance = f"; from chance: {', '.join(found.chance)}" if found.chance else ""
        said = f"begins from {found.taken} of {found.given} tensors of {file.name}{chance}"
        return network, said

    def _fresh(self) -> ModelCard:
        """Return the card with the weights that training begins with, but for published ones."""
        if self.choices.fine_tune:
            return self.card
        fresh = Weights(None, self.choices.seed, "", "", "")
        return replace(self.card, weights=fresh)

    def _lesson(self, examples: Examples) -> tuple[Examples, int]:
        """Return the examples with regions on as many as was asked for, and how many these are."""
        places = examples.with_regions
        if self.choices.regions is None or self.choices.regions >= len(places):
            return examples, len(places)
        drawn = random.Random(self.choices.seed).sample(places, self.choices.regions)  # noqa: S311
        return examples.keeping_regions(drawn), len(drawn)

    def keep(
        self,
        state: dict[str, Tensor],
        calibration: Calibration,
        points: Sequence[float | None],
        source: str,
    ) -> None:
        """Write the weights, and a card that has no figures yet.

        Parameters
        ----------
        state : dict of str to Tensor
        calibration : Calibration
        points : sequence of float or None
            Operating point of each target; empty where targets exclude each other.
        source : str
            Where the weights are from, beside command and seed; a clause.
        """
        card, values = self.card, self._values
        values["weights"] = {
            "file": self._weights_file.name,
            "sha256": "",
            "licence": _licence(card, self.choices),
            "source": f"annotator models train, seed {self.choices.seed}; {source}.",
        }
        values.pop("presence", None)  # of other weights
        self._write_weights(state)
        values["calibration"] = {
            "temperature": calibration.temperature,
            "offsets": dict(zip(card.codes, calibration.offsets, strict=True)),
        }
        for target, point in zip(values["targets"], points, strict=False):
            if point is not None:
                target["operating_point"] = point
        values["measured"] = []
        values.pop("reliability", None)  # of the weights before
        self._write_card()

    def _write_weights(self, state: dict[str, Tensor]) -> None:
        content = safetensors.torch.save(state)
        self._weights_file.write_bytes(content)
        self._values["weights"]["sha256"] = hashlib.sha256(content).hexdigest()

    def _write(self, trained: Trained, validation: Examples) -> None:
        points: Sequence[float | None] = ()
        if self.card.activation == "sigmoid":
            scores = calibrated(trained.outputs, trained.calibration).sigmoid()
            points = operating_points(scores, validation.truth)
        epochs = self.card.training.epochs
        self._values["training"] = self._values.get("training", {}) | {"epochs": epochs}
        source = f"the weights are those of epoch {trained.epoch} of {trained.epochs}"
        self.keep(trained.state, trained.calibration, points, source)

    def _write_card(self) -> None:
        write_card(self.card_file, self._values)


def joined_licences(*licences: str) -> str:
    """Return the SPDX expression that asks for all of some, each named once.

    One that offers a choice (``OR``) goes in brackets beside another: ``AND`` binds closer.
    """
    if len(set(licences)) == 1:
        return licences[0]
    terms = [
        term
        for licence in licences
        for term in ([f"({licence})"] if " OR " in licence else licence.split(" AND "))
    ]
    return " AND ".join(dict.fromkeys(terms))


def _licence(card: ModelCard, choices: TrainingChoices) -> str:
    """Return the licence of what was trained: the card's, and that of what it began from."""
    start = card.training.start
    if start is None or choices.fine_tune:
        return card.weights.licence
    return joined_licences(card.weights.licence, start.licence)


def _sentences(card: ModelCard, report: Report) -> Callable[[int, Losses, Losses], None]:
    def say(epoch: int, training: Losses, validation: Losses) -> None:
        report(
            f"epoch {epoch} of {card.training.epochs}: training {_in_words(training)}; "
            f"validation {_in_words(validation)}"
        )

    return say


def _in_words(losses: Losses) -> str:
    evidence = f", evidence {losses.plain:.3f} plain, {losses.contrast:.3f} contrastive, "
    which = f", {losses.rival:.3f} rival, {losses.absent:.3f} absent" if losses.rival else ""
    none = f", none {losses.none:.3f}" if losses.none else ""
    return f"labels {losses.label:.3f}{evidence}{losses.fill:.3f} unfilled{which}{none}"
