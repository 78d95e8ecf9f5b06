"""Run a classifier on pictures, explain its decisions, and propose regions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from models.card import ModelCard
from models.classifier import Classifier
from models.errors import ModelError
from models.explainer import Explainer, Explanation
from models.face_api.landmarks import FaceLandmarks

from ..domain import BoundingBox, FaceChoice, FaceToRead, Provenance, Suggestion, SuggestionRun
from ..errors import SuggestError
from .asking import Asking
from .cards import contrast, label_code
from .checking import checked, questions, shown_small
from .cutting import CutParameters, CutRegion, cut_canvas
from .cutting_sides import cut_by_side
from .faces import Pixels, face_detector, faces_of_each, picture_tensor
from .muscle_check import SCHEME, outside_muscle
from .muscle_regions import is_paired
from .preparing import corner_form, prepared
from .proposing import (
    least_score,
    of_faces,
    proposals,
    provenance,
    why_no_region,
    why_nothing,
    why_unexplained,
    worthy,
)
from .stages import (
    Explained,
    FloatMap,
    Looked,
    Prepared,
    Proposed,
    Reading,
    SuggestionSpec,
)

__all__ = ["Explained", "Reading", "Suggester", "SuggestionSpec"]

_AS_THE_CARD_SAYS = SuggestionSpec()


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
            self._coded = faces and any(t.scheme == SCHEME for t in self._classifier.targets)
            self._landmarks = self._classifier.landmarks
            if self._coded and self._landmarks is None:
                self._landmarks = FaceLandmarks.load(device)
        except ModelError as error:
            raise SuggestError(str(error)) from error
        limits = self._classifier.card.suggest
        self.cut = cut or CutParameters(limits.level, limits.min_strength)
        self._asking = Asking(self._classifier, self._explainer)
        self._made_with: dict[tuple[SuggestionSpec, FaceChoice | None], Provenance] = {}

    @property
    def card(self) -> ModelCard:
        """The model card."""
        return self._classifier.card

    @property
    def batch(self) -> int:
        """Most pictures that go through the network at once."""
        return self._asking.batch

    def least_score(self, code: str) -> float:
        """Return the score from which a label is worth suggesting: its operating point."""
        return least_score(self.card, code)

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
        readings = self.find_faces(pictures, faces or [None] * len(pictures))
        legible = [i for i, one in enumerate(readings) if one.face or not self.reads_faces]
        if not legible:
            return readings
        scores = self._classifier.predict(
            [picture_tensor(pictures[i]) for i in legible],
            boxes=[corner_form(readings[i].face) for i in legible],
        )
        for row, i in zip(scores, legible, strict=True):
            readings[i] = replace(readings[i], scores=self._by_code(row))
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
        try:
            columns = self._explainer.columns(labels, against)
            alone = self._prepared([uuid.uuid4()], [picture], [Reading({}, face)])
        except ModelError as error:
            raise SuggestError(str(error)) from error
        (explanation,) = self._asking.explanations(alone, lambda _picture, _: columns, against)
        self._require_finite(explanation)
        return [Explained.of(one) for one in explanation.maps]

    def suggest(
        self,
        image_id: uuid.UUID,
        picture: Pixels,
        spec: SuggestionSpec = _AS_THE_CARD_SAYS,
        face: FaceToRead = None,
    ) -> SuggestionRun:
        """Classify one picture and propose regions for each label worth showing.

        Parameters
        ----------
        image_id : uuid.UUID
        picture : ndarray, (H, W) or (H, W, 3), uint8 or uint16
        spec : SuggestionSpec
        face : FaceToRead
            For face models, what is known of the picture's faces.

        Returns
        -------
        SuggestionRun
            With a notice for each label, or the whole picture, that got no suggestion.
        """
        looked = self.look(self.prepare_all([image_id], [picture], [face], spec), spec)
        return self.check([self.propose(one, spec) for one in looked], spec)[0]

    def prepare_all(
        self,
        image_ids: Sequence[uuid.UUID],
        pictures: Sequence[Pixels],
        faces: Sequence[FaceToRead],
        spec: SuggestionSpec = _AS_THE_CARD_SAYS,
    ) -> list[Prepared]:
        """Bring pictures to the network's input: the first of four stages of `suggest`.

        Raises
        ------
        SuggestError
            If a picture cannot be used.
        """
        try:
            made = self._prepared(image_ids, pictures, self.find_faces(pictures, faces))
        except ModelError as error:
            raise SuggestError(str(error)) from error
        if self.reads_faces or not spec.check:
            return made
        shown = (shown_small(picture_tensor(one)) for one in pictures)
        return [replace(one, shown=small) for one, small in zip(made, shown, strict=True)]

    def look(self, pictures: Sequence[Prepared], spec: SuggestionSpec) -> list[Looked]:
        """Classify prepared pictures and explain what is worth it, by one forward pass.

        The second of four stages, for one thread.

        Raises
        ------
        SuggestError
            If the contrast is unknown, or memory does not suffice for one picture.
        """
        legible = [one for one in pictures if one.values is not None]
        explanations = iter(self._asking.explanations(legible, self._worth(spec), spec.against))
        return [Looked(one, None if one.values is None else next(explanations)) for one in pictures]

    def check(self, proposed: Sequence[Proposed], spec: SuggestionSpec) -> list[SuggestionRun]:
        """Put suggestions to the test; the last of four stages, for the thread of `look`.

        Raises
        ------
        SuggestError
            If memory does not suffice for one picture.
        """
        asked = [question for one in proposed for question in one.questions]
        explanations = self._asking.explanations(asked, lambda one, _: one.columns, spec.against)
        answers = iter(explanations)
        return [
            checked(one, list(islice(answers, len(one.questions))), self.card) for one in proposed
        ]

    def propose(self, looked: Looked, spec: SuggestionSpec) -> Proposed:
        """Cut the maps of one picture into suggestions: the third of four stages.

        Raises
        ------
        SuggestError
            If the network's outputs are not finite.
        """
        seen, explanation = looked.prepared, looked.explanation
        notices, suggestions = [*seen.reading.notices], list[Suggestion]()
        withheld = explanation and why_nothing(explanation.evidence, self.card.presence)
        scores: Mapping[str, float] = {}
        maps: list[Explained] = []
        if explanation is not None:
            self._require_finite(explanation)
            scores, maps = (
                self._by_code(explanation.scores),
                list(map(Explained.of, explanation.maps)),
            )
            notices += [withheld] if withheld else why_unexplained(self.card, scores, spec)
        for explained in () if withheld else maps:
            cut = self.regions(explained, seen.landmarks)
            notices += why_no_region(explained.record.label, cut, self.cut)
            suggestions += proposals(explained, cut, spec, seen.shown)
            if seen.landmarks is not None:
                label, canvas = explained.record.label, explained.canvas
                notices += outside_muscle(label, seen.landmarks, canvas, cut, spec.geometry)
        run = SuggestionRun(
            image_id=seen.image_id,
            provenance=self._provenance(spec, seen.reading.how),
            scores=scores,
            suggestions=tuple(suggestions),
            maps=tuple(explained.record for explained in maps),
            notices=tuple(notices),
            face=seen.reading.face,
            faces=seen.reading.faces,
        )
        return Proposed(looked, run, questions(looked, run, self.card) if spec.check else ())

    def _prepared(
        self,
        image_ids: Sequence[uuid.UUID],
        pictures: Sequence[Pixels],
        readings: Sequence[Reading],
    ) -> list[Prepared]:
        parts = zip(image_ids, map(picture_tensor, pictures), readings, strict=True)
        return prepared(list(parts), self._classifier, self._landmarks, coded=self._coded)

    def _worth(self, spec: SuggestionSpec) -> Callable[[Prepared, Tensor], list[int]]:
        """Choose the labels that are worth it; none is explained against itself."""

        def columns(_picture: Prepared, scores: Tensor) -> list[int]:
            reached = worthy(self.card, self._by_code(scores), spec)
            return [self._classifier.codes.index(code) for code in reached if code != spec.against]

        return columns

    def _provenance(self, spec: SuggestionSpec, how: FaceChoice | None) -> Provenance:
        """Return what runs are made with, made once for all of them."""
        key = (replace(spec, labels=None), how)  # labels are the run's, and no part of it
        if key not in self._made_with:
            self._made_with[key] = self._new_provenance(spec, how)
        return self._made_with[key]

    def _new_provenance(self, spec: SuggestionSpec, how: FaceChoice | None) -> Provenance:
        faces: dict[str, Any] = {}
        if self._detector is not None:
            faces = of_faces(self.card, self._detector.card, self._classifier.landmarks, how)
        return provenance(self.card, spec, self.cut, faces)

    def _require_finite(self, explanation: Explanation) -> None:
        if not bool(explanation.scores.isfinite().all()):
            raise SuggestError(self._explainer.not_finite)

    def _by_code(self, scores: Tensor) -> dict[str, float]:
        return dict(zip(self._classifier.codes, scores.tolist(), strict=True))

    def landmarks(self, picture: Pixels, face: BoundingBox | None) -> FloatMap | None:
        """Return the 68 landmarks (68, 2) of a face in the picture's pixels.

        None where labels are no Action Units, or there is no face.
        """
        box = corner_form(face)
        if self._landmarks is None or not self._coded or box is None:
            return None
        return np.asarray(self._landmarks.locate(picture_tensor(picture), box), dtype=np.float32)

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

    def find_faces(self, pictures: Sequence[Pixels], faces: Sequence[FaceToRead]) -> list[Reading]:
        """Return what is to be read of pictures, not classified yet."""
        if not self.reads_faces:
            return [Reading({}) for _ in pictures]
        unknown = [place for place, face in enumerate(faces) if face is None]
        found = faces_of_each([pictures[place] for place in unknown], self._device)
        known = dict(zip(unknown, found, strict=True))
        return [Reading.of(known.get(place, face)) for place, face in enumerate(faces)]
