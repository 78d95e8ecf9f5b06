"""What is kept of a file's path: keyed hashes of its endings, never a folder's name.

Folders name patients and diagnoses. What a label file calls ``train/1.png`` is found all the
same: who has the key hashes that name, and compares.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from .files import claims_to_be_picture
from .pseudonyms import Pseudonyms

_OTHER_ENDINGS = frozenset({".gif", ".j2k", ".jfif", ".jp2", ".jxl"})
"""Of files that are taken in for what they hold."""
_PACKED = ".nii.gz"
MOST_PARTS = 8
"""Of a path, from its end, that are compared."""


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


def endings_of(path: Path, pseudonyms: Pseudonyms) -> list[str]:
    """Return the hashes of the endings of a file's path, shortest first: ``1.png``, ``a/1.png``."""
    parts = path_of(str(path.absolute()))[-MOST_PARTS:]
    called = dict.fromkeys((stem_of(parts[-1]), folded(parts[-1])))
    return [
        _hashed((*parts[first:-1], base), pseudonyms)
        for first in range(len(parts) - 1, -1, -1)
        for base in called
    ]


def name_hash(name: str, pseudonyms: Pseudonyms) -> str:
    """Return the hash by which a file is found that is called by a name alone."""
    return _hashed((folded(name),), pseudonyms)


def hashes_of(name: str, pseudonyms: Pseudonyms) -> Iterator[tuple[int, str]]:
    """Yield how many parts an ending of a name has, and its hash, by which files are found.

    The longest come first: of the name with its ending, then of that without.
    """
    parts = path_of(name)[-MOST_PARTS:]
    for base in dict.fromkeys((folded(parts[-1]), stem_of(parts[-1]))) if parts else ():
        for first in range(len(parts)):
            yield len(parts) - first, _hashed((*parts[first:-1], base), pseudonyms)


def _hashed(parts: tuple[str, ...], pseudonyms: Pseudonyms) -> str:
    return pseudonyms.digest("ending", *parts)[:16]
