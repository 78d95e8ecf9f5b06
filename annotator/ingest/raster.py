"""Photographs and other raster files to pixels, by Pillow.

Why Pillow and not OpenCV is in ``docs/decisions/0006-pixels-and-coco.md``.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.Image import Image
from PIL.ImageFile import ImageFile

from ..errors import IngestError
from .colour import in_srgb, on_white
from .pictures import MAX_MEGAPIXELS, DecodedPicture, Pixels, full_window, require_size
from .quiet import quiet
from .reading import FileKind

# The classes are called directly: `Image.open` would apply a limit that is one global of the
# process, and would accept kinds that the sniffer did not see.
_READERS: dict[FileKind, type[ImageFile]] = {
    FileKind.JPEG: JpegImagePlugin.JpegImageFile,
    FileKind.PNG: PngImagePlugin.PngImageFile,
    FileKind.TIFF: TiffImagePlugin.TiffImageFile,
    FileKind.WEBP: WebPImagePlugin.WebPImageFile,
    FileKind.BMP: BmpImagePlugin.BmpImageFile,
}

MAX_FILE_BYTES = 2_000_000_000
"""Larger raster files are refused: readers hold some kinds in memory whole."""

_TURNS: dict[int, Callable[[Pixels], Pixels]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: np.rot90,
}
"""How each EXIF orientation but the first is turned upright."""

_EXIF_ORIENTATION = 0x0112
_TIFF_PHOTOMETRIC = 262


def decode_raster(
    stream: BinaryIO, kind: FileKind, name: str, *, max_megapixels: float = MAX_MEGAPIXELS
) -> DecodedPicture:
    """Decode a JPEG, PNG, TIFF, WebP or BMP file.

    Parameters
    ----------
    stream : file object
        Positioned anywhere; read from its beginning.
    kind : FileKind
        What the file's first bytes say it is.
    name : str
        Base name of the file, for messages.
    max_megapixels : float
        Larger pictures are refused from the header.

    Returns
    -------
    DecodedPicture
        Upright, in sRGB, transparent parts on white. 16-bit grey keeps its values exactly.

    Raises
    ------
    IngestError
        If the file is damaged, too large, or holds grey values that 16 bits cannot.
    """
    _require_bounded(stream, kind, name, max_megapixels)
    try:
        with quiet(), _READERS[kind](stream) as image:
            require_size(name, image.width, image.height, max_megapixels)
            warnings = _warnings(image)
            image.load()
            pixels = _upright(_pixels(image, name, warnings), image, warnings)
    except IngestError:
        raise
    except Exception:  # noqa: BLE001 - decoders raise anything on damaged bytes
        raise IngestError(
            f"{name} is not a whole {kind} file and cannot be decoded; "
            "open and save it in a picture viewer, or export it again."
        ) from None
    window = full_window(pixels) if pixels.dtype == np.uint16 else None
    return DecodedPicture(pixels, window=window, warnings=tuple(warnings))


def _require_bounded(stream: BinaryIO, kind: FileKind, name: str, max_megapixels: float) -> None:
    size_bytes = stream.seek(0, io.SEEK_END)
    if size_bytes > MAX_FILE_BYTES:
        raise IngestError(
            f"{name} has {size_bytes / 1e9:.1f} GB and the limit for a picture is "
            f"{MAX_FILE_BYTES / 1e9:.0f} GB; crop it or scale it down."
        )
    stream.seek(0)
    if kind is FileKind.WEBP:
        # Pillow sets up a WebP file's canvas while opening it, before its size can be asked.
        width, height = _webp_size(stream.read(30))
        stream.seek(0)
        require_size(name, width, height, max_megapixels)


def _webp_size(head: bytes) -> tuple[int, int]:
    """Read the canvas size from a WebP header (RFC 9649, sections 2.5 to 2.7)."""
    chunk, data = head[12:16], head[20:30].ljust(10, b"\0")
    if chunk == b"VP8X":
        width = 1 + int.from_bytes(data[4:7], "little")
        return width, 1 + int.from_bytes(data[7:10], "little")
    if chunk == b"VP8L":
        packed = int.from_bytes(data[1:5], "little")
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", data[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _warnings(image: ImageFile) -> list[str]:
    warnings = []
    frames = int(getattr(image, "n_frames", 1))
    if frames > 1:
        warnings.append(f"Only the first of {frames} pictures in the file was taken.")
    if any("16" in str(tile.args) for tile in image.tile) and not image.mode.startswith("I"):
        warnings.append("16-bit colour was reduced to 8 bits.")
    return warnings


def _pixels(image: ImageFile, name: str, warnings: list[str]) -> Pixels:
    if image.mode.startswith("I;16"):
        return _grey16(np.asarray(image), image)
    if image.mode in ("I", "F"):
        grey = np.asarray(image)
        if image.mode == "F" or grey.min() < 0 or grey.max() > 65535:
            raise IngestError(
                f"{name} holds grey values that 16 bits cannot (32-bit or negative); "
                "convert it to 16-bit grey, then import it again."
            )
        return _grey16(grey, image)
    colours, notes = in_srgb(on_white(image), image.info.get("icc_profile"))
    warnings.extend(notes)
    return np.asarray(colours)


def _grey16(grey: npt.NDArray[np.generic], image: ImageFile) -> npt.NDArray[np.uint16]:
    values = grey.astype(np.uint16)
    if isinstance(image, TiffImagePlugin.TiffImageFile) and _white_is_zero(image):
        return cast("npt.NDArray[np.uint16]", np.uint16(65535) - values)
    return values


def _white_is_zero(image: TiffImagePlugin.TiffImageFile) -> bool:
    # Pillow inverts such files at 8 bits and leaves them at 16.
    return image.tag_v2.get(_TIFF_PHOTOMETRIC) == 0


def _upright(pixels: Pixels, image: Image, warnings: list[str]) -> Pixels:
    """Apply the EXIF orientation (CIPA DC-008, tag 0112H)."""
    try:
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - damaged EXIF raises anything, and the pixels are whole
        warnings.append("The EXIF data is damaged; the picture is shown as it is stored.")
        return pixels
    turn = _TURNS.get(orientation)
    return pixels if turn is None else cast("Pixels", np.ascontiguousarray(turn(pixels)))
