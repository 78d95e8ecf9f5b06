"""Find what became of files by the names that they had, which the record does not have."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from ..ingest.files import claims_to_be_picture, find_files

_OTHER_ENDINGS = frozenset({".gif", ".j2k", ".jfif", ".jp2", ".jxl"})
"""Of files that are taken in for what they hold."""
_PACKED = ".nii.gz"


def path_of(name: str) -> tuple[str, ...]:
    """Return the parts of a path as another tool writes it, its letters composed."""
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    return tuple(part for part in parts if part not in ("", "."))


def base_of(name: str) -> str:
    """Return the last part of a path; empty where there is none."""
    return (path_of(name) or ("",))[-1]


def stem_of(base: str) -> str:
    """Return a name without the ending of a picture: ``scan.1`` has none."""
    if base.lower().endswith(_PACKED):
        return base[: -len(_PACKED)]
    stem, _, ending = base.rpartition(".")
    known = claims_to_be_picture(Path(base)) or f".{ending.lower()}" in _OTHER_ENDINGS
    return stem if stem and known else base


def folded(base: str) -> str:
    """Return a name whose ending is in small letters."""
    stem = stem_of(base)
    return stem + base[len(stem) :].lower()


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
        self._contents: dict[Path, str] = {}
        self._files: dict[str, list[Path]] = {}
        for found in find_files(paths):
            if not found.skipped:
                name = base_of(found.path.name)
                for key in {name, folded(name), stem_of(name)}:
                    self._files.setdefault(key, []).append(found.path)

    def contents_of(self, name: str) -> tuple[set[str], int]:
        """Return the SHA-256 of the files that share most of a path, and how many parts they do.

        Parameters
        ----------
        name : str
            As a file of labels has it, perhaps with folders before it, which tell files of one
            name apart.
        """
        parts = path_of(name)
        if not parts:
            return set(), 0
        base = parts[-1]
        keys = (base, folded(base), stem_of(base))
        files = next((self._files[key] for key in keys if key in self._files), [])
        shared = {file: 1 + _common(parts[:-1], path_of(str(file.parent))) for file in files}
        most = max(shared.values(), default=0)
        try:
            contents = {self._sha256(file) for file, common in shared.items() if common == most}
        except OSError:
            return set(), 0  # it went away, or may not be read: the import said so
        return contents, most

    def _sha256(self, file: Path) -> str:
        if file not in self._contents:
            with file.open("rb") as stream:
                self._contents[file] = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._contents[file]


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how many parts two paths share, from their ends."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
