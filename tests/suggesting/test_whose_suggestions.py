"""A project's suggestions may be of another version than the card that is shown of it."""

from __future__ import annotations

import uuid
from dataclasses import replace

import numpy as np
from PIL import Image

from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.suggesting import suggest_project, suggested_otherwise


def test_suggestions_of_another_version_are_counted_until_they_are_made_anew(workspace, tmp_path):
    project = create_project(workspace, "noise", model="untrained-resnet18")
    noise = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3), np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    import_paths(workspace, "noise", sorted(tmp_path.glob("*.png")))
    assert suggested_otherwise(workspace, project.id) == 0  # nothing was suggested at all
    images = workspace.record.image_ids(project.id)
    suggest_project(workspace, "noise")
    assert suggested_otherwise(workspace, project.id) == 0
    for image_id in images[:2]:
        run = workspace.record.latest_run(image_id)
        before = replace(run.provenance, model_version="0.9.0", model_sha256="ab" * 32)
        earlier = replace(run, id=uuid.uuid4(), provenance=before, suggestions=(), maps=())
        workspace.record.record_run(earlier)
    assert suggested_otherwise(workspace, project.id) == 2
    assert suggest_project(workspace, "noise").images == 2
    assert suggested_otherwise(workspace, project.id) == 0


def test_a_project_without_a_classifier_has_none(workspace):
    project = create_project(workspace, "labels", labels=["node"])
    assert suggested_otherwise(workspace, project.id) == 0
