"""What an adjudicator's merging makes of readers' regions."""

from __future__ import annotations

import uuid

import numpy as np
import pytest

from annotator.domain import Annotation, BoundingBox, Decision, Mask, Region
from annotator.workflows.side_by_side import Place, Ruling, merged, ruled


def act(rater: str, region: Region) -> Annotation:
    place = uuid.uuid4()
    return Annotation(place, uuid.UUID(int=1), place, rater, Decision.ADDED, "glioma", region)


def block(x: int, y: int, size: int = 4) -> Mask:
    mask = Mask.of(np.ones((size, size), bool), x, y)
    assert mask is not None
    return mask


def test_boxes_become_the_mean_of_them() -> None:
    acts = [
        act("Ann", BoundingBox(0.0, 0.0, 4.0, 4.0)),
        act("Bob", BoundingBox(2.0, 0.0, 6.0, 4.0)),
    ]
    assert merged(acts) == BoundingBox(1.0, 0.0, 5.0, 4.0)


def test_masks_become_the_pixels_that_most_have() -> None:
    acts = [act("Ann", block(0, 0)), act("Bob", block(2, 0)), act("Cy", block(2, 2))]
    expected = sum(a.region.mask(8, 8).astype(int) for a in acts) >= 2
    region = merged(acts)
    assert region is not None
    assert (region.mask(8, 8) == expected).all()
    made = ruled(Place(tuple(acts), 3), Ruling.MERGED, "Head")
    assert (made.region, made.decision, made.supersedes) == (region, Decision.ADDED, acts[0].id)


def test_a_box_counts_by_its_pixels_beside_a_mask() -> None:
    region = merged([act("Ann", block(0, 0)), act("Bob", BoundingBox(1.0, 1.0, 9.0, 9.0))])
    assert region == block(1, 1, 3)


@pytest.mark.parametrize("count", [2, 4])
def test_half_of_the_readers_are_not_most(count: int) -> None:
    acts = [act(f"reader {k}", block(0 if k < count // 2 else 4, 0)) for k in range(count)]
    assert merged(acts) is None
