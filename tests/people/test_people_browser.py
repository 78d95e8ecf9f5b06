"""Two people, two browsers: set up, invited, given a role, annotating, signed out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from account_server import WORDS
from app_server import AppServer
from axe import SCHEMES, axe_source, serious_findings, show_in
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from stage_driver import StageDriver

from annotator.domain import Role
from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.people import account_named, set_active, set_role
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppServer]:
    """The real app where people have accounts, with a project and one image."""
    monkeypatch.setenv("ANNOTATOR_SIGN_IN", "accounts")
    server = AppServer(tmp_path / "home")
    picture = tmp_path / "film.png"
    Image.fromarray(np.full((200, 300), 90, np.uint8)).save(picture)
    with beside(server) as workspace:
        create_project(workspace, "films", labels=["node"])
        import_paths(workspace, "films", [picture])
    server.start("--no-demo")
    yield server
    server.kill()


def beside(server: AppServer) -> Workspace:
    """The data the server works on, as its operator has them."""
    return Workspace.open(Settings.from_environment(server.environment))


def sees(thing: Locator) -> Locator:
    """Wait for something as long as a busy machine may take."""
    thing.wait_for()
    return thing


def join(page: Page, link: str, name: str = "") -> None:
    page.goto(link)
    if name:
        page.get_by_label("Name").fill(name)
    page.get_by_label("New password").fill(WORDS)
    page.get_by_label("The same again").fill(WORDS)
    page.get_by_role("button", name="Go on").click()
    sees(page.get_by_role("heading", name="Projects"))


def test_axe_finds_nothing_serious_where_people_sign_in_and_are_managed(
    app: AppServer, chromium: Browser
):
    source = axe_source()
    found: dict[str, list[Any]] = {}
    with closing(chromium.new_context(bypass_csp=True)) as context:
        page = context.new_page()
        page.goto(app.url)
        sees(page.get_by_role("heading", name="Sign in"))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found[f"sign in, {scheme}"] = serious_findings(page, source)
        log = (app.home / "server.log").read_text()
        (link,) = re.findall(r"http://\S+/account/join\?code=\S+", log)
        join(page, link, "Ada")
        page.goto(f"{app.url}/people")
        sees(page.get_by_role("button", name="Make a one-time link"))
        for scheme in SCHEMES:
            show_in(page, scheme)
            found[f"people, {scheme}"] = serious_findings(page, source)
        page.goto(f"{app.url}/account/")
        sees(page.get_by_text("You are signed in."))
        found["account"] = serious_findings(page, source)
    assert {name: said for name, said in found.items() if said} == {}


def test_people_join_work_and_leave(app: AppServer, chromium: Browser):
    with closing(chromium.new_context(viewport={"width": 1440, "height": 900})) as one:
        admin = one.new_page()
        admin.goto(app.url)
        sees(admin.get_by_role("heading", name="Sign in"))
        log = (app.home / "server.log").read_text()
        (link,) = re.findall(r"http://\S+/account/join\?code=\S+", log)
        join(admin, link, "Ada")
        admin.get_by_role("link", name="People").click()
        # By its form: while this page comes, that of the projects has a "Name" to fill as well.
        make = admin.get_by_role("button", name="Make a one-time link")
        form = admin.get_by_test_id("stForm").filter(has=make)
        form.get_by_role("textbox", name="Name").fill("Bob")
        make.click()
        shown = sees(admin.locator("code", has_text="/account/join?code="))
        told = shown.inner_text().replace("\n", "")
        # Shown until its owner dismisses it, whatever runs or reloads the page meanwhile.
        admin.get_by_role("tab", name="Roles in the project").click()
        admin.get_by_role("tab", name="Accounts").click()
        form.get_by_role("textbox", name="Name").fill("Carol")
        admin.reload()
        assert sees(admin.locator("code", has_text="?code=")).inner_text().replace("\n", "") == told
        with closing(chromium.new_context(viewport={"width": 1440, "height": 900})) as two:
            rater = two.new_page()
            join(rater, told)
            sees(rater.get_by_text("You have no role in a project yet"))
            expect(rater.get_by_role("link", name="People")).to_have_count(0)
            with beside(app) as workspace:
                bob = account_named(workspace, "Bob").id
                films = workspace.record.project("films").id
                set_role(workspace, films, bob, Role.RATER, True)
            rater.reload()
            rater.get_by_role("button", name="Annotate").click()
            hand = StageDriver(rater)
            hand.sees_image()
            hand.press("b")
            hand.drag((40, 40), (160, 120))
            hand.sees_saved()
            with beside(app) as workspace:
                (image_id,) = workspace.record.image_ids(films)
                acts = workspace.record.image_record(image_id).annotations
                assert [act.rater for act in acts] == ["Bob"]
                set_active(workspace, bob, False)
                hand.press("b")
                hand.drag((180, 40), (260, 120))  # on a page that was open all the time
                sees(rater.get_by_text("You are not signed in any more"))
                assert len(workspace.record.image_record(image_id).annotations) == 1
            rater.reload()
            sees(rater.get_by_role("heading", name="Sign in"))
        admin.get_by_role("button", name="Dismiss").click()
        expect(admin.locator("code", has_text="?code=")).to_have_count(0)
        admin.get_by_role("link", name="Account and signing out").click()
        admin.get_by_role("button", name="Sign out").click()
        sees(admin.get_by_role("heading", name="Sign in"))
        admin.goto(f"{app.url}/people")
        sees(admin.get_by_role("heading", name="Sign in"))
