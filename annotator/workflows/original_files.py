"""Find the files that images were imported from, by their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from ..dataset.originals import Original
from ..domain import ImageAsset
from ..errors import ExportError
from ..ingest.dicom_header import geometry_of
from ..ingest.files import find_files
from ..ingest.quiet import quiet
from ..ingest.reading import HEAD_BYTES, FileKind, file_kind, shown_name


class OriginalFiles:
    """The files that a person has at hand, by the SHA-256 that the record has of them.

    They are read where they lie. Their headers name people: what an export makes of them does,
    too, and nothing else of them is kept.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders, as they were imported.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = dict(_contents(paths))
        self._last: tuple[Path, Dataset | None] | None = None

    def of(self, image: ImageAsset) -> Original | None:
        """Return the file that an image was made of; None where it is not at hand.

        Raises
        ------
        ExportError
            If it was at hand when the export began, and no longer is.
        """
        path = self._files.get(image.source_sha256)
        if path is None:
            return None
        if self._last is None or self._last[0] != path:  # images of one file come together
            try:
                self._last = path, _header(path)
            except OSError as error:
                raise ExportError(
                    f"The original {shown_name(path)} cannot be read "
                    f"({os.strerror(error.errno or 0)}) and nothing was exported; put it back, or "
                    "leave it out of the originals."
                ) from None
        header = self._last[1]
        if header is None:
            return Original(path)
        axes = str(header.get("FrameOfReferenceUID") or "") or None
        return Original(path, header, geometry_of(header, image.frame or 0, axes))


def _contents(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    for found in find_files(paths):
        if found.skipped:
            continue
        # One that may not be read is not at hand: the export counts the images without a file.
        with suppress(OSError), found.path.open("rb") as stream:
            yield hashlib.file_digest(stream, "sha256").hexdigest(), found.path


def _header(path: Path) -> Dataset | None:
    with path.open("rb") as stream, quiet():
        if file_kind(stream.read(HEAD_BYTES)) is not FileKind.DICOM:
            return None
        stream.seek(0)
        return pydicom.dcmread(stream, stop_before_pixels=True, force=True)
