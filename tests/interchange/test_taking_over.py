"""Leaving another tool: its files become suggestions, or somebody's reference."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.domain import BoundingBox, Decision, LabelSet, Polygon, Presence
from annotator.errors import IngestError
from annotator.export import Selection
from annotator.formats import import_format
from annotator.settings import Settings
from annotator.ui.editor_content import ContentOfImage
from annotator.workflows.annotating import open_image
from annotator.workflows.exporting import export_project
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(
        Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "home")}), upgrade=True
    ) as opened:
        create_project(opened, "p", labels=["AU12", "AU4"])
        for name, value in (("a.png", 1), ("b.png", 2)):
            Image.fromarray(np.full((80, 100), value, np.uint8)).save(tmp_path / name)
        import_paths(opened, "p", [tmp_path / "a.png", tmp_path / "b.png"])
        yield opened


def coco(tmp_path: Path) -> Path:
    """As pycocotools' users have it: no keys of ours, a mask, a missing label, a bad box."""
    path = tmp_path / "coco.json"
    annotations = [
        {"id": 1, "image_id": 5, "category_id": 2, "bbox": [1, 2, 30, 40], "iscrowd": 0},
        {
            "id": 2,
            "image_id": 5,
            "category_id": 2,
            "bbox": [0, 0, 9, 9],
            "segmentation": [[1, 1, 9, 1, 9, 9.5]],
        },
        {
            "id": 3,
            "image_id": 5,
            "category_id": 2,
            "bbox": [0, 0, 2, 1],
            "segmentation": {"size": [80, 100], "counts": [0, 1, 79, 1, 7919]},
        },
        {"id": 4, "image_id": 5, "category_id": 7, "bbox": [1, 2, 3, 4]},
        {"id": 5, "image_id": 5, "category_id": 2, "bbox": [1, 2, 0, 4]},
        {"id": 6, "image_id": 6, "category_id": 2, "bbox": [1, 2, 300, 4]},
    ]
    images = [
        {"id": 5, "file_name": "somewhere/a.png", "width": 100, "height": 80},
        {"id": 6, "file_name": "b.png", "width": 100, "height": 80},
        {"id": 7, "file_name": "c.png", "width": 100, "height": 80},
    ]
    categories = [{"id": 2, "name": "AU12"}, {"id": 7, "name": "other"}]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(whole))
    return path


def acts(workspace):
    project = workspace.record.project("p")
    return [a for i in workspace.record.image_ids(project.id) for a in workspace.record.history(i)]


def test_coco_as_reference_and_again(workspace, tmp_path):
    path = coco(tmp_path)
    report = take_over(workspace, "p", path, format_name="coco", reference_of="Old tool")
    assert (report.images, report.regions, report.unknown_images) == (1, 3, 1)
    assert report.unknown_labels == {"other": 1}
    assert len(report.faults) == 2
    recorded = acts(workspace)
    assert [act.region for act in recorded[:2]] == [
        BoundingBox(1, 2, 30, 40),
        Polygon(((1, 1), (9, 1), (9, 9.5))),
    ]
    assert {(act.rater, act.decision) for act in recorded} == {
        (f"imported by {workspace.person.name} (Old tool)", Decision.ADDED)
    }
    mask = recorded[2].region.mask(80, 100)
    assert mask.sum() == 2
    assert mask[0, :2].all()
    again = take_over(workspace, "p", path, format_name="coco", reference_of="Old tool")
    assert again.known == 1
    assert acts(workspace) == recorded


def test_coco_as_suggestions(workspace, tmp_path):
    report = take_over(workspace, "p", coco(tmp_path), format_name="coco")
    assert report.regions == 3
    assert acts(workspace) == []
    project = workspace.record.project("p")
    assert project.counts.with_suggestions == 1
    run = workspace.record.latest_run(workspace.record.image_ids(project.id)[0])
    assert run.provenance.model_name == "imported: coco"
    assert take_over(workspace, "p", coco(tmp_path), format_name="coco").known == 1


def test_a_score_that_nobody_gave_is_none_wherever_it_may_show(workspace, tmp_path):
    whole = json.loads(coco(tmp_path).read_text())
    whole["annotations"][1]["score"] = 1.0
    (tmp_path / "coco.json").write_text(json.dumps(whole))
    take_over(workspace, "p", tmp_path / "coco.json", format_name="coco")
    image = workspace.record.image_ids(workspace.record.project("p").id)[0]
    run = workspace.record.latest_run(image)
    assert [one.score for one in run.suggestions] == [None, 1.0, None]
    known = workspace.record.suggestions([one.id for one in run.suggestions])
    assert {one.id: one.score for one in known} == {one.id: one.score for one in run.suggestions}
    project = workspace.record.project("p")
    view = open_image(workspace, project.id, image, "ann")
    content = ContentOfImage(workspace, project, view, "ann", "").content()
    assert [region.score for region in content.regions] == [None, 1.0, None]
    tasks = exported(workspace, tmp_path, "label-studio") / "label-studio.json"
    results = json.loads(tasks.read_text())[0]["predictions"][0]["result"]
    assert [one.get("score") for one in results] == [None, 1.0, None]
    lines = (exported(workspace, tmp_path, "coco") / "decisions.jsonl").read_text().splitlines()
    runs = [run for line in lines for run in json.loads(line)["runs"]]
    assert [one["score"] for run in runs for one in run["suggestions"]] == [None, 1.0, None]


def exported(workspace: Workspace, folder: Path, name: str) -> Path:
    chosen = Selection(unfinished=True)
    target = folder / name
    export_project(workspace, "p", target, format_name=name, selection=chosen, with_images=False)
    return target


def test_openface_values(workspace, tmp_path):
    """A table of FeatureExtraction: blanks after commas, a frame without a face."""
    folder = tmp_path / "processed"
    folder.mkdir()
    head = "face, confidence, AU12_r, AU04_r, AU12_c, AU04_c\n"
    (folder / "a.csv").write_text(head + "0, 0.98, 2.61, 0.00, 1.00, 0.00\n")
    report = take_over(workspace, "p", folder, format_name="openface", reference_of="OpenFace 2.2")
    assert (report.images, report.values, report.faults) == (1, 2, [])
    record = next(workspace.record.image_records(workspace.record.project("p").id))
    said = {v.label: (v.value, v.intensity) for v in record.label_values}
    assert said == {"AU12": (Presence.PRESENT, "C"), "AU4": (Presence.ABSENT, None)}


def test_disfa_and_bp4d_frames(tmp_path):
    disfa = tmp_path / "ActionUnit_Labels" / "SN001"
    disfa.mkdir(parents=True)
    (disfa / "SN001_au12.txt").write_text("1,0\n2,5\n")
    read = list(import_format("disfa").read(tmp_path, LabelSet(()), lambda _: None))
    assert [(image.file_name, image.frame) for image in read] == [("SN001", 0), ("SN001", 1)]
    assert [image.values[0].intensity for image in read] == [None, "E"]
    (tmp_path / "AU_OCC").mkdir()
    (tmp_path / "AU_OCC" / "F001_T1.csv").write_text("0,4,12\n20,9,1\n21,9,9\n")
    read = list(import_format("bp4d").read(tmp_path, LabelSet(()), lambda _: None))
    assert [(i.file_name, i.frame, [v.label for v in i.values]) for i in read] == [
        ("F001_T1", 19, ["AU12"])
    ]


def test_label_studio_of_another_team(tmp_path):
    task = {
        "id": 1,
        "data": {"image": "/data/upload/3/1a2b3c4d-a%20b.png"},
        "annotations": [
            {
                "completed_by": 4,
                "result": [
                    {
                        "type": "rectanglelabels",
                        "original_width": 200,
                        "original_height": 100,
                        "value": {
                            "x": 10,
                            "y": 20,
                            "width": 5,
                            "height": 10,
                            "rotation": 0,
                            "rectanglelabels": ["AU12"],
                        },
                    },
                    {"type": "brushlabels", "value": {}},
                ],
            },
            {"was_cancelled": True, "result": [{"type": "rectanglelabels"}]},
        ],
    }
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([task, 7]))
    first, second = import_format("label-studio").read(path, LabelSet(()), lambda _: None)
    assert first.file_name == "a b.png"
    assert first.regions[0].region == BoundingBox(20, 20, 10, 10)
    assert first.regions[0].rater == "user 4"
    assert len(first.faults) == len(second.faults) == 1


@pytest.mark.parametrize("name", ["coco", "cvat", "label-studio", "voc"])
def test_file_that_is_something_else(workspace, tmp_path, name):
    path = tmp_path / "x.json"
    path.write_bytes(b"\xff\xfe nothing of the kind")
    if name == "voc":
        report = take_over(workspace, "p", path, format_name=name)
        assert len(report.faults) == 1
        return
    with pytest.raises(IngestError, match=r"x\.json cannot be read as (JSON|XML)"):
        take_over(workspace, "p", path, format_name=name)
    with pytest.raises(IngestError, match="no format 'tiff' to import; use coco"):
        import_format("tiff")


def test_a_suggestion_from_a_file_claims_no_map(workspace, tmp_path):
    take_over(workspace, "p", coco(tmp_path), format_name="coco")
    project = workspace.record.project("p")
    view = open_image(workspace, project.id, workspace.record.image_ids(project.id)[0], "ann")
    shown = ContentOfImage(workspace, project, view, "ann", "").content()
    assert {region.reason for region in shown.regions} == {"taken over from a file"}
