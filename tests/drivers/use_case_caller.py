"""Who calls a use case, and what it is called with: an image, its project, a folder."""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path

from annotator.domain import Annotation, BoundingBox, Decision, Role
from annotator.errors import NotAllowedError, StorageError
from annotator.workflows import annotating, erasing, jobs

WHO = {role.value: role.value for role in Role} | {
    "other": "manager of another project",
    "nobody": "without a role",
}


class Call:
    """What the calls below are made with: an image, its project, and who calls."""

    def __init__(self, team, who, folder: Path) -> None:
        self.team = team
        self.workspace = team.as_role(WHO[who])
        self.me = self.workspace.person.name
        self.project = team.project
        self.project_id = team.project.id
        self.image_id = team.image_ids[0]
        self.asset = team.workspace.record.image(self.image_id)
        self.folder = folder
        self.uploads = team.workspace.settings.upload_folder
        self.exports = team.workspace.settings.export_folder

    @property
    def somebody(self) -> uuid.UUID:
        return self.team.person("bystander").account_id

    def drawn(self) -> Annotation:
        box = BoundingBox(1, 2, 3, 4)
        return Annotation(
            uuid.uuid4(), self.image_id, uuid.uuid4(), self.me, Decision.ADDED, "node", box
        )


def wait() -> bool:
    return False


def a_file(call: Call) -> jobs.TakeOverTask:
    return jobs.TakeOverTask(call.uploads / "none.json", "coco")


def opened(call: Call) -> annotating.OpenImage:
    """An image as a reader opened it; who may do so is another cell's matter."""
    reader = call.team.as_role("rater")
    return annotating.open_image(reader, call.project_id, call.image_id, reader.person.name)


def deleted(call: Call) -> None:
    """Try to delete a project that is in use, which nobody may; its roles are asked first."""
    with contextlib.suppress(StorageError):
        erasing.delete_project(call.workspace, call.project.name, actor=call.me, reason="done")


def saved(call: Call) -> None:
    """Save an act; where the person may not, its verdict is raised."""
    for refusal in annotating.save_acts(call.workspace, [call.drawn()]).refused:
        if "Your roles do not allow you" in refusal.reason:
            raise NotAllowedError(refusal.reason)
