"""Wrong tries at a password wait, by name and by address, and keep no owner of a name out."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from account_server import OTHER
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from annotator.domain.sign_in import (
    FREE_TRIES,
    FREE_TRIES_OF_ADDRESS,
    TRIES_KEPT,
    wait_after,
)
from annotator.errors import SignInError
from annotator.workflows.signing_in import (
    BarredError,
    sign_in,
)
from db.tables import SignInTryRow


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


@given(st.integers(0, 10_000))
def test_waits_grow_and_stay_bounded(failures):
    assert timedelta(0) <= wait_after(failures) <= wait_after(failures + 1)
    assert wait_after(failures) <= timedelta(minutes=15)
    assert bool(wait_after(failures)) == (failures >= FREE_TRIES)
