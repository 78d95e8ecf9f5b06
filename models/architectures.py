"""Networks by name: what a model card may ask for.

A name is looked up among our own networks first, then among torchvision's classifiers. It is
never an import path, so that a card cannot make the product load code.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from .card import ModelCard
from .card_parts import Architecture
from .checkpoints import load_parameters, read_checkpoint
from .errors import CardError
from .face_api.networks import FaceFeatureNet, TinyFaceDetectorNet
from .networks.feature_pyramid import FeaturePyramid
from .toml_table import did_you_mean
from .torchvision_on_cpu import import_torchvision

OURS: dict[str, Callable[..., nn.Module]] = {
    "face-api-expression": FaceFeatureNet,
    "face-api-landmarks": lambda _targets: FaceFeatureNet(2 * 68),  # x and y of 68 points
    "face-api-detector": lambda _targets: TinyFaceDetectorNet(),
    "feature-pyramid": FeaturePyramid,
}
"""Our networks: what builds each for a number of targets."""


def architecture_names() -> list[str]:
    """Return every name that a card may give as its architecture."""
    import_torchvision()
    from torchvision import models

    return sorted(OURS) + sorted(models.list_models(module=models))


def build_network(architecture: Architecture, targets: int) -> nn.Module:
    """Build a network with fresh parameters.

    Parameters
    ----------
    architecture : Architecture
        Of the model card.
    targets : int
        Number of outputs.

    Returns
    -------
    nn.Module

    Raises
    ------
    CardError
        If no network has that name, or it does not take the options.
    """
    name, options = architecture.name, dict(architecture.options)
    if name not in architecture_names():
        raise CardError(
            f"architecture.name: {name!r} is not a network that is known here."
            f"{did_you_mean(name, architecture_names())} Ours are {', '.join(OURS)}; every "
            "classifier of torchvision is known by its name there, such as resnet18."
        )
    try:
        if name in OURS:
            return OURS[name](targets, **options)
        from torchvision import models

        network: nn.Module = models.get_model(name, weights=None, num_classes=targets, **options)
    except TypeError as error:
        raise CardError(
            f"architecture.options: {name} does not take {options!r} ({error})."
        ) from error
    else:
        return network


def load_network(card: ModelCard) -> nn.Module:
    """Build a card's network with the card's parameters, ready for inference.

    Parameters
    ----------
    card : ModelCard

    Returns
    -------
    nn.Module
        On the CPU, in evaluation mode, its parameters without gradients. An untrained network
        has the parameters of its seed; the process's random numbers are left alone.

    Raises
    ------
    CardError
        If the architecture is unknown.
    CheckpointError
        If the weights cannot be read, or do not fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(card.weights.random_seed or 0)
        network = build_network(card.architecture, len(card.targets))
    if card.weights.file is not None:
        state = read_checkpoint(card.weights.file, card.weights.sha256)
        load_parameters(network, state, card.weights.file.name)
    return network.eval().requires_grad_(False)
