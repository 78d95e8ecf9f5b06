"""What a reader does when it is asked: a file's pictures, or the frames of a video."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy.typing as npt

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

from ...errors import IngestError
from ..deidentification import BurnedInText, Deidentification, Deidentifier, TextFoundError
from ..dicom import decode_dicom
from ..nifti import decode_nifti
from ..pictures import DecodedPicture
from ..pseudonyms import Pseudonyms
from ..raster import decode_raster
from ..reading import FileKind
from ..video import FrameChoice, Video
from .messages import GO_ON, REQUEST, STOP, Fields, picture_fields, received, send

IDLE_S = 300.0
"""A reader that nothing is asked of for so long ends."""

_Answers = Generator[tuple[Fields, npt.NDArray[Any] | None], None, None]


class Channel:
    """The reader's end of the socket.

    Attributes
    ----------
    stop : bool
        Whether the parent wants no more of what is sent.
    """

    def __init__(self, channel: socket.socket) -> None:
        self.socket = channel
        self.stop = False

    def request(self) -> tuple[Fields, BinaryIO] | None:
        """Wait for a file; None when there will be none."""
        self.socket.settimeout(IDLE_S)
        try:
            while (came := socket.recv_fds(self.socket, 1, 1))[0] == STOP:
                pass  # of a file that was read to its end meanwhile
        except TimeoutError:
            return None
        self.socket.settimeout(None)
        if came[0] != REQUEST:
            return None
        self.stop = False
        fields, _ = received(self._receive)
        return fields, os.fdopen(came[1][0], "rb")

    def word(self) -> Fields:
        """Wait for a word to go on with."""
        while (came := self.socket.recv(1)) == STOP:
            self.stop = True
        if came != GO_ON:
            raise EOFError
        return received(self._receive)[0]

    @property
    def stopped(self) -> bool:
        """Whether the parent wants no more; all that comes while it is answered says so."""
        if not self.stop and select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(1)
            self.stop = True
        return self.stop

    def _receive(self, buffer: memoryview) -> None:
        while buffer:
            count = self.socket.recv_into(buffer)
            if not count:
                raise EOFError
            buffer = buffer[count:]


class _AskedPseudonyms(Pseudonyms):
    """Pseudonyms that the parent makes: the key stays with it."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(lambda: b"")
        self._channel, self._known = channel, dict[tuple[str, ...], str]()

    def digest(self, *parts: str) -> str:
        """Return the keyed hash of some texts."""
        if parts not in self._known:
            send(self._channel.socket, {"digest": parts})
            self._known[parts] = self._channel.word()["digest"]
        return self._known[parts]


def serve(descriptor: int) -> None:
    """Answer requests until the socket is closed."""
    channel = Channel(socket.socket(fileno=descriptor))
    with contextlib.suppress(EOFError, OSError):
        while asked := channel.request():
            request, stream = asked
            with stream:
                _limit_memory(request["memory_bytes"])
                end = _answered(channel, request, stream)
            send(channel.socket, {"end": end})
            if end["kind"] == "memory":
                return


def _answered(channel: Channel, request: Fields, stream: BinaryIO) -> Fields:
    """Send what a file holds; return how that ended."""
    try:
        with contextlib.closing(_READERS[request["what"]](channel, request, stream)) as answers:
            for fields, pixels in answers:
                send(channel.socket, fields, pixels)
    except TextFoundError as error:
        return {"kind": "text", "sentence": str(error)}
    except IngestError as error:
        return {"kind": "refused", "sentence": str(error)}
    except MemoryError:
        return {"kind": "memory"}
    except (EOFError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours in one file ends no other
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        return {"kind": "fault", "where": where}
    return {"kind": "read"}


def _pictures(channel: Channel, request: Fields, stream: BinaryIO) -> _Answers:
    kind, name, limit = FileKind(request["kind"]), request["name"], request["max_megapixels"]
    pictures: Iterator[DecodedPicture]
    if kind is FileKind.DICOM:
        deidentifier = _deidentifier(channel, request["options"])
        pictures = decode_dicom(stream, name, max_megapixels=limit, deidentifier=deidentifier)
    elif kind is FileKind.NIFTI:
        pictures = decode_nifti(stream, name, max_megapixels=limit)
    else:
        pictures = iter([decode_raster(stream, kind, name, max_megapixels=limit)])
    for picture in pictures:
        yield picture_fields(picture), picture.pixels
        if channel.stopped:
            return


def _deidentifier(channel: Channel, options: Fields | None) -> Deidentifier | None:
    if options is None:
        return None
    text = BurnedInText(options["burned_in_text"])
    chosen = Deidentification(**options | {"burned_in_text": text})
    return Deidentifier(chosen, _AskedPseudonyms(channel))


def _video(channel: Channel, request: Fields, stream: BinaryIO) -> _Answers:
    kind, choice = FileKind(request["kind"]), FrameChoice(**request["choice"])
    limit = request["max_megapixels"]
    with Video(stream, kind, request["name"], max_megapixels=limit) as video:
        yield {"aspect": video.aspect, "expected": video.expected(choice)}, None
        while (known := channel.word()["known"]) is not None:
            channel.stop = False
            for frame in video.frames(choice, frozenset(known)):
                fields = {"number": frame.number, "time_s": frame.time_s, "passed": video.passed}
                yield fields | {"begins_scene": frame.begins_scene}, frame.pixels
                if channel.stopped:
                    break
            yield {"passed": video.passed, "warnings": video.warnings}, None


_READERS: dict[str, Callable[[Channel, Fields, BinaryIO], _Answers]] = {
    "pictures": _pictures,
    "video": _video,
}


def _limit_memory(more_bytes: int) -> None:
    """Let this process, and its children, take so much memory beyond what it takes now.

    Elsewhere than on Linux the parent watches instead.
    """
    if sys.platform == "linux" and resource is not None:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = pages * resource.getpagesize() + more_bytes
        soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
