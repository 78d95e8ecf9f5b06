"""Says, years later, whether a data set is what it was when it was exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..errors import ExportError
from . import manifest


def verify_dataset(folder: Path, progress: Callable[[int], None] | None = None) -> list[str]:
    """Compare every file of a data set with what its manifest says.

    Parameters
    ----------
    folder : Path
        A data set.
    progress : callable, optional
        Called with the number of files looked at.

    Returns
    -------
    list of str
        A sentence for each file that is missing, changed or not of the data set; empty if it is
        as it was exported.

    Raises
    ------
    ExportError
        If the folder has no manifest that can be read.
    """
    entries = manifest.read(folder).get("files")
    if not isinstance(entries, list):
        raise ExportError(f"The {manifest.FILE_NAME} of {folder} lists no files.")
    known = {manifest.FILE_NAME}
    findings: list[str] = []
    for number, (name, sha256) in enumerate(_listed(folder, entries), start=1):
        known.add(name)
        path = folder / name
        if not path.is_file():
            findings.append(f"{name} is missing.")
        elif manifest.file_entry(path)["sha256"] != sha256:
            findings.append(f"{name} was changed after the export.")
        if progress is not None:
            progress(number)
    found = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    findings += [f"{name} is not of the data set." for name in sorted(found) if name not in known]
    return findings


def _listed(folder: Path, entries: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield name and SHA-256 of each file, those in folders included."""
    for entry in entries:
        yield entry["path"], entry["sha256"]
    checksums = folder / manifest.CHECKSUMS_FILE
    if checksums.is_file():
        with checksums.open(encoding="ascii") as lines:
            for line in lines:
                sha256, _, name = line.rstrip("\n").partition("  ")
                yield name, sha256
