"""Links work once, wrong tries wait, sessions end, and no secret is kept as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from account_server import OTHER, WORDS
from argon2 import PasswordHasher, extract_parameters

from annotator.domain import Role
from annotator.domain.sign_in import (
    IDLE,
    LINK_LASTS,
    LONGEST,
)
from annotator.errors import NotAllowedError, SignInError, StorageError
from annotator.record import Record
from annotator.record.people import credentials
from annotator.workflows.backing_up import back_up, copy_record, restore_backup
from annotator.workflows.people import (
    account_named,
    invite,
    new_link,
    set_active,
    set_role,
)
from annotator.workflows.signing_in import (
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
