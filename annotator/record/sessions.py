"""Sessions of the database for the parts of the record, with errors in the product's own tree."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from db import schema
from db.engine import Database
from db.errors import DatabaseError, DatabaseUnavailableError
from db.faults import translated

from ..errors import StorageError, UnavailableError
from .progress import rebuild, wrong_states

_Part = TypeVar("_Part", bound="Part")
_Result = TypeVar("_Result")
_Arguments = ParamSpec("_Arguments")
_moment: ContextVar[tuple[Sessions, Session] | None] = ContextVar("moment", default=None)


@contextlib.contextmanager
def in_sentences() -> Iterator[None]:
    """Turn the errors of ``db``, which are sentences already, into those of the product."""
    try:
        yield
    except DatabaseUnavailableError as error:
        raise UnavailableError(str(error)) from error
    except DatabaseError as error:
        raise StorageError(str(error)) from error


class Sessions:
    """Reads and writes of one database; every call has a session of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_sentences()
    def read(self, work: Callable[[Session], _Result]) -> _Result:
        """Run `work` on the database as it is at one moment."""
        opened = _moment.get()
        if opened is not None and opened[0] is self:
            with translated(self.database.name):
                return work(opened[1])
        with self.database.reading() as session:
            return work(session)

    @contextlib.contextmanager
    def one_moment(self) -> Iterator[None]:
        """Have all reads inside see the same moment, by one session that knows what it has read.

        A write inside ends the moment: what is read after it is what it left.
        """
        with in_sentences(), self.database.reading() as session:
            opened = _moment.set((self, session))
            read: list[object] = []  # a session forgets rows that nobody holds
            event.listen(session, "loaded_as_persistent", lambda _session, row: read.append(row))
            try:
                yield
            finally:
                _moment.reset(opened)

    @in_sentences()
    def write(self, work: Callable[[Session], _Result]) -> _Result:
        """Run `work` in one transaction: all of it is on the disk on return, or none of it."""
        opened = _moment.get()
        if opened is not None and opened[0] is self:
            opened[1].rollback()
        return self.database.write(work)


class Part:
    """A part of the record: commands and queries on one topic."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._database = sessions.database


def reads(
    query: Callable[Concatenate[_Part, Session, _Arguments], _Result],
) -> Callable[Concatenate[_Part, _Arguments], _Result]:
    """Give a query its session: all that it reads is of one moment."""

    @functools.wraps(query)
    def run(part: _Part, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        return part._sessions.read(lambda session: query(part, session, *args, **kwargs))

    return run


def writes(
    command: Callable[Concatenate[_Part, Session, _Arguments], _Result],
) -> Callable[Concatenate[_Part, _Arguments], _Result]:
    """Give a command its session: one transaction, run again where the database was locked."""

    @functools.wraps(command)
    def run(part: _Part, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        return part._sessions.write(lambda session: command(part, session, *args, **kwargs))

    return run


class OpenDatabase(Part):
    """An open database and its schema; closed at the end of a ``with`` block."""

    def __init__(self, database: Database) -> None:
        super().__init__(Sessions(database))

    @classmethod
    @in_sentences()
    def open(
        cls,
        url: str,
        *,
        lock_timeout_s: float = 5.0,
        attempts: int = 5,
        heads_folder: Path | None = None,
    ) -> Self:
        """Open the record at a database URL; nothing is read or made yet.

        Parameters
        ----------
        url : str
            ``sqlite:///FILE`` (the folder must exist) or ``postgresql://...``.
        lock_timeout_s : float
            How long one attempt to write waits for another writer, in seconds.
        attempts : int
            How often a write is tried while others hold the database.
        heads_folder : Path, optional
            Where it is remembered how far the record was, so that an older copy is noticed.

        Raises
        ------
        StorageError
            If the URL cannot be used; the message never repeats it.
        """
        return cls(
            Database(
                url, lock_timeout_s=lock_timeout_s, attempts=attempts, heads_folder=heads_folder
            )
        )

    def one_moment(self) -> contextlib.AbstractContextManager[None]:
        """Have all that is read inside be of one moment; see `Sessions.one_moment`."""
        return self._sessions.one_moment()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    @in_sentences()
    def revision(self) -> str | None:
        """Return the schema's revision; None where there are no tables yet."""
        return schema.current(self._database)

    @in_sentences()
    def upgrade(self) -> str:
        """Bring the schema up to this version's and return its revision.

        Two processes may do so at once. A database of a newer version is refused and left as
        it is.
        """
        return schema.upgrade(self._database, rebuild)

    @in_sentences()
    def is_older(self) -> bool:
        """Tell whether `upgrade` would change tables that there are.

        Raises
        ------
        StorageError
            If the database cannot be upgraded by this version.
        """
        return schema.is_older(self._database)

    @in_sentences()
    def check_schema(self) -> None:
        """Refuse a schema that is missing, older or newer than this version's; quick."""
        schema.check(self._database)

    @in_sentences()
    def problems(self) -> list[str]:
        """Look the whole database over and return a sentence for each fault; slow."""
        schema.check(self._database)
        return schema.problems(self._database) + [
            f"What is counted of the image {image_id} does not follow from its runs and acts."
            for image_id in self._sessions.read(lambda session: list(wrong_states(session)))
        ]
