"""How a network is trained: the ``[training]`` table of a model card."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from ..toml_table import TomlTable

PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a training image may be moved and altered each time it is seen.

    Attributes
    ----------
    flip : bool
        Whether left and right may be exchanged.
    turn_deg : float
        Turned by at most so many degrees, to either side.
    scale : float
        Grown or shrunk by a factor between exp(-scale) and exp(scale).
    shift : float
        Moved by at most so much of half its width and height.
    gamma : float
        Grey values to the power of exp(-gamma) to exp(gamma).
    contrast : float
        Grey values times exp(-contrast) to exp(contrast).
    shading : float
        Standard deviation of the logarithm of a smooth field that the image is multiplied by, as
        the coils of an MR scanner shade it.
    noise : float
        Largest standard deviation of the noise that is added, white being 1.
    erase : float
        Share of the images of which a rectangle outside the regions is painted over.
    """

    flip: bool = True
    turn_deg: float = 15.0
    scale: float = 0.2
    shift: float = 0.15
    gamma: float = 0.3
    contrast: float = 0.2
    shading: float = 0.1
    noise: float = 0.03
    erase: float = 0.2


@dataclass(frozen=True, slots=True)
class Start:
    """Published weights that a training begins from, for want of enough images of one's own.

    Attributes
    ----------
    file : str
        What the file is called; whoever trains has it and says where.
    sha256 : str
        Of the file, in lower-case hexadecimal.
    licence : str
        SPDX name, or in words.
    source : str
        Where the file is got, and what its network was trained on.
    """

    file: str
    sha256: str
    licence: str
    source: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    epochs : int
        Times that each image is seen, at most.
    patience : int
        Training ends after so many epochs that did not better the validation images' loss.
    batch : int
        Images a step.
    learning_rate : float
        The highest; it rises over the first epoch and falls along a cosine.
    weight_decay : float
        Of AdamW, on everything but biases and batch norms.
    label_smoothing : float
        Share of the truth that is spread over the other labels, of networks with a softmax.
    balance : float
        How far rare labels weigh more: by their number to the power of minus this, from 0 (not
        at all) to 1 (each label weighs the same).
    averaging : float
        The weights kept are a running mean of those trained, with this share of the old mean a
        step.
    plain, contrast, fill, rival, absent : float
        Weights of the evidence's losses (`models.training.evidence`) beside that of the labels.
        The last two, which ask *which* label a map is of, are not computed where both are 0.
    none : float
        Weight of the binary loss of every label by itself, on the images and on images without
        any: those of the folder, and images whose regions were erased. With 0 there are none.
    set_apart : float
        Share of the images to train on that choose the epoch and calibrate instead, so that those
        for validation do nothing but judge; with 0, these choose as well.
    precision : str
        ``float32``, or ``bfloat16`` for the forward pass, faster where the processor has it.
    augmentation : Augmentation
    start : Start or None
        What it begins from; None for weights of chance.
    """

    epochs: int = 24
    patience: int = 8
    batch: int = 24
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    balance: float = 0.5
    averaging: float = 0.99
    plain: float = 0.25
    contrast: float = 0.25
    fill: float = 0.1
    rival: float = 0.0
    absent: float = 0.0
    none: float = 0.0
    set_apart: float = 0.0
    precision: str = "float32"
    augmentation: Augmentation = field(default_factory=Augmentation)
    start: Start | None = None


def read_recipe(table: TomlTable) -> Recipe:
    """Read ``[training]``; what it leaves out is as usual."""
    usual = Recipe()

    def count(key: str) -> int:
        return table.integer(key, getattr(usual, key), least=1)

    def number(key: str, most: float, least: float = 0.0) -> float:
        return table.number(key, getattr(usual, key), least=least, most=most)

    recipe = Recipe(
        epochs=count("epochs"),
        patience=count("patience"),
        batch=count("batch"),
        learning_rate=number("learning_rate", 1.0, least=1e-7),
        weight_decay=number("weight_decay", 1.0),
        label_smoothing=number("label_smoothing", 0.5),
        balance=number("balance", 1.0),
        averaging=number("averaging", 0.9999),
        plain=number("plain", 100.0),
        contrast=number("contrast", 100.0),
        fill=number("fill", 100.0),
        rival=number("rival", 100.0),
        absent=number("absent", 100.0),
        none=number("none", 100.0),
        set_apart=number("set_apart", 0.5),
        precision=table.choice("precision", PRECISIONS, usual.precision),
        augmentation=_read_augmentation(table.table("augmentation", required=False)),
        start=_read_start(table.table("start", required=False)) if "start" in table else None,
    )
    table.close()
    return recipe


def _read_start(table: TomlTable) -> Start:
    start = Start(
        file=table.text("file"),
        sha256=table.sha256("sha256"),
        licence=table.text("licence"),
        source=table.text("source"),
    )
    table.close()
    return start


def _read_augmentation(table: TomlTable) -> Augmentation:
    usual = Augmentation()
    most = {"turn_deg": 180.0, "erase": 1.0, "shift": 1.0}
    augmentation = Augmentation(
        flip=table.truth("flip", usual.flip),
        **{
            entry.name: table.number(
                entry.name, getattr(usual, entry.name), least=0.0, most=most.get(entry.name, 2.0)
            )
            for entry in fields(Augmentation)
            if entry.name != "flip"
        },
    )
    table.close()
    return augmentation
