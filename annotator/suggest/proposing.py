"""What is proposed of a picture's maps, what is held back, and what a run was made with."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any, TypeGuard

from models.card import ModelCard
from models.card_parts import PresenceSpec
from models.face_api.landmarks import FaceLandmarks
from models.presence import Evidence

from ..domain import FaceChoice, Provenance, Recalibration, Suggestion
from ..settings import APPLICATION
from .checking import Picture, first_check, fitted_regions
from .cutting import CutParameters, CutRegion
from .stages import Explained, SuggestionSpec


def least_score(card: ModelCard, code: str) -> float:
    """Return the score from which a label is worth suggesting: its operating point."""
    return operating_points(card)[card.codes[card.index(code)]]


def operating_points(
    card: ModelCard, recalibration: Recalibration | None = None
) -> dict[str, float]:
    """Return for each of a card's labels the score from which it is worth suggesting.

    A project's own point goes before the card's, if it was chosen for these weights.
    """
    default = card.suggest.min_score
    points = {
        one.code: default if one.operating_point is None else one.operating_point
        for one in card.targets
    }
    own = recalibration.points if is_of(recalibration, card) else ()
    return points | {code: point for code, point in own if code in points}


def is_of(recalibration: Recalibration | None, card: ModelCard) -> TypeGuard[Recalibration]:
    """Tell whether there is a recalibration, and it is of this card's weights."""
    return recalibration is not None and recalibration.model_sha256 == card.weights.sha256


def worthy(card: ModelCard, scores: Mapping[str, float], spec: SuggestionSpec) -> list[str]:
    """Return the labels that may be suggested and reached their operating points, best first."""
    offered = card.codes if spec.labels is None else spec.labels
    least = operating_points(card, spec.recalibration)
    reached = [code for code, score in scores.items() if code in offered and score >= least[code]]
    return sorted(reached, key=lambda code: -scores[code])


def why_unexplained(
    card: ModelCard, scores: Mapping[str, float], spec: SuggestionSpec
) -> list[str]:
    """Say it where no label, or the rival of all, reached its operating point."""
    reached = worthy(card, scores, spec)
    if spec.against in reached:
        return [f"{spec.against} is the rival of all maps here and gets none itself."]
    return [] if reached else ["No label reached its operating point; nothing is suggested."]


_SILENCE = "That says nothing of whether there is a finding."


def why_nothing(evidence: Evidence | None, spec: PresenceSpec | None) -> str | None:
    """Return why nothing is suggested on a picture, whatever its scores; None if something is."""
    if evidence is None or spec is None:
        return None
    if not evidence.distance <= spec.unfamiliar:
        return (
            "Unlike the images that the classifier learned from (distance "
            f"{evidence.distance:.1f}, at most {spec.unfamiliar:.1f} is asked for); nothing is "
            f"suggested. {_SILENCE}"
        )
    if evidence.strength < spec.point:
        return (
            f"Nothing stands out enough to be suggested (evidence {evidence.strength:.2f}, at "
            f"least {spec.point:.2f} is asked for). {_SILENCE}"
        )
    return None


def why_no_region(label: str, cut: Sequence[CutRegion], parameters: CutParameters) -> list[str]:
    """Say it where no region of a label's map is proposed."""
    if cut:
        return []
    least = f"{parameters.min_strength:.0%} of the evidence that is left against its rivals"
    return [f"{label}: no region holds {least}; no suggestion."]


def proposals(
    explained: Explained, cut: Sequence[CutRegion], spec: SuggestionSpec, shown: Picture | None
) -> Iterator[Suggestion]:
    """Yield the regions of a map as they are proposed: as cut, or where the picture's edges are.

    Parameters
    ----------
    explained : Explained
    cut : sequence of CutRegion
        Of its canvas.
    spec : SuggestionSpec
    shown : ndarray of uint8, shape (h, w) or (h, w, 3), or None
        The picture, if they may be fitted to its edges.
    """
    record = explained.record
    fits = fitted_regions(cut, explained.canvas, shown)
    for as_cut, (region, fit) in zip(cut, fits, strict=True):
        yield Suggestion(
            label=record.label,
            region=region.drawn(spec.geometry),
            score=explained.score,
            strength=region.strength,
            against=record.against,
            explained_mass=record.explained_mass,
            check=first_check(as_cut, fit, explained.canvas) if spec.check else None,
        )


def provenance(
    card: ModelCard, spec: SuggestionSpec, cut: CutParameters, faces: Mapping[str, Any]
) -> Provenance:
    """Return what a run was made with; of face models also how its face was found."""
    parameters: dict[str, Any] = {
        "contrast": spec.against or card.contrast,
        "map_layer": card.map_layer,
        "geometry": spec.geometry,
        "check": spec.check,
        "cut": asdict(cut),
        "suggest": asdict(card.suggest),
        "operating_points": operating_points(card, spec.recalibration),
    }
    if is_of(spec.recalibration, card):
        parameters["recalibrated_by_images"] = spec.recalibration.images
    if card.presence is not None:
        parameters["presence"] = asdict(card.presence)
    return Provenance(
        model_name=card.name,
        model_version=card.version,
        model_sha256=card.weights.sha256,
        method="excitation backprop",
        parameters={**parameters, **faces},
        code_version=_version(),
    )


def of_faces(
    card: ModelCard, detector: ModelCard, landmarks: FaceLandmarks | None, how: FaceChoice | None
) -> dict[str, Any]:
    """Return what the provenance of a face model says of how its face was found."""
    faces: dict[str, Any] = {
        "face_detector": detector.name,
        "face_detector_sha256": detector.weights.sha256,
        "face_choice": how,
    }
    if landmarks is not None:
        faces["face_alignment"] = card.input.alignment
        faces["face_landmarks_sha256"] = landmarks.card.weights.sha256
    return faces


@cache
def _version() -> str:
    return importlib.metadata.version(APPLICATION)
