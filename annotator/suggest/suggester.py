"""Run a classifier on pictures, explain its decisions, and propose regions."""

from __future__ import annotations

import importlib.metadata
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.card import ModelCard
from models.classifier import Classifier
from models.errors import ModelError
from models.explainer import ExcitationMap, Explainer

from ..domain import (
    BoundingBox,
    ChosenFace,
    FaceChoice,
    FaceToRead,
    FoundFace,
    MapRecord,
    Provenance,
    Suggestion,
    SuggestionRun,
)
from ..errors import SuggestError
from ..settings import APPLICATION
from .canvas import Canvas, place_grid
from .cards import contrast, label_code
from .cutting import CutParameters, CutRegion, cut_canvas
from .cutting_sides import cut_by_side
from .faces import Pixels, face_detector, faces_of_each, picture_tensor
from .measures import concentration
from .muscle_check import SCHEME, MuscleCheck, outside_muscle
from .muscle_regions import is_paired

FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Explained:
    """A map on its grid, and over the image.

    Attributes
    ----------
    record : MapRecord
        The grid, its place on the image, and what was explained.
    score : float
        The label's score in [0, 1].
    width, height : int
        Size of the image in pixels.
    """

    record: MapRecord
    score: float
    width: int
    height: int

    @cached_property
    def canvas(self) -> Canvas:
        """The map as it is cut and drawn."""
        return Canvas.of(self.record.grid, self.record.extent, self.width, self.height)

    @cached_property
    def values(self) -> FloatMap:
        """The map in original pixels, (H, W), >= 0, with sum 1 (all 0 where nothing was left)."""
        values = place_grid(self.record.grid, self.record.extent, self.height, self.width)
        total = values.sum(dtype=np.float64)
        return values if total <= 0 else (values / total).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a classifier makes of one picture before anything is explained.

    Attributes
    ----------
    scores : mapping of str to float
        Score in [0, 1] of each label code; empty if there is nothing to classify.
    face : BoundingBox or None
        The face that was classified, for face models.
    notices : tuple of str
        Sentences for the rater.
    how : FaceChoice or None
        How it came that it was this face.
    faces : tuple of FoundFace or None
        All that were found; None where nobody looked.
    """

    scores: Mapping[str, float]
    face: BoundingBox | None = None
    notices: tuple[str, ...] = ()
    how: FaceChoice | None = None
    faces: tuple[FoundFace, ...] | None = None


class Suggester:
    """A loaded classifier with its explainer; safe to share between threads.

    Parameters
    ----------
    card : str or Path
        Name of a shipped card, or the path of a ``.toml`` file.
    device : str
        ``auto`` (a GPU if there is one), ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    cut : CutParameters, optional
        How maps are cut into regions; as the card says if not given.

    Attributes
    ----------
    cut : CutParameters
        How maps are cut into regions.

    Raises
    ------
    SuggestError
        If the card or its weights cannot be used, or a layer has no rule.
    """

    def __init__(
        self,
        card: ModelCard | str | Path,
        device: str = "auto",
        cut: CutParameters | None = None,
    ) -> None:
        try:
            self._classifier = Classifier.load(card, device=device)
            self._explainer = Explainer(self._classifier)
            faces = self._classifier.card.input.crop == "face"
            self._detector = face_detector(device) if faces else None
            self._device = device
            coded = any(target.scheme == SCHEME for target in self._classifier.targets)
            self._muscles = MuscleCheck(device) if faces and coded else None
        except ModelError as error:
            raise SuggestError(str(error)) from error
        limits = self._classifier.card.suggest
        self.cut = cut or CutParameters(limits.level, limits.min_strength)

    @property
    def card(self) -> ModelCard:
        """The model card."""
        return self._classifier.card

    def least_score(self, code: str) -> float:
        """Return the score from which a label is worth suggesting: its operating point."""
        point = self.card.targets[self.card.index(code)].operating_point
        return self.card.suggest.min_score if point is None else point

    def code(self, name: str) -> str:
        """Return the label code that a name (a code or one of the card's aliases) stands for.

        Raises
        ------
        SuggestError
            If the classifier has no such label; the message lists those it has.
        """
        return label_code(self.card, name)

    def rival(self, against: str | None) -> str | None:
        """Return the contrast that a name stands for, or None for the card's own.

        Raises
        ------
        SuggestError
            If it is none of them.
        """
        return None if against is None else contrast(self.card, against)

    @property
    def reads_faces(self) -> bool:
        """Whether it classifies one face of a picture, and not the whole."""
        return self._detector is not None

    @property
    def detector_sha256(self) -> str | None:
        """SHA-256 of the weights of the network that finds faces; None where none is read."""
        return None if self._detector is None else self._detector.card.weights.sha256

    def read(
        self, pictures: Sequence[Pixels], faces: Sequence[FaceToRead] | None = None
    ) -> list[Reading]:
        """Classify pictures.

        Parameters
        ----------
        pictures : sequence of ndarray, each (H, W) or (H, W, 3), uint8 or uint16
        faces : sequence of FaceToRead, optional
            For face models, what is known of each picture's faces; they are looked for where it
            is nothing.

        Returns
        -------
        list of Reading
            One a picture, in order; without scores, and with a notice, where there is no face.
        """
        readings = self._find_faces(pictures, faces or [None] * len(pictures))
        legible = [i for i, found in enumerate(readings) if found.face or not self.reads_faces]
        if not legible:
            return readings
        scores = self._classifier.predict(
            [picture_tensor(pictures[i]) for i in legible],
            boxes=[_corner_form(readings[i].face) for i in legible],
        )
        for row, i in enumerate(legible):
            named = dict(zip(self._classifier.codes, scores[row].tolist(), strict=True))
            readings[i] = replace(readings[i], scores=named)
        return readings

    def explain(
        self,
        picture: Pixels,
        labels: Sequence[str],
        against: str | None = None,
        face: BoundingBox | None = None,
    ) -> list[Explained]:
        """Explain labels on one picture.

        Parameters
        ----------
        picture : ndarray, (H, W) or (H, W, 3), uint8 or uint16
        labels : sequence of str
            Codes to explain.
        against : str, optional
            ``dual``, ``none``, ``rest`` or a rival's code; the card's contrast if not given.
        face : BoundingBox, optional
            The face to explain, for face models, as `read` found it.

        Raises
        ------
        SuggestError
            If a label is unknown, or a label is to be explained against itself.
        """
        tensor, box = picture_tensor(picture), _corner_form(face)
        try:
            maps = self._explainer.excitation_maps([tensor], labels, contrast=against, boxes=[box])
        except ModelError as error:
            raise SuggestError(str(error)) from error
        return [_explained(found) for found in maps[0]]

    def suggest(
        self,
        image_id: uuid.UUID,
        picture: Pixels,
        *,
        labels: Collection[str] | None = None,
        against: str | None = None,
        geometry: str = "box",
        face: FaceToRead = None,
    ) -> SuggestionRun:
        """Classify one picture and propose regions for each label worth showing.

        Parameters
        ----------
        image_id : uuid.UUID
        picture : ndarray, (H, W) or (H, W, 3), uint8 or uint16
        labels : collection of str, optional
            Those that may be suggested; all of the card's if not given.
        against : str, optional
            The contrast; the card's if not given.
        geometry : str
            One of `SUGGESTION_GEOMETRIES`: how a suggestion is drawn.
        face : FaceToRead
            For face models, what is known of the picture's faces.

        Returns
        -------
        SuggestionRun
            With a notice for each label, or the whole picture, that got no suggestion.
        """
        reading = self.read([picture], [face])[0]
        wanted = self.card.codes if labels is None else labels
        scores = sorted(reading.scores.items(), key=lambda item: -item[1])
        said = [c for c, score in scores if c in wanted and score >= self.least_score(c)]
        # A label is not explained against itself.
        worthy = [code for code in said if code != against]
        notices = [*reading.notices]
        if against in said:
            notices.append(f"{against} is the rival of all maps here and gets none itself.")
        elif reading.scores and not worthy:
            notices.append("No label reached its operating point; nothing is suggested.")
        found = self.explain(picture, worthy, against, reading.face) if worthy else []
        landmarks = self.landmarks(picture, reading.face) if found else None
        suggestions: list[Suggestion] = []
        for explained in found:
            reason = self._reason_to_hold_back(explained)
            if reason:
                notices.append(reason)
                continue
            cut = self.regions(explained, landmarks)
            suggestions += [_suggestion(explained, region, geometry) for region in cut]
            if landmarks is not None:
                label = explained.record.label
                notices += outside_muscle(label, landmarks, explained.canvas, cut, geometry)
        return SuggestionRun(
            image_id=image_id,
            provenance=self._provenance(against, geometry, reading.how),
            scores=reading.scores,
            suggestions=tuple(suggestions),
            maps=tuple(e.record for e in found),
            notices=tuple(notices),
            face=reading.face,
            faces=reading.faces,
        )

    def landmarks(self, picture: Pixels, face: BoundingBox | None) -> FloatMap | None:
        """Return the 68 landmarks (68, 2) of a face in the picture's pixels.

        None where labels are no Action Units, or there is no face.
        """
        if self._muscles is None or face is None:
            return None
        return self._muscles.on_face(picture_tensor(picture), face)

    def regions(
        self, explained: Explained, landmarks: FloatMap | None = None
    ) -> tuple[CutRegion, ...]:
        """Cut a map into regions as the card says, the strongest first.

        Parameters
        ----------
        explained : Explained
        landmarks : ndarray of float32, shape (68, 2), optional
            Of the face, from `landmarks`: units with a muscle on either side are cut by side.
        """
        if landmarks is not None and is_paired(explained.record.label):
            return cut_by_side(explained.canvas, landmarks, self.cut)
        return cut_canvas(explained.canvas, self.cut)

    def _find_faces(self, pictures: Sequence[Pixels], faces: Sequence[FaceToRead]) -> list[Reading]:
        """Return what is to be read of pictures, not classified yet."""
        if not self.reads_faces:
            return [Reading({}) for _ in pictures]
        unknown = [place for place, face in enumerate(faces) if face is None]
        found = faces_of_each([pictures[place] for place in unknown], self._device)
        known = dict(zip(unknown, found, strict=True))
        return [_reading_of(known.get(place, face)) for place, face in enumerate(faces)]

    def _reason_to_hold_back(self, explained: Explained) -> str | None:
        limits, record = self.card.suggest, explained.record
        if record.explained_mass < limits.min_explained_mass:
            return (
                f"{record.label}: only {record.explained_mass:.0%} of the decision reached the "
                f"map (at least {limits.min_explained_mass:.0%} is asked for); no suggestion."
            )
        found = concentration(record.grid)
        if found < limits.min_concentration:
            return (
                f"{record.label}: the map is spread thin (concentration {found:.2f}, at least "
                f"{limits.min_concentration:.2f} is asked for); no suggestion."
            )
        return None

    def _provenance(self, against: str | None, geometry: str, how: str | None) -> Provenance:
        card = self.card
        parameters: dict[str, Any] = {
            "contrast": against or card.contrast,
            "map_layer": card.map_layer,
            "geometry": geometry,
            "cut": asdict(self.cut),
            "suggest": asdict(card.suggest),
            "operating_points": {code: self.least_score(code) for code in card.codes},
        }
        if self._detector is not None:
            parameters["face_detector"] = self._detector.card.name
            parameters["face_detector_sha256"] = self.detector_sha256
            parameters["face_choice"] = how
        if self._classifier.landmarks is not None:
            parameters["face_alignment"] = card.input.alignment
            parameters["face_landmarks_sha256"] = self._classifier.landmarks.card.weights.sha256
        return Provenance(
            model_name=card.name,
            model_version=card.version,
            model_sha256=card.weights.sha256,
            method="excitation backprop",
            parameters=parameters,
            code_version=importlib.metadata.version(APPLICATION),
        )


def _reading_of(face: FaceToRead) -> Reading:
    if isinstance(face, ChosenFace):
        return Reading({}, face.box, how=face.how)
    if not face:
        nothing = "No face was found, so nothing is suggested; draw by hand."
        return Reading({}, notices=(nothing,), faces=())
    several = (f"{len(face)} faces were found; the most prominent one was read.",)
    return Reading({}, face[0].box, several[: len(face) - 1], FaceChoice.PROMINENT, face)


def _suggestion(explained: Explained, region: CutRegion, geometry: str) -> Suggestion:
    record = explained.record
    return Suggestion(
        label=record.label,
        region=region.drawn(geometry),
        score=explained.score,
        strength=region.strength,
        against=record.against,
        explained_mass=record.explained_mass,
    )


def _corner_form(face: BoundingBox | None) -> tuple[float, float, float, float] | None:
    return None if face is None else (face.x, face.y, face.width, face.height)


def _explained(found: ExcitationMap) -> Explained:
    frame = found.frame
    record = MapRecord(
        label=found.label,
        against=found.against,
        layer=found.layer,
        explained_mass=found.explained_mass,
        grid=found.grid.numpy(),
        extent=BoundingBox(frame.x, frame.y, frame.width, frame.height),
    )
    return Explained(record, found.score, frame.image_width, frame.image_height)
