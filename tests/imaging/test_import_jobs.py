"""Imports that are paused, stopped, killed, watched: each file is taken in once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dicom_files import written
from PIL import Image
from planted_identity import picture_with_text
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from annotator.cli import main
from annotator.errors import IngestError, JobStopped, SettingsError
from annotator.ingest import BurnedInText, Deidentification
from annotator.settings import Settings
from annotator.workflows.importing import ImportOptions, import_paths
from annotator.workflows.jobs import watch_folder
from annotator.workflows.project_keys import key_file
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment(
        {
            "ANNOTATOR_HOME": str(tmp_path / "home"),
            "ANNOTATOR_SECRETS": str(tmp_path / "secrets"),
            "ANNOTATOR_RATER": "tester",
        }
    )


@pytest.fixture
def workspace(settings: Settings):
    with Workspace.open(settings, upgrade=True) as opened:
        create_project(opened, "p", labels=["x"])
        yield opened


def photographs(folder: Path, count: int, start: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(start, start + count):
        pixels = np.full((4, 4, 3), (number % 256, number // 256, 9), np.uint8)
        Image.fromarray(pixels).save(folder / f"photo{number}.png")
    return folder


def names(workspace: Workspace) -> list[str]:
    project = workspace.record.project("p")
    return [asset.file_name for asset in workspace.record.images(project.id)]


def test_stopped_and_gone_on_with(tmp_path, workspace):
    folder = photographs(tmp_path / "photos", 12)

    def stop(done: int, total: int) -> None:
        if done == 5:
            raise JobStopped

    with pytest.raises(JobStopped):
        import_paths(workspace, "p", [folder], stop)
    assert len(names(workspace)) == 5
    report = import_paths(workspace, "p", [folder])
    assert (report.imported, report.duplicates) == (7, 5)
    assert names(workspace) == [f"photo{number}.png" for number in range(12)]


def test_a_removed_image_that_is_imported_again_is_said_to_be_back(tmp_path, workspace):
    folder = photographs(tmp_path / "photos", 2)
    import_paths(workspace, "p", [folder])
    project = workspace.record.project("p")
    first, _ = workspace.record.image_ids(project.id)
    workspace.record.remove_images(project.id, [first], actor="M", reason="blurred")
    report = import_paths(workspace, "p", [folder])
    assert (report.imported, report.duplicates) == (0, 2)
    assert [line for line in report.lines() if "photo0.png" in line and "put back" in line]
    assert not [
        line for line in import_paths(workspace, "p", [folder]).lines() if "put back" in line
    ]


def test_killed_and_gone_on_with(tmp_path, settings, workspace):
    folder = photographs(tmp_path / "photos", 60)
    environment = os.environ | {
        "ANNOTATOR_HOME": str(settings.home),
        "ANNOTATOR_SECRETS": str(settings.secrets_folder),
    }
    command = [sys.executable, "-m", "annotator.cli", "import", "p", str(folder)]
    with subprocess.Popen(command, env=environment) as process:
        while process.poll() is None and len(names(workspace)) < 10:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    taken = len(names(workspace))
    report = import_paths(workspace, "p", [folder])
    assert (report.imported, report.duplicates) == (60 - taken, taken)
    assert names(workspace) == [f"photo{number}.png" for number in range(60)]


def test_a_watched_folder_takes_what_is_whole(tmp_path, workspace):
    folder = photographs(tmp_path / "incoming", 2)
    growing = folder / "photo9.png"
    told: list[int] = []
    steps = iter(
        [
            lambda: growing.write_bytes((folder / "photo0.png").read_bytes()[:40]),
            lambda: photographs(folder, 1, start=9),
            lambda: None,
            lambda: None,
        ]
    )

    def wait() -> bool:
        step = next(steps, None)
        if step:
            step()
        return step is not None

    watch_folder(
        workspace, "p", folder, wait=wait, tell=lambda report: told.append(len(report.refused))
    )
    assert names(workspace) == ["photo0.png", "photo1.png", "photo9.png"]
    assert told == [0, 0]


def test_a_report_says_what_became_of_each_file(tmp_path, workspace):
    folder = photographs(tmp_path / "photos", 2)
    (folder / "photo1.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    (folder / "notes.txt").write_text("notes")
    written(folder, np.zeros((8, 8), np.uint16), "film.dcm")
    options = ImportOptions(report=tmp_path / "report.jsonl", links=tmp_path / "links.csv")
    import_paths(workspace, "p", [folder], options=options)
    lines = [json.loads(line) for line in (tmp_path / "report.jsonl").read_text().splitlines()]
    became = {line["file"].split("-")[0]: line["became"] for line in lines}
    assert became == {
        "file 2 (.txt)": "skipped",
        "photo0.png": "imported",
        "photo1.png": "refused",
        "dicom": "imported",
    }
    assert lines[-1]["left_behind"] == {"elements": 4, "private": 0, "overlays": 0}
    linked = (tmp_path / "links.csv").read_text().splitlines()
    assert linked[-1].startswith(f"{folder / 'film.dcm'},dicom-")
    with pytest.raises(IngestError, match="not there yet"):
        import_paths(workspace, "p", [folder], options=options)
    # One that was interrupted, and goes on, adds to what it had written.
    import_paths(workspace, "p", [folder], options=replace(options, goes_on=True))
    assert (tmp_path / "links.csv").read_text().splitlines()[: len(linked)] == linked
    assert (tmp_path / "links.csv").read_text().count("path,called,became") == 1


@pytest.mark.filterwarnings("ignore:.*VR CS")
def test_a_dicomdir_stands_for_its_files_and_for_none_outside(tmp_path, workspace):
    (tmp_path / "disc" / "IMAGES").mkdir(parents=True)
    for number in range(2):
        film = np.full((8, 8), number, np.uint16)
        written(tmp_path / "disc" / "IMAGES", film, f"IM{number}")
    written(tmp_path, np.full((8, 8), 99, np.uint16), "outside.dcm")
    index = Dataset()
    index.file_meta = FileMetaDataset()
    index.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    index.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    index.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    index.DirectoryRecordSequence = []
    for named in (["IMAGES", "IM0"], ["..", "outside.dcm"], ["IMAGES", "IM1"], [str(tmp_path)]):
        record = Dataset()
        record.ReferencedFileID = named
        index.DirectoryRecordSequence.append(record)
    index.save_as(tmp_path / "disc" / "DICOMDIR", enforce_file_format=True)
    report = import_paths(workspace, "p", [tmp_path / "disc" / "DICOMDIR"])
    assert (report.imported, len(report.skipped)) == (2, 2)
    assert all("outside of its DICOMDIR" in line for line in report.skipped.first)


def test_labels_come_with_the_files(tmp_path, settings, workspace, monkeypatch, capfd):
    monkeypatch.setenv("ANNOTATOR_HOME", str(settings.home))
    folder = photographs(tmp_path / "photos", 1)
    coco = {
        "images": [{"id": 1, "file_name": "photo0.png", "width": 4, "height": 4}],
        "categories": [{"id": 1, "name": "x"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]}],
    }
    missing = ["import", "p", str(folder), "--labels", str(tmp_path / "labels.json")]
    assert main(missing) == 1
    assert main([*missing, "--labels-format", "cocoa"]) == 1
    assert main([*missing[:3], "--labels-format", "cocoa"]) == 1
    assert main([*missing[:4], f"{'a' * 300}.json"]) == 1
    said = capfd.readouterr().err
    assert said.count("that can be read; nothing was imported") == 2
    assert "no format 'cocoa'" in said
    assert not workspace.record.images(workspace.record.project("p").id)
    (tmp_path / "labels.json").write_text(json.dumps(coco))
    assert main(["import", "p", str(folder), "--labels", str(tmp_path / "labels.json")]) == 0
    assert "1 region and 0 values" in capfd.readouterr().out


def test_another_key_is_noticed(tmp_path, settings, workspace):
    film = written(tmp_path, np.zeros((8, 8), np.uint16))
    import_paths(workspace, "p", [film])
    file = key_file(settings, workspace.record.project("p").id)
    key = file.read_text()
    file.write_text("00" * 32)
    with pytest.raises(SettingsError, match="is not the one that this project's pseudonyms"):
        import_paths(workspace, "p", [film])
    file.unlink()
    with pytest.raises(SettingsError, match="is not in the folder of secrets"):
        import_paths(workspace, "p", [film])
    assert not file.exists()
    file.write_text(key)
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="can be read by others"):
        import_paths(workspace, "p", [film])
    file.chmod(0o600)
    assert import_paths(workspace, "p", [film]).duplicates == 1


def test_options_keep_what_they_say(tmp_path, workspace):
    elements = {"StudyDate": "20200229", "Manufacturer": "Maker", "ManufacturerModelName": "M1"}
    film = written(tmp_path, np.zeros((8, 8), np.uint16), **elements)
    options = Deidentification(retain_dates=True, retain_device=True)
    import_paths(workspace, "p", [film], options=ImportOptions(options))
    (asset,) = workspace.record.images(workspace.record.project("p").id)
    origin = asset.display["origin"]
    assert origin["device"] == "Maker M1"
    assert "2010-01-01" < origin["acquired"] < "2020-02-01"
    assert list(origin["codes"]) == ["113100", "113101", "113107", "113109"]


def test_text_can_refuse_a_file_or_stay(tmp_path, workspace):
    values, _ = picture_with_text()
    film = written(tmp_path, values, BitsStored=12)
    refuse = ImportOptions(Deidentification(burned_in_text=BurnedInText.REFUSE))
    report = import_paths(workspace, "p", [film], options=refuse)
    assert report.imported == 0
    assert "seems to have text drawn into its picture" in report.refused.first[0]
    keep = ImportOptions(Deidentification(burned_in_text=BurnedInText.KEEP))
    assert import_paths(workspace, "p", [film], options=keep).imported == 1
    (asset,) = workspace.record.images(workspace.record.project("p").id)
    assert (workspace.pixels.get(asset.pixels_sha256) == values).all()
    again = ImportOptions(again=True)
    assert import_paths(workspace, "p", [film], options=again).imported == 1


def test_what_is_around_the_echoes_is_masked_and_heads_are_flagged(tmp_path, workspace):
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 4, 2
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 9, 7
    for keyword in ("RegionSpatialFormat", "RegionDataType", "RegionFlags"):
        setattr(region, keyword, 1)
    bright = np.full((12, 16), 200, np.uint8)
    scan = written(tmp_path, bright, "us.dcm", Modality="US", SequenceOfUltrasoundRegions=[region])
    head = written(tmp_path, bright // 2, "ct.dcm", Modality="CT", BodyPartExamined="HEAD")
    report = import_paths(workspace, "p", [scan, head])
    kept = np.zeros((12, 16), np.uint8)
    kept[2:8, 4:10] = 200
    ultrasound, ct = workspace.record.images(workspace.record.project("p").id)
    assert (workspace.pixels.get(ultrasound.pixels_sha256) == kept).all()
    assert ct.display["origin"]["face_risk"] is True
    assert any("can render the face" in line for line in report.lines())
