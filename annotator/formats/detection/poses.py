"""Boxes with the points that lie in them, as pose estimation has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ...domain import BoundingBox, LabelSet, Landmark, Region


@dataclass(frozen=True, slots=True)
class Pose:
    """A box and its points.

    Attributes
    ----------
    label : str
        Of the box.
    box : BoundingBox
    points : mapping of str to Landmark
        By their labels.
    """

    label: str
    box: BoundingBox
    points: Mapping[str, Landmark] = field(default_factory=dict)


def poses(regions: Iterable[tuple[str, Region]]) -> tuple[list[Pose], list[str]]:
    """Give each point to the smallest box that it lies in.

    Parameters
    ----------
    regions : iterable of (str, Region)
        Boxes and points, each with its label; others are passed over.

    Returns
    -------
    poses : list of Pose
        One a box, in their order.
    losses : list of str
        A sentence for each point that has no place: no box is around it, or another point of its
        label is in the box already.
    """
    given = list(regions)
    points: list[tuple[str, BoundingBox, dict[str, Landmark]]] = [
        (label, region, {}) for label, region in given if isinstance(region, BoundingBox)
    ]
    losses = []
    for label, region in given:
        if not isinstance(region, Landmark):
            continue
        around = [one for one in points if _inside(region, one[1])]
        own = min(around, key=lambda one: one[1].area_px, default=None)
        if own is None:
            losses.append("points outside every box, left out")
        elif label in own[2]:
            losses.append("points of a label that their box has a point of already, left out")
        else:
            own[2][label] = region
    return [Pose(*one) for one in points], losses


def point_names(labels: LabelSet, used: Collection[str]) -> list[str]:
    """Return the labels of points in the project's order: those used, or all if none is."""
    return [code for code in labels.codes if code in used or not used]


def _inside(point: Landmark, box: BoundingBox) -> bool:
    left, top, right, bottom = box.extent
    return left <= point.x <= right and top <= point.y <= bottom
