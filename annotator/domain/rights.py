"""What may be handed on: the licence of a project, and the consent of those it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from .labels import LabelSet
from .projects import ImageRecord

_FACE_SCHEMES = ("facs", "expression")
"""How the schemes of labels that only faces have begin."""
RASTER = "photograph"
"""Modality of images that came from raster files and films."""


class Shows(StrEnum):
    """Whether a recognisable person is on a project's raster pictures: photographs, films."""

    NOBODY = "nobody"
    PERSONS = "persons"
    NOT_STATED = "not-stated"


class Consent(StrEnum):
    """Whether pictures of somebody may be handed on."""

    GRANTED = "granted"
    WITHHELD = "withheld"
    NOT_STATED = "not-stated"


class Refusal(StrEnum):
    """Why a picture may not be handed on."""

    WITHHELD = "withheld"
    """Whoever it shows refused."""
    NO_CONSENT = "no consent"
    """It shows a person, and no consent is on record."""
    UNANSWERED = "unanswered"
    """Nobody stated whether the project's pictures show persons."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Under which terms a project's data may leave it.

    Attributes
    ----------
    licence : str
        Of the data set: an SPDX expression or a sentence; empty if nobody said.
    consent : Consent
        Of everybody who is not named in `subjects`.
    subjects : mapping of str to Consent
        By pseudonym.
    shows : Shows
        What raster pictures show; files of DICOM have rules of their own (docs/ingest.md).
    """

    licence: str = ""
    consent: Consent = Consent.NOT_STATED
    subjects: Mapping[str, Consent] = field(default_factory=lambda: MappingProxyType({}))
    shows: Shows = Shows.NOT_STATED

    def permits(self, record: ImageRecord, labels: LabelSet) -> bool:
        """Tell whether the picture of an image may be handed on."""
        return self.refusal(record, labels) is None

    def refusal(self, record: ImageRecord, labels: LabelSet) -> Refusal | None:
        """Return why the picture of an image may not be handed on; None if it may.

        One of somebody who refused never may, and one of somebody who consented may. Without
        either, a picture stays where a face was found on it, and a raster picture where it is
        not stated that nobody recognisable is shown.
        """
        consent = self.consent
        if record.image.subject is not None:
            consent = self.subjects.get(record.image.subject, consent)
        if consent is Consent.WITHHELD:
            return Refusal.WITHHELD
        if consent is Consent.GRANTED:
            return None
        if _has_face(record):
            return Refusal.NO_CONSENT
        if record.image.modality != RASTER or self.shows is Shows.NOBODY:
            return None
        return Refusal.NO_CONSENT if self.is_answered(labels) else Refusal.UNANSWERED

    def is_answered(self, labels: LabelSet) -> bool:
        """Tell whether it is known what raster pictures show; labels of faces are an answer."""
        return self.shows is not Shows.NOT_STATED or are_of_faces(labels)

    def to_json(self) -> dict[str, Any]:
        """Return the rights as JSON-ready values; `from_json` reads them back."""
        return {
            "licence": self.licence,
            "consent": self.consent.value,
            "subjects": {name: self.subjects[name].value for name in sorted(self.subjects)},
            "shows": self.shows.value,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self:
        """Read what `to_json` wrote; nothing stands for rights that nobody stated."""
        if value is None:
            return cls()
        subjects = {name: Consent(stated) for name, stated in value["subjects"].items()}
        shows = Shows(value.get("shows", Shows.NOT_STATED))
        return cls(value["licence"], Consent(value["consent"]), subjects, shows)


def are_of_faces(labels: LabelSet) -> bool:
    """Tell whether some label is of faces only, by its scheme."""
    return any(label.scheme.lower().startswith(_FACE_SCHEMES) for label in labels)


def _has_face(record: ImageRecord) -> bool:
    followed = record.image.followed_face is not None
    return followed or any(run.face is not None for run in record.runs)
