"""The one file that a person means by a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import IngestError


def one_file(path: Path, patterns: Sequence[str], own_name: str = "") -> Path:
    """Return the file itself; of a folder the file of our own export, or the only one there is.

    Parameters
    ----------
    path : Path
    patterns : sequence of str
        Of files that can be meant, such as ``*.json``.
    own_name : str
        What our own export calls it.

    Raises
    ------
    IngestError
        If a folder has none, or several.
    """
    if not path.is_dir():
        return path
    if own_name and (path / own_name).is_file():
        return path / own_name
    files = sorted(file for pattern in patterns for file in path.rglob(pattern))
    if len(files) != 1:
        raise several_files(path, files, patterns)
    return files[0]


def several_files(path: Path, files: Sequence[Path], patterns: Sequence[str]) -> IngestError:
    """Return what says that a folder does not tell which file is meant."""
    kind = " or ".join(patterns)
    if not files:
        return IngestError(f"There is no file {kind} in {path.name}; name the file to read.")
    names = ", ".join(file.name for file in files[:5]) + (", ..." if len(files) > 5 else "")
    return IngestError(
        f"{path.name} has {len(files)} files {kind} ({names}); name the one to read."
    )
