"""The way in: files and folders that a person named, to image assets and stored pixels."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..domain import ImageAsset
from ..errors import IngestError, StorageError
from .deidentification import Deidentifier, TextFoundError
from .dicom import decode_dicom
from .files import FoundFile, claims_to_be_photograph, find_files
from .pictures import MAX_MEGAPIXELS, DecodedPicture, Display
from .pixel_store import PixelStore
from .raster import decode_raster
from .reading import HEAD_BYTES, FileKind, file_kind, is_heif, opened, shown_name
from .series import in_series_order


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
    KNOWN = "known"
    """The same file was taken in before; it was not decoded again."""
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
        The file: only for who named it, never to be stored or shown with the pictures.
    file_name : str
        What it is called in the record and in sentences: its base name, fit to be shown, or a
        pseudonym, or its number.
    status : IngestStatus
    images : tuple of IngestedImage
        The file's pictures, each frame one; not empty exactly when the file was imported.
    reason : str
        Why it was refused or skipped, in a sentence that begins with `file_name`; of an imported
        file, which of its frames were left out and why.
    known : int
        Of a known file, how many pictures of it there are.
    """

    path: Path
    file_name: str
    status: IngestStatus
    images: tuple[IngestedImage, ...] = ()
    reason: str = ""
    known: int = 0


@dataclass(frozen=True, slots=True)
class Ingestion:
    """How files are taken in.

    Attributes
    ----------
    deidentifier : Deidentifier or None
        Without one files keep their names, and nothing of who they show is read.
    known : mapping of str to int
        SHA-256 of files that were taken in before, and how many pictures each gave.
    max_megapixels : float
        Larger pictures are refused from the header.
    workers : int
        How many files are decoded at once, each by a thread.
    """

    deidentifier: Deidentifier | None = None
    known: Mapping[str, int] = field(default_factory=dict)
    max_megapixels: float = MAX_MEGAPIXELS
    workers: int = 1


PLAIN = Ingestion()
"""Files keep their names; one at a time."""


class _KnownFileError(Exception):
    """The file was taken in before."""


@dataclass(slots=True)
class _OpenFile:
    """A file on its way in: what it is called, as soon as that is known."""

    path: Path
    called: str
    sha256: str = ""


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
    file = _OpenFile(path, shown_name(path))
    for picture in _decoded(file, Ingestion(max_megapixels=max_megapixels)):
        yield picture, file.sha256


def _decoded(file: _OpenFile, how: Ingestion) -> Generator[DecodedPicture, None, None]:
    with opened(file.path, file.called) as stream:
        head = stream.read(HEAD_BYTES)
        kind = file_kind(head)
        if is_heif(head):
            raise IngestError(
                f"{file.called} is a HEIC photograph, whose decoders are under licences that this "
                "program does not bring; save it as JPEG, then import it again."
            )
        if kind is None:
            raise IngestError(
                f"{file.called} is none of {', '.join(FileKind)}, whatever its name says; "
                "convert it to one of them."
            )
        stream.seek(0)
        file.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        file.called = _name(file, kind, how.deidentifier)
        if file.sha256 in how.known:
            raise _KnownFileError
        limit = how.max_megapixels
        if kind is FileKind.DICOM:
            yield from decode_dicom(
                stream, file.called, max_megapixels=limit, deidentifier=how.deidentifier
            )
        else:
            yield decode_raster(stream, kind, file.called, max_megapixels=limit)


def _name(file: _OpenFile, kind: FileKind, deidentifier: Deidentifier | None) -> str:
    own = shown_name(file.path)
    if deidentifier is None:
        return own
    if kind is FileKind.DICOM:
        return deidentifier.dicom_name(own, file.sha256)
    return deidentifier.photograph_name(own, file.sha256, kind)


def decode_file(
    path: Path, *, max_megapixels: float = MAX_MEGAPIXELS
) -> tuple[DecodedPicture, str]:
    """Decode the first picture of a file; see `decode_pictures`."""
    with closing(decode_pictures(path, max_megapixels=max_megapixels)) as pictures:
        return next(pictures)


def ingest_file(path: Path, store: PixelStore, how: Ingestion = PLAIN) -> IngestOutcome:
    """Take one file in: decode its pictures, store their pixels, describe them.

    Parameters
    ----------
    path : Path
        As for `decode_pictures`.
    store : PixelStore
        Where the pixels go.
    how : Ingestion

    Returns
    -------
    IngestOutcome
        Of a file with damaged frames, the others are taken in.

    Raises
    ------
    IngestError
        If the file cannot be read or is no picture.
    StorageError
        If pixels cannot be stored, for example on a full disk. In either case pixels of frames
        before may lie in the store, and nothing names them.
    """
    return _ingested(_OpenFile(path, shown_name(path)), store, how)


def _ingested(file: _OpenFile, store: PixelStore, how: Ingestion) -> IngestOutcome:
    images: list[IngestedImage] = []
    fault = ""
    try:
        for picture in _decoded(file, how):
            asset = _asset(file, picture, store.put(picture.pixels))
            images.append(IngestedImage(asset, picture.warnings))
    except _KnownFileError:
        known = how.known[file.sha256]
        return IngestOutcome(file.path, file.called, IngestStatus.KNOWN, known=known)
    except TextFoundError:
        raise
    except IngestError as error:
        if not images:
            raise
        fault = str(error)
    return IngestOutcome(file.path, file.called, IngestStatus.IMPORTED, tuple(images), fault)


def _asset(file: _OpenFile, picture: DecodedPicture, pixels_sha256: str) -> ImageAsset:
    pixels = picture.pixels
    return ImageAsset(
        file_name=file.called,
        width=pixels.shape[1],
        height=pixels.shape[0],
        pixels_sha256=pixels_sha256,
        source_sha256=file.sha256,
        modality=picture.modality,
        bits=8 * pixels.itemsize,
        channels=3 if pixels.ndim == 3 else 1,
        window=picture.window,
        subject=picture.origin.subject if picture.origin else None,
        frame=picture.frame,
        display=_display(picture),
    )


def _display(picture: DecodedPicture) -> dict[str, Any] | None:
    if picture.origin is None:
        return picture.display.to_json() if picture.display else None
    return (picture.display or Display()).to_json() | {"origin": dict(picture.origin.facts)}


def ingest(
    paths: Iterable[Path], store: PixelStore, how: Ingestion = PLAIN
) -> Generator[IngestOutcome, None, None]:
    """Take files and folders in, one outcome a file; a bad file never stops the rest.

    Parameters
    ----------
    paths : iterable of Path
        Files, folders that are walked, and a DICOMDIR for the files that it refers to.
    store : PixelStore
        Where the pixels go.
    how : Ingestion

    Yields
    ------
    IngestOutcome
        In the order of the files; those of a folder that are DICOM in the order of patients,
        studies, series and instances. As many pictures are held in memory as there are workers.
        When the generator is closed, files that were begun are finished and left out.
    """
    numbered = enumerate(find_files(paths), start=1)
    ordered = in_series_order((numbered_file, numbered_file[1].path) for numbered_file in numbered)
    waiting: deque[Future[IngestOutcome]] = deque()
    with ThreadPoolExecutor(how.workers, thread_name_prefix="ingest") as pool:
        try:
            for number, found in ordered:
                waiting.append(pool.submit(_outcome, found, number, store, how))
                if len(waiting) >= 2 * how.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _outcome(found: FoundFile, number: int, store: PixelStore, how: Ingestion) -> IngestOutcome:
    file = _OpenFile(found.path, _called_at_first(found, number, how.deidentifier))
    if found.skipped:
        reason = f"{file.called} {found.skipped}"
        return IngestOutcome(found.path, file.called, IngestStatus.SKIPPED, reason=reason)
    try:
        return _ingested(file, store, how)
    except (IngestError, StorageError) as error:
        reason = str(error)
        return IngestOutcome(found.path, file.called, IngestStatus.REFUSED, reason=reason)


def _called_at_first(found: FoundFile, number: int, deidentifier: Deidentifier | None) -> str:
    """Return what a file is called until its content says whether its name may be kept."""
    if deidentifier is None or (
        deidentifier.options.photograph_names and claims_to_be_photograph(found.path)
    ):
        return shown_name(found.path)
    ending = found.path.suffix
    known = f" ({ending.lower()})" if ending[1:].isalnum() and len(ending) <= 5 else ""
    return f"file {number}{known}"
