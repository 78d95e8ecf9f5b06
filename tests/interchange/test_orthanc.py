"""A real series in a PACS, and beside it what was said of it: one study, one series more each."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from app_server import free_port
from drawn_series import drawn_on, exported

from annotator.domain import BoundingBox, Ellipse

PROGRAM = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
PLUGINS = Path("/usr/share/orthanc/plugins")
SERIES = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests/98892001/CT5N"

pytestmark = [
    pytest.mark.orthanc,
    pytest.mark.skipif(
        not Path(PROGRAM).exists(), reason="Orthanc (Debian packages orthanc, orthanc-dicomweb)"
    ),
]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """An Orthanc of one's own; yields what asks it by path, with a body to post."""
    port = free_port()
    settings = {
        "StorageDirectory": str(tmp_path / "pacs"),
        "IndexDirectory": str(tmp_path / "pacs"),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "Plugins": [str(PLUGINS / "libOrthancDicomWeb.so")],
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings))

    def asked(path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body)
        request.add_header("Accept", "application/json, application/dicom+json")
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    with (tmp_path / "orthanc.log").open("wb") as log:
        server = subprocess.Popen([PROGRAM, tmp_path / "orthanc.json"], stdout=log, stderr=log)
        try:
            while True:
                assert server.poll() is None, (tmp_path / "orthanc.log").read_text()
                try:
                    asked("/system")
                    break
                except OSError:
                    time.sleep(0.05)
            yield asked
        finally:
            server.terminate()
            server.wait()


def test_one_study_and_one_series_more_of_each_kind(tmp_path, ask):
    stored = Counter()
    for path in SERIES.iterdir():
        stored[ask("/instances", path.read_bytes())["Status"]] += 1
    regions = BoundingBox(3, 4, 11, 7), Ellipse(2, 2, 12, 9)
    for workspace in drawn_on(SERIES, tmp_path / "home", regions):
        for kind in ("dicom-seg", "dicom-sr", "dicom-map"):
            made = exported(workspace, tmp_path, kind, SERIES)
            for path in (tmp_path / kind).rglob("*.dcm"):
                stored[ask("/instances", path.read_bytes())["Status"]] += 1
            assert made
    assert stored.keys() == {"Success"}
    (study,) = ask("/dicom-web/studies")
    uid = study["0020000D"]["Value"][0]
    assert uid == str(pydicom.dcmread(next(SERIES.iterdir())).StudyInstanceUID)
    series = ask(f"/dicom-web/studies/{uid}/series")
    assert sorted(one["00080060"]["Value"][0] for one in series) == ["CT", "OT", "SEG", "SR"]
    counts = {len(one["Instances"]) for one in ask("/series?expand")}
    assert counts == {5, 1, 4}  # pictures and maps; the segmentation; the reports
    assert len(ask("/patients")) == 1
