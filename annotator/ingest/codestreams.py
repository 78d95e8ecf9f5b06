"""The size that a compressed frame says it has: what its decoder will allocate."""

from __future__ import annotations

import struct
from typing import NamedTuple

_JPEG_START = b"\xff\xd8\xff"
_APP14 = 0xEE
_J2K_START = b"\xff\x4f\xff\x51"
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})


def is_codestream(data: bytes) -> bool:
    """Tell whether a codestream of these kinds begins with the first byte of `data`."""
    return data.startswith((_JPEG_START, _J2K_START))


def coded_size(data: bytes) -> tuple[int, int] | None:
    """Find the width and height in the first JPEG, JPEG-LS or JPEG 2000 codestream of `data`.

    A DICOM header may state a small picture while the codestream inside unpacks to a huge one,
    and decoders believe the codestream.

    Parameters
    ----------
    data : bytes
        The beginning of encapsulated pixel data.

    Returns
    -------
    (int, int) or None
        Columns and rows in pixels; None if no codestream of these kinds is found.
    """
    at = data.find(_J2K_START)
    if at >= 0 and at + 24 <= len(data):
        # ITU-T T.800, A.5.1: Lsiz, Rsiz, then the reference grid and the image's offset in it.
        width, height, left, top = struct.unpack(">4I", data[at + 8 : at + 24])
        return width - left, height - top
    frame = jpeg_frame(data)
    return (frame.columns, frame.rows) if frame else None


class JpegFrame(NamedTuple):
    """What the frame header of a JPEG or JPEG-LS codestream says.

    Attributes
    ----------
    marker : int
        Second byte of its marker, which tells the process: C0 to C2 are DCT, C3 is lossless.
    precision : int
        Bits of a sample.
    columns, rows : int
        In pixels.
    ids : bytes
        Of the components.
    transform : int or None
        What Adobe's marker says of the colours: 0 none, 1 YCbCr; None without the marker.
    """

    marker: int
    precision: int
    columns: int
    rows: int
    ids: bytes
    transform: int | None


def jpeg_frame(data: bytes) -> JpegFrame | None:
    """Read the frame header of the first JPEG or JPEG-LS codestream of `data`; None without one.

    Notes
    -----
    The marker segments are walked to it (ITU-T T.81 B.1.1.2, B.2.2; T.87 C.2.2).
    """
    at, transform = data.find(_JPEG_START) + 2, None
    while at >= 2 and at + 10 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAME_MARKERS:
            precision, rows, columns, components = struct.unpack_from(">B2HB", data, at + 4)
            ids = data[at + 10 : at + 10 + 3 * components : 3]
            return JpegFrame(marker, precision, columns, rows, ids, transform)
        if marker == _APP14 and data[at + 4 : at + 9] == b"Adobe":
            transform = data[at + 15] if at + 15 < len(data) else None
        # Before a marker there may be any number of fill bytes.
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return None
