"""A content-addressed store of pixels: one lossless PNG file a picture, named by its SHA-256.

The address is computed over shape, type and raw pixels, so it does not depend on the encoder:
the same picture has the same address for ever, and is stored once.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
from PIL.PngImagePlugin import PngImageFile

from ..errors import NotFoundError, StorageError
from .pictures import Pixels
from .png import encoded_png, is_whole_png

_STALE_SECONDS = 24 * 3600


def pixels_sha256(pixels: Pixels) -> str:
    """Return the identity of a picture's content, 64 hexadecimal digits.

    SHA-256 over the text ``pixels <type> <height>x<width>x<channels>`` and a zero byte, then
    the values row by row, the channels of a pixel together, 16-bit values low byte first.
    """
    height, width, channels = (*pixels.shape, 1)[:3]
    digest = hashlib.sha256(f"pixels {pixels.dtype.name} {height}x{width}x{channels}\0".encode())
    little = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
    digest.update(little.data)
    return digest.hexdigest()


class PixelStore:
    """Pictures under one folder, written whole or not at all, and checked when read.

    Parameters
    ----------
    root : Path
        The folder; made when it does not exist.

    Raises
    ------
    StorageError
        If the folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            self._remove_stale()
        except OSError as error:
            raise _write_error(error) from None

    def path(self, sha256: str) -> Path:
        """Return where the picture of an address lies, whether it is there or not.

        Raises
        ------
        NotFoundError
            If the text is no address.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise NotFoundError("A picture is named by the 64 hexadecimal digits of its SHA-256.")
        return self.root / sha256[:2] / f"{sha256}.png"

    def put(self, pixels: Pixels) -> str:
        """Store pixels and return their address; storing them again changes nothing.

        Parameters
        ----------
        pixels : ndarray
            uint8 (H, W, 3), uint8 (H, W) or uint16 (H, W).

        Returns
        -------
        str
            SHA-256 of the content, see `pixels_sha256`.

        Raises
        ------
        StorageError
            If they cannot be written, for example on a full disk; nothing is left behind.
        """
        if not _is_picture(pixels):
            raise StorageError(
                f"Pixels of type {pixels.dtype} and shape {pixels.shape} cannot be stored; "
                "give uint8 (H, W, 3), uint8 (H, W) or uint16 (H, W)."
            )
        sha256 = pixels_sha256(pixels)
        path = self.path(sha256)
        if not self._is_whole(path):
            self._write(path, encoded_png(pixels))
        return sha256

    def get(self, sha256: str) -> Pixels:
        """Return the pixels of an address after checking that they are the ones stored.

        Returns
        -------
        ndarray
            uint8 (H, W, 3), uint8 (H, W) or uint16 (H, W).

        Raises
        ------
        NotFoundError
            If there is no such picture.
        StorageError
            If the file is damaged or cannot be read.
        """
        try:
            with PngImageFile(io.BytesIO(self._read(sha256))) as image:
                pixels = np.array(image)
        except (OSError, SyntaxError, ValueError, EOFError, zlib.error):
            raise _damaged(sha256) from None
        if not _is_picture(pixels) or pixels_sha256(pixels) != sha256:
            raise _damaged(sha256)
        return pixels

    def encoded(self, sha256: str) -> bytes:
        """Return the picture as a PNG file, 8 or 16 bits, for a browser or an export.

        The checksums inside the file are verified, which is a fifth of the time of decoding.

        Raises
        ------
        NotFoundError
            If there is no such picture.
        StorageError
            If the file is damaged or cannot be read.
        """
        encoded = self._read(sha256)
        if not is_whole_png(encoded):
            raise _damaged(sha256)
        return encoded

    def _read(self, sha256: str) -> bytes:
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFoundError(
                f"The picture {sha256[:12]} is not in the pixel store; import its file again."
            ) from None
        except OSError as error:
            raise StorageError(
                f"The picture {sha256[:12]} cannot be read ({os.strerror(error.errno or 0)}); "
                "check the disk and the rights on the data folder."
            ) from None

    def _is_whole(self, path: Path) -> bool:
        try:
            return is_whole_png(path.read_bytes())
        except OSError:
            return False

    def _write(self, path: Path, content: bytes) -> None:
        temporary: Path | None = None
        try:
            path.parent.mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._incoming, delete=False) as stream:
                temporary = Path(stream.name)
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            raise _write_error(error) from None
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)

    def _remove_stale(self) -> None:
        """Remove what processes that were killed had begun to write."""
        oldest = time.time() - _STALE_SECONDS
        for left in self._incoming.iterdir():
            if left.stat().st_mtime < oldest:
                left.unlink(missing_ok=True)


def _is_picture(pixels: Pixels) -> bool:
    kind = (pixels.dtype.name, *pixels.shape[2:])
    whole = pixels.ndim in (2, 3) and pixels.size > 0
    return whole and kind in {("uint8",), ("uint8", 3), ("uint16",)}


def _sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _damaged(sha256: str) -> StorageError:
    return StorageError(
        f"The stored picture {sha256[:12]} is damaged; import its file again, which repairs it."
    )


def _write_error(error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            "The disk of the data folder is full and nothing was stored; free some space, "
            "then import again."
        )
    return StorageError(
        f"The data folder cannot be written ({os.strerror(error.errno or 0)}) and nothing was "
        "stored; check the disk and the rights on it."
    )
