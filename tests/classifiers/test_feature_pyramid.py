"""The network with the fine last grid: where its cells lie, and that all of it can be explained."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from models.alignment import grid_geometry
from models.errors import CardError
from models.excitation import ExcitationBackprop, NoContrast
from models.networks.feature_pyramid import ResidualPyramid, _doubled


@pytest.fixture(scope="module")
def network() -> ResidualPyramid:
    torch.manual_seed(0)
    return ResidualPyramid(3, widths=(8, 8, 12, 16), blocks=(0, 1, 0, 1), features=8).eval()


@pytest.mark.parametrize(
    ("layer", "stride"), [("evidence", 4), ("stages.0", 2), ("stages.1", 4), ("stages.3", 16)]
)
def test_every_grid_lies_evenly_on_the_input(
    network: ResidualPyramid, layer: str, stride: int
) -> None:
    found = grid_geometry(network, layer, 1)
    assert (found.x, found.y, found.cell_width, found.cell_height) == (0, 0, stride, stride)


def test_all_its_layers_carry_all_of_the_evidence(network: ResidualPyramid) -> None:
    batch = torch.rand(2, 1, 64, 64)
    for layer in ("evidence", "stages.0"):
        found = ExcitationBackprop(network, layer, batch)(batch, torch.arange(3), NoContrast())
        torch.testing.assert_close(found.maps.sum((2, 3)), torch.ones(2, 3), rtol=1e-4, atol=1e-4)
    # Between the pyramid's sides mass divides; each takes a part, and none of it twice.
    sides = ["laterals.0", "laterals.1", "laterals.2"]
    parts = ExcitationBackprop(network, sides, batch).explain_layers(
        ExcitationBackprop(network, sides, batch).record(batch), torch.arange(3), NoContrast()
    )
    assert all(0 < float(found.explained_mass.mean()) < 1 for found in parts.values())


def test_doubling_is_the_nearest_interpolation() -> None:
    x = torch.rand(2, 3, 4, 5)
    assert torch.equal(_doubled(x), functional.interpolate(x, scale_factor=2.0, mode="nearest"))


def test_stages_that_do_not_match_are_refused() -> None:
    with pytest.raises(CardError, match="as many of both"):
        ResidualPyramid(3, widths=(8, 8, 8), blocks=(1, 1))
