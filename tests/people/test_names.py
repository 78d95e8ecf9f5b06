# ruff: noqa: RUF001 - letters that look like others are what is tested
"""Names of people: of every script, compared as they are read, and none that looks like another."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from account_server import OTHER, WORDS
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from annotator.cli import main
from annotator.domain.sign_in import (
    checked_name,
    checked_password,
    name_key,
)
from annotator.errors import SignInError, StorageError
from annotator.workflows.doctor import examine
from annotator.workflows.people import (
    account_named,
    invite,
    list_accounts,
    look_alikes,
    new_link,
)
from annotator.workflows.signing_in import (
    join_with_password,
    sign_in,
)
from db.tables import AccountRow


@pytest.mark.parametrize("name", ["B0b", "Воb", "Bоb", "Ｂｏｂ", "BOB", "Bob\ufe0f"])
def test_no_account_looks_like_another(empty, bob, name):
    with pytest.raises((SignInError, StorageError)):
        invite(empty, name)
    assert [one.name for one in list_accounts(empty)] == ["Ada", "Bob"]


@pytest.mark.parametrize("name", ["Зоя", "李 Li", "田中 たろう Taro", "김 Kim", "Zoë Łuk", "Ελένη"])
def test_names_of_every_script_are_names(empty, ada, name):
    assert invite(empty, name).name == name


def test_scripts_that_are_not_written_together_are_refused_by_name(empty, ada):
    with pytest.raises(SignInError, match="mixes letters of Cyrillic and Latin"):
        invite(empty, "Аda Smith")


def test_of_two_invitations_at_once_that_look_alike_one_is_made(empty, ada):
    def make(name: str) -> bool:
        try:
            return bool(invite(empty, name))
        except StorageError:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, ["Carl", "CarI"])) == [False, True]


def test_accounts_older_than_skeletons_get_theirs_and_look_alikes_are_listed(
    empty, ada, capsys, monkeypatch
):
    def older(session):
        session.execute(update(AccountRow).values(skeleton=None))
        values = {"id": uuid.uuid4(), "name": "Adа", "key": name_key("Adа"), "active": True}
        session.add(AccountRow(**values, created_at=datetime(2030, 1, 1, tzinfo=UTC)))

    empty.record._sessions.write(older)
    assert look_alikes(empty) == [("Ada", "Adа")]
    with pytest.raises(StorageError, match="looks like the name of another account, 'Ada'"):
        invite(empty, "Аdа".replace("d", "ԁ"))
    assert sign_in(empty, "Ada", WORDS), "nobody is kept out by an older look-alike"
    link = new_link(empty, account_named(empty, "Adа").id)
    assert join_with_password(empty, link.code, "", OTHER), "and neither is the look-alike"
    monkeypatch.setenv("ANNOTATOR_HOME", str(empty.settings.home))
    assert main(["people", "list"]) == 0
    assert "look alike; check whose they are: Ada (Ada), Adа (Ad\\u0430)" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["imported by Ada (CVAT)", "Imported  BY x", "lmported by Ada"])
def test_no_account_reads_like_an_import(empty, ada, name):
    with pytest.raises(SignInError, match="annotations out of files"):
        invite(empty, name)
    assert invite(empty, "Imported Bytes").name == "Imported Bytes"


def test_the_doctor_lists_names_that_were_given_before_they_were_refused(empty, ada, capsys):
    def older(session):
        for name in ("Adа", "imported by Ada"):
            values = {"id": uuid.uuid4(), "name": name, "key": name_key(name), "active": True}
            session.add(AccountRow(**values, created_at=datetime(2030, 1, 1, tzinfo=UTC)))

    def told():
        return [one.text for one in examine(empty.settings) if one.subject == "account names"]

    assert told() == []
    empty.record._sessions.write(older)
    first, second = told()
    assert first.startswith("Ada (Ada), Adа (Ad\\u0430) look alike")
    assert second.startswith("imported by Ada reads like")


SCRIPTS = ((0x41, 0x24F), (0x391, 0x3C9), (0x400, 0x4FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))


@given(
    st.one_of(
        st.text(
            st.characters(min_codepoint=first, max_codepoint=last, categories=["L", "N"]),
            min_size=1,
            max_size=30,
        )
        for first, last in SCRIPTS
    )
)
def test_names_are_compared_as_people_read_them(name):
    assert name_key(f" {name} ") == name_key(name)
    assert name_key(checked_name(name)) == name_key(name)


def test_names_and_passwords_that_cannot_be_taken():
    for name in ("", "  ", "x" * 61, "a\u200bb", "a\0b"):
        with pytest.raises(SignInError):
            checked_name(name)
    assert checked_password("words beside Ada", "Ada") == "words beside Ada"
