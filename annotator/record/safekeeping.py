"""What keeps a record trustworthy: verification, the log for an audit, backups, copies."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from db import backup, schema
from db.chain import RECORD_CHAIN, audit, log, verify
from db.engine import Database

from ..errors import StorageError
from .people import forget_passing
from .progress import rebuild
from .sessions import Sessions, in_sentences

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class Safekeeping:
    """Verification, log, backups of a record.

    Parameters
    ----------
    sessions : Sessions
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def faults(self) -> list[str]:
        """Compare the record with its chains and with what is remembered outside of it; slow.

        Returns
        -------
        list of str
            A sentence for each row changed, removed, added or reordered behind the program's
            back, each damage of the file, and each chain that is not as long as it was.
        """
        database = self._sessions.database
        with in_sentences():
            schema.check(database)
        found = []
        for look in (self._compare_heads, self._damage, self._row_faults):
            try:
                found += look()
            except StorageError as error:  # a file so damaged that it cannot be read
                found.append(str(error))
        return found

    def _damage(self) -> list[str]:
        if not self._sessions.database.is_sqlite:
            return []
        return self._sessions.read(schema.damage)

    def _row_faults(self) -> list[str]:
        return self._sessions.read(lambda session: list(verify.faults(session)))

    def _compare_heads(self) -> list[str]:
        with in_sentences():
            known = backup.remembered(self._sessions.database)
        return self._sessions.read(lambda session: list(verify.shortened(session, known)))

    def check_at_start(self) -> None:
        """Refuse a record that is not as far as it was when it was last used here; quick.

        Raises
        ------
        StorageError
            Naming each project and event, and what to do.
        """
        if self._sessions.database.heads is None:
            return
        with in_sentences():
            self._sessions.database.heads.shorten()
        faults = self._compare_heads()
        if faults:
            raise StorageError(
                " ".join(faults)
                + " Put the newer database back, or restore a newer backup; to go on with this "
                "one, knowing what is lost, run `annotator db accept --reason TEXT`."
            )

    def accept(self, actor: str, reason: str) -> list[str]:
        """Go on with a record that is not as far as it was; returns what was accepted.

        Raises
        ------
        StorageError
            If no reason is given.
        """
        if not reason.strip():
            raise StorageError("To go on with a shortened record needs a reason; give it.")
        with in_sentences():
            return backup.accept(self._sessions.database, actor, "loss accepted", reason)

    def note_event(
        self,
        kind: str,
        actor: str,
        *,
        about: Mapping[str, Any],
        reason: str = "",
        project_id: uuid.UUID | None = None,
    ) -> None:
        """Append an event that speaks of no row, to a project's chain or the record's own.

        Parameters
        ----------
        kind : str
            What was done, in a word or three.
        actor : str
            Name of who did it.
        about : mapping
            JSON-ready; nothing secret, for the log is exported.
        reason : str
        project_id : uuid.UUID, optional
        """
        event = log.Event(project_id or RECORD_CHAIN, actor, kind, after=about, reason=reason)
        self._sessions.write(lambda session: log.note(session, event))

    def head(self, project_id: uuid.UUID) -> tuple[int, str]:
        """Return number and hash of the last event of a project's chain."""
        return self._sessions.read(lambda session: log.head(session, project_id))

    def write_log(self, project_id: uuid.UUID | None, output: IO[str]) -> int:
        """Write a chain as JSON lines, each event with the row it speaks of; return their number.

        Parameters
        ----------
        project_id : uuid.UUID or None
            None for the record's own chain: people, restorations.
        output : file
        """

        def write(session: Session) -> int:
            count = 0
            for line in audit.lines(session, project_id or RECORD_CHAIN):
                output.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
                count += 1
            return count

        return self._sessions.read(write)

    def write_backup(self, target: Path) -> None:
        """Write the record, as it is at one moment, to a file; others may go on working.

        Raises
        ------
        StorageError
            Also if the file exists.
        """
        with in_sentences():
            backup.write_backup(self._sessions.database, target)

    def copy_to(self, url: str, heads_folder: Path) -> int:
        """Copy the record into an empty database of either kind; return the number of rows.

        Raises
        ------
        StorageError
            Also if that database holds a record already.
        """
        with in_sentences(), _database(url, heads_folder) as target:
            count = backup.copy(self._sessions.database, target, rebuild)
            backup.remember(target)
            return count


def restore(url: str, heads_folder: Path, source: Path, *, actor: str, reason: str) -> Path | None:
    """Put a backup in the place of the record at a database URL, which nobody else uses.

    The record's chains say that it was restored, by whom and why, and how far it had been.
    Everybody has to sign in again.

    Returns
    -------
    Path or None
        Where the SQLite database that was there lies now.

    Raises
    ------
    StorageError
        If the backup is not whole, or a PostgreSQL database is not empty; nothing was changed.
    """
    if not reason.strip():
        raise StorageError("A restoration needs a reason, for it is recorded; give it.")
    with in_sentences(), _database(url, heads_folder) as target:
        moved = backup.restore(source, target, rebuild)
        target.write(forget_passing)
        backup.accept(target, actor, "restored from a backup", reason)
        return moved


@contextlib.contextmanager
def _database(url: str, heads_folder: Path) -> Iterator[Database]:
    database = Database(url, heads_folder=heads_folder)
    try:
        yield database
    finally:
        database.close()
