"""A region is fitted to the edges near it, and stays as it is where there are none."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from drawn_slices import written_slice

from annotator.domain import Assignment, Mode, Protocol
from annotator.domain.regions import (
    BoundingBox,
    Ellipse,
    Landmark,
    Mask,
    Polygon,
    Region,
    RotatedBox,
    iou,
)
from annotator.errors import ProtocolError, RegionError
from annotator.suggest.edges import fitted_to_edges
from annotator.workflows.importing import import_paths
from annotator.workflows.outlining import fit_region
from annotator.workflows.projects import create_project
from annotator.workflows.reading import assign, set_protocol
from annotator.workflows.workspace import Workspace

_Picture = npt.NDArray[np.uint8]
CENTRE, RADII = (150.0, 110.0), (40.0, 28.0)
LESION = Ellipse(CENTRE[0] - RADII[0], CENTRE[1] - RADII[1], 2 * RADII[0], 2 * RADII[1])


def picture(inside: int = 170, outside: int = 80, *, colour: bool = False) -> _Picture:
    """An ellipse on a ground with noise, 300 x 220 px."""
    noise = np.random.default_rng(7).normal(0, 8, (220, 300))
    grey = np.where(LESION.mask(220, 300), inside, outside) + noise
    pixels = np.clip(grey, 0, 255).astype(np.uint8)
    return np.stack([pixels, pixels // 2, 255 - pixels], axis=2) if colour else pixels


def loosely(shape: type[Region], by: float) -> Region:
    """The lesion's region, larger by so many pixels on each side and a little beside it."""
    box = LESION.bounds
    x, y, width, height = box.x - by + 4, box.y - by - 3, box.width + 2 * by, box.height + 2 * by
    drawn = BoundingBox(x, y, width, height)
    mask = Mask.of(Ellipse(x, y, width, height).mask(220, 300))
    assert mask is not None
    made: dict[type[Region], Region] = {
        BoundingBox: drawn,
        Ellipse: Ellipse(x, y, width, height),
        RotatedBox: RotatedBox.about_centre(drawn, 10.0),
        Polygon: mask.polygons()[0],
        Mask: mask,
    }
    return made[shape]


SHAPES = (BoundingBox, Ellipse, RotatedBox, Polygon, Mask)


@pytest.mark.parametrize(
    ("shape", "by", "bright"), list(itertools.product(SHAPES, (-9.0, 9.0), (True, False)))
)
def test_a_loose_region_comes_to_lie_on_the_edge(
    shape: type[Region], by: float, bright: bool
) -> None:
    pixels = picture(170, 80) if bright else picture(70, 160)
    drawn = loosely(shape, by)
    fitted = fitted_to_edges(pixels, drawn)
    assert fitted is not None
    assert type(fitted) is type(drawn)
    right = LESION.bounds if shape in (BoundingBox, RotatedBox) else LESION
    assert iou(fitted.bounds if shape is RotatedBox else fitted, right) >= 0.93
    assert iou(fitted, right) > iou(drawn, right)


def test_colour_is_looked_at() -> None:
    fitted = fitted_to_edges(picture(colour=True), loosely(Mask, 8.0))
    assert fitted is not None
    assert iou(fitted, LESION) >= 0.93


def test_the_same_again_is_the_same() -> None:
    pixels, drawn = picture(), loosely(Polygon, 9.0)
    assert fitted_to_edges(pixels, drawn) == fitted_to_edges(pixels, drawn)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_an_edge_nothing_is_fitted(shape: type[Region]) -> None:
    noise = np.random.default_rng(1).integers(90, 110, (220, 300), dtype=np.uint8)
    assert fitted_to_edges(noise, loosely(shape, 5.0)) is None
    assert fitted_to_edges(np.full((220, 300), 90, np.uint8), loosely(shape, 5.0)) is None


@pytest.mark.parametrize(
    "region",
    [
        BoundingBox(0, 0, 300, 220),
        BoundingBox(-40, -40, 60, 60),
        BoundingBox(298, 218, 40, 40),
        BoundingBox(500, 500, 10, 10),
        BoundingBox(10, 10, 0.4, 0.4),
        Landmark(150, 110),
    ],
    ids=["all", "over an edge", "a corner", "off", "under a pixel", "a point"],
)
def test_where_there_is_nothing_to_fit_there_is_no_region(region: Region) -> None:
    fitted = fitted_to_edges(picture(), region)
    assert fitted is None or fitted.clipped(300, 220) == fitted


def test_a_large_picture_is_fitted_to_its_pixels() -> None:
    pixels = picture().repeat(8, axis=0).repeat(8, axis=1)
    right = Ellipse(8 * LESION.x, 8 * LESION.y, 8 * LESION.width, 8 * LESION.height)
    drawn = Ellipse(right.x - 60, right.y - 60, right.width + 120, right.height + 120)
    fitted = fitted_to_edges(pixels, drawn)
    assert fitted is not None
    assert iou(fitted, right) >= 0.93


def test_a_reader_fits_a_region_of_a_recorded_slice(workspace: Workspace, tmp_path: Path) -> None:
    project = create_project(workspace, "slices", labels=["lesion"])
    lesion = 330.0, 220.0, 30.0
    import_paths(workspace, "slices", [written_slice(tmp_path, 1, lesion)])
    (image_id,) = workspace.record.image_ids(project.id)
    x, y, radius = lesion
    drawn = BoundingBox(x - 40, y - 44, 76, 84)
    fitted = fit_region(workspace, project, image_id, drawn, "ann")
    around = BoundingBox(x - radius, y - radius / 1.08, 2 * radius, 2 * radius / 1.08)
    assert iou(fitted, around) >= 0.8 > iou(drawn, around)
    for region, problem in (
        (Landmark(x, y), "A point has no outline"),
        (BoundingBox(40, 460, 60, 40), "No clear edge was found"),
        (two_pieces(), "in 2 pieces"),
    ):
        with pytest.raises(RegionError, match=problem):
            fit_region(workspace, project, image_id, region, "ann")
    assert workspace.record.image_record(image_id).annotations == ()


def test_nobody_fits_on_an_image_that_is_anothers_to_read(
    workspace: Workspace, tmp_path: Path
) -> None:
    project = create_project(workspace, "slices", labels=["lesion"])
    import_paths(workspace, "slices", [written_slice(tmp_path, 1, (330.0, 220.0, 30.0))])
    (image_id,) = workspace.record.image_ids(project.id)
    by_hand = Protocol(Mode.UNAIDED, assignment=Assignment.BY_HAND)
    set_protocol(workspace, project.id, by_hand, actor="boss")
    assign(workspace, project.id, ["ann"], actor="boss", image_ids=[image_id])
    drawn = BoundingBox(290, 176, 76, 84)
    assert fit_region(workspace, project, image_id, drawn, "ann") != drawn
    with pytest.raises(ProtocolError):
        fit_region(workspace, project, image_id, drawn, "bob")


def two_pieces() -> Mask:
    pixels = np.zeros((40, 40), np.bool_)
    pixels[2:12, 2:12] = pixels[20:30, 20:30] = True
    mask = Mask.of(pixels, 300, 200)
    assert mask is not None
    return mask
