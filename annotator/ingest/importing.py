"""The way in: files and folders that a person named, to image assets and stored pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..domain import ImageAsset
from ..errors import IngestError, StorageError
from .dicom import decode_dicom
from .files import FoundFile, find_files
from .pictures import MAX_MEGAPIXELS, DecodedPicture
from .pixel_store import PixelStore
from .raster import decode_raster
from .reading import HEAD_BYTES, FileKind, file_kind, opened, shown_name


@dataclass(frozen=True, slots=True)
class IngestedImage:
    """A picture that was taken in.

    Attributes
    ----------
    asset : ImageAsset
        With a new id; its pixels lie in the store.
    warnings : tuple of str
        Sentences on what was changed or left out.
    """

    asset: ImageAsset
    warnings: tuple[str, ...] = ()


class IngestStatus(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    REFUSED = "refused"
    """It should have been a picture and could not be taken in."""
    SKIPPED = "skipped"
    """It lay in a named folder and is no picture."""


@dataclass(frozen=True, slots=True)
class IngestOutcome:
    """What became of one file.

    Attributes
    ----------
    path : Path
        The file.
    status : IngestStatus
    images : tuple of IngestedImage
        The file's pictures, each frame one; not empty exactly when the file was imported.
    reason : str
        Why it was refused or skipped, in a sentence that names its base name; of an imported
        file, which of its frames were left out and why.
    """

    path: Path
    status: IngestStatus
    images: tuple[IngestedImage, ...] = ()
    reason: str = ""

    @property
    def file_name(self) -> str:
        """Base name of the file, fit to be shown."""
        return shown_name(self.path)


def decode_pictures(
    path: Path, *, max_megapixels: float = MAX_MEGAPIXELS
) -> Generator[tuple[DecodedPicture, str], None, None]:
    """Decode the pictures of a file without storing anything.

    Parameters
    ----------
    path : Path
        A photograph (JPEG, PNG, TIFF, WebP, BMP) or a DICOM file, whatever its extension.
    max_megapixels : float
        Larger pictures are refused from the header.

    Yields
    ------
    DecodedPicture
        One, or the frames of a DICOM file in their order.
    str
        SHA-256 of the file.

    Raises
    ------
    IngestError
        If the file cannot be read or is no picture, or, after the others, if frames of it are
        damaged; the sentence names its base name.
    """
    name = shown_name(path)
    with opened(path) as stream:
        kind = file_kind(stream.read(HEAD_BYTES))
        if kind is None:
            raise IngestError(
                f"{name} is none of {', '.join(FileKind)}, whatever its name says; "
                "convert it to one of them."
            )
        stream.seek(0)
        source_sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        if kind is FileKind.DICOM:
            for picture in decode_dicom(stream, name, max_megapixels=max_megapixels):
                yield picture, source_sha256
        else:
            yield (
                decode_raster(stream, kind, name, max_megapixels=max_megapixels),
                source_sha256,
            )


def decode_file(
    path: Path, *, max_megapixels: float = MAX_MEGAPIXELS
) -> tuple[DecodedPicture, str]:
    """Decode the first picture of a file; see `decode_pictures`."""
    with closing(decode_pictures(path, max_megapixels=max_megapixels)) as pictures:
        return next(pictures)


def ingest_file(
    path: Path, store: PixelStore, *, max_megapixels: float = MAX_MEGAPIXELS
) -> IngestOutcome:
    """Take one file in: decode its pictures, store their pixels, describe them.

    Parameters
    ----------
    path : Path
        As for `decode_pictures`.
    store : PixelStore
        Where the pixels go.
    max_megapixels : float
        Larger pictures are refused from the header.

    Returns
    -------
    IngestOutcome
        Of a file with damaged frames, the others are taken in.

    Raises
    ------
    IngestError
        If the file cannot be read or is no picture; nothing was stored.
    StorageError
        If pixels cannot be stored, for example on a full disk; pixels of frames before may lie
        in the store, and nothing names them.
    """
    images: list[IngestedImage] = []
    fault = ""
    try:
        for picture, source_sha256 in decode_pictures(path, max_megapixels=max_megapixels):
            asset = _asset(path, picture, store.put(picture.pixels), source_sha256)
            images.append(IngestedImage(asset, picture.warnings))
    except IngestError as error:
        if not images:
            raise
        fault = str(error)
    return IngestOutcome(path, IngestStatus.IMPORTED, tuple(images), fault)


def _asset(
    path: Path, picture: DecodedPicture, pixels_sha256: str, source_sha256: str
) -> ImageAsset:
    pixels = picture.pixels
    return ImageAsset(
        file_name=shown_name(path),
        width=pixels.shape[1],
        height=pixels.shape[0],
        pixels_sha256=pixels_sha256,
        source_sha256=source_sha256,
        modality=picture.modality,
        bits=8 * pixels.itemsize,
        channels=3 if pixels.ndim == 3 else 1,
        window=picture.window,
        frame=picture.frame,
        display=picture.display.to_json() if picture.display else None,
    )


def ingest(
    paths: Iterable[Path], store: PixelStore, *, max_megapixels: float = MAX_MEGAPIXELS
) -> Iterator[IngestOutcome]:
    """Take files and folders in, one outcome a file; a bad file never stops the rest.

    Parameters
    ----------
    paths : iterable of Path
        Files, and folders that are walked.
    store : PixelStore
        Where the pixels go.
    max_megapixels : float
        Larger pictures are refused from the header.

    Yields
    ------
    IngestOutcome
        One picture is held in memory at a time.
    """
    for found in find_files(paths):
        yield _outcome(found, store, max_megapixels)


def _outcome(found: FoundFile, store: PixelStore, max_megapixels: float) -> IngestOutcome:
    if found.skipped:
        return IngestOutcome(found.path, IngestStatus.SKIPPED, reason=found.skipped)
    try:
        return ingest_file(found.path, store, max_megapixels=max_megapixels)
    except (IngestError, StorageError) as error:
        return IngestOutcome(found.path, IngestStatus.REFUSED, reason=str(error))
