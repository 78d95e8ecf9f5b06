"""One word out of several readers': by majority, or by STAPLE."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from math import ceil, floor

import numpy as np

from ..domain import BoolMask, ImageAsset, Mask, Presence, Region
from ..domain.regions import union_mask
from .selection import Consensus
from .stated import Read, StatedRegion, StatedValue

_MARGIN_PX = 2
"""Background around all masks that STAPLE is shown."""
_NAMESPACE = uuid.UUID("5f1c1f43-2b0c-4a63-9f8e-5d0f8f9a7a10")


def agreed(reads: tuple[Read, ...], image: ImageAsset, consensus: Consensus) -> tuple[Read, ...]:
    """Return the reads as they are, or the one that their readers agree on.

    Of each label the pixels agreed on are one mask; its rater is ``consensus`` with the method's
    name. A table that was taken over has a voice on the labels that it names, and on no other: who
    signs an image leaves the others out, a table does not.

    Parameters
    ----------
    reads : tuple of Read
    image : ImageAsset
        Its size bounds the masks.
    consensus : Consensus
    """
    if consensus is Consensus.NONE or not reads:
        return reads
    name = f"consensus ({consensus.value})"
    regions = [region for read in reads for region in read.regions]
    stated: list[StatedRegion] = []
    for label in dict.fromkeys(region.label for region in regions):
        voices = _voices(reads, label)
        of_label = [[r.region for r in read.regions if r.label == label] for read in voices]
        left, top, right, bottom = _window(chain.from_iterable(of_label), image)
        if left >= right or top >= bottom:
            continue  # all of it was drawn beside the image
        masks = [_union(drawn, left, top, right, bottom) for drawn in of_label]
        mask = _staple(masks) if consensus is Consensus.STAPLE else _majority(masks)
        latest = max(r.created_at for r in regions if r.label == label)
        region = Mask.of(mask, left, top)
        if region is not None:
            made = uuid.uuid5(_NAMESPACE, f"{image.id}:{label}:0")
            stated.append(StatedRegion(made, made, label, region, name, "consensus", "", latest))
    values = tuple(_values(reads, name))
    conflicts = tuple(conflict for read in reads for conflict in read.conflicts)
    people = [read for read in reads if not read.is_table]
    complete = all(read.complete for read in people or reads)
    votes = Counter(code for read in reads for code in read.visibility)
    # No more than half of the readers saw that nothing was there: they do not agree on it.
    visibility = frozenset(
        code for code, hidden in votes.items() if 2 * hidden >= len(_voices(reads, code))
    )
    return (Read(name, "", tuple(stated), values, complete, False, conflicts, visibility),)


def _voices(reads: Iterable[Read], label: str) -> list[Read]:
    """Return those whose word on a label counts."""
    return [read for read in reads if not read.is_table or read.names(label)]


def _window(regions: Iterable[Region], image: ImageAsset) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the pixels that regions may have, and a margin."""
    left, top, right, bottom = zip(*(region.extent for region in regions), strict=True)
    return (
        max(0, floor(min(left)) - _MARGIN_PX),
        max(0, floor(min(top)) - _MARGIN_PX),
        min(image.width, ceil(max(right)) + _MARGIN_PX),
        min(image.height, ceil(max(bottom)) + _MARGIN_PX),
    )


def _union(regions: Iterable[Region], left: int, top: int, right: int, bottom: int) -> BoolMask:
    moved = (region.moved(-left, -top) for region in regions)
    return union_mask(moved, bottom - top, right - left)


def _majority(masks: list[BoolMask]) -> BoolMask:
    votes = np.zeros(masks[0].shape, dtype=np.uint16)
    for mask in masks:
        votes += mask
    agreed_on: BoolMask = votes > len(masks) // 2
    return agreed_on


def _staple(masks: list[BoolMask]) -> BoolMask:
    """Return the pixels whose probability by STAPLE is above one half.

    Only the box around all masks enters: the background around it would tell STAPLE that
    every reader is nearly always right (Warfield et al. 2004, section on the prior).
    """
    import SimpleITK

    some: BoolMask = np.any(masks, axis=0)
    if not some.any() or len(masks) < 2:
        return some
    rows, columns = np.nonzero(some)
    box = (
        slice(max(0, rows.min() - _MARGIN_PX), rows.max() + 1 + _MARGIN_PX),
        slice(max(0, columns.min() - _MARGIN_PX), columns.max() + 1 + _MARGIN_PX),
    )
    images = [SimpleITK.GetImageFromArray(mask[box].astype(np.uint8)) for mask in masks]
    probability = SimpleITK.GetArrayFromImage(SimpleITK.STAPLE(images, 1.0))
    result: BoolMask = np.zeros_like(some)
    result[box] = probability > 0.5
    return result


def _values(reads: tuple[Read, ...], name: str) -> Iterable[StatedValue]:
    """Yield the value of each label that more than half of the readers state.

    Readers who disagree in what they state of the image leave it uncertain; a region that fewer
    than half have is no such statement.
    """
    by_label: dict[str, list[StatedValue]] = {}
    for read in reads:
        for value in read.values:
            by_label.setdefault(value.label, []).append(value)
    for label, said in sorted(by_label.items()):
        favourite, votes = Counter(v.value for v in said).most_common(1)[0]
        stated = any(v.basis == "stated" for v in said)
        most = 2 * votes > len(_voices(reads, label))
        if not most and not stated:
            continue
        agreed_on = favourite if most else Presence.UNCERTAIN
        alike = [v for v in said if v.value is agreed_on]
        intensities = sorted(v.intensity for v in alike if v.intensity)
        sides = Counter(v.side for v in alike if v.side).most_common(1)
        yield StatedValue(
            label,
            agreed_on,
            name,
            "",
            max(v.created_at for v in said),
            # The lower median: a grade that a reader gave.
            intensities[(len(intensities) - 1) // 2] if intensities else None,
            sides[0][0] if sides else None,
            "stated" if stated else "region",
        )
