"""EfficientNet-Lite0 under a pyramid: its grids, its evidence, and published weights' names."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from models.alignment import grid_geometry
from models.excitation import ExcitationBackprop, NoContrast
from models.networks.efficientnet_lite import EfficientNetLitePyramid
from models.training.start import begin_from

PUBLISHED = {
    0: (32, 32, 16, 3),
    1: (16, 96, 24, 3),
    2: (24, 144, 24, 3),
    3: (24, 144, 40, 5),
    4: (40, 240, 40, 5),
    5: (40, 240, 80, 3),
    6: (80, 480, 80, 3),
    7: (80, 480, 80, 3),
    8: (80, 480, 112, 5),
    9: (112, 672, 112, 5),
    10: (112, 672, 112, 5),
    11: (112, 672, 192, 5),
}
"""Of each block: channels in, in its middle and out, and its kernel, as published."""
MARGINS = {1: (0, 1, 0, 1), 3: (2, 2, 2, 2), 5: (0, 1, 0, 1)}
"""Of the blocks that halve the grid; of the fourth, published weights know (1, 2, 1, 2)."""


def published() -> dict[str, Tensor]:
    """Random weights under the published names: of the stem, twelve blocks and the last layers."""

    def norm(name: str, width: int) -> dict[str, Tensor]:
        parts = ("weight", "bias", "running_mean", "running_var")
        return {f"{name}.{part}": torch.rand(width) for part in parts}

    state = {"_conv_stem.weight": torch.rand(32, 3, 3, 3), **norm("_bn0", 32)}
    for block, (before, middle, width, kernel) in PUBLISHED.items():
        name = f"_blocks.{block}"
        if block:
            state[f"{name}._expand_conv.weight"] = torch.rand(middle, before, 1, 1)
            state |= norm(f"{name}._bn0", middle)
        state[f"{name}._depthwise_conv.weight"] = torch.rand(middle, 1, kernel, kernel)
        state |= norm(f"{name}._bn1", middle)
        state[f"{name}._project_conv.weight"] = torch.rand(width, middle, 1, 1)
        state |= norm(f"{name}._bn2", width)
    return state | norm("_bn1", 1280) | {"_fc.weight": torch.rand(1000, 1280)}


@pytest.fixture(scope="module")
def network() -> EfficientNetLitePyramid:
    torch.manual_seed(0)
    return EfficientNetLitePyramid(2, features=8).eval()


@pytest.mark.parametrize("stage", range(4))
def test_no_grid_lies_more_than_a_quarter_of_a_cell_off(
    network: EfficientNetLitePyramid, stage: int
) -> None:
    found, stride = grid_geometry(network, f"stages.{stage}", 1), 2 ** (stage + 1)

    assert (found.cell_width, found.cell_height) == (stride, stride)
    assert found.x == found.y
    assert abs(found.x) <= stride / 4


def test_its_evidence_is_a_quarter_of_the_input_and_whole(
    network: EfficientNetLitePyramid,
) -> None:
    batch = torch.rand(2, 1, 64, 64)
    found = ExcitationBackprop(network, "evidence", batch)(batch, torch.arange(2), NoContrast())

    assert found.maps.shape[-2:] == (16, 16)
    torch.testing.assert_close(found.maps.sum((2, 3)), torch.ones(2, 2), rtol=1e-4, atol=1e-4)


def test_it_is_explained_down_to_its_first_stage(network: EfficientNetLitePyramid) -> None:
    batch = torch.rand(1, 1, 64, 64)
    found = ExcitationBackprop(network, "stages.0", batch)(batch, torch.arange(2), NoContrast())

    assert found.maps.shape[-2:] == (32, 32)
    assert bool((found.maps >= 0).all())
    assert bool((found.maps.sum((2, 3)) > 0).all())


def test_its_blocks_compute_what_the_published_ones_do_on_shifted_grids() -> None:
    """Said anew in functions, of the tensors as they are published."""
    theirs = published()
    for value in theirs.values():
        if value.ndim == 4:  # so large that ReLU6 cuts some values off on either side
            value.copy_(torch.randn_like(value) * (4 / value[0].numel()) ** 0.5)
    network = EfficientNetLitePyramid(2, channels=3).eval()
    begin_from(network, theirs, "published")

    def convolved(x: Tensor, layer: str, norm: str, **how: int) -> Tensor:
        x = functional.conv2d(x, theirs[f"{layer}.weight"], **how)
        learned = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(x, *(theirs[f"{norm}.{part}"] for part in learned), eps=1e-3)

    x = torch.randn(1, 3, 64, 64)
    stem, *blocks = (block for stage in network.stages for block in stage)
    wanted = functional.relu6(convolved(x, "_conv_stem", "_bn0", stride=2, padding=1))
    torch.testing.assert_close(stem(x), wanted)
    for place, block in enumerate(blocks):
        name, x, (before, middle, width, kernel) = f"_blocks.{place}", wanted, PUBLISHED[place]
        if place:
            wanted = functional.relu6(convolved(x, f"{name}._expand_conv", f"{name}._bn0"))
        wanted = functional.pad(wanted, MARGINS.get(place, (kernel // 2,) * 4))
        spread = {"stride": 2 if place in MARGINS else 1, "groups": middle}
        wanted = convolved(wanted, f"{name}._depthwise_conv", f"{name}._bn1", **spread)
        wanted = convolved(functional.relu6(wanted), f"{name}._project_conv", f"{name}._bn2")
        if before == width and place not in MARGINS:
            wanted = wanted + x
        torch.testing.assert_close(block(x), wanted)
    assert place == 10
    assert wanted.shape[-2:] == (4, 4)


def test_published_weights_have_a_place_each() -> None:
    theirs = published()
    network = EfficientNetLitePyramid(2, channels=3)
    ours = network.from_published(theirs)
    wanted = {
        name: value.shape
        for name, value in network.stages.state_dict(prefix="stages.").items()
        if value.is_floating_point()
    }

    assert {name: ours[name].shape for name in wanted} == wanted
    assert len(ours) == len(theirs)
    rest = {name for name in ours if name not in wanted}
    assert all(name.startswith(("_blocks.11.", "_bn1.", "_fc.")) for name in rest)
    stem, last = "_bn0.running_var", "_blocks.10._depthwise_conv.weight"
    assert ours["stages.0.0.norm.running_var"] is theirs[stem]
    assert ours["stages.3.5.each.0.weight"] is theirs[last]
    assert ours["stages.1.0.grow.0.weight"] is theirs["_blocks.1._expand_conv.weight"]
    assert ours["stages.2.1.shrink.1.bias"] is theirs["_blocks.4._bn2.bias"]
