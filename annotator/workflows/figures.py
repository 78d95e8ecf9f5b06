"""Figures of an evaluation: each with its n and its 95 % confidence interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..suggest import intervals, measures

Figures = dict[str, Any]
"""By name: a figure (``value``, ``n``, ``interval``), or one for each label."""

BY_LABEL = (
    "recall",
    "auc",
    "sensitivity",
    "specificity",
    "pointing_by_label",
    "pointing_in_muscle_by_label",
    "silent_erased",
    "suggested_elsewhere_erased",
)
"""Those of which there is one for each label."""

RIGHT_IOU = 0.5
"""The intersection over union with a drawn region from which a suggested one is right."""


@dataclass(frozen=True, slots=True)
class MeasuredMap:
    """What a map is worth against the boxes on its image.

    Attributes
    ----------
    label : str
        Code of the label whose map it is.
    hit : bool
        Whether its maximum lies in a box; False where there is no map.
    energy : float
        Its share inside the boxes.
    iou : float
        The best region's intersection over union with a box.
    centre_hit : bool
        Whether the image's centre lies in a box.
    absent_hits : tuple of bool
        Whether the maximum of each absent label's map lies in a box: it ought not to.
    rival_hits : tuple of bool
        Whether that of the label's map against each absent label does.
    """

    label: str
    hit: bool
    energy: float
    iou: float
    centre_hit: bool
    absent_hits: tuple[bool, ...] = ()
    rival_hits: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasuredSuggestion:
    """What one suggestion is worth.

    Attributes
    ----------
    reliability : float
        The number that orders it: the card's reliability, or the score where it has none.
    right : bool or None
        Whether the image has its label and its region has an intersection over union of 0.5 at
        least with a drawn one; None where the image has labels and nobody drew.
    """

    reliability: float
    right: bool | None


@dataclass(frozen=True, slots=True)
class MuscleMap:
    """What the map of an Action Unit is worth against its muscle's region on the face.

    Attributes
    ----------
    label : str
        Code of the unit.
    hit : bool
        Whether the map's maximum lies in the region.
    energy : float
        The map's share inside it.
    area : float
        The region's share of the face box: what a map that knows nothing would hit.
    """

    label: str
    hit: bool
    energy: float
    area: float


@dataclass(frozen=True, slots=True)
class MeasuredImage:
    """What a classifier made of an image.

    Attributes
    ----------
    truth : frozenset of str
        Codes of the labels that the image has.
    scores : mapping of str to float
        By code; empty if there was nothing to classify.
    map : MeasuredMap or None
        None without boxes.
    muscles : tuple of MuscleMap
        One for each Action Unit that the face shows.
    suggestions : tuple of MeasuredSuggestion
        All that the image would get.
    erasings : mapping of str to pair of bool
        By kind of inpainting: whether anything is suggested once the drawn regions are erased, and
        with as much of another place erased (None where there is no such place).
    """

    truth: frozenset[str]
    scores: Mapping[str, float]
    map: MeasuredMap | None
    muscles: tuple[MuscleMap, ...] = ()
    suggestions: tuple[MeasuredSuggestion, ...] = ()
    erasings: Mapping[str, tuple[bool, bool | None]] = field(default_factory=dict)


def single_label_figures(images: Sequence[MeasuredImage], codes: Sequence[str]) -> Figures:
    """Return accuracy, recalls and areas of a classifier whose labels exclude each other.

    Images without a label count in none of them; nothing is returned where there are no others.
    """
    images = [image for image in images if image.truth]
    if not images:
        return {}
    guesses = [max(i.scores, key=lambda c: i.scores[c]) if i.scores else None for i in images]
    present = [code for code in codes if any(code in image.truth for image in images)]
    hits = {
        code: [g == code for g, i in zip(guesses, images, strict=True) if code in i.truth]
        for code in present
    }
    recalls = {code: _share(found) for code, found in hits.items()}
    parts = [(sum(found), len(found)) for found in hits.values()]
    return {
        "accuracy": _share([g in i.truth for g, i in zip(guesses, images, strict=True)]),
        "macro_recall": {
            "value": float(np.mean([recall["value"] for recall in recalls.values()])),
            "n": len(images),
            "interval": list(intervals.of_mean_share(parts)),
        },
        "recall": recalls,
        "auc": _areas(images, present),
    }


def multi_label_figures(images: Sequence[MeasuredImage], points: Mapping[str, float]) -> Figures:
    """Return areas, and sensitivity and specificity at each label's operating point."""
    read = [image for image in images if image.scores]
    areas = _areas(images, list(points))
    figures: Figures = {"sensitivity": {}, "specificity": {}}
    for code, point in points.items():
        said = [(image.scores[code] >= point, code in image.truth) for image in read]
        for name, wanted in (("sensitivity", True), ("specificity", False)):
            right = [yes == wanted for yes, has in said if has == wanted]
            if right:
                figures[name][code] = _share(right) | {"at": point}
    if areas:
        mean = float(np.mean([area["value"] for area in areas.values()]))
        figures["macro_auc"] = {"value": mean, "n": len(read)}
    return figures | {"auc": areas}


def unread_figure(images: Sequence[MeasuredImage]) -> Figures:
    """Return how many images had nothing to classify, if any."""
    unread = sum(not image.scores for image in images)
    return {"unread": {"value": unread, "n": len(images)}} if unread else {}


def map_figures(images: Sequence[MeasuredImage]) -> Figures:
    """Return what the maps are worth, overall and pointing by label; nothing without boxes."""
    maps = [image.map for image in images if image.map is not None]
    if not maps:
        return {}
    labels = sorted({one.label for one in maps})
    return {
        "pointing": _share([one.hit for one in maps]),
        "pointing_by_label": {
            label: _share([one.hit for one in maps if one.label == label]) for label in labels
        },
        "energy_in_box": _mean([one.energy for one in maps]),
        "best_region_iou": _mean([one.iou for one in maps]),
        "best_region_iou_at_least_half": _share([one.iou >= RIGHT_IOU for one in maps]),
        "best_region_iou_at_least_70": _share([one.iou >= 0.7 for one in maps]),
        **_mean_share("pointing_wrong_label", [one.absent_hits for one in maps]),
        **_mean_share("pointing_rival", [one.rival_hits for one in maps]),
        "centre_baseline": _share([one.centre_hit for one in maps]),
    }


def suggestion_figures(images: Sequence[MeasuredImage]) -> Figures:
    """Return who gets a suggestion, and what the number beside one says of its being right.

    The latter only where regions were drawn.
    """
    figures: Figures = {}
    for name, has, wanted in (("suggested", True, True), ("silent", False, False)):
        some = [bool(image.suggestions) == wanted for image in images if bool(image.truth) == has]
        if some:
            figures[name] = _share(some)
    known = [one for i in images for one in i.suggestions if one.right is not None]
    drawn = any(one.right is not None for i in images if i.truth for one in i.suggestions)
    if drawn:
        numbers = np.array([one.reliability for one in known])
        right = np.array([bool(one.right) for one in known])
        if right.any() and not right.all():
            figures["reliability_auc"] = {
                "value": measures.area_under_curve(numbers, right),
                "n": len(known),
                "interval": list(intervals.of_area(numbers, right)),
            }
        error = measures.calibration_error(numbers, right)
        figures["reliability_ece"] = {"value": error, "n": len(known)}
    return figures


def erasing_figures(images: Sequence[MeasuredImage]) -> Figures:
    """Return who is silent without its regions, and who is not without another place, by kind."""
    kinds = sorted({kind for image in images for kind in image.erasings})
    if not kinds:
        return {}
    pairs = {kind: [i.erasings[kind] for i in images if kind in i.erasings] for kind in kinds}
    kept = {kind: [k for _, k in some if k is not None] for kind, some in pairs.items()}
    return {
        "silent_erased": {
            kind: _share([not gone for gone, _ in some]) for kind, some in pairs.items()
        },
        "suggested_elsewhere_erased": {kind: _share(some) for kind, some in kept.items() if some},
    }


def muscle_figures(images: Sequence[MeasuredImage]) -> Figures:
    """Return what the maps of Action Units are worth against anatomy; nothing without any."""
    maps = [one for image in images for one in image.muscles]
    if not maps:
        return {}
    labels = list(dict.fromkeys(one.label for one in maps))
    return {
        "pointing_in_muscle": _share([one.hit for one in maps]),
        "pointing_in_muscle_by_label": {
            label: _share([one.hit for one in maps if one.label == label]) for label in labels
        },
        "energy_in_muscle": _mean([one.energy for one in maps]),
        "muscle_area": _mean([one.area for one in maps]),
    }


def _areas(images: Sequence[MeasuredImage], codes: Sequence[str]) -> Figures:
    read = [image for image in images if image.scores]
    areas = {}
    for code in codes:
        scores = np.array([image.scores[code] for image in read])
        positive = np.array([code in image.truth for image in read], dtype=bool)
        if positive.any() and not positive.all():
            areas[code] = {
                "value": measures.area_under_curve(scores, positive),
                "n": len(read),
                "n_positive": int(positive.sum()),
                "interval": list(intervals.of_area(scores, positive)),
            }
    return areas


def _share(right: Sequence[bool]) -> Figures:
    interval = intervals.of_share(sum(right), len(right))
    return {"value": float(np.mean(right)), "n": len(right), "interval": list(interval)}


def _mean_share(name: str, hits: Sequence[tuple[bool, ...]]) -> Figures:
    """Return the mean over images of each one's share of hits; nothing where none has any."""
    shares = [float(np.mean(some)) for some in hits if some]
    return {name: _mean(shares)} if shares else {}


def _mean(values: Sequence[float]) -> Figures:
    interval = intervals.of_mean(values)
    return {"value": float(np.mean(values)), "n": len(values), "interval": list(interval)}


def each_figure(figures: Figures) -> Iterator[tuple[str, str, Figures]]:
    """Return the name, the label (or nothing) and the entry of each figure."""
    for name, figure in figures.items():
        for label, entry in (figure if name in BY_LABEL else {"": figure}).items():
            yield name, label, entry
