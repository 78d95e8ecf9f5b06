"""What passes from stage to stage on the way from a picture to suggestions."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.explainer import ExcitationMap, Explanation
from models.preprocess import InputFrame

from ..domain import (
    BoundingBox,
    ChosenFace,
    FaceChoice,
    FacePoints,
    FaceToRead,
    FoundFace,
    MapRecord,
    Recalibration,
    SuggestionRun,
)
from .canvas import Canvas, place_grid

FloatMap = npt.NDArray[np.float32]
_POINT = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class SuggestionSpec:
    """How suggestions are made, for all pictures alike.

    Attributes
    ----------
    labels : collection of str or None
        Those that may be suggested; None for all of the card's.
    against : str or None
        The contrast; None for the card's.
    geometry : str
        One of `SUGGESTION_GEOMETRIES`: how a suggestion is drawn.
    check : bool
        Whether suggestions are fitted to edges and put to the test.
    recalibration : Recalibration or None
        The project's own operating points, which count for the classifier that they were chosen
        for.
    """

    labels: Collection[str] | None = None
    against: str | None = None
    geometry: str = "box"
    check: bool = True
    recalibration: Recalibration | None = None


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

    @classmethod
    def of(cls, face: FaceToRead) -> Self:
        """Return what is to be read where the face, or all faces, are known; without scores yet."""
        if isinstance(face, ChosenFace):
            return cls({}, face.box, how=face.how)
        if not face:
            nothing = "No face was found, so nothing is suggested; draw by hand."
            return cls({}, notices=(nothing,), faces=())
        several = (f"{len(face)} faces were found; the most prominent one was read.",)
        return cls({}, face[0].box, several[: len(face) - 1], FaceChoice.PROMINENT, face)

    def points(self, network_sha256: str) -> Tensor | None:
        """Return the landmarks (68, 2) of the face that is read, if this network located them."""
        located = self.faces[0].points if self.faces and self.face == self.faces[0].box else None
        if located is None or located.network_sha256 != network_sha256:
            return None
        return torch.from_numpy(np.frombuffer(located.values, _POINT).astype(np.float32)).view(
            -1, 2
        )

    def with_points(self, points: Tensor, network_sha256: str) -> Reading:
        """Return the same with the landmarks of the face that is read, where it was found."""
        if not self.faces or self.face != self.faces[0].box:
            return self
        located = FacePoints(points.numpy().astype(_POINT).tobytes(), network_sha256)
        return replace(self, faces=(replace(self.faces[0], points=located), *self.faces[1:]))


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A picture brought to the network's input; its own pixels are not needed any more.

    Attributes
    ----------
    image_id : uuid.UUID
    reading : Reading
        Without scores yet.
    values : Tensor or None
        The input (C, h, w), float32, on its way to where the network is; None where there is
        nothing to classify.
    frame : InputFrame or None
        Where it lies on the picture.
    landmarks : ndarray of float32, shape (68, 2), or None
        Of the face, in the picture's pixels, where suggestions are cut by them.
    shown : ndarray of uint8, shape (h, w) or (h, w, 3), or None
        The picture on `CANVAS_PX` at most, where suggestions are fitted to its edges.
    """

    image_id: uuid.UUID
    reading: Reading
    values: Tensor | None = None
    frame: InputFrame | None = None
    landmarks: FloatMap | None = None
    shown: npt.NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture that was classified and explained; None where there was nothing to classify."""

    prepared: Prepared
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """An altered input that the network is asked about.

    Attributes
    ----------
    values : Tensor, shape (C, h, w)
    frame : InputFrame
        Where it lies on the picture.
    columns : tuple of int
        The labels whose maps are wanted; none for scores alone.
    """

    values: Tensor
    frame: InputFrame
    columns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """What a picture would get, and what the network is asked of it once more.

    Attributes
    ----------
    looked : Looked
    run : SuggestionRun
        Its suggestions have no scores yet of what was asked.
    questions : tuple of Question
        The picture without the region of each suggestion, in their order; then, of those that
        are mirrored, its mirror image. None where nothing is to be put to the test.
    """

    looked: Looked
    run: SuggestionRun
    questions: tuple[Question, ...] = ()


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

    @classmethod
    def of(cls, found: ExcitationMap) -> Self:
        """Return a map as the record keeps it."""
        frame = found.frame
        record = MapRecord(
            label=found.label,
            against=found.against,
            layer=found.layer,
            explained_mass=found.explained_mass,
            grid=found.grid.numpy(),
            extent=BoundingBox(frame.x, frame.y, frame.width, frame.height),
        )
        return cls(record, found.score, frame.image_width, frame.image_height)

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
