"""Labels that come beside files: found by the names that files had before they got pseudonyms."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from dicom_files import written
from PIL import Image

from annotator.cli import main
from annotator.domain import BoundingBox, Ellipse, Label, LabelSet, Landmark, Presence
from annotator.domain.rights import Shows
from annotator.errors import IngestError
from annotator.export import EVERYTHING
from annotator.formats import import_format
from annotator.settings import Settings
from annotator.workflows.exporting import export_project, state_shows
from annotator.workflows.importing import import_paths
from annotator.workflows.known_paths import KnownPaths
from annotator.workflows.projects import create_project
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

LABELS = LabelSet((Label("own", "x", ""), Label("own", "y", "")))


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANNOTATOR_SECRETS", str(tmp_path / "secrets"))
    with Workspace.open(Settings.from_environment(), upgrade=True) as opened:
        create_project(opened, "p", labels=["x", "y"])
        state_shows(opened, "p", Shows.NOBODY)
        yield opened


def films(tmp_path: Path) -> Path:
    """Two people's films, both of one name, and one with a name of its own."""
    folder = tmp_path / "films"
    for number, (person, name) in enumerate(
        [("Doe^Jane", "IM1.dcm"), ("Roe^Rita", "IM1.dcm"), ("Roe^Rita", "ROE_RITA.dcm")]
    ):
        (folder / person).mkdir(parents=True, exist_ok=True)
        written(folder / person, np.full((30, 40), number, np.uint16), name, PatientName=person)
    return folder


def table(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def recorded(workspace: Workspace, project: str = "p"):
    """Return by the value of each picture's pixels what is recorded of it."""
    return {
        int(workspace.pixels.get(said.image.pixels_sha256).flat[0]): said
        for said in workspace.record.image_records(workspace.record.project(project).id)
    }


def test_csv_labels_of_films_that_got_pseudonyms(tmp_path, workspace, capfd):
    folder = films(tmp_path)
    rows = [
        {"file": "Doe^Jane/IM1.dcm", "labels": "x", "boxes_xywh_px": "1 2 3 4;5 6 7 8.5"},
        {"file": "Roe^Rita\\IM1.dcm", "labels": "x|y|unheard", "boxes_xywh_px": ""},
        {"file": "IM1.dcm", "labels": "y", "boxes_xywh_px": ""},
        {"file": "ROE_RITA", "labels": "y", "boxes_xywh_px": "1 2 3"},
    ]
    labels = table(tmp_path / "labels.csv", rows)
    assert main(["import", "p", str(folder)]) == 0
    named = ["--labels", str(labels), "--labels-format", "csv", "--reference", "Her"]
    assert main(["import", "p", str(folder), *named]) == 1
    said = capfd.readouterr()
    assert "2 regions and 4 values of labels taken over on 3 images" in said.out
    assert "Line 5: '1 2 3' is not a box" in said.err
    assert "An entry of the file may be 2 images of the project" in said.err
    first, second, third = (recorded(workspace)[pixel] for pixel in range(3))
    assert [act.region for act in first.annotations] == [
        BoundingBox(1, 2, 3, 4),
        BoundingBox(5, 6, 7, 8.5),
    ]
    assert {act.label: act.value for act in second.label_values} == dict.fromkeys(
        "xy", Presence.PRESENT
    )
    assert [act.label for act in third.label_values] == ["y"]
    home = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    for identity in (b"Doe^Jane", b"Roe^Rita", b"ROE_RITA", b"IM1.dcm"):
        assert identity not in home
        assert identity.decode() not in said.out + said.err


@pytest.mark.parametrize("endings", [True, False])
def test_coco_labels_of_films_that_got_pseudonyms(tmp_path, workspace, monkeypatch, endings):
    folder = films(tmp_path)
    if not endings:  # in the record of a project from before they were kept
        monkeypatch.setattr(KnownPaths, "of", lambda _self, assets, _path: assets)
    import_paths(workspace, "p", [folder])
    coco = {
        "images": [{"id": 1, "file_name": "ROE_RITA.dcm", "width": 40, "height": 30}],
        "categories": [{"id": 1, "name": "x"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]}],
    }
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(coco))
    if not endings:
        assert take_over(workspace, "p", path, format_name="coco").unknown_images == 1
    originals = [] if endings else [folder]
    report = take_over(workspace, "p", path, format_name="coco", originals=originals)
    assert (report.images, report.regions, report.unknown_images) == (1, 1, 0)


def test_our_own_tables_come_back(tmp_path, workspace):
    photo = tmp_path / "photo.png"
    Image.fromarray(np.full((30, 40), 7, np.uint8)).save(photo)
    import_paths(workspace, "p", [photo])
    rows = [{"file": "photo.png", "label": "x", "boxes_xywh_px": "0.25 2 3.5 4", "rater": ""}]
    take_over(
        workspace,
        "p",
        table(tmp_path / "labels.csv", rows),
        format_name="csv",
        reference_of="Her",
    )
    export_project(workspace, "p", tmp_path / "out", format_name="csv", selection=EVERYTHING)
    create_project(workspace, "another", labels=["x", "y"])
    import_paths(workspace, "another", [photo])
    for project, named in (("p", None), ("another", "Him")):
        report = take_over(
            workspace, project, tmp_path / "out", format_name="csv", reference_of=named
        )
        assert (report.images, report.regions, report.values, report.faults) == (1, 1, 1, [])
    (record,) = recorded(workspace, "another").values()
    me = workspace.person.name
    assert [act.region for act in record.annotations] == [BoundingBox(0.25, 2, 3.5, 4)]
    values = [(act.label, act.value, act.rater) for act in record.label_values]
    assert values == [("x", Presence.PRESENT, f"imported by {me} (Him: imported by {me} (Her))")]


def test_every_shape_of_a_table_and_what_is_damaged(tmp_path):
    head = "image_uuid,original_file_name,width,height,label,rater,value,basis"
    (tmp_path / "labels.csv").write_text(
        f"{head}\nu,a.png,40,30,x,r,present,stated\nu,a.png,40,30,y,r,absent,review\n"
        "u,a.png,40,30,y,r,perhaps,stated\n"
    )
    regions = ["image_uuid,label,rater,decision,region_type,x,y,width,height,outline"]
    regions += ["u,x,r,added,ellipse,1,2,3,4,", "u,x,r,added,point,1,2,0,0,"]
    regions += ["u,x,r,added,star,1,2,0,0,", "u,x,r,added,box,1,2,here,0,"]
    (tmp_path / "regions.csv").write_text("\n".join(regions) + "\n")
    read = import_format("csv").read
    (image,) = read(tmp_path, LABELS, lambda name: None)
    assert image.file_name == "a.png"
    assert [one.region for one in image.regions] == [Ellipse(1, 2, 3, 4), Landmark(1, 2)]
    assert [one.label for one in image.values] == ["x"]
    assert len(image.faults) == 3


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"name,label\n", "needs the column file"),
        (b"image_uuid,original_file_name,basis,value\nu,a,stated,present\n", "the column file"),
        (b"\xff\xfe\0", "is not in UTF-8"),
        (b"", "it has no columns"),
    ],
)
def test_no_table(tmp_path, content, fault):
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(IngestError, match=fault):
        list(import_format("csv").read(tmp_path, LABELS, lambda name: None))
