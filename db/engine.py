"""The connection to the database: durable, one writer at a time, bounded waiting.

An annotation that was acknowledged must survive a killed process and a power failure, so both
databases flush to the disk before a commit returns (SQLite ``synchronous=FULL`` in WAL,
PostgreSQL ``synchronous_commit=on``); decision 0005 says what that costs.
"""

from __future__ import annotations

import contextlib
import logging
import random
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from .address import describe, heads_name, parse, sqlite_file
from .chain import log
from .chain.heads import HeadsFile
from .errors import DatabaseLockedError, DatabaseUnavailableError
from .faults import translated

_logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_WRITES = "annotator_writes"
"""Execution option of connections that are going to write."""

_Inode = tuple[int, int] | None


class Database:
    """A database by its URL: sessions to read with, and transactions to write in.

    It may be shared by threads; each call uses a connection of its own. Nothing is opened
    before the first use. `name` is the database in words, safe to print.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://...``; else `DatabaseUrlError` is raised.
    lock_timeout_s : float
        How long one attempt waits for another writer, in seconds.
    attempts : int
        How often a write that found the database locked is tried, at least 1.
    heads_folder : Path, optional
        Where the ends of the chains are remembered outside of the database, see `db.chain.heads`.
    """

    def __init__(
        self,
        url: str,
        *,
        lock_timeout_s: float = 5.0,
        attempts: int = 5,
        heads_folder: Path | None = None,
    ) -> None:
        self.url = parse(url)
        self.name = describe(self.url)
        self.is_sqlite = self.url.drivername == "sqlite"
        self.heads = HeadsFile(heads_folder / heads_name(self.url)) if heads_folder else None
        self._file = _WatchedFile(sqlite_file(self.url), self.name)
        self._identity: UUID | None = None
        self._attempts = attempts
        self._lock_timeout_s = lock_timeout_s
        self._turn = threading.Lock()
        engine = self._engine(lock_timeout_s)
        self._writer = engine.execution_options(**{_WRITES: True})
        # A reading sees one moment: SQLite's WAL snapshot, PostgreSQL's REPEATABLE READ.
        snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = engine if self.is_sqlite else engine.execution_options(**snapshot)

    def _engine(self, lock_timeout_s: float) -> Engine:
        options: dict[str, Any] = {
            # Bound values are annotations and file names: they stay out of every error text.
            "hide_parameters": True,
            "pool_size": 10,
            "max_overflow": 40,
        }
        if self.is_sqlite:
            engine = create_engine(self.url, connect_args={"timeout": lock_timeout_s}, **options)
            # So that no other file is opened, or made, in the place of one that was opened.
            event.listen(engine, "do_connect", self._file.check)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "connect", self._file.watch)
            event.listen(engine, "close", self._file.leave)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        connect_args = {} if "connect_timeout" in self.url.query else {"connect_timeout": 10}
        engine = create_engine(self.url, connect_args=connect_args, pool_pre_ping=True, **options)
        event.listen(engine, "connect", partial(_prepare_postgresql, lock_timeout_s))
        return engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees the database as it is at its first query, and only reads."""
        with translated(self.name), Session(self._reader, autoflush=False) as session:
            yield session

    def write(self, work: Callable[[Session], _Result]) -> _Result:
        """Run `work` in one transaction: all of it is on the disk on return, or none of it.

        It is called again when the database was locked, so it must do nothing but read and write
        by the session. Where the write fails a `DatabaseError` is raised.
        """
        for attempt in range(1, self._attempts + 1):
            try:
                return self.write_once(work)
            except DatabaseLockedError:
                if attempt == self._attempts:
                    raise
                following = "The %s is locked; attempt %d of %d follows."
                _logger.warning(following, self.name, attempt + 1, self._attempts)
                time.sleep(random.uniform(0.5, 1.0) * 0.05 * 2**attempt)  # noqa: S311 - jitter
        raise DatabaseUnavailableError(f"No attempt to write to the {self.name} was allowed.")

    def write_once(self, work: Callable[[Session], _Result]) -> _Result:
        """Run `work` as `write` does, but do not try again when the database was locked."""
        self._file.check()
        with (
            self._in_turn(),
            translated(self.name),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            result = work(session)
            heads = log.append_noted(session)
            if heads and self._identity is None:
                self._identity = log.identity(session)
        # A file that was moved away meanwhile took the write with it: that is no acknowledgement.
        self._file.check()
        if heads and self.heads and self._identity:
            self.heads.remember(self._identity, heads)
        return result

    @contextlib.contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let the writers of this process take turns.

        SQLite has one writer, and whoever finds it busy sleeps ever longer before asking again:
        with thirty readers that made the slowest acts wait for a second.
        """
        has_turn = self.is_sqlite and self._turn.acquire(timeout=self._lock_timeout_s)
        try:
            yield
        finally:
            if has_turn:
                self._turn.release()

    def compact(self) -> None:
        """Write the database anew, so that its files hold nothing of what was deleted.

        While somebody reads or writes `DatabaseLockedError` is raised; the record is as it was.
        """
        try:
            self._rewrite()
        except DatabaseLockedError:
            raise DatabaseLockedError(
                f"What was erased may still lie in the files of the {self.name}, for somebody else "
                "is using it; close the other programs that do, then run `annotator db compact`."
            ) from None

    def _rewrite(self) -> None:
        alone = self._writer.execution_options(
            **({_WRITES: None} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"})
        )
        with translated(self.name), alone.connect() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql("VACUUM FULL")
                return
            connection.exec_driver_sql("VACUUM")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        self._file.check()
        if busy:
            raise DatabaseLockedError("The log is being read.")

    def close(self) -> None:
        """Close all connections."""
        self._writer.dispose()


class _WatchedFile:
    """Notices when a SQLite database's files are no longer those that were opened.

    An open file can be moved, removed or replaced under a process, which then goes on writing to
    what nobody will ever read. SQLite itself removes ``-wal`` and ``-shm`` only with the last
    connection of all processes, so while one of ours is open they have to stay the same.
    """

    def __init__(self, path: Path | None, name: str) -> None:
        self._paths = (
            [path.with_name(path.name + end) for end in ("", "-wal", "-shm")] if path else []
        )
        self._name = name
        self._opened: dict[Path, _Inode] = {}
        self._watching = weakref.WeakSet[ConnectionPoolEntry]()
        self._lock = threading.Lock()

    def watch(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Keep which files they are; the connection has read, and so opened all of them."""
        with self._lock:
            self._forget_closed()
            self._watching.add(record)
            for path in self._paths:
                self._opened.setdefault(path, _inode(path))

    def leave(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Watch for one connection less."""
        with self._lock:
            self._watching.discard(record)
            self._forget_closed()

    def _forget_closed(self) -> None:
        """Forget the log's files with the last connection, for SQLite may remove them then.

        One that was in use while the pool was closed is told by nobody, but goes away.
        """
        if not self._watching:
            self._opened = {path: self._opened[path] for path in self._paths[:1] if self._opened}

    def check(self, *_connecting: object) -> None:
        """Raise `DatabaseUnavailableError` if a file that was opened is gone or another."""
        with self._lock:
            self._forget_closed()
            for path, opened in self._opened.items():
                if _inode(path) != opened:
                    raise DatabaseUnavailableError(
                        f"{path.name} of the {self._name} was moved, removed or replaced while it "
                        "was in use; nothing was acknowledged. Put the file back, or stop the "
                        "program, run `annotator db verify` and start it again."
                    )


def _inode(path: Path) -> _Inode:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Set what SQLite keeps per connection; transactions are begun by `_begin_sqlite`."""
    connection.isolation_level = None
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise DatabaseUnavailableError(
            f"SQLite cannot keep a write-ahead log here (it offers {mode!r}); put the database "
            "on a local disk, or use PostgreSQL."
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")  # REPLACE then meets delete triggers
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens the log


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once when going to write: no upgrade of a lock, no deadlock."""
    writes = connection.get_execution_options().get(_WRITES, False)
    if writes is None:  # what runs outside of a transaction
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(lock_timeout_s: float, connection: Any, _record: object) -> None:
    """Bound the waiting for locks, and flush commits even where the server says otherwise."""
    connection.autocommit = True
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false)", (f"{round(1000 * lock_timeout_s)}ms",)
    )
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.autocommit = False
