"""What a data set of ours says of its images beside the file of a format: which they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from ..errors import IngestError
from ..export.manifest import CHECKSUMS_FILE, FILE_NAME, RECORD_FILE
from ..ingest.path_endings import base_of, stem_of

_UUID_LETTERS = 36
_FOLDERS_ABOVE = 3
"""How far above a file, such as one of ``images/train``, its data set's record may lie."""


class OwnImage(NamedTuple):
    """What identifies an image of a data set: hashes and identity, its first name, its frame."""

    marks: tuple[str, ...]
    frame: int | None


class OwnDataSet:
    """The images of the data set of ours that a file is of; empty for one of another tool.

    Parameters
    ----------
    path : Path
        What is taken over: a file of the data set, its folder, or one of its folders.

    Raises
    ------
    IngestError
        If its record cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._images: dict[str, list[OwnImage]] = {}
        record = _record_beside(path)
        if record is None:
            return
        try:
            with record.open("rb") as lines:
                for line in lines:
                    self._add(orjson.loads(line))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise IngestError(
                f"{record.name}, which says what the images of this data set are, cannot be read; "
                "copy the data set again, or take the file over from another folder."
            ) from None

    def _add(self, image: dict[str, Any]) -> None:
        keys = ("pixels_sha256", "image_uuid", "source_sha256", "original_file_name")
        identity, name = image["image_uuid"], base_of(image["file_name"])
        own = OwnImage(tuple(image[key] for key in keys), image["frame"])
        for key in {identity, name, stem_of(name)}:
            self._images.setdefault(key, []).append(own)

    def image(self, name: str, marks: tuple[str, ...], frame: int | None) -> OwnImage | None:
        """Return the image of the data set that an entry is about; None where it is not one."""
        base = base_of(name)
        for key in (*marks, base, stem_of(base), *ends_of(base)):
            own = self._images.get(key, [])
            if len(own) > 1:  # frames of one file, whose pictures are not in the data set
                own = [image for image in own if image.frame == frame]
            if len(own) == 1:
                return own[0]
        return None


def ends_of(base: str) -> tuple[str, str]:
    """Return the ends of a name where our own copies carry the image's identity."""
    return stem_of(base)[-_UUID_LETTERS:], base[-_UUID_LETTERS:]


def before_identity(base: str) -> tuple[str, ...]:
    """Return what stands before an image's identity at the end of a name of ours; else nothing."""
    stem = stem_of(base)
    try:
        UUID(stem[-_UUID_LETTERS:])
    except ValueError:
        return ()
    return (stem[: -_UUID_LETTERS - 1],)


def _record_beside(path: Path) -> Path | None:
    folder = path.absolute() if path.is_dir() else path.absolute().parent
    for one in (folder, *folder.parents[:_FOLDERS_ABOVE]):
        if (one / RECORD_FILE).is_file() and _lists(one, path.absolute()):
            return one / RECORD_FILE
    # Files that a browser sent lie in folders of their own.
    return next(folder.glob(f"*/{RECORD_FILE}"), None) if path.is_dir() else None


def _lists(folder: Path, path: Path) -> bool:
    """Tell whether a file or folder is of a data set, and no other tool's that lies in it."""
    inside = path.relative_to(folder).as_posix()
    if inside == ".":
        return True
    try:
        stated = orjson.loads((folder / FILE_NAME).read_bytes())["files"]
        names = [str(file["path"]) for file in stated]
        if CHECKSUMS_FILE in names:
            lines = (folder / CHECKSUMS_FILE).read_text("ascii").splitlines()
            names += [line.partition("  ")[2] for line in lines]
    except (OSError, ValueError, KeyError, TypeError):
        return False  # without its manifest it is no data set
    return any(f"{name}/".startswith(f"{inside}/") for name in names)
