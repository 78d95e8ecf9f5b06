"""The parent's end: one reader, what it is asked, and what becomes of one that dies or lingers."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from ...errors import IngestError
from ..deidentification import TextFoundError
from ..pictures import Pixels
from ..pseudonyms import Pseudonyms
from .limits import AS_USUAL, ReadingLimits
from .messages import GO_ON, REQUEST, STOP, Fields, GarbledError, received, send

_LOG = logging.getLogger(__name__)

_LOOK_S = 0.5
"""How often a reader that does not answer is looked at."""
_SEND_S = 60.0
_SCRIPT = Path(__file__).with_name("start.py")
_AT_REST_BYTES = 500_000_000
"""More than what a reader takes before it reads."""
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a reader is told of its surroundings: others may hold passwords."""


class ReaderEndedError(Exception):
    """The reader is gone, by itself or by others."""


@dataclass(slots=True)
class _Begun:
    """A file that is read: its bytes and those of the pictures that came, and the time."""

    name: str
    read_bytes: int
    most_pixels: float
    limits: ReadingLimits
    pseudonyms: Pseudonyms | None = None
    waited_s: float = 0.0


class Reader:
    """A process that reads files, one at a time.

    Attributes
    ----------
    files : int
        How many it was asked for.
    busy : bool
        Whether more of a file is to come.
    """

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = _started(theirs.fileno())
        self.files = 0
        self.busy = False
        self._begun = _Begun("", 0, 0, AS_USUAL)

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    @property
    def resident_bytes(self) -> int:
        """How much memory it takes; 0 where that cannot be told."""
        return _resident_bytes(self._process.pid)

    def ask(
        self,
        request: Fields,
        stream: BinaryIO,
        limits: ReadingLimits,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        """Give it a file.

        Parameters
        ----------
        request : dict
            ``what`` to read, the ``name`` for messages, ``max_megapixels`` of a picture, and what
            else `serving` asks for.
        stream : file object
            Of a regular file.
        limits : ReadingLimits
        pseudonyms : Pseudonyms, optional
            For what it asks for meanwhile.

        Raises
        ------
        ReaderEndedError
        """
        self.files += 1
        self.busy = True
        self._begun = _Begun(
            request["name"],
            os.fstat(stream.fileno()).st_size,
            request["max_megapixels"] * 1e6,
            limits,
            pseudonyms,
        )
        with self._gone():
            self._socket.settimeout(_SEND_S)
            socket.send_fds(self._socket, [REQUEST], [stream.fileno()])
            send(self._socket, request | {"memory_bytes": limits.memory_bytes})

    def go_on(self, word: Fields) -> None:
        """Answer what it waits for."""
        with self._gone():
            self._socket.settimeout(_SEND_S)
            self._socket.sendall(GO_ON)
            send(self._socket, word)

    def stop(self) -> None:
        """Say that no more is wanted of what it sends; what it sent already still comes."""
        with self._gone():
            self._socket.settimeout(_SEND_S)
            self._socket.sendall(STOP)

    def answer(self) -> tuple[Fields, Pixels | None] | None:
        """Return what comes next, None at the end of the file.

        Raises
        ------
        IngestError
            If the file cannot be read, or goes beyond a limit.
        ReaderEndedError
        """
        begun = self._begun
        while True:
            with self._gone():
                self._socket.settimeout(_LOOK_S)
                fields, pixels = received(self._receive, begun.most_pixels)
            if "digest" in fields and begun.pseudonyms is not None:
                self.go_on({"digest": begun.pseudonyms.digest(*map(str, fields["digest"]))})
            elif "end" in fields:
                self.busy = False
                self._ended(begun, fields["end"])
                return None
            else:
                begun.read_bytes += 0 if pixels is None else pixels.nbytes
                return fields, pixels

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def _ended(self, begun: _Begun, end: Fields) -> None:
        kind, sentence = end.get("kind"), str(end.get("sentence"))
        if kind == "text":
            raise TextFoundError(sentence)
        if kind == "refused":
            raise IngestError(sentence)
        if kind == "memory":
            raise begun.limits.memory_error(begun.name)
        if kind == "fault":
            _LOG.error("a reader failed: %s", end.get("where"))
            raise IngestError(
                f"{begun.name} cannot be read, by a fault of this program that its log names; "
                "convert the file, or report it. The other files go on."
            )

    def _receive(self, buffer: memoryview) -> None:
        begun = self._begun
        while buffer:
            since = time.monotonic()
            try:
                count = self._socket.recv_into(buffer)
            except TimeoutError:
                self._require_modest(begun)
                continue
            finally:
                begun.waited_s += time.monotonic() - since
            if not count:
                raise EOFError
            buffer = buffer[count:]

    def _require_modest(self, begun: _Begun) -> None:
        limits = begun.limits
        allowed_s = limits.seconds_for(begun.read_bytes)
        if begun.waited_s > allowed_s:
            self.end()
            raise limits.time_error(begun.name, allowed_s)
        if self.resident_bytes > limits.memory_bytes + _AT_REST_BYTES:
            self.end()
            raise limits.memory_error(begun.name)

    @contextlib.contextmanager
    def _gone(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, GarbledError):
            self.end()
            raise ReaderEndedError from None


def _started(descriptor: int) -> subprocess.Popen[bytes]:
    """Start a reader that serves a socket.

    The kernel ends a reader with the *thread* that started it (prctl(2)), so that one is kept.
    """
    started: Future[subprocess.Popen[bytes]] = Future()
    _starter().put((descriptor, started))
    return started.result()


@cache
def _starter() -> queue.SimpleQueue[tuple[int, Future[subprocess.Popen[bytes]]]]:
    asked: queue.SimpleQueue[tuple[int, Future[subprocess.Popen[bytes]]]] = queue.SimpleQueue()

    def start() -> None:
        while True:
            descriptor, started = asked.get()
            try:
                started.set_result(_process(descriptor))
            except Exception as error:  # noqa: BLE001 - for the thread that asked
                started.set_exception(error)

    threading.Thread(target=start, name="readers", daemon=True).start()
    return asked


os.register_at_fork(after_in_child=_starter.cache_clear)


def _process(descriptor: int) -> subprocess.Popen[bytes]:
    known = {name: value for name in _ENVIRONMENT if (value := os.environ.get(name))}
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-P", str(_SCRIPT), str(descriptor)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What this process can import, the reader can.
        env=known | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        pass_fds=[descriptor],
        # Who interrupts the import by the keyboard interrupts no reader in the middle of a word.
        process_group=0,
    )


def _resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/statm")
    with contextlib.suppress(OSError, ValueError, IndexError):
        if status.exists():
            return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        told = subprocess.run(  # noqa: S603 - a number of ours
            ["ps", "-o", "rss=", "-p", str(pid)],  # noqa: S607 - wherever the system has it
            capture_output=True,
            check=False,
        )
        return 1024 * int(told.stdout)
    return 0
