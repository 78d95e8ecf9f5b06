"""Model cards: what a network is, where its weights are, what goes in, what comes out.

A card is a TOML file: data, never code. An architecture is a registered name, never an import
path, and the weights lie in the card's folder. All problems of a card are reported at once.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .card_parts import (
    CONTRASTS,
    Architecture,
    Calibration,
    Figure,
    InputSpec,
    PresenceSpec,
    SuggestThresholds,
    Target,
    Weights,
    read_architecture,
    read_calibration,
    read_figure,
    read_input,
    read_presence,
    read_targets,
    read_thresholds,
)
from .card_reliability import Reliability, read_reliability
from .card_weights import read_weights
from .errors import CardError, TargetError
from .toml_table import TomlTable, did_you_mean
from .training.recipe import Recipe, read_recipe

CARDS_FOLDER = Path(__file__).parent / "cards"
WEIGHTS_FOLDER = Path(__file__).parent / "weights"

TASKS = ("classification", "face-detection", "face-landmarks")
ONNX = "onnx"
"""The architecture of a network whose weights file is an ONNX graph."""
ACTIVATIONS = ("softmax", "sigmoid")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A network as it is used: the content of a card file.

    Attributes
    ----------
    name, version, title, description : str
    task : str
        ``classification``, ``face-detection`` or ``face-landmarks``. Only a classifier has
        targets, an activation, a map layer and a contrast.
    architecture : Architecture
    weights : Weights
    input : InputSpec
    targets : tuple of Target
        One an output of the network, in order.
    activation : str
        ``softmax`` (the targets exclude each other) or ``sigmoid``.
    calibration : Calibration
        Corrects the outputs before the activation.
    map_layer : str
        Dotted name of the module at whose output the excitation map is read, or ``last HxW``:
        the last one whose output is a grid of H rows and W columns.
    contrast : str
        ``dual``, ``none``, ``rest`` or the code of a rival target.
    suggest : SuggestThresholds
    training : Recipe
        How it is trained, by who trains it again or on other images.
    training_data, intended_use, limits : str
    presence : PresenceSpec or None
        From what evidence on anything is suggested; None where it is whatever the evidence.
    shows : str
        Whether what it is for shows recognisable persons: ``nobody``, ``persons``, or empty.
    measured : tuple of Figure
    reliability : Reliability or None
        How often suggestions are right, if it was calibrated.
    reference : str
        How the card was named when it was read: its name, or the path of its file.
    """

    name: str
    version: str
    title: str
    description: str
    task: str
    architecture: Architecture
    weights: Weights
    input: InputSpec
    targets: tuple[Target, ...]
    activation: str
    calibration: Calibration
    map_layer: str
    contrast: str
    suggest: SuggestThresholds
    training: Recipe
    training_data: str
    intended_use: str
    limits: str
    measured: tuple[Figure, ...]
    presence: PresenceSpec | None = None
    shows: str = ""
    reliability: Reliability | None = None
    reference: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The targets' codes in order."""
        return tuple(target.code for target in self.targets)

    def index(self, name: str) -> int:
        """Return the output of a target's code or of one of its aliases, whatever its case.

        Raises
        ------
        TargetError
            If the card has no such target; the message lists those that exist.
        """
        outputs = {
            known.casefold(): output
            for output, target in enumerate(self.targets)
            for known in (target.code, *target.aliases)
        }
        try:
            return outputs[name.casefold()]
        except KeyError:
            raise TargetError(
                f"{self.name} has no target {name!r}.{did_you_mean(name, [*outputs])} "
                f"Its targets are {', '.join(self.codes)}."
            ) from None

    @property
    def trained(self) -> bool:
        """Whether the parameters were learned from data."""
        return self.weights.random_seed is None

    @property
    def present(self) -> bool:
        """Whether everything that loading needs is on this machine."""
        return not self.trained or (self.weights.file is not None and self.weights.file.is_file())


def shipped_cards(task: str = "classification", downloads: Path | None = None) -> list[ModelCard]:
    """Return the cards that ship with the product for a task, by name.

    Parameters
    ----------
    task : str
    downloads : Path, optional
        The folder that fetched weights lie in.

    Raises
    ------
    CardError
        If one of them has problems.
    """
    cards = (load_card(name, downloads) for name in _shipped_names())
    return [card for card in cards if card.task == task]


def card_path(name_or_path: str | Path) -> Path:
    """Return the file of a shipped card's name, or the path itself.

    Raises
    ------
    CardError
        If there is no shipped card of that name.
    """
    path = Path(name_or_path)
    shipped = isinstance(name_or_path, str) and path.suffix != ".toml"
    return _shipped(str(name_or_path)) if shipped else path


def load_card(name_or_path: str | Path, downloads: Path | None = None) -> ModelCard:
    """Read a model card.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped card, or the path of a ``.toml`` file.
    downloads : Path, optional
        The folder that fetched weights lie in; without it, a card whose weights are to be
        fetched can be read but not loaded.

    Returns
    -------
    ModelCard

    Raises
    ------
    CardError
        If there is no such card, or the file has problems; all of them are in the message.
    """
    path = card_path(name_or_path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CardError(
            f"The model card {path.name} cannot be read ({error.strerror}); "
            f"give the path of a .toml file or one of {', '.join(_shipped_names())}."
        ) from error
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are both ValueErrors
        raise CardError(f"The model card {path.name} is not TOML: {error}.") from error
    folder = WEIGHTS_FOLDER if path.parent.resolve() == CARDS_FOLDER else path.parent
    table = TomlTable(values)
    card = _read_card(table, folder, downloads)
    if table.problems:
        count = len(table.problems)
        listed = "\n".join(f"  - {problem}" for problem in table.problems)
        raise CardError(
            f"The model card {path.name} has {count} problem{'s' if count > 1 else ''}:\n{listed}"
        )
    return replace(card, reference=str(name_or_path))


@cache
def _shipped_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in CARDS_FOLDER.glob("*.toml")))


def _shipped(name: str) -> Path:
    names = _shipped_names()
    if name not in names:
        raise CardError(
            f"There is no model card {name!r}.{did_you_mean(name, names)} "
            f"The cards are {', '.join(names)}; a card of your own is given as PATH.toml."
        )
    return CARDS_FOLDER / f"{name}.toml"


def _read_card(table: TomlTable, folder: Path, downloads: Path | None) -> ModelCard:
    name = table.text("name")
    if name and not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
        table.complain("name", f"is {name!r}; use lower-case letters, digits and hyphens.")
        downloads = None
    task = table.choice("task", TASKS, TASKS[0])
    classifies = task == "classification"
    architecture = read_architecture(table.table("architecture"))
    targets = read_targets(table) if classifies else ()
    codes = tuple(target.code for target in targets)
    recipe = f"{architecture.name} {sorted(architecture.options.items())} {len(targets)}"
    card = ModelCard(
        name=name,
        version=table.text("version"),
        title=table.text("title"),
        description=table.text("description"),
        task=task,
        architecture=architecture,
        weights=read_weights(
            table.table("weights"), folder, recipe, downloads / name if downloads else None
        ),
        input=read_input(table.table("input")),
        targets=targets,
        activation=table.choice("activation", ACTIVATIONS) if classifies else "",
        calibration=read_calibration(table.table("calibration", required=False), codes),
        map_layer=table.text("map_layer") if classifies else "",
        contrast=table.choice("contrast", (*CONTRASTS, *codes), "dual") if classifies else "",
        suggest=read_thresholds(table.table("suggest", required=False)),
        training=read_recipe(table.table("training", required=False)),
        presence=read_presence(table.table("presence")) if "presence" in table else None,
        training_data=table.text("training_data"),
        intended_use=table.text("intended_use"),
        limits=table.text("limits"),
        shows=table.choice("shows", ("nobody", "persons"), ""),
        measured=tuple(read_figure(t) for t in table.tables("measured", required=False)),
        reliability=read_reliability(table.table("reliability", required=False), codes),
    )
    if card.reliability and card.reliability.weights_sha256 != card.weights.sha256:
        table.complain(
            "reliability", "is of other weights; run `annotator models calibrate`, or remove it."
        )
    named = card.weights.url or str(card.weights.file or "")
    if (architecture.name == ONNX) != named.endswith(".onnx"):
        table.complain(
            "architecture.name", f"is {architecture.name!r}; use 'onnx' for an .onnx file only."
        )
    if card.contrast == "rest" and len(targets) == 1:
        table.complain("contrast", "is 'rest', and one target has no rest; use dual or none.")
    table.close()
    return card
