"""Where encoded pictures lie: a folder of this machine, or one that fsspec knows how to reach.

Both write a picture whole or not at all, and give it back as bytes; what the bytes should be is
the pixel store's business. See docs/decisions/0019.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ..errors import NotFoundError, SettingsError, StorageError, UnavailableError

_STALE_SECONDS = 24 * 3600

_WHOLE_OBJECTS = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "adl", "oci", "memory"})
"""Stores in which an object is there whole or not at all; in others a file is put, then moved."""

_LOG = logging.getLogger(__name__)


class PictureFolder(Protocol):
    """Encoded pictures by address."""

    def read(self, sha256: str, *, fresh: bool = False) -> bytes:
        """Return a picture's bytes; `fresh` passes over copies that are kept nearby.

        Raises
        ------
        NotFoundError
            If there is none.
        StorageError
            If it cannot be read.
        """

    def holds(self, sha256: str) -> bool:
        """Tell whether a picture is there, leaving aside copies that are kept nearby.

        Raises
        ------
        StorageError
            If it cannot be told.
        """

    def write(self, sha256: str, content: bytes) -> None:
        """Store a picture's bytes whole or not at all, in the place of what is there.

        Raises
        ------
        StorageError
            If they cannot be written; nothing is left behind.
        """

    def remove(self, sha256: str) -> None:
        """Remove a picture's bytes, and copies of them; one that is not there is no error.

        Raises
        ------
        StorageError
            If they cannot be removed.
        """

    def used_bytes(self) -> int:
        """Return how many bytes all pictures take."""


class LocalFolder:
    """A folder of this machine; what is written survives a power cut.

    Parameters
    ----------
    root : Path
        Made when it does not exist.

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
        """Return where a picture lies, whether it is there or not."""
        return self.root / sha256[:2] / f"{sha256}.png"

    def files(self) -> Iterator[Path]:
        """Yield the pictures that are there."""
        yield from self.root.glob("[0-9a-f][0-9a-f]/*.png")

    def used_bytes(self) -> int:
        """Return how many bytes all pictures take."""
        used = 0
        for path in self.files():
            with contextlib.suppress(FileNotFoundError):
                used += path.stat().st_size
        return used

    def read(self, sha256: str, *, fresh: bool = False) -> bytes:
        """Return a picture's bytes, see `PictureFolder`."""
        del fresh
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise _not_there(sha256) from None
        except OSError as error:
            raise StorageError(
                f"The picture {sha256[:12]} cannot be read ({os.strerror(error.errno or 0)}); "
                "check the disk and the rights on the data folder."
            ) from None

    def holds(self, sha256: str) -> bool:
        """Tell whether a picture is there, see `PictureFolder`."""
        return self.path(sha256).exists()

    def write(self, sha256: str, content: bytes) -> None:
        """Store a picture's bytes, see `PictureFolder`."""
        path = self.path(sha256)
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

    def remove(self, sha256: str) -> None:
        """Remove a picture's bytes, see `PictureFolder`."""
        path = self.path(sha256)
        try:
            path.unlink(missing_ok=True)
            if path.parent.exists():
                _sync_folder(path.parent)
        except OSError as error:
            raise StorageError(
                f"The picture {sha256[:12]} cannot be removed ({os.strerror(error.errno or 0)}); "
                "mend the rights on the data folder, then remove its file."
            ) from None

    def _remove_stale(self) -> None:
        """Remove what processes that were killed had begun to write."""
        oldest = time.time() - _STALE_SECONDS
        for left in self._incoming.iterdir():
            if left.stat().st_mtime < oldest:
                left.unlink(missing_ok=True)


class RemoteFolder:
    """A folder at an fsspec URL (``s3://bucket/prefix``, ``sftp://...``), with copies nearby.

    Parameters
    ----------
    url : str
        Never quoted in a message: it may hold a password. Keys and endpoints come from the
        environment, as the store's own package reads them.
    nearby : LocalFolder
        Of copies of what was read or written last.
    nearby_bytes : int
        How many bytes of copies are kept.

    Raises
    ------
    SettingsError
        If fsspec, or its package for this kind of URL, is not installed or does not take it.
    """

    def __init__(self, url: str, nearby: LocalFolder, nearby_bytes: int) -> None:
        self._kind = url.partition(":")[0].lower()
        self._nearby, self._nearby_bytes = nearby, nearby_bytes
        self._kept = nearby.used_bytes()
        self._lock = threading.Lock()
        try:
            from fsspec.core import url_to_fs

            self._files, self._root = url_to_fs(url)
        except Exception as error:  # noqa: BLE001 - each package has its own, and quotes the URL
            _LOG.warning("the store of pictures cannot be opened: %s", type(error).__name__)
            raise SettingsError(
                f"ANNOTATOR_PIXELS names a {self._kind} store, which cannot be opened; "
                f"install fsspec and its package for {self._kind} (s3fs for s3), and check "
                "the address."
            ) from None

    def used_bytes(self) -> int:
        """Return how many bytes all pictures take."""
        with self._faults("listed"):
            found: dict[str, Any] = self._files.find(self._root, detail=True)
            return sum(int(one.get("size") or 0) for one in found.values())

    def read(self, sha256: str, *, fresh: bool = False) -> bytes:
        """Return a picture's bytes, see `PictureFolder`."""
        if not fresh:
            with contextlib.suppress(NotFoundError, StorageError):
                return self._nearby.read(sha256)
        with self._faults("read"):
            try:
                content = bytes(self._files.cat_file(self._path(sha256)))
            except FileNotFoundError:
                raise _not_there(sha256) from None
        self._keep(sha256, content)
        return content

    def holds(self, sha256: str) -> bool:
        """Tell whether a picture is there, see `PictureFolder`."""
        with self._faults("read"):
            return bool(self._files.exists(self._path(sha256)))

    def write(self, sha256: str, content: bytes) -> None:
        """Store a picture's bytes, see `PictureFolder`."""
        path = self._path(sha256)
        with self._faults("written to"):
            if self._kind in _WHOLE_OBJECTS:
                self._files.pipe_file(path, content)
            else:
                begun = f"{self._root}/incoming/{uuid.uuid4().hex}"
                self._files.makedirs(f"{self._root}/incoming", exist_ok=True)
                self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._files.pipe_file(begun, content)
                self._files.mv(begun, path)
        self._keep(sha256, content)

    def remove(self, sha256: str) -> None:
        """Remove a picture's bytes and the copy nearby, see `PictureFolder`."""
        with self._lock:
            self._nearby.remove(sha256)
        with self._faults("removed from"), contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self._path(sha256))

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}.png"

    @contextmanager
    def _faults(self, done: str) -> Iterator[None]:
        try:
            yield
        except NotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - each package has its own, and quotes the URL
            _LOG.warning("the store of pictures cannot be %s: %s", done, type(error).__name__)
            raise StorageError(
                f"The {self._kind} store of pictures (ANNOTATOR_PIXELS) cannot be {done}; "
                "check the network, and its keys in the environment."
            ) from None

    def _keep(self, sha256: str, content: bytes) -> None:
        """Keep a copy nearby; of too many the oldest go."""
        with self._lock:
            try:
                self._nearby.write(sha256, content)
            except StorageError:
                return  # without a copy the picture is only fetched again
            self._kept += len(content)
            if self._kept > self._nearby_bytes:
                self._make_room()

    def _make_room(self) -> None:
        found = []
        for path in self._nearby.files():
            with contextlib.suppress(FileNotFoundError):  # another process made room
                found.append((path.stat(), path))
        self._kept = sum(status.st_size for status, _ in found)
        for status, path in sorted(found, key=lambda one: one[0].st_mtime_ns):
            if self._kept <= 0.9 * self._nearby_bytes:
                return
            path.unlink(missing_ok=True)
            self._kept -= status.st_size


def _sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_there(sha256: str) -> NotFoundError:
    return NotFoundError(
        f"The picture {sha256[:12]} is not in the pixel store; import its file again with --again."
    )


def _write_error(error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UnavailableError(
            "The disk of the data folder is full and nothing was stored; free some space, "
            "then import again."
        )
    return StorageError(
        f"The data folder cannot be written ({os.strerror(error.errno or 0)}) and nothing was "
        "stored; check the disk and the rights on it."
    )
