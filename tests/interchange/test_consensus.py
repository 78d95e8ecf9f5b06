"""What several readers agree on: one exact mask a label, with its holes and pieces."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import numpy as np
import pytest
import SimpleITK

from annotator.dataset.consensus import agreed
from annotator.dataset.selection import Consensus
from annotator.dataset.stated import Read, StatedRegion
from annotator.domain import Ellipse, ImageAsset, Mask

HEIGHT, WIDTH = 120, 160


def read(rater: str, *regions) -> Read:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    stated = (
        StatedRegion(uuid.uuid4(), uuid.uuid4(), "lesion", one, rater, "added", "first", at)
        for one in regions
    )
    return Read(rater, "first", tuple(stated), (), complete=True)


def asset(width: int = WIDTH, height: int = HEIGHT) -> ImageAsset:
    return ImageAsset("a.png", width, height, "ab" * 32, "cd" * 32)


def with_holes(seed: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Two discs with holes, and a rim of noise that differs between readers."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    pixels = np.zeros((height, width), dtype=bool)
    for at, hole in ((0.3, 0.1), (0.7, 0.05)):
        away = np.hypot(rows - height * at, columns - width * at) / height
        pixels |= (away < 0.2) & (away > hole)
    rim = random.random(pixels.shape) < 0.1
    return pixels ^ (rim & (np.abs(rows - height // 2) < height * 0.4))


def by_simple_itk(method: Consensus, masks: list[np.ndarray]) -> np.ndarray:
    """Return the same by its filters, on the box around all masks with two pixels more."""
    images = [SimpleITK.GetImageFromArray(mask.astype(np.uint8)) for mask in masks]
    if method is Consensus.MAJORITY:
        voted = SimpleITK.GetArrayFromImage(SimpleITK.LabelVoting(images, 0))
        return voted == 1
    rows, columns = np.nonzero(np.any(masks, axis=0))
    first = max(0, int(columns.min()) - 2), max(0, int(rows.min()) - 2)
    end = min(WIDTH, int(columns.max()) + 3), min(HEIGHT, int(rows.max()) + 3)
    box = (slice(first[0], end[0]), slice(first[1], end[1]))
    around = SimpleITK.STAPLE([image[box] for image in images], 1.0)
    result = np.zeros(masks[0].shape, dtype=bool)
    result[first[1] : end[1], first[0] : end[0]] = SimpleITK.GetArrayFromImage(around) > 0.5
    return result


@pytest.mark.parametrize("method", [Consensus.MAJORITY, Consensus.STAPLE])
def test_consensus_of_masks_with_holes_is_that_of_simple_itk(method):
    masks = [with_holes(seed) for seed in range(3)]
    reads = tuple(read(f"R{n}", Mask.of(mask)) for n, mask in enumerate(masks))
    (one,) = agreed(reads, asset(), method)
    (stated,) = one.regions
    assert isinstance(stated.region, Mask)
    expected = by_simple_itk(method, masks)
    assert (stated.region.mask(HEIGHT, WIDTH) == expected).all()
    assert sum(len(piece.holes) for piece in stated.region.polygons()) >= 2


def test_what_readers_drew_in_several_shapes_and_pieces_is_put_together():
    masks = [with_holes(seed) for seed in range(2)]
    ellipse = Ellipse(20.5, 10.25, 90, 80.5)
    reads = (
        read("R0", Mask.of(masks[0])),
        read("R1", *Mask.of(masks[1]).polygons()),
        read("R2", ellipse),
    )
    (one,) = agreed(reads, asset(), Consensus.MAJORITY)
    votes = masks[0].astype(int) + masks[1] + ellipse.mask(HEIGHT, WIDTH)
    assert (one.regions[0].region.mask(HEIGHT, WIDTH) == (votes >= 2)).all()


def test_readers_who_share_no_pixel_agree_on_none():
    reads = (read("R0", Ellipse(0, 0, 20, 20)), read("R1", Ellipse(90, 90, 20, 20)))
    (one,) = agreed(reads, asset(), Consensus.MAJORITY)
    assert one.regions == ()


def test_a_large_film_costs_what_the_regions_on_it_cost():
    small = [Mask.of(with_holes(seed), 1400, 900) for seed in range(3)]
    reads = tuple(read(f"R{n}", mask) for n, mask in enumerate(small))
    (one,) = agreed(reads, asset(30_000, 30_000), Consensus.MAJORITY)  # 0.9 GB of pixels
    votes = np.sum([with_holes(seed) for seed in range(3)], axis=0)
    assert one.regions[0].region == Mask.of(votes >= 2, 1400, 900)
