"""The name a person stated, kept for their browser: a reload must not make them someone else."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from annotator.errors import SettingsError


class RaterNames:
    """Names by browser, in a file of the data folder.

    Browsers are told apart by a cookie, of which only a digest is written down.

    Parameters
    ----------
    home : Path
        The data folder.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "rater-names.json"

    def of(self, browser: str) -> str:
        """Return the name stated in a browser; empty if none was."""
        return self._read().get(_digest(browser), "")

    def remember(self, browser: str, name: str) -> None:
        """Keep the name stated in a browser.

        Raises
        ------
        SettingsError
            If the file cannot be written.
        """
        if not browser:
            return
        names = self._read() | {_digest(browser): name}
        try:
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=".rater-names-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(names, file)
            Path(temporary).replace(self._path)
        except OSError as error:
            raise SettingsError(
                f"Your name cannot be kept for the next visit ({error.strerror}); make room in "
                "the data folder, or state it again after a reload."
            ) from error

    def _read(self) -> dict[str, str]:
        try:
            names = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # nothing kept yet, or nothing legible: people state it again
            return {}
        return {str(key): str(name) for key, name in names.items()}


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()[:32]
