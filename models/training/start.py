"""Begin a network from published weights, as far as they fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..errors import CheckpointError


@runtime_checkable
class Published(Protocol):
    """A network whose published weights have other names than its own."""

    def from_published(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return published weights under the network's names."""
        ...


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a network took from published weights.

    Attributes
    ----------
    taken, given : int
        How many of the published tensors have a place in the network, and how many there are.
    chance : tuple of str
        The network's modules that keep their weights of chance, as few names as say it.
    """

    taken: int
    given: int
    chance: tuple[str, ...]


def begin_from(network: nn.Module, state: Mapping[str, Tensor], name: str) -> Beginning:
    """Copy published weights into a network, each into the parameter of its name and shape.

    A first convolution that was made for red, green and blue and is needed for grey gets the sum
    of the three: what it said of a grey picture in colour, it says of the grey picture, as long
    as all three colours were normalised alike.

    Parameters
    ----------
    network : nn.Module
        Changed in place. If it is `Published`, it says how the names translate.
    state : mapping of str to Tensor
    name : str
        What to call the file in messages.

    Returns
    -------
    Beginning

    Raises
    ------
    CheckpointError
        If nothing fits, or a number that is taken is not finite, or a variance negative.
    """
    if isinstance(network, Published):
        state = network.from_published(state)
    own, published = _numbers(network.state_dict()), _numbers(state)
    taken: dict[str, Tensor] = {}
    for key, value in own.items():
        given = published.get(key)
        if given is not None and given.shape != value.shape and _is_grey(given, value):
            given = given.sum(1, keepdim=True)
        if given is not None and given.shape == value.shape:
            taken[key] = given
    if not taken:
        raise CheckpointError(
            f"Nothing in {name} has the name and the shape of a parameter of the card's network: "
            f"it has {_example(published)}, the network {_example(own)}. Name the architecture "
            "that the file is of in the card, or begin from other weights."
        )
    bad = [
        key
        for key, value in taken.items()
        if not torch.isfinite(value).all() or (key.endswith("running_var") and value.min() < 0)
    ]
    if bad:
        raise CheckpointError(
            f"The weights in {name} hold numbers that are not finite, or negative variances, in "
            f"{', '.join(bad)}; get the file again from its source."
        )
    network.load_state_dict(taken, strict=False)
    chance = _outermost([key for key in own if key not in taken], taken)
    return Beginning(len(taken), len(published), tuple(chance))


def _numbers(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what training can change or learn; counts of batches are no such thing."""
    return {key: value for key, value in state.items() if value.is_floating_point()}


def _example(state: Mapping[str, Tensor]) -> str:
    first = next(iter(state.items()), None)
    return f"{first[0]} {tuple(first[1].shape)} and more" if first else "no numbers"


def _is_grey(given: Tensor, value: Tensor) -> bool:
    """Return whether kernels are of colours, and those wanted are the same but of grey."""
    return given.ndim == 4 and given.shape[1] == 3 and given[:, :1].shape == value.shape


def _outermost(left: list[str], taken: Mapping[str, Tensor]) -> list[str]:
    """Return the outermost modules that hold nothing taken, for parameters that were left."""
    found: list[str] = []
    for key in left:
        parts = key.split(".")
        prefixes = (".".join(parts[: end + 1]) for end in range(len(parts)))
        outermost = next(
            prefix
            for prefix in prefixes
            if not any(t == prefix or t.startswith(f"{prefix}.") for t in taken)
        )
        if outermost not in found:
            found.append(outermost)
    return found
