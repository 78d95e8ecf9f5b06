"""Bring pictures whose faces are known to a classifier's input."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from torch import Tensor

from models.classifier import Classifier
from models.face_api.landmarks import FaceLandmarks
from models.preprocess import Box

from ..domain import BoundingBox
from .stages import Prepared, Reading


def prepared(
    pictures: Sequence[tuple[uuid.UUID, Tensor, Reading]],
    classifier: Classifier,
    landmarks: FaceLandmarks | None,
    *,
    coded: bool,
) -> list[Prepared]:
    """Return the inputs of pictures, where there is anything to see.

    Parameters
    ----------
    pictures : sequence of (id, Tensor, Reading)
        Each (C, H, W), uint8 or uint16, with the face that is to be read.
    classifier : Classifier
    landmarks : FaceLandmarks or None
        Finds the points of faces, if they are needed.
    coded : bool
        Whether suggestions are cut by the points.

    Raises
    ------
    ModelError
        If a picture cannot be used.
    """
    reads_faces = classifier.card.input.crop == "face"
    points: list[Tensor | None] = [None] * len(pictures)
    if landmarks is not None:
        points = _points([one[1:] for one in pictures], landmarks)
    made = []
    for (image_id, tensor, reading), of_face in zip(pictures, points, strict=True):
        if reads_faces and reading.face is None:
            made.append(Prepared(image_id, reading))
            continue
        values, frame = classifier.prepare_one(tensor, corner_form(reading.face), of_face)
        cut_by = of_face.numpy() if of_face is not None and coded else None
        read = reading
        if of_face is not None and landmarks is not None:
            read = reading.with_points(of_face, landmarks.card.weights.sha256)
        made.append(Prepared(image_id, read, classifier.send(values), frame, cut_by))
    return made


def _points(
    pictures: Sequence[tuple[Tensor, Reading]], landmarks: FaceLandmarks
) -> list[Tensor | None]:
    """Return the points (68, 2) of each face: those on record, else located all together."""
    points = [one.points(landmarks.card.weights.sha256) for _, one in pictures]
    unknown = [
        (place, tensor, box)
        for place, (tensor, reading) in enumerate(pictures)
        if points[place] is None and (box := corner_form(reading.face)) is not None
    ]
    if unknown:
        places, tensors, boxes = zip(*unknown, strict=True)
        for place, of_face in zip(places, landmarks.locate_all(tensors, boxes), strict=True):
            points[place] = of_face
    return points


def corner_form(face: BoundingBox | None) -> Box | None:
    """Return a face's x, y, width and height; None where there is none."""
    return None if face is None else (face.x, face.y, face.width, face.height)
