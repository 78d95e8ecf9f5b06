"""Find what became of files by the names that they had, which the record does not have."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ..ingest.files import find_files


class OriginalNames:
    """The files that a person has at hand, by the ends of their paths; in memory only.

    Files that were de-identified on import have pseudonyms in the record, and other tools know
    them by their own names. The way from one to the other is the file's content, whose SHA-256
    the record has: a file is read when something is said of it, and its name goes no further.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders, as they were imported.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files: dict[str, list[Path]] = {}
        for found in find_files(paths):
            if not found.skipped:
                for name in {found.path.name, found.path.stem}:
                    self._files.setdefault(name, []).append(found.path)

    def sha256_of(self, name: str) -> str | None:
        """Return the SHA-256 of the file of a name; None where there is none, or several.

        Parameters
        ----------
        name : str
            As a file of labels has it, perhaps with folders before it, which tell files of one
            name apart.
        """
        parts = PurePosixPath(name.replace("\\", "/")).parts
        files = self._files.get(parts[-1], []) if parts else []
        folders = parts[:-1]
        if len(files) > 1 and folders:
            files = [file for file in files if file.parent.parts[-len(folders) :] == folders]
        try:
            contents = {_sha256(file) for file in files}
        except OSError:
            return None  # it went away, or may not be read: the import said so
        return contents.pop() if len(contents) == 1 else None


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
