"""The ends of the chains, kept outside of the database, so that a shortened record is noticed.

A record that is put back to an earlier state is consistent in itself; only who remembers how far
it was can tell. After each commit a line goes to a file beside the database: record, chain,
number and hash of its last event. Lines are appended, so several processes may write; of a
chain the highest number counts. The file may lag behind (a process killed between the commit and
its line) and is never ahead.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from ..errors import DatabaseUnavailableError

Heads = dict[UUID, tuple[int, str]]
"""Of each chain, number and hash of its last event."""

_LARGEST_BYTES = 1_000_000


class HeadsFile:
    """The file that remembers how far the chains were; its folder must exist."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def remember(self, record: UUID, heads: Mapping[UUID, tuple[int, str]]) -> None:
        """Append the ends of chains, which are committed."""
        lines = _lines({record: heads})
        try:
            # One write of a few hundred bytes at the end of the file is not torn by another.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, lines.encode("ascii"))
            finally:
                os.close(handle)
        except OSError as error:
            raise self._unwritable(error) from error

    def read(self) -> dict[UUID, Heads]:
        """Return what is remembered, by record; a line that is not whole is left out."""
        try:
            lines = self.path.read_text("ascii", "replace").splitlines()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise DatabaseUnavailableError(
                f"{self.path.name} cannot be read ({error.strerror}), so nobody can tell whether "
                "the record is whole; mend its permissions."
            ) from error
        found: dict[UUID, Heads] = {}
        for line in lines:
            try:
                record, chain, number, digest = line.split()
                head = int(number), digest
                heads = found.setdefault(UUID(record), {})
                heads[UUID(chain)] = max(head, heads.get(UUID(chain), head))
            except ValueError:  # the last line of a machine that lost its power
                continue
        return found

    def shorten(self) -> None:
        """Write the file anew where it has grown large; what is remembered stays."""
        if self.path.exists() and self.path.stat().st_size > _LARGEST_BYTES:
            self.replace(self.read())

    def replace(self, heads: Mapping[UUID, Heads]) -> None:
        """Remember this and nothing else, in one step; the file is as it was where that fails."""
        lines = _lines(heads)
        try:
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".chain-heads-")
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> DatabaseUnavailableError:
        return DatabaseUnavailableError(
            f"{self.path.name} in the data folder cannot be written ({error.strerror}); make room "
            "or mend its permissions. What was to be recorded may be recorded: send it again."
        )


def _lines(heads: Mapping[UUID, Mapping[UUID, tuple[int, str]]]) -> str:
    return "".join(
        f"{record} {chain} {number} {digest}\n"
        for record, ends in heads.items()
        for chain, (number, digest) in ends.items()
    )
