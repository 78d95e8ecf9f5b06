"""The key that a project's pseudonyms are made with: a file of its own, not with the data."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import uuid
from pathlib import Path

from ..errors import SettingsError
from ..settings import Settings

_KEY_BYTES = 32


def key_file(settings: Settings, project_id: uuid.UUID) -> Path:
    """Return where a project's key lies, whether it is there or not."""
    return settings.secrets_folder / f"project-{project_id}.key"


def project_key(settings: Settings, project_id: uuid.UUID, *, make: bool) -> bytes:
    """Return a project's key, 32 random bytes.

    Parameters
    ----------
    settings : Settings
    project_id : uuid.UUID
    make : bool
        Make one where there is none. Off for a project that has pseudonyms: with another key
        the same people would get second ones.

    Raises
    ------
    SettingsError
        If there is none and none may be made, if others can read it, or if it cannot be read or
        written.
    """
    file = key_file(settings, project_id)
    try:
        if make:
            _make(file)
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise SettingsError(
                f"The key {file.name} can be read by others; make it yours alone: chmod 600."
            )
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        raise SettingsError(
            f"The key {file.name} that this project's pseudonyms were made with is not in the "
            "folder of secrets (ANNOTATOR_SECRETS); put it back, or import into another project."
        ) from None
    except OSError as error:
        raise SettingsError(
            f"The key {file.name} cannot be read or written ({error.strerror}); check the folder "
            "of secrets (ANNOTATOR_SECRETS)."
        ) from None
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"The key {file.name} is damaged; put back a copy of it.")
    return key


def _make(file: Path) -> None:
    """Write a new key unless there is one; of two processes that come at once, one does."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    handle = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(_KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        # A link is made whole or not at all, and never over another.
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(begun)
    finally:
        begun.unlink()
