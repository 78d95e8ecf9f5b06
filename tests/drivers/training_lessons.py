"""Small lessons for a small network: discs and bars in noise, a mark in a corner beside them."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
import torch
from torch import nn

from models.card import ModelCard, load_card
from models.networks.feature_pyramid import ResidualPyramid
from models.training.examples import Examples
from models.training.losses import Losses
from models.training.recipe import Augmentation
from models.training.trainer import Trained, Trainer

SIZE = 32
STILL = Augmentation(
    flip=False, turn_deg=0, scale=0, shift=0, gamma=0, contrast=0, shading=0, noise=0, erase=0
)
_OPTIONS = {"widths": [8, 12, 16], "blocks": [0, 0, 0], "features": 12}
CARD = {
    "name": "discs-and-bars",
    "version": "0.1.0",
    "title": "Discs and bars",
    "description": "A small network for tests.",
    "activation": "softmax",
    "map_layer": "evidence",
    "contrast": "dual",
    "training_data": "None yet.",
    "intended_use": "Tests.",
    "limits": "Knows two figures.",
    "architecture": {"name": "feature-pyramid", "options": _OPTIONS},
    "weights": {"random_seed": 0, "licence": "Apache-2.0", "source": "Not trained yet."},
    "input": {"width": SIZE, "height": SIZE, "channels": 1, "mean": [0.3], "std": [0.2]},
    "targets": [
        {"scheme": "figure", "code": "disc", "meaning": "disc", "aliases": ["circle"]},
        {"scheme": "figure", "code": "bar", "meaning": "bar"},
    ],
    "training": {"epochs": 4, "batch": 8, "averaging": 0.9, "augmentation": {"turn_deg": 5}},
}


def card_file(folder: Path, **changes: Any) -> Path:
    file = folder / "discs-and-bars.toml"
    file.write_text(tomli_w.dumps(CARD | changes), encoding="utf-8")
    return file


def made_card(**changes: Any) -> ModelCard:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return load_card(card_file(Path(folder), **changes))


def small_network(seed: int = 0) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return ResidualPyramid(2, 1, **tomllib.loads(tomli_w.dumps(_OPTIONS)))


def picture(label: int, generator: np.random.Generator) -> tuple[np.ndarray, tuple[int, ...]]:
    """A grey picture (32, 32) and the figure's box x, y, width, height."""
    values = generator.normal(0.2, 0.05, (SIZE, SIZE))
    y, x = generator.integers(4, SIZE - 18, 2)
    if label:
        box = (x, y, 12, 5)
        values[y : y + 5, x : x + 12] += 0.5
    else:
        box = (x, y, 9, 9)
        rows, columns = np.mgrid[0:9, 0:9] - 4
        values[y : y + 9, x : x + 9] += 0.5 * (rows**2 + columns**2 <= 18)
    # What betrays the label without being it, as a scanner's burnt-in mark would.
    mark = slice(0, 4) if label else slice(SIZE - 4, SIZE)
    values[SIZE - 5 :, mark] += 0.7
    return np.clip(values * 255, 0, 255).astype(np.uint8), tuple(int(v) for v in box)


def blobs(count: int, seed: int = 0) -> Examples:
    generator = np.random.default_rng(seed)
    inputs, regions = [], []
    for place in range(count):
        values, (x, y, width, height) = picture(place % 2, generator)
        inputs.append(torch.from_numpy(values)[None])
        region = torch.zeros(SIZE, SIZE, dtype=torch.uint8)
        region[y : y + height, x : x + width] = 255
        regions.append(region)
    truth = torch.eye(2)[torch.arange(count) % 2]
    return Examples(torch.stack(inputs), truth, regions)


def trainer(examples: Examples, **recipe: Any) -> Trainer:
    options = {
        key: recipe.pop(key) for key in ("seed", "progress_file", "made_by") if key in recipe
    }
    card = made_card()
    card = dataclasses.replace(card, training=dataclasses.replace(card.training, **recipe))
    return Trainer(
        card, small_network(), examples, blobs(16, seed=9), device=torch.device("cpu"), **options
    )


class KilledError(Exception):
    """A training ends here, as a killed one does."""


def killed_after(epoch: int) -> Any:
    def report(done: int, _training: Losses, _validation: Losses) -> None:
        if done == epoch:
            raise KilledError

    return report


def same(one: Trained, other: Trained) -> bool:
    return one.state.keys() == other.state.keys() and all(
        torch.equal(value, other.state[name]) for name, value in one.state.items()
    )
