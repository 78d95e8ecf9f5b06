"""Open a file that a person named, and say what it holds by looking inside it."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import Literal

from ..errors import IngestError

HEAD_BYTES = 132
"""As many bytes as the longest signature needs (DICOM: 128 of preamble, then ``DICM``)."""


class FileKind(StrEnum):
    """Kinds of files that can be read."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    WEBP = "WebP"
    BMP = "BMP"
    DICOM = "DICOM"
    NIFTI = "NIfTI"
    MP4 = "MP4"
    """Also QuickTime (.mov)."""
    MATROSKA = "MKV"
    """Also WebM."""
    AVI = "AVI"


_SIGNATURES = (
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"II*\0", FileKind.TIFF),
    (b"MM\0*", FileKind.TIFF),
    (b"II+\0", FileKind.TIFF),
    (b"MM\0+", FileKind.TIFF),
    (b"\x1a\x45\xdf\xa3", FileKind.MATROSKA),
)
_RIFF_FORMS = {b"WEBP": FileKind.WEBP, b"AVI ": FileKind.AVI}
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""What the first box of MP4 (ISO/IEC 14496-12) and of older QuickTime files may be."""
GZIP = b"\x1f\x8b"
"""What gzip files begin with (RFC 1952, 2.3.1)."""
_NIFTI1, _NIFTI2 = 348, 540
_STILL_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


def shown_name(path: Path) -> str:
    """Return a file's base name with everything that cannot be shown or stored replaced.

    Names on disk may hold control characters, text-direction marks and bytes that are no text.
    """
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in path.name)


def file_kind(head: bytes) -> FileKind | None:
    """Tell what a file holds from its first `HEAD_BYTES` bytes; None if it is none of ours."""
    # First: a DICOM file's preamble may be the header of a TIFF file (PS3.10, 7.1).
    if head[128:132] == b"DICM":
        return FileKind.DICOM
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"RIFF") and head[8:12] in _RIFF_FORMS:
        return _RIFF_FORMS[head[8:12]]
    if head[4:8] in _MP4_BOXES and not is_heif(head):
        return FileKind.MP4
    others = (
        (head.startswith(b"BM") and head[6:10] == b"\0\0\0\0", FileKind.BMP),
        (_is_bare_dicom(head), FileKind.DICOM),
        (_is_nifti(head), FileKind.NIFTI),
    )
    return next((kind for matches, kind in others if matches), None)


def is_heif(head: bytes) -> bool:
    """Tell a photograph in HEIF by its brands (ISO/IEC 23008-12, annex B)."""
    return head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS


def _is_nifti(head: bytes) -> bool:
    """Tell a volume by the beginning of its file, compressed or not.

    NIfTI-1 and 2 begin with the size of their header (348 and 540), in either order of bytes.
    """
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, 64)
        except zlib.error:
            return False
    orders: tuple[Literal["little", "big"], ...] = ("little", "big")
    for order in orders:
        size = int.from_bytes(head[:4], order)
        axes = int.from_bytes(head[40:42], order)
        if size == _NIFTI1 and 1 <= axes <= 7:
            return True
        if size == _NIFTI2 and head[4:7] == b"n+2":
            return True
    return False


def _is_bare_dicom(head: bytes) -> bool:
    """Tell DICOM without its preamble by its first element: of group 0002 or 0008, and short."""
    if head[4:6].isalpha() and head[4:6].isupper():
        return head[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08")
    little = head[:2] in (b"\x02\x00", b"\x08\x00") and head[3:4] == b"\0"
    return little and int.from_bytes(head[4:8], "little") <= 1024


@contextmanager
def opened(path: Path, called: str) -> Iterator[BufferedReader]:
    """Open a regular, non-empty file for reading.

    Parameters
    ----------
    path : Path
    called : str
        What to call it in messages.

    Raises
    ------
    IngestError
        If the path is missing, not a file, empty, or may not be read; what the system says is
        put in words.
    """
    name = called
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise IngestError(f"{name} is a folder; import the folder, or name a file in it.")
        if not stat.S_ISREG(status.st_mode):
            # Opening a pipe would wait for ever.
            raise IngestError(f"{name} is not a regular file; copy the picture into a file.")
        if status.st_size == 0:
            raise IngestError(f"{name} is empty; export or copy it again.")
        stream = path.open("rb")
    except FileNotFoundError:
        raise IngestError(f"{name} does not exist; check the name and the folder.") from None
    except PermissionError:
        raise IngestError(
            f"{name} may not be read; give this user the right to read it, then import it again."
        ) from None
    except (OSError, ValueError) as error:
        raise IngestError(f"{name} cannot be opened ({_in_words(error)}); copy it again.") from None
    with stream:
        yield stream


def _in_words(error: OSError | ValueError) -> str:
    """Say a system error without the path that it quotes."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return "its name is none that this system can open"
