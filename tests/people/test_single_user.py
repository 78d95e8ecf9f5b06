"""Whom an app without accounts answers: this machine alone."""

from __future__ import annotations

import pytest

from annotator.cli import main
from annotator.errors import SettingsError
from annotator.settings import Settings, SignIn


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])  # noqa: S104
def test_a_single_user_is_served_on_this_machine_only(address):
    single = Settings.from_environment({"HOME": "/nowhere"})
    assert single.sign_in is SignIn.SINGLE_USER
    with pytest.raises(SettingsError, match="ANNOTATOR_SIGN_IN=accounts"):
        single.check_address(address)
    Settings.from_environment({"ANNOTATOR_SIGN_IN": "accounts"}).check_address(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_is_this_machine(address):
    Settings.from_environment({}).check_address(address)


def test_an_unknown_way_to_sign_in_is_named():
    with pytest.raises(SettingsError, match="'password'; use single-user, accounts, oidc"):
        Settings.from_environment({"ANNOTATOR_SIGN_IN": "password"})


def test_the_command_line_refuses_before_it_serves(tmp_path, monkeypatch, capsys):
    def serve(*_arguments):
        raise AssertionError("it serves")

    monkeypatch.setattr("os.execv", serve)
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path))
    monkeypatch.delenv("ANNOTATOR_SIGN_IN", raising=False)
    assert main(["app", "--address", "0.0.0.0", "--no-demo"]) == 1  # noqa: S104
    assert "the app listens on this machine only" in capsys.readouterr().err
    monkeypatch.setenv("ANNOTATOR_SIGN_IN", "accounts")
    with pytest.raises(AssertionError, match="it serves"):
        main(["app", "--address", "0.0.0.0", "--no-demo"])  # noqa: S104
    assert "/account/join?code=" in capsys.readouterr().out
