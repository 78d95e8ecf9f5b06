"""Measure a classifier and its maps on a folder of labelled images."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..domain import SuggestionRun
from ..domain.plurals import counted
from ..domain.regions import union_mask
from ..errors import AnnotatorError, IngestError, SuggestError
from ..ingest import Pixels
from ..suggest import measures
from ..suggest.inpainting import INPAINTINGS, erased, place_elsewhere
from ..suggest.muscle_regions import energy_in_muscles, muscle_regions, muscles_mask
from ..suggest.suggester import Explained, Suggester, SuggestionSpec
from .figures import (
    RIGHT_IOU,
    MeasuredImage,
    MeasuredMap,
    MeasuredSuggestion,
    MuscleMap,
    each_figure,
    erasing_figures,
    map_figures,
    multi_label_figures,
    muscle_figures,
    single_label_figures,
    suggestion_figures,
    unread_figure,
)
from .labelled_folder import LabelledImage, read_labels
from .pictures import shown_file
from .progress import Progress, silent

USUAL_OPERATING_POINT = 0.5
"""The score from which a label counts as said, where the card has none for it."""


@dataclass(slots=True)
class Evaluation:
    """What was measured, each figure with the number of images behind it.

    Attributes
    ----------
    figures : dict
        JSON-ready: name of the figure to ``{"value", "n", "interval"}``, or such by label.
    notices : list of str
        What was left out, and why.
    failures : list of str
        Images that could not be measured, and why; they count in no figure.
    """

    model: dict[str, str]
    data: dict[str, Any]
    against: str
    figures: dict[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        return {
            "model": self.model,
            "data": self.data,
            "against": self.against,
            "figures": self.figures,
            "notices": self.notices,
            "failures": self.failures,
        }

    def lines(self) -> Iterator[str]:
        """Return the figures for people, one a line, each with its n and its 95 % interval."""
        for name, label, entry in each_figure(self.figures):
            value = entry["value"]
            text = f"{value:.3f}" if isinstance(value, float) else str(value)
            low_high = entry.get("interval")
            between = "   95 %: {:.3f} to {:.3f}".format(*low_high) if low_high else ""
            at = f"   from a score of {entry['at']:g}" if "at" in entry else ""
            yield f"{f'{name} {label}'.strip():<34} {text:>7}   n = {entry['n']}{between}{at}"


def evaluate(
    suggester: Suggester,
    folder: Path,
    split: str | None = None,
    against: str | None = None,
    progress: Progress = silent,
    *,
    erase: bool = False,
) -> Evaluation:
    """Measure a classifier, and its maps where boxes are given.

    Parameters
    ----------
    suggester : Suggester
    folder : Path
        As `read_labels` takes it.
    split : str, optional
    against : str, optional
        The contrast of the maps; the card's if not given.
    progress : callable, optional
    erase : bool
        Whether each image with boxes is also read with these erased, and with another place.

    Returns
    -------
    Evaluation

    Raises
    ------
    NotFoundError, IngestError
        If the folder cannot be read.
    SuggestError
        If no image has a label that the classifier knows.
    """
    images = read_labels(folder, split)
    found = evaluate_images(suggester, images, against, progress, erase=erase)
    found.data = {"folder": folder.name, "split": split}
    return found


def evaluate_images(
    suggester: Suggester,
    images: Sequence[LabelledImage],
    against: str | None = None,
    progress: Progress = silent,
    *,
    erase: bool = False,
) -> Evaluation:
    """Measure a classifier, and its maps where boxes are given, on some labelled images.

    Parameters, returns and errors are those of `evaluate`.
    """
    card = suggester.card
    rival = suggester.rival(against)
    result = Evaluation(
        model={"name": card.name, "version": card.version, "sha256": card.weights.sha256},
        data={"folder": None, "split": None},
        against=rival or card.contrast,
    )
    rows = images_to_measure(suggester, images, result.notices)
    if not rows:
        raise SuggestError(
            f"No image has a label that {card.name} knows ({', '.join(card.codes)})."
        )
    measured = []
    for done, (image, truth) in enumerate(rows):
        try:
            found = _measure(suggester, image, truth, rival)
            if erase and image.boxes and truth:
                found = replace(found, erasings=_erasings(suggester, image, rival))
            measured.append(found)
        except AnnotatorError as error:
            result.failures.append(str(error))
        progress(done + 1, len(rows))
    if not measured:
        raise IngestError(
            f"None of {counted(len(rows), 'images')} could be read; {result.failures[0]}"
        )
    if card.activation == "softmax":
        figures = single_label_figures(measured, card.codes)
    else:
        figures = multi_label_figures(measured, _operating_points(suggester))
    result.figures = figures | unread_figure(measured) | map_figures(measured)
    result.figures |= suggestion_figures(measured) | erasing_figures(measured)
    result.figures |= muscle_figures(measured)
    return result


def images_to_measure(
    suggester: Suggester, images: Sequence[LabelledImage], notices: list[str]
) -> list[tuple[LabelledImage, frozenset[str]]]:
    """Return images with their codes, see `known_images`; last, those that have no label.

    They tell whether a classifier whose labels exclude each other can be silent.
    """
    exclusive = suggester.card.activation == "softmax"
    rows = list(known_images(images, suggester.code, exclusive, notices))
    if exclusive:
        rows += [(one, frozenset()) for one in images if not (one.labels or one.implied)]
    return rows


def known_images(
    images: Sequence[LabelledImage],
    code: Callable[[str], str],
    exclusive: bool,
    notices: list[str],
) -> Iterator[tuple[LabelledImage, frozenset[str]]]:
    """Return each image with the codes of those of its labels that a classifier knows.

    Parameters
    ----------
    images : sequence of LabelledImage
    code : callable
        Returns the code that a name stands for, or raises `SuggestError`.
    exclusive : bool
        Whether labels exclude each other: an image without a known one is then left out. Where
        they do not, it is an image that has none of them.
    notices : list of str
        Takes a sentence for each label that the classifier does not have.
    """
    unknown: dict[str, int] = {}
    for image in images:
        codes = set()
        for name in (*image.labels, *image.implied):
            try:
                codes.add(code(name))
            except SuggestError:
                if name in image.labels:
                    unknown[name] = unknown.get(name, 0) + 1
        if codes or not exclusive:
            yield image, frozenset(codes)
    fate = "left out" if exclusive else "counted as none of the card's labels"
    for name, count in sorted(unknown.items()):
        notices.append(f"The card has no label {name!r}: {fate}, {count} times.")


def _operating_points(suggester: Suggester) -> dict[str, float]:
    return {
        target.code: USUAL_OPERATING_POINT
        if target.operating_point is None
        else target.operating_point
        for target in suggester.card.targets
    }


def _measure(
    suggester: Suggester, image: LabelledImage, truth: frozenset[str], rival: str | None
) -> MeasuredImage:
    pixels = shown_file(image.path)
    run = suggester.suggest(uuid.uuid4(), pixels, SuggestionSpec(against=rival))
    found = None
    if image.boxes and truth:
        found = _measure_map(suggester, image, truth, rival, (pixels, run))
    muscles = _measure_muscles(suggester, truth, rival, (pixels, run))
    suggestions = measured_suggestions(image, truth, (pixels, run))
    return MeasuredImage(truth, run.scores, found, tuple(muscles), tuple(suggestions))


def _erasings(
    suggester: Suggester, image: LabelledImage, rival: str | None
) -> dict[str, tuple[bool, bool | None]]:
    """Return by kind of inpainting what is suggested without the boxes and without another place.

    The place and the grain depend on nothing but the picture.
    """
    pixels = shown_file(image.path)
    boxes = image.boxes_on(pixels.shape[1], pixels.shape[0])
    inside = union_mask(boxes, *pixels.shape[:2])
    generator = np.random.default_rng(int(inside.sum()))
    other = place_elsewhere(pixels, inside, generator)
    spec = SuggestionSpec(against=rival, check=False)

    def suggests(place: npt.NDArray[np.bool_], kind: str) -> bool:
        shown = erased(pixels, place, kind, generator)
        return bool(suggester.suggest(uuid.uuid4(), shown, spec).suggestions)

    return {
        kind: (suggests(inside, kind), None if other is None else suggests(other, kind))
        for kind in INPAINTINGS
    }


def measured_suggestions(
    image: LabelledImage, truth: frozenset[str], read: tuple[Pixels, SuggestionRun]
) -> Iterator[MeasuredSuggestion]:
    """Hold each of a run's suggestions, in their order, against what is drawn on its image."""
    pixels, run = read
    height, width = pixels.shape[:2]
    boxes = image.boxes_on(width, height)
    for one in run.suggestions:
        right = None
        if boxes or not truth:
            iou = measures.best_iou([one.region.bounds], boxes)
            right = one.label in truth and iou >= RIGHT_IOU
        chance = one.check.reliability if one.check else None
        yield MeasuredSuggestion(run.scores[one.label] if chance is None else chance, right)


def _measure_muscles(
    suggester: Suggester,
    truth: frozenset[str],
    rival: str | None,
    read: tuple[Pixels, SuggestionRun],
) -> Iterator[MuscleMap]:
    """Hold the maps of the Action Units that a face shows against where their muscles are."""
    pixels, run = read
    landmarks = suggester.landmarks(pixels, run.face)
    codes = [code for code in suggester.card.codes if code in truth and code != rival]
    if landmarks is None or run.face is None or not codes:
        return
    height, width = pixels.shape[:2]
    for found in suggester.explain(pixels, codes, rival, run.face):
        regions = muscle_regions(found.record.label, landmarks)
        inside = muscles_mask(regions, (height, width))
        x, y = measures.maximum_point(found.values)
        yield MuscleMap(
            label=found.record.label,
            hit=bool(inside[int(y), int(x)]),
            energy=energy_in_muscles(found.values, regions),
            area=float(inside.sum()) / run.face.area_px,
        )


def _measure_map(
    suggester: Suggester,
    image: LabelledImage,
    truth: frozenset[str],
    rival: str | None,
    read: tuple[Pixels, SuggestionRun],
) -> MeasuredMap | None:
    pixels, run = read
    height, width = pixels.shape[:2]
    boxes = image.boxes_on(width, height)
    centre_hit = measures.points_at((width / 2, height / 2), boxes)
    if not run.scores:
        return MeasuredMap(min(truth), hit=False, energy=0.0, iou=0.0, centre_hit=centre_hit)
    explicable = [code for code in truth if code in run.scores and code != rival]
    if not explicable:
        return None  # its label is the rival itself: there is no map to measure
    # The boxes belong to the row's label; with several labels, to the best of them.
    label = max(explicable, key=lambda code: run.scores[code])
    absent = [code for code in suggester.card.codes if code not in truth and code != rival]
    found, *others = suggester.explain(pixels, [label, *absent], rival, run.face)
    rivals = [suggester.explain(pixels, [label], code, run.face)[0] for code in absent]
    values, regions = found.values, [region.box for region in suggester.regions(found)]

    def hits(maps: Sequence[Explained]) -> tuple[bool, ...]:
        points = [measures.maximum_point(one.values) for one in maps]
        return tuple(measures.points_at(point, boxes) for point in points)

    return MeasuredMap(
        label=label,
        hit=hits([found])[0],
        energy=measures.energy_inside(values, boxes),
        iou=measures.best_iou(regions, boxes),
        centre_hit=centre_hit,
        absent_hits=hits(others),
        rival_hits=hits(rivals),
    )
