"""Backups of the record, consistent while it is in use, and the way back.

A SQLite record is copied page by page by SQLite itself; a PostgreSQL one is written as a stream
of rows (`db.transfer`). Either kind can be restored into either kind of database.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from . import schema, transfer
from .address import sqlite_file
from .chain import log, verify
from .chain.heads import Heads
from .engine import Database
from .errors import DatabaseError, DatabaseUnavailableError
from .migrations import READABLE
from .transfer import BackupError, Derive

_SQLITE_MAGIC = b"SQLite format 3\0"


def write_backup(database: Database, target: Path) -> None:
    """Write the record, as it is at one moment, to a file that appears whole or not at all.

    Raises
    ------
    BackupError
        If the file exists or cannot be written.
    """
    if target.exists():
        raise BackupError(f"{target.name} exists; name a new file.")
    partial = target.with_name(f".{target.name}.partial")
    try:
        if database.is_sqlite:
            _copy_sqlite(database, partial)
        else:
            with database.reading() as session:
                transfer.write_file(transfer.rows(session), partial, str(schema.current(database)))
        with partial.open("rb") as whole:
            os.fsync(whole.fileno())
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(
            f"{target.name} could not be written ({getattr(error, 'strerror', None) or error}); "
            "make room, or name another place."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _copy_sqlite(database: Database, target: Path) -> None:
    target.unlink(missing_ok=True)
    with database.reading() as session, contextlib.closing(sqlite3.connect(target)) as copy:
        source = session.connection().connection.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise DatabaseUnavailableError("The database has no connection to copy from.")
        source.backup(copy, pages=2000, sleep=0)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, that is all there is


def copy(source: Database, target: Database, derive: Derive) -> int:
    """Copy a record into an empty database; return the number of rows.

    Raises
    ------
    BackupError
        If the target holds a record already, or the copy is not the same.
    """
    schema.check(source)
    with source.reading() as session:
        return _fill(target, transfer.rows(session), derive)


def _fill(target: Database, stream: Iterator[transfer.Row], derive: Derive) -> int:
    schema.upgrade(target, derive)

    def work(session: Session) -> int:
        if not transfer.is_empty(session):
            raise BackupError(f"The {target.name} holds a record already; name an empty database.")
        return transfer.load(session, stream, derive)

    # The stream can be read once, so a locked target is not tried again.
    count = target.write_once(work)
    with target.reading() as session:
        for fault in verify.faults(session):
            raise BackupError(f"The copy in the {target.name} is not as it should be: {fault}")
    return count


def restore(backup: Path, target: Database, derive: Derive) -> Path | None:
    """Put a backup in the place of a record that nobody uses; what was there is kept.

    Returns
    -------
    Path or None
        Where the SQLite database that was there lies now; a PostgreSQL one must be empty.

    Raises
    ------
    BackupError
        If the backup is damaged or does not verify, or the target is not empty; the target is
        then as it was.
    """
    file = sqlite_file(target.url)
    with _opened(backup, file.parent if file else backup.parent, derive) as source:
        if file is None:
            copy(source, target, derive)
            return None
        source.close()
        target.close()
        moved = _put_aside(file)
        Path(str(source.url.database)).replace(file)
        return moved


@contextlib.contextmanager
def _opened(backup: Path, folder: Path, derive: Derive) -> Iterator[Database]:
    """Open a verified copy of a backup as a SQLite database in a folder; removed afterwards."""
    working = folder / f".restoring-{os.getpid()}.db"
    source = Database(f"sqlite:///{working}")
    try:
        with backup.open("rb") as content:
            is_sqlite = content.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
        if is_sqlite:
            working.write_bytes(backup.read_bytes())
            schema.upgrade(source, derive)
            with source.reading() as session:
                for fault in [*schema.damage(session), *verify.faults(session)]:
                    raise BackupError(f"The backup is not whole: {fault}")
        else:
            _fill(source, transfer.read_file(backup, READABLE), derive)
        yield source
    except OSError as error:
        raise BackupError(f"The backup cannot be read ({error.strerror}); check it.") from error
    finally:
        source.close()
        for left in folder.glob(f"{working.name}*"):
            left.unlink()


def _put_aside(file: Path) -> Path | None:
    if not file.exists():
        return None
    moved = file.with_name(f"{file.stem}-before-{datetime.now(UTC):%Y%m%d-%H%M%S}{file.suffix}")
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(file)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.execute("PRAGMA journal_mode = DELETE")
    for suffix in ("-wal", "-shm"):
        with_suffix = file.with_name(file.name + suffix)
        if with_suffix.exists():  # of a damaged file, which could not be folded in
            with_suffix.replace(moved.with_name(moved.name + suffix))
    file.replace(moved)
    return moved


def remembered(database: Database) -> Heads:
    """Return the chains' ends of this record as they are remembered outside of the database.

    Raises
    ------
    DatabaseError
        If what is remembered is another record: the one that was here is gone.
    """
    if database.heads is None:
        return {}
    known = database.heads.read()
    if not known:
        return {}
    identity = None
    if schema.current(database) is not None:
        with database.reading() as session:
            identity = log.known_identity(session)
    if identity is None or identity not in known:
        raise DatabaseError(
            f"The {database.name} is not the record that was used here: that one is gone. Put it "
            "back or restore a backup (`annotator db restore`); to begin another one on purpose, "
            f"move {database.heads.path.name} out of the data folder."
        )
    return known[identity]


def remember(database: Database) -> None:
    """Remember how far this record is now, and nothing else."""
    if database.heads is not None:
        with database.reading() as session:
            identity = log.known_identity(session)
            ends = {chain: log.head(session, chain) for chain in log.chains(session)}
        database.heads.replace({identity: ends} if identity else {})


def accept(database: Database, actor: str, kind: str, reason: str) -> list[str]:
    """Go on with a record that is not as far as it was: say so in its chains, and remember it.

    Returns the faults that were accepted.
    """
    known = database.heads.read() if database.heads else {}
    with database.reading() as session:
        identity = log.known_identity(session)
        before = known.get(identity, {}) if identity else {}
        accepted = list(verify.shortened(session, before))
        ends = {chain: log.head(session, chain) for chain in log.chains(session)}
    # What is remembered goes first: the events that follow are then the new ends.
    remember(database)

    def write(session: Session) -> None:
        for chain, (number, _) in ends.items():
            was = before.get(chain)
            acknowledged = {"number": was[0], "hash": was[1]} if was else None
            event = log.Event(chain, actor, kind, before=acknowledged, reason=reason)
            log.note(session, replace(event, after={"number": number}))

    database.write(write)
    return accepted
