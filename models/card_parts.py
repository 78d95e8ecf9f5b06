"""The parts of a model card, and how each is read from its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .toml_table import TomlTable

RESIZES = ("stretch", "pad")
CROPS = ("none", "face", "centre")
ALIGNMENTS = ("none", "eyes")
CONTRASTS = ("dual", "none", "rest")
"""What a map may be set against, beside the code of a rival target."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What builds the network.

    Attributes
    ----------
    name : str
        A name that `models.architectures` knows.
    options : mapping
        Keyword arguments of the builder.
    """

    name: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Weights:
    """Where the parameters come from.

    Attributes
    ----------
    file : Path or None
        The weights file, whether it is there yet or not; None for a network that is explicitly
        untrained.
    url : str or None
        Where the file is fetched from; None for a file that lies beside the card.
    size_bytes : int or None
        Of the file that is fetched, where it is known.
    convert : str
        How a person turns what is at the address, a pickled Python object that is never read here,
        into `file`; empty where it is loaded as it is.
    url_sha256 : str
        What the file at the address must hash to; empty where the card does not know.
    random_seed : int or None
        Seed of an untrained network's parameters.
    sha256 : str
        Of the file, in lower-case hexadecimal; empty where the card does not know it and nobody
        has accepted one. Of an untrained network: of its recipe
        (architecture, options, outputs and seed), so that every record can name its weights.
    licence : str
        SPDX name, or in words.
    source : str
        Where the weights came from.
    """

    file: Path | None
    random_seed: int | None
    sha256: str
    licence: str
    source: str
    url: str | None = None
    size_bytes: int | None = None
    convert: str = ""
    url_sha256: str = ""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What the network sees of an image.

    Attributes
    ----------
    width, height : int
        Size of the network's input in pixels.
    channels : int
        1 (grey) or 3 (red, green, blue).
    low, high : float
        What black and white become before the normalisation.
    resize : str
        ``stretch``: the part is brought to the input's size whatever its shape; ``pad``: the
        part grows to the input's shape first, by black where it leaves the image.
    crop : str
        ``none``: the whole image is the input; ``face``: a face box is; ``centre``: the largest
        part in its middle that has the input's shape.
    margin : float
        How much the box grows, as a share of its width and height; negative shrinks it.
    mean, std : tuple of float
        A channel each: the network's input is (value - mean) / std.
    alignment : str
        ``none``: a face box is taken upright; ``eyes``: turned about its middle until the eyes,
        as the landmark network finds them, are level.
    """

    width: int
    height: int
    channels: int
    low: float
    high: float
    resize: str
    crop: str
    margin: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    alignment: str = "none"


@dataclass(frozen=True, slots=True)
class Target:
    """An output of the network and the class it stands for.

    Attributes
    ----------
    scheme : str
        The vocabulary of the code, for example ``expression``.
    code : str
        Unique in the card.
    meaning : str
        What it says in words.
    aliases : tuple of str
        Other words for it, as data sets have them.
    operating_point : float or None
        The score, in [0, 1], from which the network says yes; None where nobody chose one.
    """

    scheme: str
    code: str
    meaning: str
    aliases: tuple[str, ...]
    operating_point: float | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the outputs are corrected before the activation: (output + offset) / temperature.

    It moves scores, never maps: Excitation Backprop leaves biases out.

    Attributes
    ----------
    temperature : float
        Above 1 for a network that is too sure of itself.
    offsets : tuple of float
        One a target, in order; for a network that says some target too often or too seldom.
    """

    temperature: float
    offsets: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SuggestThresholds:
    """When a map is worth showing, and how it is cut into regions.

    Attributes
    ----------
    min_score : float
        Least score of a label, in [0, 1].
    level : float
        Share of the map's maximum from which a pixel belongs to a region, in (0, 1).
    min_strength : float
        Least share of the map's energy in a region, in [0, 1].
    """

    min_score: float = 0.3
    level: float = 0.5
    min_strength: float = 0.1


PRESENCE_PARTS = ("peak", "output", "margin", "distance")
"""What the presence of a label is judged by, in the order of `models.presence.parts_of`."""


@dataclass(frozen=True, slots=True)
class PresenceSpec:
    """From what evidence on anything is suggested, and of which images nothing is.

    Attributes
    ----------
    peak : float
        Factor of the logarithm of the strongest cell: the map layer's features under the positive
        weights of a label, the largest of all labels and cells.
    output : float
        Factor of the largest output, before calibration.
    margin : float
        Factor of its distance from the next one; 0 of a card with one label.
    distance : float
        Factor of the distance of the image's features from those of familiar ones.
    point : float
        The sum of the four from which labels are suggested.
    unfamiliar : float
        The distance above which an image is called unfamiliar, and nothing is suggested.
    """

    peak: float
    output: float
    margin: float
    distance: float
    point: float
    unfamiliar: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that was measured.

    Attributes
    ----------
    figure : str
        For example ``accuracy``.
    value : float
    n : int
        How many images it was measured on.
    data : str
        Which images, and how.
    interval : tuple of float
        95 % confidence interval, low and high, or empty.
    """

    figure: str
    value: float
    n: int
    data: str
    interval: tuple[float, ...]


def read_architecture(table: TomlTable) -> Architecture:
    """Read ``[architecture]``."""
    architecture = Architecture(
        name=table.text("name"), options=table.table("options", required=False).values()
    )
    table.close()
    return architecture


def read_input(table: TomlTable) -> InputSpec:
    """Read ``[input]``."""
    channels = table.integer("channels", least=1)
    if channels not in (1, 3):
        table.complain("channels", f"is {channels}; use 1 (grey) or 3 (colour).")
    limits = table.numbers("range", (0.0, 1.0))
    if len(limits) != 2 or limits[0] >= limits[1]:
        table.complain("range", "give what black and white become, as in [0, 255].")
        limits = (0.0, 1.0)
    spec = InputSpec(
        width=table.integer("width", least=1),
        height=table.integer("height", least=1),
        channels=channels,
        low=limits[0],
        high=limits[1],
        resize=table.choice("resize", RESIZES, "stretch"),
        crop=table.choice("crop", CROPS, "none"),
        margin=table.number("margin", 0.0, least=-0.5, most=2.0),
        mean=table.numbers("mean"),
        std=table.numbers("std"),
        alignment=table.choice("alignment", ALIGNMENTS, "none"),
    )
    if spec.alignment != "none" and spec.crop != "face":
        table.complain("alignment", "is of faces; leave it out, or set crop = 'face'.")
    for key, values in (("mean", spec.mean), ("std", spec.std)):
        if key in table and len(values) != channels:
            table.complain(key, f"has {len(values)} numbers for {channels} channels; give as many.")
    if any(value <= 0 for value in spec.std):
        table.complain("std", "holds a number that is not positive; the input is divided by it.")
    table.close()
    return spec


def read_targets(table: TomlTable) -> tuple[Target, ...]:
    """Read every ``[[targets]]``; codes and aliases must differ, whatever their case."""
    targets: list[Target] = []
    taken: dict[str, str] = {}
    for entry in table.tables("targets"):
        target = Target(
            scheme=entry.text("scheme"),
            code=entry.text("code"),
            meaning=entry.text("meaning"),
            aliases=entry.texts("aliases", ()),
            operating_point=entry.optional_number("operating_point", least=0.0, most=1.0),
        )
        entry.close()
        if target.code in CONTRASTS:
            entry.complain("code", f"{target.code!r} is the name of a contrast; use another code.")
        for key, words in (("code", (target.code,)), ("aliases", target.aliases)):
            for word in filter(None, words):
                if word.casefold() in taken:
                    entry.complain(key, f"{word!r} is also {taken[word.casefold()]}; say it once.")
                taken[word.casefold()] = f"a word for {target.code!r}"
        targets.append(target)
    return tuple(targets)


def read_calibration(table: TomlTable, codes: tuple[str, ...]) -> Calibration:
    """Read ``[calibration]``; its ``offsets`` are a table of target codes."""
    given = table.table("offsets", required=False)
    bound = 100.0  # of an output; beyond it an offset would silence or fix a target
    offsets = tuple(given.number(code, 0.0, least=-bound, most=bound) for code in codes)
    calibration = Calibration(table.number("temperature", 1.0, least=0.01, most=bound), offsets)
    given.close()
    table.close()
    return calibration


def read_thresholds(table: TomlTable) -> SuggestThresholds:
    """Read ``[suggest]``; what it leaves out is as usual."""
    usual = SuggestThresholds()
    thresholds = SuggestThresholds(
        **{
            key: table.number(key, getattr(usual, key), least=0.0, most=1.0)
            for key in ("min_score", "min_strength")
        },
        level=table.number("level", usual.level, least=0.01, most=0.99),
    )
    for gone in ("min_explained_mass", "min_concentration"):  # earlier cards' gates never shut
        table.number(gone, 0.0, least=0.0, most=1.0)
    table.close()
    return thresholds


def read_presence(table: TomlTable) -> PresenceSpec:
    """Read ``[presence]``; all of it is needed."""
    spec = PresenceSpec(
        **{name: table.number(name, least=-1e6, most=1e6) for name in (*PRESENCE_PARTS, "point")},
        unfamiliar=table.number("unfamiliar", least=0.0, most=1e6),
    )
    table.close()
    return spec


def read_figure(table: TomlTable) -> Figure:
    """Read a ``[[measured]]``."""
    interval = table.numbers("interval", ())
    if interval and (len(interval) != 2 or interval[0] > interval[1]):
        table.complain("interval", "give the low and the high end of the 95 % interval.")
    figure = Figure(
        figure=table.text("figure"),
        value=table.number("value", least=0.0),
        n=table.integer("n", least=1),
        data=table.text("data"),
        interval=interval,
    )
    table.close()
    return figure
