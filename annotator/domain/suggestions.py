"""What the machine proposes, and everything needed to say how it came to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ..errors import StorageError
from .regions import BoundingBox, Region

_UNIT_TOLERANCE = 1e-5  # what a sum of float32 shares may be over 1


def _now() -> datetime:
    return datetime.now(UTC)


class FaceChoice(StrEnum):
    """How it came that one face of a picture is read, and not another."""

    PROMINENT = "most prominent"
    TRACKED = "tracked"
    """It is the person who is followed through a video."""
    RATER = "chosen by a person"
    """Whose name the event of the run has."""


@dataclass(frozen=True, slots=True)
class ChosenFace:
    """The face of a picture that is read: its box, in original pixels, and how it was chosen."""

    box: BoundingBox
    how: FaceChoice


@dataclass(frozen=True, slots=True)
class FacePoints:
    """The 68 landmarks of a face, as a network located them.

    Attributes
    ----------
    values : bytes
        x and y of one after the other in pixels of the picture, float32, little-endian.
    network_sha256 : str
        SHA-256 of the network's weights.
    """

    values: bytes
    network_sha256: str


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A face that was found.

    Attributes
    ----------
    box : BoundingBox
        In pixels of the picture; it may reach over the edge.
    score : float
        How surely it is a face, in [0, 1].
    points : FacePoints or None
        Its landmarks; None where they were not located yet.
    """

    box: BoundingBox
    score: float
    points: FacePoints | None = None


FaceToRead: TypeAlias = ChosenFace | tuple[FoundFace, ...] | None
"""The face of a picture to read; or those that were found on it before, of which the most prominent
one is read; None where nobody looked yet."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a suggestion comes from; enough to compute it again.

    Attributes
    ----------
    model_name, model_version : str
        Of the model card.
    model_sha256 : str
        SHA-256 of the weights file.
    method : str
        For example ``excitation backprop, contrastive (dual)``.
    parameters : mapping
        JSON-ready parameters of the method and of the region cutting.
    code_version : str
        Version of this project.
    """

    model_name: str
    model_version: str
    model_sha256: str
    method: str
    parameters: Mapping[str, Any]
    code_version: str


@dataclass(frozen=True, slots=True)
class SuggestionCheck:
    """What came of putting a suggestion to the test.

    Attributes
    ----------
    fitted : bool
        Whether its outline follows edges of the picture; else it is as the map was cut.
    signals : mapping of str to float
        What was measured of it, by name, as `annotator.suggest.checking` has them.
    score_without : float or None
        The label's score once the region is erased, in [0, 1]; None where that was not asked.
    reliability : float or None
        The calibrated chance that label and region are right, in [0, 1]; None where the
        classifier's card has none.
    """

    fitted: bool
    signals: Mapping[str, float]
    score_without: float | None = None
    reliability: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values, its signals in an order of their own."""
        signals = {name: float(self.signals[name]) for name in sorted(self.signals)}
        return {one.name: getattr(self, one.name) for one in fields(self)} | {"signals": signals}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self | None:
        """Read what `to_json` wrote; None of a suggestion that was not put to the test."""
        return None if value is None else cls(**value)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One region that the machine proposes for one label; never changed once recorded.

    Attributes
    ----------
    label : str
        Code of the label.
    region : Region
        In original pixels.
    score : float or None
        The classifier's score of the label on this image, in [0, 1]; None where a file gave none.
    strength : float
        Share of the map's energy inside the region, in [0, 1].
    against : str
        Rival of the contrast: ``dual``, ``none`` or a label code.
    explained_mass : float
        Share of the decision's probability that reached the map layer, in [0, 1].
    check : SuggestionCheck or None
        None where it was not put to the test.
    """

    label: str
    region: Region
    score: float | None
    strength: float
    against: str
    explained_mass: float
    check: SuggestionCheck | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, slots=True)
class MapRecord:
    """An excitation map at the network's own resolution, and where it lies on the image.

    Attributes
    ----------
    label, against : str
        The label explained and its rival.
    layer : str
        The map layer.
    explained_mass : float
        In [0, 1].
    grid : ndarray of float32, shape (h, w)
        The map on the feature grid, >= 0, with sum 1 (or all 0 where nothing was left).
    extent : BoundingBox
        The rectangle of the original image that the grid covers, in original pixels; it may
        reach over the image's edge.
    """

    label: str
    against: str
    layer: str
    explained_mass: float
    grid: npt.NDArray[np.float32]
    extent: BoundingBox


@dataclass(frozen=True, slots=True)
class SuggestionRun:
    """One run of a classifier on one image: scores, maps, suggestions, and what was held back.

    Attributes
    ----------
    image_id : uuid.UUID
    provenance : Provenance
    scores : mapping of str to float
        Score in [0, 1] of each label code.
    suggestions : tuple of Suggestion
        Possibly empty.
    maps : tuple of MapRecord
    notices : tuple of str
        Sentences for the rater: why a label, or the whole image, got no suggestion.
    face : BoundingBox or None
        The face that was classified, in original pixels, for face models.
    faces : tuple of FoundFace or None
        All faces that were found, the most prominent first; None where nobody looked.
    """

    image_id: uuid.UUID
    provenance: Provenance
    scores: Mapping[str, float]
    suggestions: tuple[Suggestion, ...] = ()
    maps: tuple[MapRecord, ...] = ()
    notices: tuple[str, ...] = ()
    face: BoundingBox | None = None
    faces: tuple[FoundFace, ...] | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    created_at: datetime = field(default_factory=_now)

    def checked(self) -> Self:
        """Return the run with shares that rounding put outside [0, 1] put back.

        Raises
        ------
        StorageError
            If another share is outside [0, 1], or a map is no grid.
        """
        for record in self.maps:
            if record.grid.ndim != 2 or record.grid.size == 0:
                raise StorageError(
                    f"The map of {record.label!r} has the shape {record.grid.shape}, not (h, w)."
                )
        shares = ("strength", "explained_mass")
        return replace(
            self,
            suggestions=tuple(
                _with_shares(one, *shares, *["score"] * (one.score is not None))
                for one in self.suggestions
            ),
            maps=tuple(_with_shares(one, "explained_mass") for one in self.maps),
        )

    @property
    def reads_faces(self) -> bool:
        """Whether the classifier reads one face of a picture."""
        return "face_detector" in self.provenance.parameters

    @property
    def chosen_face(self) -> ChosenFace | None:
        """The face that was read, and how it was chosen; None where none was."""
        if self.face is None:
            return None
        # Runs from before faces could be chosen say nothing of it.
        how = self.provenance.parameters.get("face_choice") or FaceChoice.PROMINENT
        return ChosenFace(self.face, FaceChoice(how))


_Made = TypeVar("_Made", Suggestion, MapRecord)


def _with_shares(made: _Made, *names: str) -> _Made:
    shares: Any = {name: _share(name.replace("_", " "), getattr(made, name)) for name in names}
    return replace(made, **shares)


def _share(name: str, value: float) -> float:
    nearest = min(1.0, max(0.0, float(value)))
    if not abs(value - nearest) <= _UNIT_TOLERANCE:  # also true for NaN
        raise StorageError(f"A suggestion's {name} is {value}, not a number in [0, 1].")
    return nearest
