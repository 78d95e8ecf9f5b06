"""Photographs and other raster files to pixels, by Pillow.

Why Pillow and not OpenCV is in ``docs/decisions/0006-pixels-and-coco.md``.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import BinaryIO, cast

import cv2
import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as PillowImage
from PIL.Image import Image
from PIL.ImageFile import ImageFile

from ..errors import IngestError
from .colour import TRANSPARENT, in_srgb, on_white
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

# Pillow refuses a TIFF file's strip or tile beyond twice this, which is now the limit stated here.
PillowImage.MAX_IMAGE_PIXELS = int(MAX_MEGAPIXELS * 1e6 / 2)

MAX_FILE_BYTES = 2_000_000_000
"""Larger raster files are refused: readers hold some kinds in memory whole."""

REDUCED = "16-bit colour was reduced to 8 bits."

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

_PNG_HEADER_BYTES, _GREY_AND_ALPHA = 26, 4
"""Where bit depth and colour type stand, and the type (PNG specification, 11.2.1)."""
_FRACTIONS = 3
"""The TIFF sample format of floating point."""
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
            deep = _deep_grey_with_alpha(stream, kind)
            if deep is None:
                pixels = _pixels(image, name, warnings)
            else:
                warnings.remove(REDUCED)
                pixels = _opaque(deep, warnings)
            pixels = _upright(pixels, image, warnings)
    except (IngestError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - decoders raise anything on damaged bytes
        if kind is FileKind.TIFF and (layout := _unread_layout(stream)):
            raise IngestError(
                f"{name} holds {layout}, which is not read; save it as 8-bit colour or as 16-bit "
                "grey without transparency, then import it again."
            ) from None
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
        warnings.append(REDUCED)
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
    seen, notes = on_white(image)
    colours, more = in_srgb(seen, image.info.get("icc_profile"))
    warnings.extend((*notes, *more))
    return np.asarray(colours)


def _deep_grey_with_alpha(stream: BinaryIO, kind: FileKind) -> npt.NDArray[np.uint16] | None:
    """Return 16-bit grey and opacity, (H, W, 2), of a PNG file; None if it has none.

    Pillow makes 8-bit colours of them, OpenCV keeps them.
    """
    stream.seek(0)
    head = stream.read(_PNG_HEADER_BYTES)
    if kind is not FileKind.PNG or head[24:26] != bytes([16, _GREY_AND_ALPHA]):
        return None
    data = np.frombuffer(head + stream.read(), np.uint8)
    values = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.shape[2:] != (4,):
        raise IngestError("no such PNG file")
    return cast("npt.NDArray[np.uint16]", values[..., [0, 3]])


def _opaque(deep: npt.NDArray[np.uint16], warnings: list[str]) -> npt.NDArray[np.uint16]:
    grey, opacity = deep[..., 0], deep[..., 1]
    if not opacity.any():
        warnings.append(TRANSPARENT)
        return grey
    share = opacity / np.float64(65535)
    return np.rint(grey * share + 65535 * (1 - share)).astype(np.uint16)


def _unread_layout(stream: BinaryIO) -> str:
    """Say what a pixel of a TIFF file holds; nothing where its tags are damaged, too."""
    stream.seek(0)
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
        stream.seek(tags.next)
        tags.load(stream)
        bits = {int(n) for n in tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))}
        kinds = {int(n) for n in tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,))}
        count = int(tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1))
    except Exception:  # noqa: BLE001 - damaged tags raise anything
        return ""
    usual = kinds == {1} and bits in ({1}, {8})
    depth = " and ".join(map(str, sorted(bits)))
    fractions = " (fractions)" if kinds == {_FRACTIONS} else ""
    return "" if usual else f"{count} value{'s' * (count > 1)} a pixel of {depth} bits{fractions}"


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
