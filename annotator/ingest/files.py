"""Find the files that a person meant: files as named, folders walked in natural order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import IngestError
from .reading import HEAD_BYTES, file_kind, opened
from .series import referenced_files

_PHOTOGRAPH_SUFFIXES = frozenset(
    [".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif"]
)
_VIDEO_SUFFIXES = frozenset([".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi"])
_PICTURE_SUFFIXES = _PHOTOGRAPH_SUFFIXES | _VIDEO_SUFFIXES | {".dcm", ".dicom", ".ima", ".nii"}
_SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx", "dicomdir"})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to take in, or one in a folder that is passed over.

    Attributes
    ----------
    path : Path
    skipped : str
        Why the file is passed over: a sentence but for its subject, the file; empty for a file to
        take in.
    """

    path: Path
    skipped: str = ""


def find_files(paths: Iterable[Path]) -> Iterator[FoundFile]:
    """Walk files and folders.

    A file that is named is always to be taken in (and refused later, by name, if it is no
    picture). In a folder, hidden files, system files, symbolic links and files that neither
    hold a picture or a video nor claim to by their extension are passed over with the reason.

    Parameters
    ----------
    paths : iterable of Path
        Files and folders in the order wanted; a folder's content comes in natural order
        (``img2`` before ``img10``), its files before its folders.

    Yields
    ------
    FoundFile
        The names of one folder at a time are held in memory. A DICOMDIR that is named stands for
        the files that it refers to.
    """
    for path in paths:
        if path.is_dir():
            yield from _walk(path)
        elif path.name.upper() == "DICOMDIR" and path.is_file():
            yield from _referenced(path)
        else:
            yield FoundFile(path)


def claims_to_be_photograph(path: Path) -> bool:
    """Tell whether a file's extension is that of a photograph or a video, whatever it holds."""
    return path.suffix.lower() in _PHOTOGRAPH_SUFFIXES | _VIDEO_SUFFIXES


def claims_to_be_picture(path: Path) -> bool:
    """Tell whether a file's extension is that of any picture that is taken in."""
    return path.suffix.lower() in _PICTURE_SUFFIXES


def natural_key(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return a key that sorts runs of digits by their number and letters without case."""
    parts = re.split(r"([0-9]+)", name)
    key = tuple(
        (0, int(p), "") if p.isascii() and p.isdigit() else (1, 0, p.casefold()) for p in parts if p
    )
    return key, name


def _walk(root: Path) -> Iterator[FoundFile]:
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: natural_key(entry.name))
        except OSError as error:
            reason = f"cannot be listed ({os.strerror(error.errno or 0)})."
            yield FoundFile(folder, skipped=reason)
            continue
        inner = []
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False) and not _is_system(entry.name):
                inner.append(path)
            else:
                yield FoundFile(path, skipped=_why_skipped(entry, path))
        folders.extend(reversed(inner))


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES


def _why_skipped(entry: os.DirEntry[str], path: Path) -> str:
    if entry.is_symlink():
        # A link may lead out of the folder that was named, or back into it for ever.
        return "is a symbolic link; what it points to is taken only where it lies."
    if _is_system(entry.name):
        return "is hidden or belongs to the system."
    if claims_to_be_picture(path):
        return ""
    try:
        with opened(path, "") as stream:
            kind = file_kind(stream.read(HEAD_BYTES))
    except IngestError as error:
        return str(error).strip()
    return "" if kind else "is not a picture."


def _referenced(index: Path) -> Iterator[FoundFile]:
    """Yield the files that a DICOMDIR names, none of which may lie outside of its folder."""
    try:
        with opened(index, "") as stream:
            names = referenced_files(stream)
    except IngestError as error:
        yield FoundFile(index, skipped=str(error).strip())
        return
    folder = index.parent.resolve()
    for parts in names:
        path = index.parent.joinpath(*parts)
        if path.resolve().is_relative_to(folder) and not path.is_symlink():
            yield FoundFile(path)
        else:
            yield FoundFile(path, skipped="lies outside of its DICOMDIR's folder.")
