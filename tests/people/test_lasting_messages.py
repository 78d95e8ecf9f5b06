"""What cannot be shown again stays until the person it is for dismisses it (fault 18)."""

from __future__ import annotations

import pytest
import warm_processes
from patience import PATIENCE_S
from streamlit.testing.v1 import AppTest

from annotator.ui import lasting_messages, session


@pytest.fixture
def signed_in_as(team, monkeypatch):
    """Who is signed in, to be changed."""
    monkeypatch.setattr(lasting_messages, "_KEPT", {})

    def change(who: str) -> None:
        monkeypatch.setattr(session, "workspace", lambda: team.as_role(who))
        monkeypatch.setattr(lasting_messages, "workspace", lambda: team.as_role(who))

    return change


def _page() -> None:
    import streamlit as st

    from annotator.ui.lasting_messages import show_message

    show_message("link", str, st.code)
    st.button("Anything")


def _codes() -> tuple[AppTest, list[str]]:
    page = AppTest.from_function(_page, default_timeout=PATIENCE_S).run()
    return page, [code.value for code in page.code]


def test_it_stays_through_runs_reloads_and_other_people_until_it_is_dismissed(signed_in_as):
    signed_in_as("admin")
    lasting_messages.keep_message("link", "a secret")
    page, codes = _codes()
    assert codes == ["a secret"]
    page.button[1].click().run()
    assert [code.value for code in page.code] == ["a secret"], "another run of the page"
    assert _codes()[1] == ["a secret"], "a reload"
    signed_in_as("manager")
    assert _codes()[1] == [], "somebody else at the same workstation"
    signed_in_as("admin")
    page, _ = _codes()
    page.button(key="dismiss-link").click().run()
    assert not page.code
    assert _codes()[1] == []


def test_a_process_begins_after_a_page_was_run_in_this_one(signed_in_as, tmp_path):
    signed_in_as("admin")
    _codes()
    process = warm_processes.begin(print, "begun", stdout=tmp_path / "printed")
    process.join(PATIENCE_S)
    assert (tmp_path / "printed").read_text() == "begun\n"
