"""The page Export: what its fields say to the job, and what it says of how the job went."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S
from PIL import Image
from streamlit.testing.v1 import AppTest

from annotator.domain import JobKind
from annotator.settings import Settings
from annotator.ui import job_panel, session
from annotator.workflows.importing import import_paths
from annotator.workflows.jobs import list_jobs, work
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

SCREEN = Path(session.__file__).parent / "screens" / "export.py"
FIELDS = {
    "Address of the pictures, before their names": "https://pictures.example/skin/",
    "Splits": "train=0.5, val=0.5",
    "Seed of the splits": "7",
}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    home = {"ANNOTATOR_HOME": str(tmp_path / "h"), "ANNOTATOR_SECRETS": str(tmp_path / "h" / "s")}
    with Workspace.open(Settings.from_environment(home), upgrade=True) as opened:
        create_project(opened, "p", labels=["x"])
        stream = io.BytesIO()
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(stream, "PNG")
        (tmp_path / "a.png").write_bytes(stream.getvalue())
        import_paths(opened, "p", [tmp_path / "a.png"])
        monkeypatch.setattr(session, "installation", lambda: opened)
        monkeypatch.setattr(job_panel, "download_link", lambda _: None)  # of a browser's session
        yield opened


def shown() -> AppTest:
    page = AppTest.from_file(str(SCREEN), default_timeout=PATIENCE_S).run()
    assert not page.exception, page.exception
    return page


def named(elements, label):
    (one,) = [element for element in elements if element.label == label]
    return one


def test_what_is_asked_for_on_the_page_is_what_the_job_does(workspace):
    page = shown()
    for label, text in FIELDS.items():
        named(page.text_input, label).input(text)
    named(page.date_input, "Stated on or after (UTC)").set_value(date(2026, 5, 1))
    named(page.date_input, "Stated before (UTC)").set_value(date(2026, 6, 1))
    named(page.button, "Export").click().run()
    assert not page.exception, page.exception
    (job,) = workspace.record.jobs.all()
    chosen = job.options["selection"]
    assert (chosen["image_prefix"], chosen["seed"]) == ("https://pictures.example/skin/", "7")
    assert chosen["splits"] == {"train": 0.5, "val": 0.5}
    assert [datetime.fromisoformat(chosen[key]) for key in ("since", "until")] == [
        datetime(2026, 5, 1, tzinfo=UTC),
        datetime(2026, 6, 1, tzinfo=UTC),
    ]


@pytest.mark.parametrize("unfinished", [True, False])
def test_the_hint_follows_the_jobs_counts(workspace, unfinished):
    page = shown()
    if unfinished:
        named(page.checkbox, "Include unfinished images").check()
    named(page.checkbox, "Copy the pictures into the data set").uncheck()
    named(page.button, "Export").click().run()
    work(workspace, once=True)
    packed = next(job for job in list_jobs(workspace) if job.kind is JobKind.PACK)
    assert packed.options["left_out"] == (0 if unfinished else 1)
    hints = [caption.value for caption in shown().caption]
    assert any("tick *Include unfinished images*" in hint for hint in hints) is not unfinished
