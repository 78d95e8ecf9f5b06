"""Networks by name: what a model card may ask for.

A name is looked up among our own networks first, then among torchvision's classifiers, then among
those that an installed package registers (entry points of the group ``PLUGINS``). It is never an
import path, so that a card cannot make the product load code that nobody installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .card import ONNX, ModelCard
from .card_parts import Architecture
from .checkpoints import load_parameters, read_checked, read_checkpoint
from .errors import CardError, CheckpointError
from .face_api.action_units import ActionUnitNet
from .face_api.networks import POINT_COORDINATES, FaceFeatureNet, TinyFaceDetectorNet
from .networks.efficientnet_lite import EfficientNetLitePyramid
from .networks.feature_pyramid import ResidualPyramid
from .presence import PREFIX
from .toml_table import did_you_mean
from .torchvision_on_cpu import import_torchvision

OURS: dict[str, Callable[..., nn.Module]] = {
    "face-api-expression": FaceFeatureNet,
    "face-api-landmarks": lambda _targets: FaceFeatureNet(POINT_COORDINATES),
    "face-api-action-units": ActionUnitNet,
    "face-api-detector": lambda _targets: TinyFaceDetectorNet(),
    "feature-pyramid": ResidualPyramid,
    "efficientnet-lite0-pyramid": EfficientNetLitePyramid,
}
"""Our networks: what builds each for a number of targets."""


PLUGINS = "excitation_annotator.architectures"
"""Entry points of this group are functions of the number of targets and the card's options."""


def architecture_names() -> list[str]:
    """Return every name that a card may give as its architecture."""
    return [*_shipped_names(), *sorted(_plugins())]


def _shipped_names() -> list[str]:
    import_torchvision()
    from torchvision import models

    return [*sorted(OURS), *sorted(models.list_models(module=models)), ONNX]


def _plugins() -> dict[str, EntryPoint]:
    """Return what installed packages register, but for the names that are ours already."""
    entries = {entry.name: entry for entry in entry_points(group=PLUGINS)}
    return {name: entries[name] for name in entries.keys() - set(_shipped_names())}


def build_network(
    architecture: Architecture, targets: int, channels: int | None = None
) -> nn.Module:
    """Build a network with fresh parameters.

    Parameters
    ----------
    architecture : Architecture
        Of the model card.
    targets : int
        Number of outputs.
    channels : int, optional
        Of the input, for networks that are made for as many as one likes. They have their own
        usual number where neither this nor the options say.

    Returns
    -------
    nn.Module

    Raises
    ------
    CardError
        If no network has that name, or it does not take the options.
    """
    name, options = architecture.name, dict(architecture.options)
    try:
        if name in OURS:  # first: torchvision takes seconds to import, and ours need none of it
            if "channels" in signature(OURS[name]).parameters:
                options |= _channels(options, channels)
            return OURS[name](targets, **options)
        if name not in architecture_names():
            raise CardError(
                f"architecture.name: {name!r} is not a network that is known here."
                f"{did_you_mean(name, architecture_names())} Ours are {', '.join(OURS)}; every "
                "classifier of torchvision is known by its name there, such as resnet18."
            )
        if name in _plugins():
            return _from_plugin(_plugins()[name], targets, options)
        return _from_torchvision(
            name, targets, {"channels": 3} | options | _channels(options, channels)
        )
    except (TypeError, ValueError) as error:
        raise CardError(
            f"architecture.options: {name} does not take {options!r} ({error})."
        ) from error


def _channels(options: Mapping[str, Any], channels: int | None) -> dict[str, int]:
    """Return the option that says the input's channels, if they are known."""
    if channels is None:
        return {}
    if options.get("channels", channels) != channels:
        raise CardError(
            f"architecture.options: channels is {options['channels']!r}, and the card's [input] "
            f"has {channels}; leave it out of the options, it is taken from there."
        )
    return {"channels": channels}


def _from_torchvision(name: str, targets: int, options: dict[str, Any]) -> nn.Module:
    from torchvision import models

    channels = options.pop("channels")
    network: nn.Module = models.get_model(name, weights=None, num_classes=targets, **options)
    if channels != 3:
        _replace_first_convolution(network, channels)
    return network


def _replace_first_convolution(network: nn.Module, channels: int) -> None:
    """Let a torchvision network take images of another number of channels."""
    place, old = next((n, m) for n, m in network.named_modules() if isinstance(m, nn.Conv2d))
    parent, _, name = place.rpartition(".")
    new = nn.Conv2d(
        channels,
        old.out_channels,
        old.kernel_size,  # type: ignore[arg-type]
        old.stride,  # type: ignore[arg-type]
        old.padding,  # type: ignore[arg-type]
        bias=old.bias is not None,
    )
    setattr(network.get_submodule(parent), name, new)


def _from_plugin(entry: EntryPoint, targets: int, options: dict[str, Any]) -> nn.Module:
    network = entry.load()(targets, **options)
    if not isinstance(network, nn.Module):
        raise CardError(
            f"architecture.name: the installed plug-in {entry.value} returns "
            f"{type(network).__name__} for {entry.name!r}, not a torch module; correct it."
        )
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
    if not card.present and card.weights.url:
        raise CheckpointError(
            f"The weights of {card.name} are not on this machine; fetch them once with: "
            f"annotator models fetch {card.reference}"
        )
    if card.architecture.name == ONNX and card.weights.file is not None:
        return _load_onnx(card, card.weights.file)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(card.weights.random_seed or 0)
        network = build_network(card.architecture, len(card.targets), card.input.channels)
    return with_parameters(network, card)


def with_parameters(network: nn.Module, card: ModelCard) -> nn.Module:
    """Load a card's parameters, if it has any, into a network, which is returned for inference.

    Raises
    ------
    CheckpointError
        If the weights cannot be read, or do not fit.
    """
    if card.weights.file is not None:
        state = {
            name: value
            for name, value in read_checkpoint(card.weights.file, card.weights.sha256).items()
            if card.presence is None or not name.startswith(PREFIX)
        }
        load_parameters(network, state, card.weights.file.name)
    return network.eval().requires_grad_(False)


def _load_onnx(card: ModelCard, file: Path) -> nn.Module:
    from .onnx import onnx_network  # a heavy library, for the networks that need it

    options = dict(card.architecture.options)
    output, columns = options.pop("output", None), options.pop("columns", None)
    if options or not isinstance(output, str | None) or not isinstance(columns, int | None):
        raise CardError(
            "architecture.options: an ONNX network takes output (a text) and columns (a number), "
            f"not {dict(card.architecture.options)!r}."
        )
    data = read_checked(file, card.weights.sha256)
    size = (card.input.channels, card.input.height, card.input.width)
    network = onnx_network(data, file.name, size, output=output, columns=columns)
    if network.activation not in (None, card.activation):
        raise CardError(
            f"activation: is {card.activation}, and {file.name} ends with {network.activation}; "
            "write that into the card."
        )
    return network
