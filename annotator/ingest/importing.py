"""The way in: files and folders that a person named, to image assets and stored pixels."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from ..domain import ImageAsset
from ..domain.images import ENDINGS
from ..errors import IngestError, StorageError, UnavailableError
from .deidentification import Deidentifier, TextFoundError
from .files import FoundFile, claims_to_be_photograph, find_files
from .outcomes import (
    PLAIN,
    IngestedImage,
    Ingestion,
    IngestOutcome,
    IngestStatus,
    KnownFileError,
    OpenFile,
)
from .pictures import MAX_MEGAPIXELS, DecodedPicture, Display
from .pixel_store import PixelStore
from .reading import HEAD_BYTES, FileKind, file_kind, is_heif, opened, shown_name
from .reading_child import safe_pictures
from .reading_child.limits import AS_USUAL, ReadingLimits
from .series import in_series_order
from .video import VIDEO_KINDS
from .video_import import video_outcomes


class _VideoError(IngestError):
    """The file is a video, which is not decoded as pictures are."""

    def __init__(self, name: str, kind: FileKind) -> None:
        super().__init__(f"{name} is a video; import it into a project, or take a frame of it.")
        self.kind = kind


class _Video(NamedTuple):
    file: OpenFile
    kind: FileKind


def decode_pictures(
    path: Path,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    limits: ReadingLimits = AS_USUAL,
) -> Generator[tuple[DecodedPicture, str], None, None]:
    """Decode the pictures of a file without storing anything.

    Parameters
    ----------
    path : Path
        A photograph (JPEG, PNG, TIFF, WebP, BMP) or a DICOM file, whatever its extension; no
        video.
    max_megapixels : float
        Larger pictures are refused from the header.
    limits : ReadingLimits
        What may be made of the file.

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
    file = OpenFile(path, shown_name(path))
    for picture in _decoded(file, Ingestion(max_megapixels=max_megapixels, limits=limits)):
        yield picture, file.sha256


def _decoded(file: OpenFile, how: Ingestion) -> Generator[DecodedPicture, None, None]:
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
        if kind in VIDEO_KINDS:
            raise _VideoError(file.called, kind)
        if file.sha256 in how.known:
            raise KnownFileError
        yield from safe_pictures(
            stream,
            kind,
            file.called,
            max_megapixels=how.max_megapixels,
            deidentifier=how.deidentifier,
            limits=how.limits,
        )


def _name(file: OpenFile, kind: FileKind, deidentifier: Deidentifier | None) -> str:
    own = shown_name(file.path)
    if deidentifier is None:
        return own
    if kind is FileKind.DICOM:
        return deidentifier.scan_name(own, file.sha256, "dcm")
    if kind is FileKind.NIFTI:
        return deidentifier.scan_name(own, file.sha256, "nii")
    return deidentifier.photograph_name(own, file.sha256, kind)


def decode_file(
    path: Path, *, max_megapixels: float = MAX_MEGAPIXELS, limits: ReadingLimits = AS_USUAL
) -> tuple[DecodedPicture, str]:
    """Decode the first picture of a file; see `decode_pictures`."""
    with closing(decode_pictures(path, max_megapixels=max_megapixels, limits=limits)) as pictures:
        return next(pictures)


def ingest_file(path: Path, store: PixelStore, how: Ingestion = PLAIN) -> IngestOutcome:
    """Take one file, no video, in: decode its pictures, store their pixels, describe them.

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
    return _ingested(OpenFile(path, shown_name(path)), store, how)


def _ingested(file: OpenFile, store: PixelStore, how: Ingestion) -> IngestOutcome:
    images: list[IngestedImage] = []
    fault = ""
    try:
        for picture in _decoded(file, how):
            asset = _asset(file, picture, store.put(picture.pixels))
            images.append(IngestedImage(asset, picture.warnings))
    except KnownFileError:
        known = how.known[file.sha256]
        status = IngestStatus.KNOWN
        return IngestOutcome(file.path, file.called, status, known=known, source_sha256=file.sha256)
    except TextFoundError:
        raise
    except IngestError as error:
        if not images:
            raise
        fault = str(error)
    return IngestOutcome(file.path, file.called, IngestStatus.IMPORTED, tuple(images), fault)


def _asset(file: OpenFile, picture: DecodedPicture, pixels_sha256: str) -> ImageAsset:
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
    known = {"origin": dict(picture.origin.facts)}
    names = {ENDINGS: list(picture.origin.names)} if picture.origin.names else {}
    return (picture.display or Display()).to_json() | known | names


def ingest(
    paths: Iterable[Path], store: PixelStore, how: Ingestion = PLAIN
) -> Generator[IngestOutcome, None, None]:
    """Take files and folders in, an outcome for each file; a bad file never stops the rest.

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
        studies, series and instances. Of a video several, all but the last with `more`. As many
        pictures are held in memory as there are workers. When the generator is closed, files
        that were begun are finished and left out.
    """
    numbered = enumerate(find_files(paths), start=1)
    ordered = in_series_order((numbered_file, numbered_file[1].path) for numbered_file in numbered)
    waiting: deque[Future[IngestOutcome | _Video]] = deque()
    with ThreadPoolExecutor(how.workers, thread_name_prefix="ingest") as pool:
        try:
            for number, found in ordered:
                waiting.append(pool.submit(_outcome, found, number, store, how))
                if len(waiting) >= 2 * how.workers:
                    yield from _outcomes(waiting.popleft().result(), store, how)
            while waiting:
                yield from _outcomes(waiting.popleft().result(), store, how)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _outcomes(
    ended: IngestOutcome | _Video, store: PixelStore, how: Ingestion
) -> Generator[IngestOutcome, None, None]:
    """Yield the outcome of a file; of a video, one after the other as it is read."""
    if isinstance(ended, IngestOutcome):
        yield ended
        return
    try:
        yield from video_outcomes(ended.file, ended.kind, store, how)
    except (IngestError, StorageError) as error:
        yield _refused(ended.file, error)


def _outcome(
    found: FoundFile, number: int, store: PixelStore, how: Ingestion
) -> IngestOutcome | _Video:
    file = OpenFile(found.path, _called_at_first(found, number, how.deidentifier))
    if found.skipped:
        reason = f"{file.called} {found.skipped}"
        return IngestOutcome(found.path, file.called, IngestStatus.SKIPPED, reason=reason)
    try:
        return _ingested(file, store, how)
    except _VideoError as video:
        return _Video(file, video.kind)
    except (IngestError, StorageError) as error:
        return _refused(file, error)


def _refused(file: OpenFile, error: Exception) -> IngestOutcome:
    if isinstance(error, UnavailableError):  # no fault of this file's: the next would fare alike
        raise error
    return IngestOutcome(file.path, file.called, IngestStatus.REFUSED, reason=str(error))


def _called_at_first(found: FoundFile, number: int, deidentifier: Deidentifier | None) -> str:
    """Return what a file is called until its content says whether its name may be kept."""
    if deidentifier is None or (
        deidentifier.options.photograph_names and claims_to_be_photograph(found.path)
    ):
        return shown_name(found.path)
    ending = found.path.suffix
    known = f" ({ending.lower()})" if ending[1:].isalnum() and len(ending) <= 5 else ""
    return f"file {number}{known}"
