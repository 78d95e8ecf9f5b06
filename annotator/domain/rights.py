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


class Consent(StrEnum):
    """Whether pictures of somebody may be handed on."""

    GRANTED = "granted"
    WITHHELD = "withheld"
    NOT_STATED = "not-stated"


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
    """

    licence: str = ""
    consent: Consent = Consent.NOT_STATED
    subjects: Mapping[str, Consent] = field(default_factory=lambda: MappingProxyType({}))

    def permits(self, record: ImageRecord, labels: LabelSet) -> bool:
        """Tell whether the picture of an image may be handed on.

        One of somebody who refused never may; a face only with consent on record. A picture
        shows a face where a face model found one, where one is marked in a video's frame, or
        where the project's labels are of faces (expressions, Action Units) and it is a photograph
        or such a frame.
        """
        said = self.consent
        if record.image.subject is not None:
            said = self.subjects.get(record.image.subject, said)
        if said is Consent.NOT_STATED:
            return not shows_face(record, labels)
        return said is Consent.GRANTED

    def to_json(self) -> dict[str, Any]:
        """Return the rights as JSON-ready values; `from_json` reads them back."""
        return {
            "licence": self.licence,
            "consent": self.consent.value,
            "subjects": {name: self.subjects[name].value for name in sorted(self.subjects)},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self:
        """Read what `to_json` wrote; nothing stands for rights that nobody stated."""
        if value is None:
            return cls()
        subjects = {name: Consent(said) for name, said in value["subjects"].items()}
        return cls(value["licence"], Consent(value["consent"]), subjects)


def shows_face(record: ImageRecord, labels: LabelSet) -> bool:
    """Tell whether an image shows a face, as far as the record can tell."""
    of_faces = any(label.scheme.lower().startswith(_FACE_SCHEMES) for label in labels)
    followed = record.image.followed_face is not None
    detected = followed or any(run.face is not None for run in record.runs)
    return detected or (of_faces and record.image.modality == "photograph")
