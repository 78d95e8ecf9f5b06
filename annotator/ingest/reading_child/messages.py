"""What a reader and its parent say to each other: JSON and bare pixels, nothing that could run.

A message is the lengths of both, the JSON, and the pixels. The parent trusts a reader no further
than a file: shapes and kinds of pixels are checked, and nothing is unpickled.
"""

from __future__ import annotations

import json
import math
import socket
import struct
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ...domain import SliceGeometry
from ..pictures import DecodedPicture, Display, GreyWindow, NamedWindow, Origin, Pixels

REQUEST, STOP, GO_ON = b"R", b"S", b"G"
"""What the parent's bytes begin with: a file to read, no more of it, and a word to go on with."""

_LENGTHS = struct.Struct("<IQ")
_MOST_JSON_BYTES = 1 << 26

Fields = dict[str, Any]
Receive = Callable[[memoryview], None]
"""Fills a buffer from the other side."""


class GarbledError(Exception):
    """What came is no message: the other side is not what it was."""


def send(channel: socket.socket, fields: Fields, pixels: npt.NDArray[Any] | None = None) -> None:
    """Send a message.

    Raises
    ------
    OSError
        If the other side is gone.
    """
    if pixels is not None:
        pixels = np.ascontiguousarray(pixels)
        fields = fields | {"shape": pixels.shape, "dtype": pixels.dtype.name}
    text = json.dumps(fields, default=_plain).encode("utf-8", "surrogatepass")
    channel.sendall(_LENGTHS.pack(len(text), 0 if pixels is None else pixels.nbytes) + text)
    if pixels is not None:
        channel.sendall(pixels.data.cast("B"))


def received(receive: Receive, most_pixels: float = 0) -> tuple[Fields, Pixels | None]:
    """Return the next message.

    Parameters
    ----------
    receive : callable
    most_pixels : float
        Larger pictures are not taken.

    Raises
    ------
    GarbledError
        If it is no message.
    """
    head = bytearray(_LENGTHS.size)
    receive(memoryview(head))
    text_bytes, pixel_bytes = _LENGTHS.unpack(head)
    if text_bytes > _MOST_JSON_BYTES:
        raise GarbledError
    text = bytearray(text_bytes)
    receive(memoryview(text))
    try:
        fields = json.loads(text.decode("utf-8", "surrogatepass"))
        pixels = _empty(fields, pixel_bytes, most_pixels) if pixel_bytes else None
    except (ValueError, KeyError, TypeError):
        raise GarbledError from None
    if not isinstance(fields, dict):
        raise GarbledError
    if pixels is not None:
        receive(pixels.data.cast("B"))
    return fields, pixels


def _empty(fields: Fields, size: int, most_pixels: float) -> Pixels:
    shape = tuple(map(int, fields["shape"]))
    dtype = np.dtype({"uint8": np.uint8, "uint16": np.uint16}[fields["dtype"]])
    fits = len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    if not fits or min(shape) < 1 or math.prod(shape) * dtype.itemsize != size:
        raise GarbledError
    if shape[0] * shape[1] > most_pixels:
        raise GarbledError
    return cast("Pixels", np.empty(shape, dtype))


def picture_fields(picture: DecodedPicture) -> Fields:
    """Return a picture but for its pixels."""
    return {
        "modality": picture.modality,
        "window": picture.window,
        "warnings": picture.warnings,
        "display": picture.display and asdict(picture.display),
        "frame": picture.frame,
        "origin": picture.origin and asdict(picture.origin),
    }


def picture_of(fields: Fields, pixels: Pixels) -> DecodedPicture:
    """Return the picture that `picture_fields` came from."""
    window, origin = fields["window"], fields["origin"]
    return DecodedPicture(
        pixels,
        modality=fields["modality"],
        window=window and GreyWindow(*window),
        warnings=tuple(fields["warnings"]),
        display=fields["display"] and _display(fields["display"]),
        frame=fields["frame"],
        origin=origin and Origin(**origin | {"names": tuple(origin["names"])}),
    )


def _display(fields: Fields) -> Display:
    spacing, geometry = fields["spacing_mm"], fields["geometry"]
    changed = {
        "windows": tuple(NamedWindow(*window) for window in fields["windows"]),
        "spacing_mm": spacing and tuple(spacing),
        "geometry": geometry and SliceGeometry.from_json(geometry),
    }
    return Display(**fields | changed)


def _plain(value: object) -> object:
    """Return a number of NumPy's as one of Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value).__name__)
