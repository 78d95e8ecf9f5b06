"""Signing in by an identity provider, with a provider and a browser that are real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from app_server import AppServer
from identity_provider import CLIENT, IdentityProvider
from playwright.sync_api import Browser, Page

from annotator.settings import Settings
from annotator.workflows.people import account_named, invite, set_active
from annotator.workflows.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    running = IdentityProvider()
    yield running
    running.stop()


@pytest.fixture
def app(
    tmp_path: Path, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AppServer]:
    server = AppServer(tmp_path / "home")
    (tmp_path / "identity-provider.toml").write_text(
        f"""[auth]
redirect_uri = "http://localhost:{server.port}/oauth2callback"
cookie_secret = "a secret of this test, which is over when it is"
client_id = "{CLIENT}"
client_secret = "of no use"
server_metadata_url = "{provider.url}/.well-known/openid-configuration"
"""
    )
    monkeypatch.setenv("ANNOTATOR_SIGN_IN", "oidc")
    monkeypatch.setenv("ANNOTATOR_SECRETS", str(tmp_path))
    server.start("--no-demo")
    yield server
    server.kill()


def sign_in(page: Page, app: AppServer) -> None:
    page.goto(f"http://localhost:{app.port}")
    page.get_by_role("button", name="Sign in").click()


def enter(page: Page, code: str, name: str = "") -> None:
    page.get_by_label("One-time code").fill(code)
    page.get_by_label("Name, if you set").fill(name)
    page.get_by_role("button", name="Go on").click()


def test_an_identity_is_tied_by_a_code_and_ends_with_its_session(
    app: AppServer, provider: IdentityProvider, chromium: Browser
):
    (code,) = re.findall(r"one-time code (\S+)", (app.home / "server.log").read_text())
    with closing(chromium.new_context()) as one, closing(chromium.new_context()) as two:
        first, second = one.new_page(), two.new_page()
        sign_in(first, app)
        enter(first, code, "Ada")
        first.get_by_role("heading", name="Projects").wait_for()
        with Workspace.open(Settings.from_environment(app.environment)) as beside:
            invited = invite(beside, "Bob").code
        provider.subject = "5678"
        sign_in(second, app)
        enter(second, "not the code")
        second.get_by_text("This link was used already").wait_for()
        enter(second, invited)
        second.get_by_text("You have no role in a project yet").wait_for()
        with Workspace.open(Settings.from_environment(app.environment)) as beside:
            set_active(beside, account_named(beside, "Bob").id, False)
        second.reload()
        second.get_by_label("One-time code").wait_for()
        first.get_by_role("button", name="Sign out").click()
        first.get_by_role("button", name="Sign in").wait_for()
