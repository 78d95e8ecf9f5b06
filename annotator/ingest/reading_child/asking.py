"""Pictures and videos of files, as the decoders of `ingest` see them in a process of their own."""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import asdict
from typing import Any, BinaryIO, Self

from ...errors import IngestError
from ..deidentification import Deidentifier
from ..pictures import DecodedPicture
from ..reading import FileKind
from ..video import FrameChoice, VideoFrame
from .limits import AS_USUAL, ReadingLimits, ended_error
from .messages import picture_of
from .pool import a_reader
from .reader import ReaderEndedError

_TRIES = 2
"""A reader that is gone may have been ended by others, such as a system that runs out of memory."""


def safe_pictures(
    stream: BinaryIO,
    kind: FileKind,
    name: str,
    *,
    max_megapixels: float,
    deidentifier: Deidentifier | None = None,
    limits: ReadingLimits = AS_USUAL,
) -> Generator[DecodedPicture, None, None]:
    """Decode the pictures of a file, no video.

    A reader that dies is replaced once, for others may have ended it, and goes on after the
    pictures that came.

    Parameters
    ----------
    stream : file object
        Of a regular file, positioned anywhere; it may not be used before the last picture.
    kind : FileKind
    name : str
        What the file is called in messages.
    max_megapixels : float
        Larger pictures are refused from the header.
    deidentifier : Deidentifier, optional
        For DICOM, see `decode_dicom`; its key stays here.
    limits : ReadingLimits

    Yields
    ------
    DecodedPicture

    Raises
    ------
    IngestError
        As the readers say, and where the file ends its reader or goes beyond a limit.
    """
    request = {
        "what": "pictures",
        "kind": kind.value,
        "name": name,
        "max_megapixels": max_megapixels,
        "options": deidentifier and asdict(deidentifier.options),
    }
    pseudonyms = deidentifier.pseudonyms if deidentifier else None
    done = 0
    for _ in range(_TRIES):
        try:
            with a_reader() as reader:
                reader.ask(request, stream, limits, pseudonyms)
                number = 0
                while answer := reader.answer():
                    fields, pixels = answer
                    number += 1
                    if number > done and pixels is not None:
                        done = number
                        yield picture_of(fields, pixels)
        except ReaderEndedError:
            continue
        return
    raise ended_error(name)


class SafeVideo(AbstractContextManager["SafeVideo"]):
    """A video that a reader reads; see `annotator.ingest.video.Video`.

    Parameters
    ----------
    stream : file object
    kind : FileKind
        One of `VIDEO_KINDS`.
    name : str
        What the file is called in messages.
    choice : FrameChoice
    max_megapixels : float
        Larger frames are refused.
    limits : ReadingLimits

    Attributes
    ----------
    aspect : float
        Height over width of a pixel of the frames.
    expected : int
        About how many frames will be taken; at least 1.
    passed : int
        How many frames were passed over at the last reading, for they were known.
    warnings : list of str
        Sentences on what was read last.

    Raises
    ------
    IngestError
        If it holds no video that can be decoded, or its frames are too large; where the file ends
        its reader or goes beyond a limit.
    """

    def __init__(
        self,
        stream: BinaryIO,
        kind: FileKind,
        name: str,
        choice: FrameChoice,
        *,
        max_megapixels: float,
        limits: ReadingLimits = AS_USUAL,
    ) -> None:
        self._name, self._stream, self._limits = name, stream, limits
        self.passed = 0
        self.warnings: list[str] = []
        self._request = {
            "what": "video",
            "kind": kind.value,
            "name": name,
            "max_megapixels": max_megapixels,
            "choice": asdict(choice),
        }
        self._open()

    def _open(self) -> None:
        for _ in range(_TRIES):
            with ExitStack() as loan, suppress(ReaderEndedError):
                self._reader = loan.enter_context(a_reader())
                self._reader.ask(self._request, self._stream, self._limits)
                opened = self._reader.answer()
                fields: dict[str, Any] = opened[0] if opened else {}
                self.aspect, self.expected = float(fields["aspect"]), int(fields["expected"])
                self._loan = loan.pop_all()
                return
        raise ended_error(self._name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._loan, suppress(ReaderEndedError, IngestError):
            if self._reader.busy:
                self._reader.go_on({"known": None})
                self._reader.answer()

    def frames(self, known: Collection[int] = ()) -> Generator[VideoFrame, None, None]:
        """Decode the chosen frames; one is held in memory at a time.

        A reader that dies is replaced once, for others may have ended it, and goes on after the
        frames that came.

        Parameters
        ----------
        known : collection of int
            Numbers of frames that are passed over.

        Raises
        ------
        IngestError
            See `Video.frames`; where the file ends its reader or goes beyond a limit.
        """
        came: list[int] = []
        for attempt in range(_TRIES):
            try:
                if attempt:
                    self._loan.close()
                    self._open()
                yield from self._frames(known, came)
            except ReaderEndedError:
                continue
            return
        raise ended_error(self._name)

    def _frames(self, known: Collection[int], came: list[int]) -> Generator[VideoFrame, None, None]:
        """Decode frames as `frames` does, after those that came, to which these are added."""
        before = len(came)
        self._reader.go_on({"known": sorted({*known, *came})})
        while answer := self._reader.answer():
            fields, pixels = answer
            self.passed = int(fields["passed"]) - before
            if pixels is None:
                self.warnings = list(fields["warnings"])
                return
            number = int(fields["number"])
            came.append(number)
            try:
                yield VideoFrame(
                    number, float(fields["time_s"]), pixels, bool(fields["begins_scene"])
                )
            except GeneratorExit:
                self._skip_rest()
                raise

    def _skip_rest(self) -> None:
        self._reader.stop()
        while (answer := self._reader.answer()) and answer[1] is not None:
            pass
