"""Put suggestions to the test: the second stage of suggesting, after scores, maps and cut.

Outlines are fitted to the picture's edges where there are clear ones. Each region is erased by
inpainting (Telea, Journal of Graphics Tools 9(1), 2004), and the network asked again: a label that
stays as it was did not come from there. The picture is mirrored, and its maps held against those
as it is. What is found are signals, from which a card's reliability is computed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.card import ModelCard
from models.card_parts import InputSpec
from models.explainer import Explanation
from models.preprocess import InputFrame

from ..domain import BoundingBox, Mask, Suggestion, SuggestionCheck, SuggestionRun
from .canvas import CANVAS_PX, Canvas
from .cutting import CutRegion
from .edges import SUGGESTION_PX, fitted_to_edges
from .stages import Looked, Proposed, Question

Picture = npt.NDArray[np.uint8]

_AROUND = 0.15
"""How much wider than a region is erased, on each side, in its width and height."""
_RADIUS_PX = 3
_SUREST = 12.0
"""The largest logarithm of odds: a score is a number of single precision."""


def shown_small(picture: Tensor) -> Picture:
    """Return a picture (C, H, W), uint8 or uint16, as it takes to fit regions to its edges."""
    values = picture.permute(1, 2, 0).numpy()
    values = values[..., 0] if values.shape[2] == 1 else values
    scale = CANVAS_PX / max(values.shape[:2])
    if scale < 1:
        values = cv2.resize(values, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(values if values.dtype == np.uint8 else values // 257, np.uint8)


def fitted_regions(
    cut: Sequence[CutRegion], canvas: Canvas, shown: Picture | None
) -> Iterator[tuple[CutRegion, float]]:
    """Yield each region with its outline on edges of the picture, or as it was cut.

    Parameters
    ----------
    cut : sequence of CutRegion
        Of one map.
    canvas : Canvas
        That they were cut on.
    shown : ndarray of uint8, shape (h, w) or (h, w, 3), or None
        The picture; None where regions stay as they are cut.

    Yields
    ------
    region : CutRegion
    fit : float
        The IoU of both outlines' boxes; 0 where it stayed as it was cut.
    """
    if shown is None or not cut:
        yield from ((region, 0.0) for region in cut)
        return
    height, width = canvas.values.shape
    if shown.shape[:2] != (height, width):
        resized = cv2.resize(shown, (width, height), interpolation=cv2.INTER_AREA)
        shown = np.asarray(resized, np.uint8)
    boxes = [region.part.bounds for region in cut]
    for place, region in enumerate(cut):
        fit = fitted_to_edges(shown, region.part, SUGGESTION_PX)
        others = boxes[:place] + boxes[place + 1 :]
        if not isinstance(fit, Mask) or any(fit.bounds.iou(other) > 0 for other in others):
            yield region, 0.0
            continue
        yield replace(region, part=fit), fit.bounds.iou(boxes[place])
        boxes[place] = fit.bounds


def first_check(cut: CutRegion, fit: float, canvas: Canvas) -> SuggestionCheck:
    """Return what is known of a suggestion before the network is asked again.

    Parameters
    ----------
    cut : CutRegion
        As its map was cut.
    fit : float
        As `fitted_regions` gives it.
    canvas : Canvas
        The map.
    """
    box, part = cut.part.bounds, cut.part.mask(*canvas.values.shape)
    signals = {
        "strength": cut.strength,
        "fit": fit,
        "compactness": cut.part.area_px / box.area_px,
        "inside": float(canvas.values[part].mean()),
        "size": math.log(box.area_px / canvas.values.size),
    }
    return SuggestionCheck(fit > 0, signals)


def questions(looked: Looked, run: SuggestionRun, card: ModelCard) -> tuple[Question, ...]:
    """Return what the network is asked again of a picture: see `Proposed.questions`."""
    seen = looked.prepared
    if seen.values is None or seen.frame is None or not run.suggestions:
        return ()
    values, frame = seen.values, seen.frame
    asked = [
        Question(erased(values, frame, one.region.bounds, card.input), frame)
        for one in run.suggestions
    ]
    if card.input.crop != "face":
        columns = {card.codes.index(one.label): None for one in run.suggestions}
        asked.append(Question(values.flip(-1), frame, tuple(columns)))
    return tuple(asked)


def erased(values: Tensor, frame: InputFrame, region: BoundingBox, spec: InputSpec) -> Tensor:
    """Return a network's input with a region of its picture erased and filled from around it.

    Parameters
    ----------
    values : Tensor, shape (C, h, w)
        The prepared input.
    frame : InputFrame
        Where it lies on the picture.
    region : BoundingBox
        In pixels of the picture.
    spec : InputSpec
        The card's.

    Returns
    -------
    Tensor, shape (C, h, w)
        The same outside the region and a margin of .15 of its sides.
    """
    inside = _inside(frame, region, (int(values.shape[-2]), int(values.shape[-1])))
    mean, std = (torch.tensor(one).view(-1, 1, 1) for one in (spec.mean, spec.std))
    grey = (values.cpu() * std + mean - spec.low) / (spec.high - spec.low)
    picture = (grey.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    filled = cv2.inpaint(picture, inside.astype(np.uint8), _RADIUS_PX, cv2.INPAINT_TELEA)
    back = torch.from_numpy(np.asarray(filled).reshape(picture.shape)).permute(2, 0, 1) / 255
    back = (back * (spec.high - spec.low) + spec.low - mean) / std
    return torch.where(torch.from_numpy(inside), back, values.cpu()).to(values.device)


def _inside(frame: InputFrame, region: BoundingBox, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return which pixels (h, w) of an input have their centre in a region and its margin."""
    x, y = (
        start + (np.arange(count) + 0.5) * extent / count - pivot
        for start, count, extent, pivot in zip(
            (frame.x, frame.y), size[::-1], (frame.width, frame.height), frame.pivot, strict=True
        )
    )
    cos, sin = math.cos(math.radians(frame.turn_deg)), math.sin(math.radians(frame.turn_deg))
    across = cos * x[None] - sin * y[:, None] + frame.pivot[0]
    down = sin * x[None] + cos * y[:, None] + frame.pivot[1]
    beside, above = _AROUND * region.width, _AROUND * region.height
    return np.asarray(
        (across >= region.x - beside)
        & (across < region.x + region.width + beside)
        & (down >= region.y - above)
        & (down < region.y + region.height + above)
    )


def checked(proposed: Proposed, answers: Sequence[Explanation], card: ModelCard) -> SuggestionRun:
    """Return a run whose suggestions say what came of testing them.

    Parameters
    ----------
    proposed : Proposed
    answers : sequence of Explanation
        To its questions, in their order.
    card : ModelCard
    """
    run, explanation = proposed.run, proposed.looked.explanation
    if explanation is None or not answers:
        return run
    erasures, mirrored = answers[: len(run.suggestions)], answers[len(run.suggestions) :]
    mirrors = {one.label: one.grid.flip(-1).numpy() for more in mirrored for one in more.maps}
    grids = {one.label: one.grid for one in run.maps}
    suggestions = []
    for one, erasure in zip(run.suggestions, erasures, strict=True):
        column = card.codes.index(one.label)
        signals = dict(one.check.signals if one.check else {})
        before, after = (float(it.outputs[column]) for it in (explanation, erasure))
        score, without = (float(it.scores[column]) for it in (explanation, erasure))
        signals |= {"output": before, "output_lost": before - after}
        signals |= {"odds": _odds(score), "odds_lost": _odds(score) - _odds(without)}
        if explanation.evidence is not None:  # of cards that can say nothing
            signals["evidence"] = explanation.evidence.strength
        if one.label in mirrors:
            signals["mirror"] = float(np.minimum(grids[one.label], mirrors[one.label]).sum())
        suggestions.append(_with(one, signals, without, card))
    # Those most often right first; the order that they had where the card does not know.
    suggestions.sort(key=lambda one: -((one.check and one.check.reliability) or 0.0))
    return replace(run, suggestions=tuple(suggestions))


def _with(
    suggestion: Suggestion, signals: dict[str, float], without: float, card: ModelCard
) -> Suggestion:
    """Return a suggestion with its check; where the network's answer is no number, as it was."""
    if suggestion.check is None or not all(map(math.isfinite, (*signals.values(), without))):
        return suggestion
    chance = None
    known = card.reliability if suggestion.against == card.contrast else None  # as it was fitted
    if known is not None and known.validated:
        chance = known.of(suggestion.label, signals)
    check = replace(suggestion.check, signals=signals, score_without=without, reliability=chance)
    return replace(suggestion, check=check)


def _odds(score: float) -> float:
    """Return the logarithm of a score's odds, within bounds."""
    if not 0 < score < 1:
        return math.copysign(_SUREST, score - 0.5)
    return max(-_SUREST, min(_SUREST, math.log(score / (1 - score))))
