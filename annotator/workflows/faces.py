"""Which face of a picture is read: the faces there are, and another one chosen."""

from __future__ import annotations

import uuid

from ..domain import (
    BoundingBox,
    ChosenFace,
    FaceChoice,
    FoundFace,
    ImageAsset,
    Permission,
    Project,
    SuggestionRun,
)
from ..errors import ProtocolError, SuggestError
from .annotating import may_choose_face
from .authority import needs
from .pictures import shown_pixels
from .suggesting import run_on_image, shared_suggester
from .workspace import Workspace

LEAST_FACE_PX = 16
"""A smaller box holds too few pixels to be read."""


@needs(Permission.READ)
def faces_in(
    workspace: Workspace, project: Project, image_id: uuid.UUID, rater: str
) -> tuple[FoundFace, ...]:
    """Find the faces in a picture, the most prominent first; nothing is recorded.

    Raises
    ------
    ProtocolError
        If the reader may not choose the face of this image.
    SuggestError
        If the faces cannot be looked for.
    """
    # Here, because it takes torch along, which the page itself does without.
    from ..suggest.faces import face_detector, found_faces

    _require_choice(workspace, project, image_id, rater)
    device = workspace.settings.device
    detector = face_detector(device).card.weights.sha256
    found = workspace.record.faces_found([image_id], detector).get(image_id)
    if found is not None:
        return found
    return found_faces(shown_pixels(workspace, workspace.record.image(image_id)), device)


@needs(Permission.READ)
def choose_face(
    workspace: Workspace, project: Project, image_id: uuid.UUID, box: BoundingBox, rater: str
) -> SuggestionRun:
    """Have another face of a picture read: the run on it becomes the image's current one.

    What the machine said of the face before, and what people said of that, stays on record. The
    choice also holds for later runs.

    Parameters
    ----------
    workspace : Workspace
    project : Project
    image_id : uuid.UUID
    box : BoundingBox
        The face, in pixels of the original picture.
    rater : str
        Who chooses; the run's event has the name.

    Returns
    -------
    SuggestionRun
        As it is on record now.

    Raises
    ------
    ProtocolError
        If the reader may not choose the face of this image.
    SuggestError
        If the project's model reads no faces, or the box is too small or off the picture.
    """
    _require_choice(workspace, project, image_id, rater)
    if project.model_name is None:
        raise SuggestError("This project has no model, so no face is read.")
    suggester = shared_suggester(project.model_name, workspace.settings)
    if not suggester.reads_faces:
        raise SuggestError("The model of this project reads the whole picture, and no face.")
    _require_legible(box, workspace.record.image(image_id))
    face = ChosenFace(box, FaceChoice.RATER)
    run = run_on_image(suggester, workspace, project, image_id, face)
    workspace.record.record_run(run, actor=rater)
    return run


def _require_choice(
    workspace: Workspace, project: Project, image_id: uuid.UUID, rater: str
) -> None:
    protocol = workspace.record.protocol(project.id)
    reading = workspace.record.readings.current(image_id, rater) if rater else None
    if not may_choose_face(protocol, reading):
        raise ProtocolError(
            "All readers of this project are shown the suggestions of one face, so it is not "
            "changed while they read; say so in a note."
        )


def _require_legible(box: BoundingBox, asset: ImageAsset) -> None:
    # Boxes that the detector found may reach over the edge, but most of a face is on the picture.
    across = min(asset.width, box.x + box.width) - max(0.0, box.x)
    down = min(asset.height, box.y + box.height) - max(0.0, box.y)
    if min(across, down) < LEAST_FACE_PX or 2 * across * down < box.area_px:
        raise SuggestError(
            f"A face needs at least {LEAST_FACE_PX} x {LEAST_FACE_PX} px of the picture to be "
            "read, and half of its box must be on it; draw a larger box around it."
        )
