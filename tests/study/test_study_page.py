"""The Study page: what it shows to whom, and that it reads no more than it says."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from coded_study import CodedStudy
from patience import PATIENCE_S
from sqlalchemy import Engine, event
from streamlit.testing.v1 import AppTest

from annotator.domain import (
    Assignment,
    BoundingBox,
    Mode,
    Protocol,
    Provenance,
    Suggestion,
    SuggestionRun,
)
from annotator.ui import session
from annotator.workflows import study_page
from annotator.workflows.projects import list_projects
from annotator.workflows.reading import assign
from annotator.workflows.study_page import study_overview

SCREEN = Path(session.__file__).parent / "screens" / "study.py"
TWO = Protocol(readers=2)
NASTY = "**Bob** :red[x]"


def project_of(study: CodedStudy):
    return next(p for p in list_projects(study.workspace) if p.id == study.project.id)


def coded(workspace, images: int = 4) -> CodedStudy:
    """A study that two have read, with a suggestion on each image."""
    study = CodedStudy(workspace, [str(n // 2) for n in range(images)], TWO)
    assign(workspace, study.project.id, ["ann", NASTY], actor="operator")
    for number, image in enumerate(study.images):
        found = Suggestion("AU12", BoundingBox(1, 1, 9, 9), 0.9, 0.5, "dual", 0.5)
        made = Provenance("finder", "1", "ab" * 32, "excitation backprop", {}, "0.1")
        workspace.record.record_run(SuggestionRun(image, made, {"AU12": 0.9}, (found,)))
        study.read(number, "ann", {"AU12": "C"})
        study.read(number, NASTY, {"AU12": "C" if number % 2 else "absent"})
    return study


@pytest.fixture
def page(workspace, monkeypatch):
    """Run the page for the operator."""

    def run(study: CodedStudy) -> AppTest:
        monkeypatch.setattr(session, "installation", lambda: study.workspace)
        screen = AppTest.from_file(str(SCREEN), default_timeout=PATIENCE_S)
        screen.query_params["project"] = str(study.project.id)
        screen.run()
        assert not screen.exception, screen.exception
        return screen

    return run


def test_readers_agreement_and_suggestions_each_with_a_table(workspace, page):
    screen = page(coded(workspace))
    titles = [one.value for one in screen.subheader]
    assert titles == [
        "Readers", "Agreement by label", "Suggestions by label", "Suggestions by version",
    ]  # fmt: skip
    assert len(screen.dataframe) == len(titles)
    readers, agreement, *_ = (table.value for table in screen.dataframe)
    assert readers["Reader"].tolist() == sorted(["ann", NASTY])
    assert readers["Signed"].tolist() == [4, 4]
    assert readers["Questions open"].tolist() == [0, 0]
    assert not readers["Last signed (UTC)"].eq("").any()
    share = agreement[(agreement["Label"] == "AU12") & (agreement["Figure"] == "Agreement")]
    assert share["Value"].tolist() == [0.5]
    without = agreement[agreement["Value"].isna()]
    assert without["Remark"].str.endswith(".").all()
    assert "latest 8 signed readings" in screen.caption[0].value
    assert "4 images" in screen.caption[0].value


def test_figures_are_of_a_sample_and_no_other_image_is_read(workspace, monkeypatch):
    study = coded(workspace, images=8)
    monkeypatch.setattr(study_page, "SAMPLED", 3)
    asked: list[uuid.UUID] = []
    whole = workspace.record.image_record
    monkeypatch.setattr(
        workspace.record, "image_record", lambda image: asked.append(image) or whole(image)
    )
    overview = study_overview(workspace, project_of(study))
    assert (overview.readings, overview.images) == (16, 3)
    assert len(asked) == len(set(asked)) == 3
    again = study_overview(workspace, project_of(study))
    assert again == overview, "the same sample each time"
    assert {one.result.n for one in overview.agreement if one.figure == "percent"} == {3}


def test_images_that_were_removed_are_in_no_figure(workspace):
    """As in the figures of all images, `annotator study`."""
    study = coded(workspace)
    workspace.record.remove_images(study.project.id, study.images[:1], actor="A", reason="twice")
    overview = study_overview(workspace, project_of(study))
    assert (overview.readings, overview.images) == (6, 3)


def test_more_signed_images_take_no_more_statements(workspace, monkeypatch):
    monkeypatch.setattr(study_page, "SAMPLED", 2)
    study = coded(workspace, images=3)

    def statements() -> int:
        count: list[int] = []

        def note(*_: object) -> None:
            count.append(1)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            study_overview(workspace, project_of(study))
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len(count)

    before = statements()
    more = workspace.record.add_images(
        study.project.id, CodedStudy.assets("ababab"), join_running_study=True
    )
    study.images += [one.id for one in more.added]
    assign(workspace, study.project.id, ["ann", NASTY], actor="operator")
    for number in range(3, 9):
        study.read(number, "ann")
        study.read(number, NASTY)
    assert statements() <= before  # fewer where a sampled image has no suggestions


def test_where_people_go_on_from_each_other_there_is_no_agreement(workspace, page):
    study = CodedStudy(workspace, "ab", Protocol())
    study.read(0, "ann", {"AU12": "C"})
    screen = page(study)
    assert "Agreement by label" not in [one.value for one in screen.subheader]


def test_nobody_has_read_yet(workspace, page):
    study = CodedStudy(workspace, "ab", Protocol(Mode.UNAIDED, assignment=Assignment.OPEN))
    assert "nobody has signed one yet" in page(study).info[0].value
