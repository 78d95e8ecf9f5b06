"""Wrong tries to sign in: what is counted, who is barred by them, and when they are forgotten.

Counted are a name from an address, an address, and a name from wherever. The first two bar: who
guesses at a name keeps out nobody but those at the same address. The third only slows, so that
guesses from many addresses do not get faster with their number.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.rows import unless_there
from db.tables import SignInTryRow

from ...domain import sign_in
from ..sessions import Part, reads, writes
from .accounts import account_by, note
from .credentials import digest

_Row = SignInTryRow


class Tries(Part):
    """Tries to sign in, counted before a password is looked at."""

    @writes
    def count_try(
        self, session: Session, name: str, address: str, *, now: datetime
    ) -> datetime | None:
        """Count a try; return until when no password is looked at, if it is barred."""
        session.execute(delete(_Row).where(_Row.seen_at < now - sign_in.TRIES_KEPT))
        pair, of_name, of_address = _keys(name, address)
        rows = _locked(session, [key for key in (pair, of_name, of_address) if key], now)
        barred_until = max(row.barred_until for row in rows.values())
        if barred_until > now:
            return barred_until
        for row in rows.values():
            row.failures, row.seen_at = row.failures + 1, now
        rows[pair].barred_until = now + sign_in.wait_after(rows[pair].failures, sign_in.FREE_TRIES)
        if of_address:
            wait = sign_in.wait_after(rows[of_address].failures, sign_in.FREE_TRIES_OF_ADDRESS)
            rows[of_address].barred_until = now + wait
        account = account_by(session, key=sign_in.name_key(name))
        if rows[pair].barred_until > now and account is not None:
            about = {"name": account.name, "wrong_tries": rows[pair].failures}
            note(session, account.name, "sign-in barred for a while", about)
        return None

    @reads
    def slowed_s(self, session: Session, name: str, *, now: datetime) -> float:
        """Return how long a try under a name waits before it is looked at, in seconds."""
        row = session.get(_Row, _keys(name, "")[1])
        if row is None or row.seen_at <= now - sign_in.TRIES_KEPT:
            return 0.0
        return sign_in.slowed_s(row.failures)


def forget_try(session: Session, name: str, address: str, now: datetime) -> None:
    """Take back a try that succeeded, and with it the wrong ones under its name and address."""
    pair, *others = _keys(name, address)
    session.execute(delete(_Row).where(_Row.key_sha256 == pair))
    fewer = update(_Row).where(_Row.key_sha256.in_(others), _Row.failures > 0)
    session.execute(fewer.values(failures=_Row.failures - 1, barred_until=now))


def _keys(name: str, address: str) -> tuple[str, str, str]:
    """Return what is kept of a name at an address, of the name, and of the address."""
    key = sign_in.name_key(name)  # without line breaks
    return digest(f"{key}\n{address}"), digest(key), digest(f"\n{address}") if address else ""


def _locked(session: Session, keys: list[str], now: datetime) -> dict[str, SignInTryRow]:
    """Return the rows of some keys, made where there are none, locked until the end."""
    keys = sorted(keys)  # so that two tries never wait for each other
    new = [{"key_sha256": key, "failures": 0, "barred_until": now, "seen_at": now} for key in keys]
    session.execute(unless_there(session, _Row, "key_sha256"), new)
    query = select(_Row).where(_Row.key_sha256.in_(keys)).order_by(_Row.key_sha256)
    return {row.key_sha256: row for row in session.scalars(query.with_for_update())}
