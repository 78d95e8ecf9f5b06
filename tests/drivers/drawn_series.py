"""A folder taken in, with regions, values and maps on its images, and what is exported of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    Ellipse,
    LabelValue,
    MapRecord,
    Presence,
    Provenance,
    SuggestionRun,
)
from annotator.export import Selection
from annotator.settings import Settings
from annotator.workflows.exporting import export_project
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

BOX, ELLIPSE = BoundingBox(3, 4, 11, 7), Ellipse(20, 10, 30, 20)
MADE = Provenance("m", "2", "cd" * 32, "excitation backprop", {}, "0.1.0")


def drawn_on(folder: Path, home: Path, regions=(BOX, ELLIPSE)) -> Iterator[Workspace]:
    """Take a folder in; two regions on every image but the third, and a map of each."""
    settings = Settings.from_environment(
        {"ANNOTATOR_HOME": str(home), "ANNOTATOR_SECRETS": str(home / "secrets")}
    )
    with Workspace.open(settings, upgrade=True) as opened:
        project = create_project(opened, "p", labels=["nodule", "Größe / 影"])
        import_paths(opened, "p", [folder])
        images = opened.record.image_ids(project.id)
        for place, image in enumerate(images):
            extent = BoundingBox(0, 0, 20, 20)
            grid = np.full((2, 3), 1 / 6, np.float32)
            found = MapRecord("nodule", "dual", "conv3", 0.9, grid, extent)
            opened.record.record_run(SuggestionRun(image, MADE, {"nodule": 0.5}, (), (found,)))
            if place == 2:
                continue
            own = [uuid.uuid4() for _ in range(3)]
            one, other = regions
            opened.record.record_acts(
                [
                    Annotation(own[0], image, own[0], "A", Decision.ADDED, "nodule", one),
                    Annotation(own[1], image, own[1], "A", Decision.ADDED, "Größe / 影", other),
                    LabelValue(own[2], image, "A", "nodule", Presence.PRESENT),
                ]
            )
        yield opened


def exported(workspace: Workspace, folder: Path, kind: str, *originals: Path) -> list:
    selection = Selection(originals=originals, unfinished=True)
    export_project(workspace, "p", folder / kind, format_name=kind, selection=selection)
    paths = sorted((folder / kind).rglob("*.dcm"))
    return [pydicom.dcmread(path) for path in paths]
