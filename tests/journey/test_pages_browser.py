"""Every page, light and dark, can be read by everybody as far as axe-core can tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from app_server import AppServer
from axe import SCHEMES, axe_source, serious_findings, show_in
from playwright.sync_api import Browser
from project_cards import button_of
from two_readers import disagreed

from annotator.domain import BoundingBox, Job, JobKind, JobState, Project
from annotator.workflows.projects import list_projects
from annotator.workflows.workspace import Workspace

pytestmark = pytest.mark.browser


def named(workspace: Workspace, name: str) -> Project:
    return next(p for p in list_projects(workspace) if p.name == name)


@pytest.fixture
def read_apart(workspace: Workspace) -> Project:
    """A project of which an image waits for adjudication."""
    project = named(workspace, "Demo: facial movement (Action Units)")
    box = BoundingBox(20, 30, 80, 60)
    disagreed(workspace, project, {"Dr. B": (project.label_set.codes[0], box), "Dr. C": None})
    return project


def jobs_of(project: Project) -> list[Job]:
    """Jobs that nothing runs: one that rests, and one that ended with a log."""
    ended = {"ended_at": datetime.now(UTC), "done": 9, "total": 9, "log": ("a line",)}
    return [
        Job(JobKind.SUGGEST, "tester", project.id, state=JobState.PAUSED, done=3, total=9),
        Job(JobKind.EXPORT, "tester", project.id, state=JobState.FAILED, sentence="Why.", **ended),
    ]


def test_axe_finds_nothing_serious_on_any_page(
    app: AppServer, chromium: Browser, workspace: Workspace, project: Project, read_apart: Project
) -> None:
    film_of_the_chest = named(workspace, "Demo: film of the chest")
    for job in jobs_of(project):
        workspace.record.jobs.add(job)
    source = axe_source()
    seen_by = {
        "/": "summary:has-text('More classifiers')",
        f"/queue?project={project.id}": "button:has-text('Annotate in this order')",
        f"/annotate?project={project.id}": ".stage[data-ready]",
        f"/adjudicate?project={read_apart.id}": "button:has-text('Sign the adjudication')",
        f"/export?project={project.id}": "button:has-text('Export')",
        f"/study?project={read_apart.id}": "text=Readers",
        "/jobs": "text=They go on when you leave the page",
    }
    found: dict[str, list[Any]] = {}
    page = chromium.new_context(bypass_csp=True).new_page()

    def look(name: str) -> None:
        for scheme in SCHEMES:
            show_in(page, scheme)
            found[f"{scheme} {name}"] = serious_findings(page, source)

    for address, sign in seen_by.items():
        page.goto(app.url + address)
        page.locator(sign).first.wait_for()
        look(address)
    page.goto(app.url)
    button_of(page, project, "reading").click()
    page.get_by_role("button", name="Change the protocol").wait_for()
    look("Reading")
    page.goto(app.url)
    button_of(page, film_of_the_chest, "classifier").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Not for adults").wait_for()
    dialog.get_by_text("kermany-test").first.wait_for()
    look("Classifier")
    page.context.close()
    assert {name: said for name, said in found.items() if said} == {}
