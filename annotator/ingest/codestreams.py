"""The size that a compressed frame says it has: what its decoder will allocate."""

from __future__ import annotations

import struct

_JPEG_START = b"\xff\xd8\xff"
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
    at = data.find(_JPEG_START)
    return _jpeg_size(data, at + 2) if at >= 0 else None


def _jpeg_size(data: bytes, at: int) -> tuple[int, int] | None:
    """Walk the marker segments to the frame header (ITU-T T.81 B.2.2, T.87 C.2.2)."""
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _FRAME_MARKERS:
            height, width = struct.unpack(">2H", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None
