"""Find what became of files by the names that they had, which the record does not have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from ..ingest import Pseudonyms
from ..ingest.files import find_files
from ..ingest.path_endings import base_of, folded, hashes_of, path_of, stem_of
from ..ingest.quiet import quiet

_UID = re.compile(r"[0-9]+(\.[0-9]+){2,}")


class KeptEndings:
    """The images of a project by the endings of the paths that they were imported from.

    Parameters
    ----------
    images : mapping of str to collection of UUID
        As the record has them, by keyed hash.
    pseudonyms : Pseudonyms
        That made the hashes.
    """

    def __init__(self, images: Mapping[str, Collection[UUID]], pseudonyms: Pseudonyms) -> None:
        self._images, self._pseudonyms = images, pseudonyms

    def images_of(self, name: str) -> tuple[Collection[UUID], int]:
        """Return the images that share most of a path, and how many parts of it they do."""
        for common, ending in hashes_of(name, self._pseudonyms) if self._images else ():
            if ending in self._images:
                return self._images[ending], common
        return (), 0


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
        self._by_instance: dict[str, list[Path]] | None = None
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
        if not files and _UID.fullmatch(name):
            files = self._instances().get(name, [])
        shared = {file: 1 + _common(parts[:-1], path_of(str(file.parent))) for file in files}
        most = max(shared.values(), default=0)
        try:
            contents = {self._sha256(file) for file, common in shared.items() if common == most}
        except OSError:
            return set(), 0  # it went away, or may not be read: the import said so
        return contents, most

    def _instances(self) -> dict[str, list[Path]]:
        """Return the files by their SOP instance, which DICOM objects know images by."""
        if self._by_instance is None:
            self._by_instance = {}
            for file in {file for files in self._files.values() for file in files}:
                try:
                    with quiet():
                        header = dcmread(file, specific_tags=["SOPInstanceUID"])
                except (InvalidDicomError, OSError, ValueError, EOFError):
                    continue  # no DICOM
                instance = str(header.get("SOPInstanceUID", ""))
                self._by_instance.setdefault(instance, []).append(file)
        return self._by_instance

    def _sha256(self, file: Path) -> str:
        if file not in self._contents:
            with file.open("rb") as stream:
                self._contents[file] = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._contents[file]


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how many parts two paths share, from their ends."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
