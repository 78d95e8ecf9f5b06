"""From what evidence on a label is suggested at all: fitted to images that taught nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..card import ModelCard
from ..card_parts import PRESENCE_PARTS, PresenceSpec
from ..presence import Familiar, head_weights, parts_of
from .examples import Examples, normalised
from .heads import fit_heads

KEPT = 0.97
"""Share of the images with a label that keep their suggestions: the operating point."""
_RIDGE = 1e-3
_FARTHER = 1.2
"""How much farther than any familiar image one may be before it is called unfamiliar."""


_BATCH = 32


def presence_of(
    network: nn.Module, card: ModelCard, taught: Examples, chosen: Examples
) -> tuple[PresenceSpec, Familiar] | None:
    """Learn what is familiar of the images that taught, and when to say nothing of others.

    Parameters
    ----------
    network : nn.Module
        As it was trained; set to evaluation mode.
    card : ModelCard
    taught, chosen : Examples
        `chosen` with their regions erased, and another place.

    Returns
    -------
    PresenceSpec and Familiar, or None where nothing was erased of the examples

    Raises
    ------
    CheckpointError
        If the network's last layer does not read the mean of the map layer's channels.
    """
    if chosen.erased is None or chosen.elsewhere is None or not chosen.with_regions:
        return None
    places = chosen.with_regions
    features, _ = _read(network, card, taught.inputs)
    weights = head_weights(network, features.shape[1])
    familiar = Familiar.of(features.mean((2, 3)), taught.truth)
    both = [chosen.inputs[places], chosen.elsewhere[places], chosen.erased[places]]
    parts = [parts_of(weights.cpu(), *_read(network, card, inputs), familiar) for inputs in both]
    has = torch.arange(3 * len(places)) < 2 * len(places)
    return fit_presence(torch.cat(parts), has), familiar


@torch.no_grad()
def _read(network: nn.Module, card: ModelCard, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return features (N, C, h, w) at the map layer and outputs (N, L) of inputs, on the CPU."""
    features: list[Tensor] = []
    outputs: list[Tensor] = []
    device = next(network.parameters()).device
    hook = (
        network.eval()
        .get_submodule(card.map_layer)
        .register_forward_hook(
            lambda _module, _inputs, output: features.append(output.float().cpu())
        )
    )
    try:
        for some in torch.split(inputs, _BATCH):
            batch = normalised(some.to(device).float() / 255, card.input)
            outputs.append(network(batch).float().cpu())
    finally:
        hook.remove()
    return torch.cat(features), torch.cat(outputs)


def fit_presence(parts: Tensor, has: Tensor) -> PresenceSpec:
    """Fit the presence of a label.

    By logistic regression; the point is the one that keeps `KEPT` of the images with a label.

    Parameters
    ----------
    parts : Tensor, shape (N, 4)
        What presence is judged by (`models.presence.parts_of`).
    has : Tensor, shape (N,)
        Whether an image has a label; some have, and some have not.
    """
    truth = has.float()[:, None]
    factors = fit_heads(parts[None], truth, _RIDGE).what[0]
    values = {name: round(float(v), 5) for name, v in zip(PRESENCE_PARTS, factors, strict=True)}
    rounded = parts.new_tensor([values[name] for name in PRESENCE_PARTS])
    point = torch.quantile((parts @ rounded)[has], 1 - KEPT)
    return PresenceSpec(
        **values,
        point=round(float(point), 4),
        unfamiliar=round(float(parts[:, -1].max()) * _FARTHER, 2),
    )
