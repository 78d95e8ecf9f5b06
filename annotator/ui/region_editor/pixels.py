"""Pixels and maps in the form the editor's browser side reads."""

from __future__ import annotations

import gzip
import io
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..pixel_route import PixelContent

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def kind_of(bits: int) -> Literal["png8", "grey16"]:
    """Return how an image of this many bits per sample is sent (see `encode_image`)."""
    return "png8" if bits <= 8 else "grey16"


def encode_image(pixels: Pixels) -> PixelContent:
    """Encode an image without loss.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W) or (H, W, 3); or of uint16, shape (H, W)

    Returns
    -------
    PixelContent
        A PNG for 8 bits. Browsers cut a 16-bit PNG down to 8, so 16 bits travel as
        little-endian samples, row by row, compressed by the transfer encoding.

    Raises
    ------
    ValueError
        If the array is of another type or shape.
    """
    if pixels.dtype == np.uint16 and pixels.ndim == 2:
        samples = np.ascontiguousarray(pixels, dtype="<u2").tobytes()
        return PixelContent(gzip.compress(samples, 1), "application/octet-stream", "gzip")
    if pixels.dtype == np.uint8 and (pixels.ndim == 2 or pixels.shape[2:] == (3,)):
        return PixelContent(_png(pixels.astype(np.uint8, copy=False)), "image/png")
    raise ValueError(f"pixels of type {pixels.dtype} and shape {pixels.shape} cannot be shown")


def encode_map(values: npt.NDArray[np.floating]) -> PixelContent:
    """Encode an excitation map as grey values for the overlay.

    Parameters
    ----------
    values : ndarray of float, shape (h, w)
        The map over the whole image, >= 0; its resolution may be lower than the image's.

    Returns
    -------
    PixelContent
        A PNG, its highest value white; black where the map is zero everywhere.
    """
    highest = float(values.max(initial=0.0))
    scaled = values * (255.0 / highest) if highest > 0 else np.zeros_like(values)
    return PixelContent(_png(np.rint(scaled).astype(np.uint8)), "image/png")


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    # Level 1: the network is nearer than the disk, and level 6 takes several times as long.
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
