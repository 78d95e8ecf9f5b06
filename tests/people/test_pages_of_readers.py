"""Faults 12, 13: what the pages show of a project to those who read it, and what they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from sqlalchemy import Engine, event
from streamlit.testing.v1 import AppTest
from watched_study import FOUND, NAME, Study

from annotator.domain import (
    Job,
    JobKind,
    JobState,
)
from annotator.ui import session
from annotator.workflows.jobs import list_jobs, projects_at_work
from annotator.workflows.people import account_named

SCREENS = Path(session.__file__).parent / "screens"


@pytest.fixture
def page_of(monkeypatch):
    """Return the text of a page as somebody sees it."""

    def run(study: Study, who: str, screen: str) -> AppTest:
        monkeypatch.setattr(session, "installation", lambda: study.workspace)
        person = account_named(study.workspace, who).person
        monkeypatch.setattr(session, "person", lambda: person)
        page = AppTest.from_file(str(SCREENS / f"{screen}.py"), default_timeout=PATIENCE_S)
        page.query_params["project"] = str(study.project_id)
        return page.run()

    return run


def _text(page: AppTest) -> str:
    assert not page.exception, page.exception
    tables = [table.value.to_csv() for table in page.dataframe]
    return "\n".join([*tables, *_protos(page.main), *_protos(page.sidebar)])


def _protos(node: Any) -> Iterator[str]:
    """Yield all that the browser is sent of a part of a page, but for tables."""
    yield str(node.proto)
    for child in getattr(node, "children", {}).values():
        yield from _protos(child)


@pytest.mark.parametrize("study", ["two readers"], indirect=True)
@pytest.mark.parametrize(
    ("who", "screen", "offered"),
    [
        ("rater", "queue", "Bring in your own annotations"),
        ("reviewer", "queue", "Bring in your own annotations"),
        ("manager", "queue", None),
        ("rater and manager", "queue", None),
        ("rater and manager", "export", "Take over another tool's file"),
    ],
)
def test_who_reads_finds_where_to_bring_in_their_own_annotations(
    study, page_of, who, screen, offered
):
    page = page_of(study, who, screen)
    assert not page.exception, page.exception
    forms = [one.label for one in page.expander if "own annot" in one.label or "Take" in one.label]
    assert forms == ([offered] if offered else [])
    if offered:
        sources = [field.label for field in page.text_input if field.label.startswith("Source")]
        assert len(sources) == (1 if screen == "export" else 0)
        assert any(button.label == "Take over" for button in page.button)


@pytest.mark.parametrize("study", ["blind, then reveal"], indirect=True)
@pytest.mark.parametrize("who", ["rater", "rater and manager"])
def test_a_blind_readers_pages_and_messages_have_no_names_counts_or_figures(
    study: Study, who: str, page_of
) -> None:
    for screen in ("projects", "queue", "export", "study"):
        text = _text(page_of(study, who, screen))
        assert screen != "study" or "Signed" not in text
        for told in (NAME, "with suggestions", '"Classifier"', "AUC", "Dismiss"):
            assert told not in text, f"{screen}: {told}"
    queue = _text(page_of(study, who, "queue"))
    assert "Image 1" in queue
    assert "Most uncertain first" not in queue
    manager = _text(page_of(study, "manager", "projects"))
    assert f"{FOUND} with suggestions" in manager
    assert NAME in _text(page_of(study, "manager", "queue"))


@pytest.mark.parametrize("study", ["blind, then reveal"], indirect=True)
def test_fault_13_an_imports_message_is_for_whoever_imported(study: Study, page_of) -> None:
    manager = account_named(study.workspace, "manager")
    job = Job(
        JobKind.IMPORT,
        "manager",
        study.project_id,
        manager.id,
        state=JobState.FAILED,
        sentence=f"{NAME}_9.png cannot be read",
        log=(f"refused: {NAME}_8.png",),
        ended_at=datetime.now(UTC),
    )
    study.workspace.record.jobs.add(job)
    for who in ("rater", "rater and manager"):
        page = page_of(study, who, "projects")
        assert NAME not in _text(page)
        assert not [button for button in page.button if button.label == "Dismiss"]
    page = page_of(study, "manager", "projects")
    assert NAME in _text(page)
    dismissed = next(button for button in page.button if button.label == "Dismiss").click().run()
    assert f"{NAME}_9" not in _text(dismissed)


@pytest.mark.parametrize("study", ["blind, then reveal"], indirect=True)
def test_fault_12_pages_ask_for_jobs_in_a_constant_number_of_statements(
    study: Study, request: pytest.FixtureRequest
) -> None:
    """The page Jobs asks each second, Projects in each run: however many jobs there have been."""
    manager, statements = study.as_person("manager"), list[str]()

    def note(*sent: Any) -> None:
        statements.append(sent[2])

    event.listen(Engine, "before_cursor_execute", note)
    request.addfinalizer(lambda: event.remove(Engine, "before_cursor_execute", note))

    def asked() -> int:
        statements.clear()
        list_jobs(manager)
        projects_at_work(manager)
        return len(statements)

    def started(kind: JobKind) -> None:
        study.workspace.record.jobs.add(Job(kind, "operator", study.project_id))

    for kind in (JobKind.IMPORT, JobKind.SUGGEST):
        started(kind)
    few = asked()
    for _ in range(6):
        for kind in (JobKind.IMPORT, JobKind.SUGGEST):
            started(kind)
    assert len(list_jobs(manager)) == 14
    assert asked() == few
