"""JPEG frames of DICOM files, by GDCM in a child process; those of JPEG-LS by CharLS.

What a codestream says of its depth and process decides, not the header or the transfer syntax,
which are often wrong about it. pydicom loads this module as a plugin of `JPEG`; why this decoder,
and why a child, is in docs/decisions/0019-pixel-store.md.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
import threading
from importlib.util import find_spec
from typing import IO, cast

from pydicom.pixels.common import PhotometricInterpretation
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder
from pydicom.pixels.decoders.pyjpegls import _decode_frame as by_charls
from pydicom.uid import (
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from . import gdcm_child
from .codestreams import JpegFrame, jpeg_frame

JPEG = "jpeg"
"""What the plugin is called among pydicom's."""

_LS_SYNTAXES = (JPEGLSLossless, JPEGLSNearLossless)
SYNTAXES = (
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    *_LS_SYNTAXES,
)
DECODER_DEPENDENCIES = dict.fromkeys(SYNTAXES, ("python-gdcm", "pyjpegls"))

LIMIT_S = 60.0
"""A frame that takes longer is given up, and the child with it."""

_LOSSLESS = 0xC3
_END, _TAIL_BYTES = b"\xff\xd9", 64
"""The marker of a codestream's end, which stands nowhere else in it, and how much may follow it."""
_MODELS = {0: PhotometricInterpretation.RGB, 1: PhotometricInterpretation.YBR_FULL}
"""By the transform that Adobe's marker states, which is about this codestream."""


def is_available(uid: str) -> bool:
    """Tell pydicom whether the decoder can be used."""
    return uid in SYNTAXES and find_spec("gdcm") is not None


def _decode_frame(src: bytes, runner: DecodeRunner) -> bytes | bytearray:
    """Return a frame's values, little-endian, colour by pixel; pydicom looks for this name."""
    if _END not in src[-_TAIL_BYTES:]:
        # Before it is tried: CharLS takes ten seconds to find that out.
        raise ValueError("the codestream is cut off")
    if runner.transfer_syntax in _LS_SYNTAXES:
        return by_charls(src, runner)
    frame = jpeg_frame(src)
    if frame is None or (frame.columns, frame.rows) != (runner.columns, runner.rows):
        raise ValueError("no JPEG codestream of the size that the header states")
    if len(frame.ids) != runner.samples_per_pixel:
        raise ValueError("the codestream has other components than the header states")
    runner.set_option("bits_allocated", 8 if frame.precision <= 8 else 16)
    if len(frame.ids) > 1:
        runner.set_option("planar_configuration", 0)
    if len(frame.ids) == 3 and frame.transform in _MODELS:
        runner.set_option("photometric_interpretation", _MODELS[frame.transform])
    # GDCM chooses its decoder by the syntax.
    return _by_gdcm(src, frame, JPEGLossless if frame.marker == _LOSSLESS else JPEGExtended12Bit)


class _Child:
    """A process of `gdcm_child`, for one frame at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-P", gdcm_child.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def values(self, request: bytes) -> bytes:
        """Return a frame's values, nothing where it cannot be decoded.

        Raises
        ------
        OSError
            If the process ended, or took too long and was ended.
        """
        sink = cast("IO[bytes]", self._process.stdin)
        source = cast("IO[bytes]", self._process.stdout)
        late = threading.Timer(LIMIT_S, self._process.kill)
        late.start()
        try:
            sink.write(request)
            sink.flush()
            (size,) = gdcm_child.ANSWER.unpack(_whole(source, gdcm_child.ANSWER.size))
            return _whole(source, size)
        finally:
            late.cancel()

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


_idle: list[_Child] = []


def _free_child() -> _Child:
    while _idle:
        try:
            child = _idle.pop()
        except IndexError:  # another thread took it
            break
        if child.lives:
            return child
        child.end()
    return _Child()


def _by_gdcm(src: bytes, frame: JpegFrame, syntax: str) -> bytes:
    sizes = (frame.columns, frame.rows, len(frame.ids), frame.precision, len(src))
    request = gdcm_child.REQUEST.pack(syntax.encode(), *sizes) + src
    child = _free_child()
    try:
        values = child.values(request)
    except OSError:
        child.end()
        raise
    _idle.append(child)
    if not values:
        raise ValueError("damaged, or more than GDCM reads")
    return values


@atexit.register
def _end_children() -> None:
    while _idle:
        _idle.pop().end()


def _whole(source: IO[bytes], size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise BrokenPipeError
    return data


for _syntax in SYNTAXES:
    if JPEG not in (_decoder := get_decoder(_syntax)).available_plugins:
        _decoder.add_plugin(JPEG, (__name__, "_decode_frame"))
