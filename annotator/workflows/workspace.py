"""An open installation: its settings, its record and its pixel store."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from ..domain import Person
from ..errors import SettingsError
from ..ingest import PixelStore
from ..ingest.picture_folders import LocalFolder, RemoteFolder
from ..record import Record
from ..settings import Settings

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workspace:
    """What every use case works on; safe to share between threads.

    Attributes
    ----------
    settings : Settings
    record : Record
        The database.
    pixels : PixelStore
    person : Person
        Who acts: the operator of the machine, unless the app says who signed in.
    """

    settings: Settings
    record: Record
    pixels: PixelStore
    person: Person

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        upgrade: bool = False,
        tell: Callable[[str], None] = _logger.warning,
    ) -> Self:
        """Open the record and the pixel store.

        Parameters
        ----------
        settings : Settings
        upgrade : bool
            Bring the database to this version's schema first, after a backup; an empty embedded
            database is always set up.
        tell : callable
            Takes the sentence that says where that backup is.

        Raises
        ------
        SettingsError
            If the data folder cannot be made.
        StorageError
            If the database cannot be opened, or has another schema and ``upgrade`` is off.
        """
        try:
            settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SettingsError(
                f"The data folder {settings.home} cannot be made ({error.strerror}); name another "
                "one in ANNOTATOR_HOME."
            ) from error
        record = Record.open(settings.database_url, heads_folder=settings.home)
        try:
            record.safekeeping.check_at_start()
            if upgrade and record.is_older():
                backup = (
                    settings.home / f"before-upgrade-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.backup"
                )
                record.safekeeping.write_backup(backup)
                tell(f"Before the database's schema is upgraded, it was backed up to {backup}.")
            if upgrade or record.revision() is None:
                record.upgrade()
            record.check_schema()
            return cls(settings, record, pixel_store(settings), Person(settings.rater))
        except BaseException:
            record.close()
            raise

    def as_person(self, person: Person) -> Self:
        """Return the same installation, worked on by somebody: what they may do is checked."""
        return replace(self, person=person)

    def close(self) -> None:
        """Close the database's connections."""
        self.record.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def pixel_store(settings: Settings) -> PixelStore:
    """Return the store of pictures, wherever it is set to be."""
    if not settings.pixels_url:
        return PixelStore(settings.pixel_folder, settings.pixels_quota_bytes)
    nearby = LocalFolder(settings.home / "pixels-nearby")
    remote = RemoteFolder(settings.pixels_url, nearby, settings.pixels_cache_bytes)
    return PixelStore(remote, settings.pixels_quota_bytes)
