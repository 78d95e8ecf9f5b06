"""Map layers by the size of their grid, for networks whose layers' names say nothing."""

from __future__ import annotations

import copy
import re
from collections import Counter
from dataclasses import dataclass
from typing import TypeGuard

import torch
from torch import Tensor, nn

from .errors import UnsupportedLayerError

_BY_GRID = re.compile(r"last (\d+)x(\d+)")


def find_map_layer(network: nn.Module, wanted: str, size: tuple[int, int, int]) -> str:
    """Return the module that a card's ``map_layer`` means.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode; it is neither changed nor hooked.
    wanted : str
        A dotted name, which is returned as it is, or ``last HxW``: the last module to finish
        whose output is a grid of H rows and W columns.
    size : (channels, height, width)
        Of the network's input.

    Raises
    ------
    UnsupportedLayerError
        If no module has such a grid; the message lists the grids that there are.
    """
    asked = _BY_GRID.fullmatch(wanted)
    if asked is None:
        return wanted
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    private = copy.deepcopy(network, shared)
    finished: list[tuple[str, object]] = []
    for name, module in private.named_modules():
        module.register_forward_hook(_Note(name, finished))
    device = next(network.parameters()).device
    with torch.no_grad():
        private(torch.zeros(1, *size, device=device))
    runs = Counter(name for name, _ in finished)
    by_grid = {
        (output.shape[2], output.shape[3]): name
        for name, output in finished
        if name and runs[name] == 1 and _is_grid(output)
    }
    grid = (int(asked[1]), int(asked[2]))
    if grid not in by_grid:
        listed = ", ".join(f"{rows}x{columns}" for rows, columns in by_grid)
        raise UnsupportedLayerError(
            f"No layer has a grid of {grid[0]}x{grid[1]} cells; there are {listed or 'none'}."
        )
    return by_grid[grid]


@dataclass(frozen=True)
class _Note:
    """Forward hook: what a module returned, in the order in which they finish."""

    name: str
    finished: list[tuple[str, object]]

    def __call__(self, _module: nn.Module, _inputs: object, output: object) -> None:
        self.finished.append((self.name, output))


def _is_grid(output: object) -> TypeGuard[Tensor]:
    return isinstance(output, Tensor) and output.dim() == 4
