"""A project that two readers read apart, and in which they disagree."""

from __future__ import annotations

import uuid

from annotator.domain import (
    Adjudication,
    Annotation,
    BoundingBox,
    Decision,
    Project,
    Protocol,
)
from annotator.workflows.annotating import open_image, save_acts
from annotator.workflows.reading import set_protocol, sign_reading
from annotator.workflows.workspace import Workspace

APART = Protocol(readers=2, adjudication=Adjudication.DISAGREEMENT)


def drawn_by(
    workspace: Workspace,
    project: Project,
    image: uuid.UUID,
    rater: str,
    label: str,
    box: BoundingBox,
) -> Annotation:
    """Let a rater draw a box, in their reading if they have one."""
    reading = open_image(workspace, project.id, image, rater).reading
    act = Annotation(
        uuid.uuid4(), image, uuid.uuid4(), rater, Decision.ADDED, label, box,
        reading_id=reading.id if reading else None,
    )  # fmt: skip
    save_acts(workspace, [act])
    return act


def disagreed(
    workspace: Workspace,
    project: Project,
    boxes: dict[str, tuple[str, BoundingBox] | None],
) -> uuid.UUID:
    """Have the first image read and signed by each reader; return its id.

    Parameters
    ----------
    workspace : Workspace
    project : Project
    boxes : dict
        By reader, the label and box they draw; None for nothing.
    """
    set_protocol(workspace, project.id, APART, actor="Manager")
    image = next(iter(workspace.record.image_ids(project.id)))
    for reader, drawn in boxes.items():
        open_image(workspace, project.id, image, reader)
        if drawn is not None:
            drawn_by(workspace, project, image, reader, *drawn)
        sign_reading(workspace, image, reader)
    return image
