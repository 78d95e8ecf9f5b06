"""A study whose names, counts and findings are told apart wherever they turn up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from annotator.domain import (
    Adjudication,
    BoundingBox,
    Label,
    LabelSet,
    Mode,
    Protocol,
    Provenance,
    Role,
    Suggestion,
    SuggestionRun,
)
from annotator.domain.rights import Rights, Shows
from annotator.workflows import (
    exporting,
)
from annotator.workflows.importing import import_paths
from annotator.workflows.people import account_named, invite, set_role
from annotator.workflows.workspace import Workspace

NAME = "malignantzebra"
FOUND = 3
"""Images that the machine suggests something on."""
IMAGES = 5
MADE = Provenance("brain-mri-tumour", "1.0.0", "ab" * 32, "excitation backprop", {}, "0.1")

PROTOCOLS = {
    "open": Protocol(),
    "two readers": Protocol(readers=2),
    "unaided": Protocol(Mode.UNAIDED),
    "blind, then reveal": Protocol(Mode.BLIND_THEN_REVEAL, adjudication=Adjudication.ALL),
    "labels only": Protocol(Mode.LABELS_ONLY, readers=2),
    "arms": Protocol(arms=(Mode.UNAIDED, Mode.SUGGESTIONS_FIRST), seed="s"),
}
ROLES = {
    "rater": [Role.RATER],
    "reviewer": [Role.REVIEWER],
    "rater and manager": [Role.RATER, Role.MANAGER],
    "rater and adjudicator": [Role.RATER, Role.ADJUDICATOR],
    "manager": [Role.MANAGER],
    "adjudicator": [Role.ADJUDICATOR],
}


class Study:
    """A project with distinctive file names and suggestions on some images, and who is in it."""

    def __init__(self, team, tmp_path: Path, protocol: Protocol) -> None:
        workspace: Workspace = team.workspace
        labels = LabelSet(tuple(Label("brain-tumour", c, c) for c in ("glioma", "meningioma")))
        project = workspace.record.create_project(
            "study", labels, model_name="brain-mri-tumour", actor="operator"
        )
        exporting.state_rights(workspace, "study", Rights(shows=Shows.NOBODY))
        folder = tmp_path / "pictures"
        folder.mkdir()
        for number in range(IMAGES):
            pixels = np.full((20, 30), 40 + 20 * number, np.uint8)
            Image.fromarray(pixels).save(folder / f"{NAME}_{number}.png")
        import_paths(workspace, "study", [folder])
        self.image_ids = list(workspace.record.image_ids(project.id))
        for image_id in self.image_ids[:FOUND]:
            found = Suggestion("glioma", BoundingBox(1, 2, 8, 9), 0.9, 0.5, "dual", 0.5)
            run = SuggestionRun(image_id, MADE, {"glioma": 0.9, "meningioma": 0.1}, (found,))
            workspace.record.record_run(run, actor="operator")
        workspace.record.readings.set_protocol(project.id, protocol, actor="operator", reason="")
        self.workspace, self.project_id = workspace, project.id
        for who, roles in ROLES.items():
            invite(workspace, who)
            account = account_named(workspace, who)
            for role in roles:
                set_role(workspace, project.id, account.id, role, True)

    def as_person(self, who: str) -> Workspace:
        return self.workspace.as_person(account_named(self.workspace, who).person)
