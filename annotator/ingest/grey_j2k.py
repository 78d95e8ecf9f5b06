"""Grey JPEG 2000 frames by OpenCV, which lets other threads work meanwhile.

The decoders that pydicom knows hold the interpreter's lock from a frame's first byte to its last,
so that films decoded by two threads take turns. OpenCV has the same library in it (OpenJPEG) and
gives the same values, bit for bit, for what `_is_plain` accepts; everything else goes to pydicom's
own decoder. pydicom loads this module as a plugin of `OPENCV`.
"""

from __future__ import annotations

import struct

import cv2
import numpy as np
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder
from pydicom.pixels.decoders.pylibjpeg import _decode_frame as usual_decode_frame
from pydicom.uid import JPEG2000Lossless

OPENCV = "opencv"
"""What the plugin is called among pydicom's."""

DECODER_DEPENDENCIES = {JPEG2000Lossless: ("numpy", "opencv-python-headless")}

_SIZES = struct.Struct(">4sHH8IHBBB")
_START = b"\xff\x4f\xff\x51"

# It warns of every grey picture that it is not said to be in colour.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def is_available(uid: str) -> bool:
    """Tell pydicom whether the decoder can be used."""
    return uid == JPEG2000Lossless


def _decode_frame(src: bytes, runner: DecodeRunner) -> bytearray | bytes:
    """Return a frame's values, little-endian; pydicom looks for this name."""
    if runner.pixel_representation or not _is_plain(src):
        return usual_decode_frame(src, runner)
    values = cv2.imdecode(np.frombuffer(src, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.ndim != 2 or values.dtype != np.uint16:
        return usual_decode_frame(src, runner)  # which says what is wrong
    runner.set_option("bits_allocated", 16)
    return values.astype("<u2", copy=False).tobytes()


def _is_plain(src: bytes) -> bool:
    """Tell a codestream of one unsigned component of 9 to 16 bits that fills its grid.

    Notes
    -----
    ITU-T T.800, A.5.1: Xsiz, Ysiz, XOsiz, YOsiz and the tiles', then Csiz, Ssiz, XRsiz, YRsiz.
    """
    if len(src) < _SIZES.size:
        return False
    start, _, _, *grid, components, depth, across, down = _SIZES.unpack_from(src)
    whole = grid[2:4] == [0, 0] and (components, across, down) == (1, 1, 1)
    return bool(start == _START and whole and 8 <= depth <= 15)


if OPENCV not in (_decoder := get_decoder(JPEG2000Lossless)).available_plugins:
    _decoder.add_plugin(OPENCV, (__name__, "_decode_frame"))
