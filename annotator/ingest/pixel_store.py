"""A content-addressed store of pixels: one lossless PNG file a picture, named by its SHA-256.

The address is computed over shape, type and raw pixels, so it does not depend on the encoder:
the same picture has the same address for ever, and is stored once.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL.PngImagePlugin import PngImageFile

from ..errors import NotFoundError, StorageError
from .picture_folders import LocalFolder, PictureFolder
from .pictures import Pixels
from .png import decoded_png, encoded_png, is_whole_png

_COUNTED_SECONDS = 600
"""How long a count of the store's bytes is believed: other processes write, too."""


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
    """Pictures in one folder, written whole or not at all, and checked when read.

    Parameters
    ----------
    folder : Path or PictureFolder
        A folder of this machine, made when it does not exist; or where else they lie.
    quota_bytes : int, optional
        How many bytes the pictures may take.

    Raises
    ------
    StorageError
        If the folder cannot be made.
    """

    def __init__(self, folder: Path | PictureFolder, quota_bytes: int | None = None) -> None:
        self._folder = LocalFolder(folder) if isinstance(folder, Path) else folder
        self._quota_bytes = quota_bytes
        self._used_bytes = self._coming_bytes = 0
        self._counted_at = -float("inf")
        self._lock = threading.Lock()

    def path(self, sha256: str) -> Path:
        """Return where the picture of an address lies, whether it is there or not.

        Raises
        ------
        NotFoundError
            If the text is no address, or the pictures lie elsewhere.
        """
        if not isinstance(self._folder, LocalFolder):
            raise NotFoundError("The pictures lie in no folder of this machine.")
        return self._folder.path(_address(sha256))

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
            If they cannot be written, for example on a full disk, or would go over the quota;
            nothing is left behind.
        """
        if not _is_picture(pixels):
            raise StorageError(
                f"Pixels of type {pixels.dtype} and shape {pixels.shape} cannot be stored; "
                "give uint8 (H, W, 3), uint8 (H, W) or uint16 (H, W)."
            )
        sha256 = pixels_sha256(pixels)
        if not self._is_whole(sha256):
            encoded = encoded_png(pixels)
            with self._room(len(encoded)):
                self._folder.write(sha256, encoded)
        return sha256

    def holds(self, sha256: str) -> bool:
        """Tell whether there is a picture at an address; it may be damaged.

        Raises
        ------
        StorageError
            If the store cannot be reached.
        """
        return self._folder.holds(_address(sha256))

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
        for fresh in (False, True):
            pixels = _decoded(self._folder.read(_address(sha256), fresh=fresh))
            if pixels is not None and pixels_sha256(pixels) == sha256:
                return pixels
        raise _damaged(sha256)

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
        for fresh in (False, True):
            encoded = self._folder.read(_address(sha256), fresh=fresh)
            if is_whole_png(encoded):
                return encoded
        raise _damaged(sha256)

    def remove(self, sha256: str) -> None:
        """Remove a picture and its copies nearby; one that is not there is no error.

        Raises
        ------
        StorageError
            If it cannot be removed.
        """
        self._folder.remove(_address(sha256))

    def used_bytes(self) -> int:
        """Return how many bytes all pictures take.

        Raises
        ------
        StorageError
            If they cannot be counted.
        """
        return self._folder.used_bytes()

    def _is_whole(self, sha256: str) -> bool:
        try:
            return is_whole_png(self._folder.read(sha256, fresh=True))
        except (NotFoundError, StorageError):
            return False

    @contextmanager
    def _room(self, size_bytes: int) -> Iterator[None]:
        """Hold room for a picture while it is written, or say that there is none."""
        if self._quota_bytes is None:
            yield
            return
        with self._lock:
            self._require_room(size_bytes, self._quota_bytes)
            self._coming_bytes += size_bytes
        written = 0
        try:
            yield
            written = size_bytes
        finally:
            with self._lock:
                self._coming_bytes -= size_bytes
                self._used_bytes += written

    def _require_room(self, size_bytes: int, quota_bytes: int) -> None:
        old = time.monotonic() - self._counted_at > _COUNTED_SECONDS
        # Counted before refusing: somebody may have made room.
        if old or self._used_bytes + self._coming_bytes + size_bytes > quota_bytes:
            self._used_bytes, self._counted_at = self.used_bytes(), time.monotonic()
        if self._used_bytes + self._coming_bytes + size_bytes > quota_bytes:
            raise StorageError(
                f"The pixel store holds {_amount(self._used_bytes)} and its quota "
                f"(ANNOTATOR_PIXELS_QUOTA) is {_amount(quota_bytes)}, so nothing was stored; raise "
                "the quota, then import again, which goes on where it was."
            )


def _amount(size_bytes: int) -> str:
    """Say a number of bytes in the largest unit of which there is one."""
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return f"{size_bytes / 1000:.1f} kB"


def _address(sha256: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise NotFoundError("A picture is named by the 64 hexadecimal digits of its SHA-256.")
    return sha256


def _decoded(encoded: bytes) -> Pixels | None:
    """Decode a stored picture; None where it is damaged."""
    ours = decoded_png(encoded)
    if ours is not None:
        return ours
    try:
        with PngImageFile(io.BytesIO(encoded)) as image:
            pixels = np.array(image)
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error):
        return None
    return pixels if _is_picture(pixels) else None


def _is_picture(pixels: Pixels) -> bool:
    kind = (pixels.dtype.name, *pixels.shape[2:])
    whole = pixels.ndim in (2, 3) and pixels.size > 0
    return whole and kind in {("uint8",), ("uint8", 3), ("uint16",)}


def _damaged(sha256: str) -> StorageError:
    return StorageError(
        f"The stored picture {sha256[:12]} is damaged; import its file again with --again, which "
        "repairs it."
    )
