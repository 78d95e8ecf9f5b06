# ruff: noqa: RUF001 - letters that look like others are what is tested
"""Links work once, wrong tries wait, sessions end, and no secret is kept as it is."""

from __future__ import annotations

import contextlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from annotator.cli import main
from annotator.domain import Role
from annotator.domain.sign_in import (
    FREE_TRIES,
    FREE_TRIES_OF_ADDRESS,
    IDLE,
    LINK_LASTS,
    LONGEST,
    TRIES_KEPT,
    checked_name,
    checked_password,
    name_key,
    wait_after,
)
from annotator.errors import NotAllowedError, SettingsError, SignInError, StorageError
from annotator.record import Record
from annotator.record.people import credentials
from annotator.settings import Settings, SignIn
from annotator.workflows.backing_up import back_up, copy_record, restore_backup
from annotator.workflows.people import (
    account_named,
    invite,
    list_accounts,
    look_alikes,
    new_link,
    set_active,
    set_role,
)
from annotator.workflows.signing_in import (
    BarredError,
    change_password,
    join_with_password,
    join_with_subject,
    name_of_code,
    person_of,
    set_up_code,
    sign_in,
    sign_in_with_subject,
    sign_out,
)
from annotator.workflows.workspace import Workspace
from db.tables import AccountRow, SignInTryRow

WORDS = "four words in a row"
OTHER = "other words in a row"


@pytest.fixture
def ada(empty, now):
    """The token of the first admin's session."""
    return join_with_password(empty, set_up_code(empty, now=now), "Ada", WORDS, now=now)


@pytest.fixture
def bob(empty, ada, now):
    """The token of somebody's session who was invited."""
    return join_with_password(empty, invite(empty, "Bob").code, "", OTHER)


# ---- links ------------------------------------------------------------------------------------


def test_the_first_start_makes_one_admin_once(empty, now):
    code = set_up_code(empty, now=now)
    assert name_of_code(empty, code, now=now) is None
    token = join_with_password(empty, code, " Ada ", WORDS, now=now)
    person = person_of(empty, token, now=now)
    assert (person.name, person.roles) == ("Ada", {None: {Role.ADMIN}})
    assert set_up_code(empty, now=now) is None
    with pytest.raises(SignInError, match="used already"):
        join_with_password(empty, code, "Eve", OTHER, now=now)


def test_a_second_first_link_is_void_when_an_admin_is_there(empty, ada, now):
    late = empty.record.signing_in.issue_link(None, actor="operator", now=now)
    with pytest.raises(SignInError, match="used already"):
        join_with_password(empty, late, "Eve", OTHER, now=now)


def test_only_who_runs_the_server_is_told_the_first_link(team):
    with pytest.raises(NotAllowedError, match="Only who runs the server"):
        set_up_code(team.as_role("manager"))


def test_a_link_runs_out_and_a_new_one_takes_its_place(empty, ada, now):
    first = invite(empty, "Bob")
    second = new_link(empty, account_named(empty, "bob").id)
    assert (first.name, second.name) == ("Bob", "Bob")
    with pytest.raises(SignInError, match="used already, or is too old"):
        join_with_password(empty, first.code, "", OTHER)
    late = now + 2 * LINK_LASTS + timedelta(days=10_000)
    with pytest.raises(SignInError, match="too old"):
        name_of_code(empty, second.code, now=late)
    assert name_of_code(empty, second.code) == "Bob"


def test_a_refused_password_leaves_the_link_good(empty, ada):
    made = invite(empty, "Bob")
    for refused in ("short", "bobbobbobbob", "x" * 201):
        with pytest.raises(SignInError, match="password"):
            join_with_password(empty, made.code, "", refused)
    assert join_with_password(empty, made.code, "", OTHER)


def test_who_was_deactivated_cannot_come_back_by_an_old_link(empty, ada):
    made = invite(empty, "Bob")
    set_active(empty, account_named(empty, "Bob").id, False)
    with pytest.raises(SignInError, match="used already"):
        join_with_password(empty, made.code, "", OTHER)


def test_a_link_that_waits_is_void_for_who_is_deactivated_while_signed_in(empty, bob):
    account = account_named(empty, "Bob")
    waiting = new_link(empty, account.id)
    assert person_of(empty, bob) is not None, "a link changes nothing until it is used"
    set_active(empty, account.id, False)
    assert person_of(empty, bob) is None
    with pytest.raises(SignInError, match="used already"):
        join_with_password(empty, waiting.code, "", WORDS)
    set_active(empty, account.id, True)
    with pytest.raises(SignInError, match="used already"):
        name_of_code(empty, waiting.code)
    assert sign_in(empty, "Bob", OTHER)


# ---- names that look alike ----------------------------------------------------------------------


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


# ---- passwords --------------------------------------------------------------------------------


def test_signing_in_needs_the_right_password(empty, bob):
    assert person_of(empty, sign_in(empty, " bOB ", OTHER)).name == "Bob"
    said = set()
    for name, password in (("Bob", "wrong"), ("nobody", OTHER), ("", ""), ("Bob\0", OTHER)):
        with pytest.raises(SignInError) as refusal:
            sign_in(empty, name, password)
        said.add(str(refusal.value))
    assert len(said) == 1, "who has an account must not be told apart"


def test_every_keyboard_types_the_same_password(empty, ada):
    code = invite(empty, "Zoë").code
    join_with_password(empty, code, "", "naïve words ﬁnd it")
    assert sign_in(empty, "Zoe\u0308", "nai\u0308ve words find it")


@pytest.mark.parametrize("name", ["Bob", "nobody at all"])
def test_wrong_tries_wait_longer_and_longer(empty, bob, now, name):
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInError, match="Wrong user name or password"):
            sign_in(empty, name, "wrong", now=now)
    waits = []
    for _ in range(4):
        with pytest.raises(BarredError) as barred:
            sign_in(empty, name, OTHER, now=now)  # the right one, and not looked at
        waits.append(barred.value.wait_s)
        now += timedelta(seconds=barred.value.wait_s)
        with pytest.raises(SignInError, match="Wrong user name or password"):
            sign_in(empty, name, "wrong", now=now)
    assert waits == [30, 60, 120, 240]


def test_after_the_wait_the_right_password_opens_and_the_count_begins_anew(empty, bob, now):
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInError):
            sign_in(empty, "Bob", "wrong", now=now)
    now += wait_after(FREE_TRIES)
    assert sign_in(empty, "Bob", OTHER, now=now)
    with pytest.raises(SignInError, match="Wrong user name or password"):
        sign_in(empty, "Bob", "wrong", now=now)
    assert sign_in(empty, "Bob", OTHER, now=now)


def test_a_stranger_keeps_no_owner_of_a_name_out(empty, bob, now):
    for number in range(200):
        with contextlib.suppress(SignInError):
            sign_in(empty, "Bob", "wrong", address="192.0.2.1", now=now + timedelta(seconds=number))
    with pytest.raises(BarredError):
        sign_in(empty, "Bob", OTHER, address="192.0.2.1", now=now + timedelta(seconds=200))
    assert sign_in(empty, "Bob", OTHER, address="192.0.2.2", now=now + timedelta(seconds=200))


def test_many_addresses_slow_a_name_and_bar_it_nowhere_else(empty, bob, now):
    record = empty.record.signing_in
    assert record.slowed_s("Bob", now=now) == 0
    for number in range(25):
        with pytest.raises(SignInError, match="Wrong user name"):
            sign_in(empty, "Bob", "wrong", address=f"192.0.2.{number}", now=now)
    assert record.slowed_s("bob ", now=now) == 2
    assert record.slowed_s("Bob", now=now + 2 * TRIES_KEPT) == 0
    assert sign_in(empty, "Bob", OTHER, address="198.51.100.1", now=now)


def test_an_address_that_guesses_at_many_names_is_barred(empty, bob, now):
    for number in range(FREE_TRIES_OF_ADDRESS):
        with pytest.raises(SignInError, match="Wrong user name"):
            sign_in(empty, f"somebody {number}", "wrong", address="192.0.2.1", now=now)
    with pytest.raises(BarredError):
        sign_in(empty, "Bob", OTHER, address="192.0.2.1", now=now)
    assert sign_in(empty, "Bob", OTHER, address="192.0.2.2", now=now)


def test_a_clinic_behind_one_address_signs_in(empty, bob, now):
    for _ in range(3 * FREE_TRIES_OF_ADDRESS):
        assert sign_in(empty, "Bob", OTHER, address="192.0.2.1", now=now)


def test_names_that_were_tried_leave_no_row_for_good(empty, bob, now):
    def rows() -> int:
        return empty.record._sessions.read(
            lambda session: session.scalar(select(func.count()).select_from(SignInTryRow))
        )

    for number in range(40):
        with pytest.raises(SignInError):
            sign_in(empty, f"a password {number}", "x", address=f"192.0.2.{number}", now=now)
    assert rows() == 120
    sign_in(empty, "Bob", OTHER, address="192.0.2.99", now=now + TRIES_KEPT + timedelta(seconds=1))
    assert rows() == 2, "of the last try its address and its name, without a failure"


def test_changing_a_password_ends_every_session(empty, bob):
    elsewhere = sign_in(empty, "Bob", OTHER)
    as_bob = empty.as_person(person_of(empty, bob))
    with pytest.raises(SignInError, match="Wrong user name or password"):
        change_password(as_bob, "wrong", WORDS)
    assert person_of(empty, elsewhere) is not None
    change_password(as_bob, OTHER, WORDS)
    assert person_of(empty, bob) is None
    assert person_of(empty, elsewhere) is None
    with pytest.raises(SignInError):
        sign_in(empty, "Bob", OTHER)
    assert sign_in(empty, "Bob", WORDS)


def test_passwords_are_hashed_with_argon2id_at_the_parameters_of_rfc_9106():
    hashed = PasswordHasher().hash(WORDS)  # what `credentials` makes without this file's fixture
    parameters = extract_parameters(hashed)
    assert hashed.startswith("$argon2id$")
    assert (parameters.memory_cost, parameters.time_cost) >= (65536, 3)
    assert credentials.is_password(WORDS, hashed)
    assert not credentials.is_password(WORDS + ".", hashed)
    assert not credentials.is_password(WORDS, None)
    assert not credentials.is_password(WORDS, "no hash")


# ---- sessions ---------------------------------------------------------------------------------


def test_a_session_ends_when_it_is_not_used(empty, ada, now):
    for _ in range(3):
        now += IDLE - timedelta(seconds=1)
        assert person_of(empty, ada, now=now).name == "Ada"
    assert person_of(empty, ada, now=now + IDLE) is None


def test_a_session_ends_in_the_end_however_much_it_is_used(empty, ada, now):
    began = now
    while now < began + LONGEST - timedelta(minutes=30):
        now += timedelta(minutes=30)
        if now < began + LONGEST:
            assert person_of(empty, ada, now=now) is not None
    assert person_of(empty, ada, now=began + LONGEST) is None


def test_signing_out_ends_the_session_and_no_other(empty, bob):
    other = sign_in(empty, "Bob", OTHER)
    sign_out(empty, bob)
    sign_out(empty, bob)
    sign_out(empty, "no token at all")
    assert person_of(empty, bob) is None
    assert person_of(empty, other) is not None


@pytest.mark.parametrize("token", ["", "x", "é", "' OR 1=1 --", "\0"])
def test_what_is_no_token_opens_nothing(empty, ada, token):
    assert person_of(empty, token) is None


def test_a_role_that_is_taken_ends_the_sessions_that_had_it(team):
    workspace = team.workspace
    account = account_named(workspace, "the rater")
    code = new_link(workspace, account.id).code
    token = join_with_password(workspace, code, "", WORDS)
    set_role(workspace, team.project.id, account.id, Role.REVIEWER, True)
    assert Role.REVIEWER in person_of(workspace, token).roles[team.project.id]
    set_role(workspace, team.project.id, account.id, Role.RATER, False, reason="left")
    assert person_of(workspace, token) is None


def test_deactivation_ends_sessions_at_once(empty, bob):
    account = account_named(empty, "Bob")
    set_active(empty, account.id, False)
    assert person_of(empty, bob) is None
    with pytest.raises(SignInError, match="Wrong user name or password"):
        sign_in(empty, "Bob", OTHER)
    set_active(empty, account.id, True)
    assert person_of(empty, bob) is None
    assert sign_in(empty, "Bob", OTHER)


def test_the_last_admin_stays(empty, ada, bob):
    admin = account_named(empty, "Ada")
    with pytest.raises(StorageError, match="Nobody would be left"):
        set_active(empty, admin.id, False)
    with pytest.raises(StorageError, match="Nobody would be left"):
        empty.record.people.change_role(
            admin.id, (None, Role.ADMIN), False, by=("Ada", ""), now=admin.created_at
        )
    assert account_named(empty, "Ada") == admin


# ---- an identity elsewhere ----------------------------------------------------------------------


def test_an_identity_elsewhere_is_tied_by_a_one_time_code(empty, ada):
    subject = "https://issuer.example|1234"
    assert sign_in_with_subject(empty, subject, "statement 1") is None
    join_with_subject(empty, invite(empty, "Bob").code, "", subject)
    assert sign_in_with_subject(empty, subject, "statement 1").name == "Bob"
    assert person_of(empty, "statement 1").name == "Bob"
    sign_out(empty, "statement 1")
    with pytest.raises(SignInError, match="has ended"):
        sign_in_with_subject(empty, subject, "statement 1")
    assert sign_in_with_subject(empty, subject, "statement 2").name == "Bob"
    with pytest.raises(StorageError, match="another account"):
        join_with_subject(empty, invite(empty, "Eve").code, "", subject)
    with pytest.raises(SignInError):
        sign_in(empty, "Bob", "")


# ---- what is kept -------------------------------------------------------------------------------


def test_no_secret_is_in_the_data_folder_or_the_log(empty, ada, tmp_path):
    code = invite(empty, "Bob").code
    token = join_with_password(empty, code, "", OTHER)
    open_code = invite(empty, "Eve").code
    secrets = [ada, token, code, open_code, WORDS, OTHER]
    with pytest.raises(SignInError):
        sign_in(empty, "a password typed as name", "x")
    secrets.append("a password typed as name")
    files = [path for path in empty.settings.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for secret in secrets:
        assert not [path for path in files if secret.encode() in path.read_bytes()], secret
    with (tmp_path / "log").open("w+") as log:
        assert empty.record.safekeeping.write_log(None, log) > 5
        log.seek(0)
        told = log.read()
    assert "$argon2" not in told
    assert '"role given"' in told
    assert '"signed in"' in told


def test_the_chains_hold_all_of_it(empty, bob):
    set_active(empty, account_named(empty, "Bob").id, False)
    assert empty.record.safekeeping.faults() == []
    assert empty.record.problems() == []


def test_a_copy_takes_accounts_along_and_nobody_who_is_signed_in(empty, bob, tmp_path):
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    copy_record(empty, url)
    with Record.open(url) as copy:
        assert copy.people.accounts() == empty.record.people.accounts()
        assert copy.signing_in.knows_session(bob) is False
        assert copy.safekeeping.faults() == []


def test_what_was_ended_does_not_come_back_with_a_backup(empty, bob, tmp_path):
    back_up(empty, tmp_path / "backup.db")
    sign_out(empty, bob)
    empty.close()
    restore_backup(empty.settings, tmp_path / "backup.db", actor="operator", reason="disk")
    with Workspace.open(empty.settings) as again:
        assert person_of(again, bob) is None
        assert sign_in(again, "Bob", OTHER)
        assert again.record.safekeeping.faults() == []


@given(st.integers(0, 10_000))
def test_waits_grow_and_stay_bounded(failures):
    assert timedelta(0) <= wait_after(failures) <= wait_after(failures + 1)
    assert wait_after(failures) <= timedelta(minutes=15)
    assert bool(wait_after(failures)) == (failures >= FREE_TRIES)


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


# ---- the machine's own mode ---------------------------------------------------------------------


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
