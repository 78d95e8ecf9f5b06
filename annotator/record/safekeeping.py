"""What keeps a record trustworthy: verification, the log for an audit, backups, copies."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import backup, schema
from db.chain import RECORD_CHAIN, audit, log, verify
from db.engine import Database
from db.tables import EventRow

from ..errors import StorageError
from .people import forget_passing
from .progress import rebuild
from .sessions import Part, in_sentences, reads, writes


class Safekeeping(Part):
    """Verification, log, backups of a record."""

    @in_sentences()
    def faults(self) -> list[str]:
        """Compare the record with its chains and with what is remembered outside of it; slow.

        There is a sentence for each row changed, removed, added or reordered behind the program's
        back, each damage of the file, and each chain that is not as long as it was.
        """
        schema.check(self._database)
        found = []
        for look in (self._compare_heads, self._damage, self._row_faults):
            try:
                found += look()
            except StorageError as error:  # a file so damaged that it cannot be read
                found.append(str(error))
        return found

    @reads
    def _damage(self, session: Session) -> list[str]:
        return schema.damage(session) if self._database.is_sqlite else []

    @reads
    def _row_faults(self, session: Session) -> list[str]:
        return list(verify.faults(session))

    @in_sentences()
    def _compare_heads(self) -> list[str]:
        known = backup.remembered(self._database)
        return self._sessions.read(lambda session: list(verify.shortened(session, known)))

    @in_sentences()
    def check_at_start(self) -> None:
        """Refuse a record that is not as far as it was when it was last used here; quick.

        Raises
        ------
        StorageError
            Naming each project and event, and what to do.
        """
        if self._database.heads is None:
            return
        self._database.heads.shorten()
        faults = self._compare_heads()
        if faults:
            raise StorageError(
                " ".join(faults)
                + " Put the newer database back, or restore a newer backup; to go on with this "
                "one, knowing what is lost, run `annotator db accept --reason TEXT`."
            )

    @in_sentences()
    def accept(self, actor: str, reason: str) -> list[str]:
        """Go on with a record that is not as far as it was; returns what was accepted.

        Raises
        ------
        StorageError
            If no reason is given.
        """
        if not reason.strip():
            raise StorageError("To go on with a shortened record needs a reason; give it.")
        return backup.accept(self._database, actor, "loss accepted", reason)

    @writes
    def note_event(
        self,
        session: Session,
        kind: str,
        actor: str,
        *,
        about: Mapping[str, Any],
        reason: str = "",
        project_id: UUID | None = None,
        image_id: UUID | None = None,
    ) -> None:
        """Append an event that speaks of no row, to a project's chain or the record's own.

        What it is `about` is JSON-ready and nothing secret, for the log is exported. It goes with
        an image that is erased.
        """
        chain = project_id or RECORD_CHAIN
        log.note(session, log.Event(chain, actor, kind, image_id, after=about, reason=reason))

    @reads
    def head(self, session: Session, project_id: UUID) -> tuple[int, str]:
        """Return number and hash of the last event of a project's chain."""
        return log.head(session, project_id)

    @reads
    def changed_at(self, session: Session, project_id: UUID) -> datetime | None:
        """Return when the last event of a project's chain was written, in UTC."""
        return session.scalar(select(func.max(EventRow.at)).where(EventRow.chain == project_id))

    @reads
    def write_log(self, session: Session, project_id: UUID | None, output: IO[str]) -> int:
        """Write a chain as JSON lines, each event with the row it speaks of; return their number.

        Without a project it is the record's own chain: people, restorations.
        """
        count = 0
        for line in audit.lines(session, project_id or RECORD_CHAIN):
            output.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
            count += 1
        return count

    @in_sentences()
    def write_backup(self, target: Path) -> None:
        """Write the record, as it is at one moment, to a file; others may go on working.

        Raises
        ------
        StorageError
            Also if the file exists.
        """
        backup.write_backup(self._database, target)

    @in_sentences()
    def copy_to(self, url: str, heads_folder: Path) -> int:
        """Copy the record into an empty database of either kind; return the number of rows.

        Raises
        ------
        StorageError
            Also if that database holds a record already.
        """
        with contextlib.closing(Database(url, heads_folder=heads_folder)) as target:
            count = backup.copy(self._database, target, rebuild)
            backup.remember(target)
            return count


@in_sentences()
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
    with contextlib.closing(Database(url, heads_folder=heads_folder)) as target:
        moved = backup.restore(source, target, rebuild)
        target.write(forget_passing)
        backup.accept(target, actor, "restored from a backup", reason)
        return moved
