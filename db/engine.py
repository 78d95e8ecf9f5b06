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
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from .address import describe, heads_name, parse, sqlite_file
from .chain import log
from .chain.heads import HeadsFile
from .errors import DatabaseLockedError, DatabaseUnavailableError
from .faults import translated

_logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")
_WRITES = "annotator_writes"
"""Execution option of connections that are going to write."""


class Database:
    """A database by its URL: sessions to read with, and transactions to write in.

    It may be shared by threads; each call uses a connection of its own. Nothing is opened
    before the first use.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://...``.
    lock_timeout_s : float
        How long one attempt waits for another writer, in seconds.
    attempts : int
        How often a write that found the database locked is tried, at least 1.
    heads_folder : Path, optional
        Where the ends of the chains are remembered outside of the database, see `db.heads`.

    Attributes
    ----------
    url : sqlalchemy.engine.URL
        Where it is.
    name : str
        The database in words, safe to print.
    is_sqlite : bool
        Whether it is SQLite; otherwise it is PostgreSQL.
    heads : HeadsFile or None
        What remembers the ends of the chains.

    Raises
    ------
    DatabaseUrlError
        If the URL cannot be used.
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
        self._identity: uuid.UUID | None = None
        self._attempts = attempts
        engine = self._engine(lock_timeout_s)
        self._writer = engine.execution_options(**{_WRITES: True})
        # A reading sees one moment: SQLite's WAL snapshot, PostgreSQL's REPEATABLE READ.
        self._reader = (
            engine
            if self.is_sqlite
            else engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        )

    def _engine(self, lock_timeout_s: float) -> Engine:
        options: dict[str, Any] = {
            # Bound values are annotations and file names: they stay out of every error text.
            "hide_parameters": True,
            "pool_size": 10,
            "max_overflow": 40,
        }
        if self.is_sqlite:
            engine = create_engine(self.url, connect_args={"timeout": lock_timeout_s}, **options)
            event.listen(engine, "do_connect", self._file.check_before_connecting)
            event.listen(engine, "connect", self._file.watch)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        connect_args = {} if "connect_timeout" in self.url.query else {"connect_timeout": 10}
        engine = create_engine(self.url, connect_args=connect_args, pool_pre_ping=True, **options)
        event.listen(engine, "connect", partial(_prepare_postgresql, lock_timeout_s))
        return engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees the database as it is at its first query, and only reads.

        Yields
        ------
        sqlalchemy.orm.Session

        Raises
        ------
        DatabaseError
            If the database cannot be read.
        """
        with translated(self.name), Session(self._reader, autoflush=False) as session:
            yield session

    def write(self, work: Callable[[Session], _Result]) -> _Result:
        """Run `work` in one transaction: all of it is on the disk on return, or none of it.

        Parameters
        ----------
        work : callable
            Takes a session. It is called again when the database was locked, so it must do
            nothing but read and write by the session.

        Returns
        -------
        object
            What `work` returned.

        Raises
        ------
        DatabaseError
            If the write failed; nothing of it is recorded.
        """
        for attempt in range(1, self._attempts + 1):
            try:
                return self.write_once(work)
            except DatabaseLockedError:
                if attempt == self._attempts:
                    raise
                _logger.warning(
                    "The %s is locked; attempt %d of %d follows.",
                    self.name,
                    attempt + 1,
                    self._attempts,
                )
                time.sleep(random.uniform(0.5, 1.0) * 0.05 * 2**attempt)  # noqa: S311 - jitter
        raise DatabaseUnavailableError(f"No attempt to write to the {self.name} was allowed.")

    def write_once(self, work: Callable[[Session], _Result]) -> _Result:
        """Run `work` as `write` does, but do not try again when the database was locked."""
        self._file.check()
        with (
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

    def close(self) -> None:
        """Close all connections."""
        self._writer.dispose()


class _WatchedFile:
    """Notices when a SQLite file is no longer where it was opened.

    An open file can be moved or replaced under a process, which then goes on writing to what
    nobody will ever read.
    """

    def __init__(self, path: Path | None, name: str) -> None:
        self._path = path
        self._name = name
        self._opened: tuple[int, int] | None = None

    def watch(self, _connection: object, _record: object) -> None:
        """Keep which file it is that was opened."""
        if self._opened is None:
            self._opened = self._present()

    def check_before_connecting(self, *_arguments: object) -> None:
        """Refuse to open, and so to make, another file in the place of the one that was opened."""
        self.check()

    def check(self) -> None:
        """Raise `DatabaseUnavailableError` if the file that was opened is gone or another."""
        if self._opened is not None and self._present() != self._opened:
            raise DatabaseUnavailableError(
                f"The {self._name} was moved, removed or replaced while it was in use; nothing "
                "was acknowledged. Put the file back, or start the program again."
            )

    def _present(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


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


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once when going to write: no upgrade of a lock, no deadlock."""
    writes = connection.get_execution_options().get(_WRITES, False)
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
