"""What an export takes in, image by image, and what it says of each image."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..domain import Annotation, Decision, ImageAsset, ImageRecord, Suggestion, SuggestionRun
from ..errors import ExportError

CLAIMS = frozenset({Decision.ACCEPTED, Decision.EDITED, Decision.ADDED, Decision.REJECTED})
"""The decisions by which a rater states something of the image."""


class Review(StrEnum):
    """How far people are with an image.

    Only on a reviewed image does the absence of a region mean that nobody saw a finding.
    """

    REVIEWED = "reviewed"
    """Something was stated, and nothing is left undecided."""
    IN_PROGRESS = "in progress"
    """Someone acted on it, and something is left undecided or nothing was stated."""
    NOT_REVIEWED = "not reviewed"
    """Nobody acted on it."""


@dataclass(frozen=True, slots=True)
class ExportItem:
    """One image of a data set.

    Attributes
    ----------
    number : int
        Its place in the data set, from 1.
    record : ImageRecord
        What is recorded of it.
    file_name : str
        Name of its copy in ``images/``, or of the file it came from where none is made.
    acts : tuple of Annotation
        The record's, in the order of their time.
    undecided : tuple of Suggestion
        Those of the current run that nobody acted on.
    suggestions : mapping of UUID to Suggestion
        Of all runs.
    """

    number: int
    record: ImageRecord
    file_name: str
    acts: tuple[Annotation, ...]
    undecided: tuple[Suggestion, ...]
    suggestions: Mapping[uuid.UUID, Suggestion]

    @property
    def image(self) -> ImageAsset:
        """The image."""
        return self.record.image

    @property
    def stated(self) -> tuple[Annotation, ...]:
        """The acts that state a region: accepted, edited, added."""
        return tuple(act for act in self.acts if act.decision.states_region)

    @property
    def raters(self) -> list[str]:
        """Names of those who acted on the image."""
        return sorted({act.rater for act in self.acts})

    @property
    def review(self) -> Review:
        """How far people are with the image."""
        claimed = any(act.decision in CLAIMS for act in self.acts)
        open_acts = any(act.decision is Decision.UNDECIDED for act in self.acts)
        if claimed and not open_acts and not self.undecided:
            return Review.REVIEWED
        return Review.IN_PROGRESS if self.acts else Review.NOT_REVIEWED

    def to_json(self) -> dict[str, Any]:
        """Return everything that is recorded of the image, as JSON-ready values."""
        image = self.image
        return {
            "number": self.number,
            "image_uuid": str(image.id),
            "file_name": self.file_name,
            "original_file_name": image.file_name,
            "width": image.width,
            "height": image.height,
            "pixels_sha256": image.pixels_sha256,
            "source_sha256": image.source_sha256,
            "modality": image.modality,
            "review": str(self.review),
            "acts": [_act_json(act) for act in self.acts],
            "runs": [_run_json(run) for run in self.record.runs],
            "undecided": [str(s.id) for s in self.undecided],
        }


def export_item(number: int, record: ImageRecord, *, copied: bool) -> ExportItem:
    """Put what is recorded of an image in the order in which it is exported.

    Parameters
    ----------
    number : int
        Its place in the data set, from 1.
    record : ImageRecord
        With the acts that count, one a rater and region.
    copied : bool
        Whether the image is copied into the data set.

    Raises
    ------
    ExportError
        If one rater has two acts that count on one region: it would be exported twice.
    """
    acts = tuple(sorted(record.annotations, key=lambda act: (act.created_at, act.id)))
    twice = [n for n in Counter((a.rater, a.region_id) for a in acts).values() if n > 1]
    if twice:
        raise ExportError(
            f"{record.image.file_name} has {len(twice)} regions with two acts of one rater; "
            "export only the act that counts of each region."
        )
    acted_on = {act.derived_from for act in acts} | {act.region_id for act in acts}
    current = record.runs[-1].suggestions if record.runs else ()
    name = _copy_name(record.image) if copied else record.image.file_name
    return ExportItem(
        number=number,
        record=record,
        file_name=name,
        acts=acts,
        undecided=tuple(s for s in current if s.id not in acted_on),
        suggestions={s.id: s for run in record.runs for s in run.suggestions},
    )


def _copy_name(image: ImageAsset) -> str:
    """Name a copy so that two files of one name stay apart and every system can hold it."""
    stem = unicodedata.normalize("NFKD", image.file_name.rpartition(".")[0] or image.file_name)
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", stem.encode("ascii", "ignore").decode())
    return f"{plain.strip('_')[:60] or 'image'}-{image.id}.png"


def _act_json(act: Annotation) -> dict[str, Any]:
    return {
        "annotation_uuid": str(act.id),
        "region_uuid": str(act.region_id),
        "rater": act.rater,
        "decision": str(act.decision),
        "label": act.label,
        "region": act.region.to_json(),
        "derived_from": _text(act.derived_from),
        "supersedes": _text(act.supersedes),
        "created_at": act.created_at.isoformat(),
    }


def _run_json(run: SuggestionRun) -> dict[str, Any]:
    made = run.provenance
    return {
        "run_uuid": str(run.id),
        "created_at": run.created_at.isoformat(),
        "model": {"name": made.model_name, "version": made.model_version},
        "model_sha256": made.model_sha256,
        "scores": {code: run.scores[code] for code in sorted(run.scores)},
        "notices": list(run.notices),
        "suggestions": [_suggestion_json(s) for s in run.suggestions],
    }


def _suggestion_json(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "suggestion_uuid": str(suggestion.id),
        "label": suggestion.label,
        "region": suggestion.region.to_json(),
        "score": suggestion.score,
        "strength": suggestion.strength,
        "against": suggestion.against,
        "explained_mass": suggestion.explained_mass,
    }


def _text(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
