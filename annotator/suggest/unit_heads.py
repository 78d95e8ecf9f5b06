"""Teach the heads of an Action Unit classifier, on the features of the landmark network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.alignment import grid_geometry
from models.architectures import load_network
from models.card import ModelCard, load_card
from models.card_parts import Calibration
from models.checkpoints import read_checkpoint
from models.errors import ModelError
from models.face_api.action_units import GRID, region_means
from models.face_api.networks import FaceFeatureNet
from models.training.calibration import calibrated, fit_calibration
from models.training.evidence import Cover
from models.training.examples import Examples, normalised
from models.training.heads import best_points, cross_validated, fit_with_mirrors

from ..errors import SuggestError
from .muscle_regions import muscle_regions, muscles_mask

ARCHITECTURE = "face-api-action-units"
_TRUNK_CARD = "face-landmarks"
_TRUNK = ("dense0.", "dense1.", "dense2.")
_BATCH = 64


@dataclass(frozen=True)
class TaughtUnits:
    """What teaching gave.

    Attributes
    ----------
    state : dict of str to Tensor
        Parameters for `models.face_api.action_units.ActionUnitNet`, heads fitted to all images.
    calibration : Calibration
    points : tuple of float
        Operating point of each target.
    scores : Tensor, shape (N, L)
        In [0, 1], calibrated: of each image by heads that saw nobody who is on it.
    """

    state: dict[str, Tensor]
    calibration: Calibration
    points: tuple[float, ...]
    scores: Tensor


def teach_units(
    card: ModelCard, examples: Examples, subjects: Sequence[str], seed: int
) -> TaughtUnits:
    """Fit heads to labelled faces, each to features where its unit's muscle moves the skin.

    Calibration and operating points are those of the scores by five-fold cross-validation over
    subjects; the heads that are kept are fitted to all images.

    Parameters
    ----------
    card : ModelCard
        Of the architecture ``face-api-action-units``; its targets are codes of FACS, its
        ``[training] weight_decay`` is the ridge.
    examples : Examples
        Faces at the card's input.
    subjects : sequence of str
        Who is on each.
    seed : int
        Of dealing the subjects into folds.

    Raises
    ------
    SuggestError
        If a target names no muscle of the face, the input is not that of the landmark network,
        a label is on every image or on none, or there are too few people.
    """
    trunk_card = load_card(_TRUNK_CARD)
    if card.input != trunk_card.input or trunk_card.weights.file is None:
        raise SuggestError(
            f"The heads of {card.name} read the features of {_TRUNK_CARD}; copy the [input] of "
            "that card into this one."
        )
    features, mirrored, landmarks = _features(trunk_card, examples)
    height, width = trunk_card.input.height, trunk_card.input.width
    geometry = grid_geometry(load_network(trunk_card), "dense2", trunk_card.input.channels)
    cells = Cover(geometry, GRID, GRID, height, width)(
        torch.stack([_how_often(code, landmarks, (height, width)) for code in card.codes])
    )
    where = cells / cells.sum((1, 2), keepdim=True)
    means, mirrored_means = region_means(features, where), region_means(mirrored, where)
    ridge, truth = card.training.weight_decay, examples.truth
    try:
        outputs = cross_validated(means, mirrored_means, truth, subjects, ridge=ridge, seed=seed)
        heads = fit_with_mirrors(means, mirrored_means, truth, ridge)
        weights = read_checkpoint(trunk_card.weights.file, trunk_card.weights.sha256)
    except ModelError as error:
        raise SuggestError(str(error)) from error
    calibration = fit_calibration(outputs, truth, card.activation)
    scores = calibrated(outputs, calibration).sigmoid()
    trunk = {name: value for name, value in weights.items() if name.startswith(_TRUNK)}
    head = {"head.what": heads.what, "head.where": where, "head.bias": heads.bias}
    return TaughtUnits(trunk | head, calibration, best_points(scores, truth), scores)


@torch.no_grad()
def _features(trunk_card: ModelCard, examples: Examples) -> tuple[Tensor, Tensor, Tensor]:
    """Return features (N, C, h, w) of faces and of their mirror images, and landmarks (N, 68, 2).

    The landmarks are in pixels of the network's input.
    """
    network = load_network(trunk_card)
    if not isinstance(network, FaceFeatureNet):
        raise SuggestError(f"{trunk_card.name} has other features than the heads are made for.")
    grids, mirrored, points = [], [], []
    for some in torch.split(torch.arange(len(examples)), _BATCH):
        faces = normalised(examples.inputs[some].float() / 255, trunk_card.input)
        grid = network.dense2(network.dense1(network.dense0(faces)))
        grids.append(grid)
        mirrored.append(network.dense2(network.dense1(network.dense0(faces.flip(-1)))))
        points.append(network.fc(torch.flatten(network.pool(network.dense3(grid)), 1)))
    size = torch.tensor([trunk_card.input.width, trunk_card.input.height])
    return torch.cat(grids), torch.cat(mirrored), torch.cat(points).reshape(-1, 68, 2) * size


def _how_often(code: str, landmarks: Tensor, shape: tuple[int, int]) -> Tensor:
    """Return on how many faces each pixel lies where a unit's muscle moves the skin, (H, W)."""
    total = np.zeros(shape, dtype=np.float32)
    for points in landmarks.numpy():
        total += muscles_mask(muscle_regions(code, points), shape)
    if not total.any():
        raise SuggestError(
            f"{code} names no muscle of the face whose region is known; remove the target."
        )
    return torch.from_numpy(total)
