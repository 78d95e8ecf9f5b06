"""What a network's arithmetic allows, whoever explains it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def share_above(network: nn.Module, layer: str, batch: Tensor) -> float:
    """Return the share of the network's multiply-adds that is above a layer."""
    seen: list[int] = []
    counter = FlopCounterMode(display=False)
    handle = network.get_submodule(layer).register_forward_hook(
        lambda *_: seen.append(counter.get_total_flops())
    )
    with counter, torch.no_grad():
        network(batch[:1])
    handle.remove()
    return 1 - seen[0] / counter.get_total_flops()
