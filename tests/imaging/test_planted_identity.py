"""A patient who is named in every place of a file, and then nowhere in what we keep or send."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np
import pytest
from app_server import AppServer
from dicom_files import written
from own_home import opened_home
from planted_identity import MARKS, marks_in, picture_with_text, planted_files, planted_header
from playwright.sync_api import Browser, Page, WebSocket
from pydicom import dcmread

from annotator.cli import main
from annotator.export import EVERYTHING
from annotator.workflows.exporting import export_project
from annotator.workflows.import_report import ImportReport
from annotator.workflows.importing import ImportOptions, import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace


def found_under(folder: Path) -> list[str]:
    """Return where marks are found in the files of a folder, and in their names."""
    found = []
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        said = marks_in(content) + marks_in(str(path.relative_to(folder)).encode())
        found += [f"{path.relative_to(folder)}: {mark.decode()}" for mark in said]
    return found


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return planted_files(tmp_path / "incoming")


@pytest.fixture
def workspace(tmp_path: Path):
    with opened_home(tmp_path) as opened:
        create_project(opened, "p", labels=["x"])
        yield opened


def taken_in(workspace: Workspace, files: list[Path], options: ImportOptions) -> ImportReport:
    return import_paths(workspace, "p", [files[0].parents[1]], options=options)


def test_the_files_name_the_patient_in_every_group(files):
    content = files[0].read_bytes()
    assert len(marks_in(content)) >= 4
    header = dcmread(files[0])
    named = [element for element in header.iterall() if marks_in(str(element.value).encode())]
    assert len(named) > 1500
    assert {element.tag.group for element in named} >= {0x0008, 0x0010, 0x0011, 0x0020, 0x0040}
    assert len(planted_header()) > 1500


def test_nothing_of_it_reaches_database_store_logs_or_exports(
    tmp_path, files, workspace, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    before = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    (files[0].parent / "Zqxjanine notes.txt").write_text("no picture")
    (files[0].parent / "Zqxjanine broken").write_bytes(files[0].read_bytes()[:300])
    report = taken_in(workspace, files, ImportOptions(report=tmp_path / "home" / "report.jsonl"))
    assert (report.imported, len(report.refused), len(report.skipped)) == (2, 1, 1)
    for name in ("coco", "csv", "parquet", "dicom-sr"):
        export_project(
            workspace, "p", tmp_path / "exports" / name, format_name=name, selection=EVERYTHING
        )
    for path in (tmp_path / "exports" / "dicom-sr").rglob("*.dcm"):
        dataset = dcmread(path)
        codes = [item.CodeValue for item in dataset.DeidentificationMethodCodeSequence]
        assert (dataset.PatientIdentityRemoved, codes) == ("YES", ["113100", "113101"])
    said = "\n".join((*report.lines(), report.summary(), caplog.text, *capfd.readouterr()))
    assert marks_in(said.encode()) == []
    assert found_under(tmp_path / "home") == []
    assert found_under(tmp_path / "exports") == []
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in files] == before


def test_the_text_in_the_pixels_is_black(files, workspace):
    taken_in(workspace, files, ImportOptions())
    project = workspace.record.project("p")
    for number, asset in enumerate(workspace.record.images(project.id)):
        kept = workspace.pixels.get(asset.pixels_sha256)
        values, letters = picture_with_text(number)
        assert not kept[letters].any()
        # What is black beside the letters must not be the body.
        assert (kept[100:340] == values[100:340]).all()
        assert asset.display["origin"]["masked_px"]


def test_the_command_line_says_nothing_of_it(tmp_path, files, monkeypatch, capfd):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    assert main(["project", "create", "p", "--label", "x"]) == 0
    assert main(["import", "p", str(files[0].parent), "--links", str(tmp_path / "links.csv")]) == 0
    said = "".join(capfd.readouterr())
    assert "2 imported" in said
    assert marks_in(said.encode()) == []
    # The one file that links both is where it was asked for, and for nobody else to read.
    assert MARKS[0] in (tmp_path / "links.csv").read_bytes()
    assert (tmp_path / "links.csv").stat().st_mode & 0o077 == 0
    assert found_under(tmp_path / "home") == []


class Traffic:
    """Everything that a page receives."""

    def __init__(self, page: Page) -> None:
        self.received: list[bytes] = []
        page.on("response", self._keep)
        page.on("websocket", self._listen)

    def _keep(self, answer) -> None:
        if answer.request.resource_type in ("fetch", "xhr", "image", "document"):
            self.received.append(answer.url.encode())
            self.received.append(str(answer.headers).encode())

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.received.append(_bytes(frame)))
        socket.on("framesent", lambda frame: self.received.append(_bytes(frame)))


def _bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


@pytest.mark.browser
def test_nothing_of_it_reaches_the_browser(tmp_path, files, chromium: Browser):
    server = AppServer(tmp_path / "home")
    assert server.annotator("project", "create", "p", "--label", "x").returncode == 0
    server.start("--no-demo")
    try:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        traffic = Traffic(page)
        page.goto(server.url)
        page.get_by_role("button", name="Add images").click()
        page.get_by_label("or a file or folder on this machine").fill(str(files[0].parents[1]))
        page.get_by_role("button", name="Import", exact=True).click()
        page.get_by_text("2 imported, 0 already there, 0 refused").wait_for()
        seen = page.content().encode()
        page.get_by_role("link", name="Jobs").click()
        page.get_by_role("heading", name="Ended").wait_for()
        seen += page.content().encode()
        page.goto(f"{server.url}/annotate")
        page.locator("canvas").first.wait_for()
        seen += page.content().encode()
        context.close()
    finally:
        server.kill()
    assert len(b"".join(traffic.received)) > 10_000
    assert marks_in(seen + b"".join(traffic.received)) == []
    assert found_under(tmp_path / "home") == []


def test_a_subject_is_the_same_in_all_files_and_another_in_another_project(files, workspace):
    taken_in(workspace, files, ImportOptions())
    create_project(workspace, "q", labels=["x"])
    import_paths(workspace, "q", files)
    subjects = []
    for name in ("p", "q"):
        assets = workspace.record.images(workspace.record.project(name).id)
        subjects.append({asset.subject for asset in assets})
        assert len({asset.file_name for asset in assets}) == 2
    assert [len(each) for each in subjects] == [1, 1]
    assert subjects[0] != subjects[1]


def test_order_is_that_of_the_series(tmp_path, workspace):
    files = planted_files(tmp_path / "incoming", 3)
    for path, instance in zip(files, ("2", "10", "1"), strict=True):
        whole = dcmread(path)
        whole.InstanceNumber = instance
        whole.save_as(path)
    taken_in(workspace, files, ImportOptions())
    project = workspace.record.project("p")
    origins = [asset.display["origin"] for asset in workspace.record.images(project.id)]
    assert [origin["instance"] for origin in origins] == [1, 2, 10]
    assert len({origin["series"] for origin in origins}) == 1


def test_picture_of_text_has_text_to_find():
    values, letters = picture_with_text()
    assert letters.sum() > 1000
    assert set(np.unique(values[letters])) == {0, 4095}


@pytest.mark.parametrize(
    ("issuers", "people"),
    [(("North", "South"), 2), (("North", "North"), 1), (("", "South"), 2)],
)
def test_patient_1_of_two_hospitals_is_two_people(tmp_path, workspace, issuers, people):
    """A patient's number means something only with who issued it (PS3.3 C.7.1.1)."""
    folder = tmp_path / "films"
    folder.mkdir()
    for number, issuer in enumerate(issuers):
        values = np.full((32, 32), 60 + 90 * number, np.uint8)
        written(folder, values, f"{number}.dcm", PatientID="1", IssuerOfPatientID=issuer)
    import_paths(workspace, "p", [folder])
    images = workspace.record.images(workspace.record.project("p").id)
    assert len(images) == 2
    assert len({image.subject for image in images}) == people
