"""Video files to frames, one by one, by OpenCV's FFmpeg; see docs/decisions/0018-video.md."""

from __future__ import annotations

import io
import math
import os
import struct
from collections.abc import Container, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Self, cast

# FFmpeg prints what it thinks of a file, which nobody asked for and which may quote it.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import IngestError
from .pictures import MAX_MEGAPIXELS, Pixels, require_size
from .reading import FileKind
from .scenes import SceneCuts

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

VIDEO_KINDS = frozenset({FileKind.MP4, FileKind.MATROSKA, FileKind.AVI})

_SEARCHED_BYTES = 4_000_000
_SAME_TIME_S = 1e-6
_QUARTER_TURNS = (90, 270)


@dataclass(frozen=True, slots=True)
class FrameChoice:
    """Which frames of a video are taken.

    Attributes
    ----------
    per_second : float or None
        The first frame at or after each multiple of ``1 / per_second`` seconds, counted from
        `from_s`; None for every frame.
    per_scene : int
        If above 0, that many first frames of each scene instead.
    from_s, to_s : float
        Frames shown before or after are left out; seconds from the beginning, both included.

    Raises
    ------
    IngestError
        If they choose nothing.
    """

    per_second: float | None = 1.0
    per_scene: int = 0
    from_s: float = 0.0
    to_s: float = math.inf

    def __post_init__(self) -> None:
        if self.per_second is not None and not 0 < self.per_second < math.inf:
            raise IngestError(
                f"{self.per_second} frames a second are none; state a number above 0, for example "
                "1, or 0.1 for a frame every ten seconds."
            )
        if self.per_scene < 0:
            raise IngestError(f"{self.per_scene} frames a scene are none; state 1 or more.")
        # Also where one is not a number.
        if not (0 <= self.from_s <= self.to_s and self.from_s < math.inf):
            raise IngestError(
                f"From {self.from_s:g} s to {self.to_s:g} s there is no frame; state where to "
                "begin, 0 or later, and where to end, not before that."
            )


ONE_A_SECOND = FrameChoice()


class VideoFrame(NamedTuple):
    """A frame of a video.

    Attributes
    ----------
    number : int
        In its file, from 0, in the order in which frames are shown.
    time_s : float
        When it is shown: the container's presentation time, from the beginning of the video.
    pixels : ndarray of uint8, (H, W, 3)
        sRGB, upright.
    begins_scene : bool
        Whether it is the first, or the first taken, of a scene; the first frame always is.
    """

    number: int
    time_s: float
    pixels: Pixels
    begins_scene: bool


class Video(AbstractContextManager["Video"]):
    """A video file that is read from its beginning, as often as is asked for.

    Parameters
    ----------
    stream : file object
        Decoders see its bytes and neither its name nor its folder, so that a file which refers
        to others, or to an address, leads nowhere.
    kind : FileKind
        One of `VIDEO_KINDS`.
    name : str
        What the file is called in messages.
    max_megapixels : float
        Larger frames are refused.

    Attributes
    ----------
    aspect : float
        Height over width of a pixel of the frames.
    frames_a_second : float
        As the file states or as FFmpeg estimates; 0 if neither. No time is taken from it while
        there are time stamps.
    passed : int
        How many frames were passed over at the last reading, for they were known.
    warnings : list of str
        Sentences on what was read last.

    Raises
    ------
    IngestError
        If it holds no video that can be decoded, or its frames are too large.
    """

    def __init__(
        self,
        stream: BinaryIO,
        kind: FileKind,
        name: str,
        *,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> None:
        self._stream, self._kind, self._name = stream, kind, name
        self._max_megapixels = max_megapixels
        self.warnings: list[str] = []
        self.passed = 0
        self._capture = self._opened()
        size = (self._get(cv2.CAP_PROP_FRAME_WIDTH), self._get(cv2.CAP_PROP_FRAME_HEIGHT))
        require_size(name, int(size[0]), int(size[1]), max_megapixels)
        self.frames_a_second = self._get(cv2.CAP_PROP_FPS)
        self.aspect = self._aspect()
        self._stated = int(self._get(cv2.CAP_PROP_FRAME_COUNT))
        self._used = False

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def expected(self, choice: FrameChoice) -> int:
        """Return about how many frames will be taken; at least 1."""
        if not self.frames_a_second or self._stated <= 0:
            return 1
        end_s = min(choice.to_s, self._stated / self.frames_a_second)
        rate = min(choice.per_second or math.inf, self.frames_a_second)
        return max(1, math.ceil((end_s - choice.from_s) * rate))

    def frames(
        self, choice: FrameChoice, known: Container[int] = ()
    ) -> Generator[VideoFrame, None, None]:
        """Decode the chosen frames; one is held in memory at a time.

        Parameters
        ----------
        choice : FrameChoice
        known : container of int
            Numbers of frames that are passed over.

        Raises
        ------
        IngestError
            If there is none, their sizes go beyond the limit, or they have neither time stamps
            nor a rate.
        """
        if self._used:
            self._capture.release()
            self._capture = self._opened()
        self._used, self.warnings, self.passed = True, [], 0
        picking, cuts, clock = _Picking(choice), SceneCuts(), _Clock(self)
        number, begins_s = -1, 0.0
        while self._capture.grab():
            number += 1
            if not number:
                begins_s = self._get(cv2.CAP_PROP_PTS) / max(self.frames_a_second, 1.0)
            time_s = clock.read(self._get(cv2.CAP_PROP_POS_MSEC) / 1000, number)
            if time_s > choice.to_s + _SAME_TIME_S:
                break
            if time_s < choice.from_s - _SAME_TIME_S:
                continue
            if not choice.per_scene and not picking.by_time(time_s):
                continue
            pixels = self._pixels()
            begins = cuts.begins(pixels)
            if choice.per_scene and not picking.of_scene(begins):
                continue
            if number in known:
                self.passed += 1
            else:
                yield VideoFrame(number, time_s, pixels, begins)
        else:
            self._say_what_is_missing(clock.last_s, begins_s)
        if not picking.any:
            self._refuse_nothing(number + 1, choice)

    def _opened(self) -> cv2.VideoCapture:
        self._stream.seek(0)
        try:
            # The stubs know no Python stream.
            capture = cv2.VideoCapture(cast("cv2.IStreamReader", self._stream), cv2.CAP_FFMPEG, [])
        except cv2.error:
            capture = None
        if capture is None or not capture.isOpened():
            raise IngestError(f"{self._name} {_why_closed(self._stream, self._kind)}")
        return capture

    def _get(self, number: int) -> float:
        value = float(self._capture.get(number))
        return value if math.isfinite(value) and value > 0 else 0.0

    def _aspect(self) -> float:
        wide, high = self._get(cv2.CAP_PROP_SAR_NUM), self._get(cv2.CAP_PROP_SAR_DEN)
        if not wide or not high:
            return 1.0
        turned = int(self._get(cv2.CAP_PROP_ORIENTATION_META)) % 360 in _QUARTER_TURNS
        return wide / high if turned else high / wide

    def _pixels(self) -> npt.NDArray[np.uint8]:
        whole, pixels = self._capture.retrieve()
        if not whole:
            raise IngestError(f"{self._name} is damaged; copy it again, or convert it anew.")
        require_size(self._name, pixels.shape[1], pixels.shape[0], self._max_megapixels)
        colours = cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB
        return cast("npt.NDArray[np.uint8]", cv2.cvtColor(pixels, colours))

    def _say_what_is_missing(self, reached_s: float, begins_s: float) -> None:
        # By times: where they are uneven, what FFmpeg says of the number of frames is a guess.
        stated_s = self._stated / self.frames_a_second if self.frames_a_second else 0.0
        if self._kind is FileKind.MATROSKA:
            # Matroska's duration counts from 0, wherever the first frame is; times here do not.
            stated_s -= begins_s
        elif self._kind is FileKind.MP4:
            # Frames before the beginning that the edit list sets are counted, and never shown.
            stated_s = min(stated_s, _movie_s(self._stream) or stated_s)
        if reached_s < 0.95 * stated_s - 2 / max(self.frames_a_second, 1.0):
            self.warnings.append(
                f"Only the first {max(0.0, reached_s):.1f} s of {stated_s:.1f} s could be decoded; "
                "the file is cut off or damaged."
            )

    def _refuse_nothing(self, found: int, choice: FrameChoice) -> None:
        if not found:
            raise IngestError(
                f"{self._name} holds no frame that can be decoded; copy it again, or convert it "
                "to H.264."
            )
        raise IngestError(
            f"{self._name} has no frame from {choice.from_s:g} s to {choice.to_s:g} s; choose "
            "another range."
        )


class _Picking:
    """Chooses frames as they come."""

    def __init__(self, choice: FrameChoice) -> None:
        self._choice = choice
        self._step = 0
        self._in_scene = 0
        self.any = False

    def by_time(self, time_s: float) -> bool:
        rate = self._choice.per_second
        if rate is not None:
            # Counted in steps, for sums of periods drift from the frames.
            place = (time_s - self._choice.from_s) * rate + _SAME_TIME_S
            if place < self._step:
                return False
            self._step = math.floor(place) + 1
        self.any = True
        return True

    def of_scene(self, begins: bool) -> bool:
        self._in_scene = 1 if begins else self._in_scene + 1
        self.any = True
        return self._in_scene <= self._choice.per_scene


class _Clock:
    """Presentation times; where a file has none that go forward, by its frame rate.

    Attributes
    ----------
    last_s : float
        Of the last frame; below 0 if there was none.
    """

    def __init__(self, video: Video) -> None:
        self._video = video
        self.last_s = -1.0

    def read(self, stamped_s: float, number: int) -> float:
        """Return when a frame is shown, given its time stamp."""
        if stamped_s <= self.last_s:
            rate = self._video.frames_a_second
            if not rate:
                raise IngestError(
                    f"Frame {number} of the video has no time and the file states no rate; convert "
                    "it anew."
                )
            sentence = "Time stamps are missing or go back; such frames were timed by the rate."
            if sentence not in self._video.warnings:
                self._video.warnings.append(sentence)
            stamped_s = self.last_s + 1 / rate
        self.last_s = stamped_s
        return stamped_s


def _ends(stream: BinaryIO) -> bytes:
    """Return the beginning and the end of a file, where indexes stand."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    beginning = stream.read(_SEARCHED_BYTES)
    stream.seek(max(0, size - _SEARCHED_BYTES))
    return beginning + stream.read(_SEARCHED_BYTES)


def _movie_s(stream: BinaryIO) -> float:
    """Return the duration in the header of an MP4 file (ISO/IEC 14496-12, 8.2.2); 0 without."""
    ends = _ends(stream)
    at = ends.find(b"mvhd")
    head = ends[at + 4 : at + 36] if at >= 0 else b""
    if len(head) < 32:
        return 0.0
    scale, duration = (
        struct.unpack_from(">IQ", head, 20) if head[0] else struct.unpack_from(">II", head, 12)
    )
    unknown = 2**64 - 1 if head[0] else 2**32 - 1
    return duration / scale if scale and duration != unknown else 0.0


def _why_closed(stream: BinaryIO, kind: FileKind) -> str:
    """Say why a file that begins as a video cannot be opened: a sentence but for its subject."""
    ends = _ends(stream)
    index, picture, sound = _MARKS[kind]
    if index not in ends:
        return "is cut off or damaged: it has no index of its frames; copy it again."
    if picture not in ends and sound in ends:
        return "holds sound and no pictures; choose the file that has the video."
    return (
        "is a video that cannot be decoded: it is damaged, or of a codec that FFmpeg does not "
        "read; copy it again, or convert it to H.264."
    )


_MARKS = {
    FileKind.MP4: (b"moov", b"vide", b"soun"),
    FileKind.MATROSKA: (b"\x16\x54\xae\x6b", b"V_", b"A_"),
    FileKind.AVI: (b"hdrl", b"vids", b"auds"),
}
"""What an index, a track of pictures and a track of sound are marked with: boxes and handlers of
ISO/IEC 14496-12 (8.2.1, 8.4.3), Tracks and codec ids of RFC 9559 (5.1.4), chunks of AVI."""
