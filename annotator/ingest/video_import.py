"""Videos on their way in: frames chosen, a person followed through them, pixels stored."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..domain import BoundingBox, ImageAsset
from ..errors import IngestError
from .outcomes import IngestedImage, Ingestion, IngestOutcome, IngestStatus, OpenFile
from .pictures import Display, Pixels
from .pixel_store import PixelStore
from .reading import FileKind, opened
from .reading_child import SafeVideo
from .tracking import Person, Tracker
from .video import VideoFrame

_TOGETHER = 8
"""Frames that are recorded at once: an import that is stopped loses no more."""
_MOST_PERSONS = 6
NUMBERED_ANEW = (
    "Frames of this video were taken before: persons are numbered anew, so look whether the one "
    "marked now is the one who was marked then, or choose with --person."
)


def video_outcomes(
    file: OpenFile, kind: FileKind, store: PixelStore, how: Ingestion
) -> Generator[IngestOutcome, None, None]:
    """Take the chosen frames of a video in.

    The video is read twice where persons are followed: who is seen longest is not known before
    its end, and frames are not held in memory. Consecutive frames of the very same pixels become
    one picture that says until when it is shown.

    Parameters
    ----------
    file : OpenFile
    kind : FileKind
        One of `VIDEO_KINDS`.
    store : PixelStore
    how : Ingestion

    Yields
    ------
    IngestOutcome
        After each step, with the pictures since the one before; the last without `more`.

    Raises
    ------
    IngestError
        If it cannot be decoded, nothing of it is chosen, or it does not show so many persons.
        Frames before are in the outcomes before.
    StorageError
        If pixels cannot be stored.
    """
    with (
        opened(file.path, file.called) as stream,
        SafeVideo(
            stream,
            kind,
            file.called,
            how.frames,
            max_megapixels=how.max_megapixels,
            limits=how.limits,
        ) as video,
    ):
        yield from _VideoImport(file, video, store, how).outcomes()


class _VideoImport:
    def __init__(self, file: OpenFile, video: SafeVideo, store: PixelStore, how: Ingestion) -> None:
        self._file, self._video, self._store, self._how = file, video, store, how
        self._known = how.known_frames.get(file.sha256, ())
        self._passes = 2 if how.find_faces else 1
        self._expected = video.expected * self._passes
        self._done = self._earlier = 0
        self._taken: list[IngestedImage] = []

    def outcomes(self) -> Generator[IngestOutcome, None, None]:
        if self._known and self._nothing_new():
            yield self._outcome(more=False)
            return
        warnings: list[str] = []
        boxes: Mapping[int, BoundingBox] = {}
        if self._how.find_faces:
            people = yield from self._people(Tracker(self._how.find_faces))
            boxes = self._chosen(people)
            warnings += _seen(people, self._how.person, self._done)
            warnings += [NUMBERED_ANEW] if self._known else []
        yield from self._frames(boxes)
        yield self._outcome((*self._video.warnings, *warnings), more=False)

    def _nothing_new(self) -> bool:
        return next(self._video.frames(self._known), None) is None

    def _people(self, tracker: Tracker) -> Generator[IngestOutcome, None, Sequence[Person]]:
        for frame in self._video.frames():
            tracker.step(frame)
            yield self._outcome()
        # Now it is known how many there are.
        self._expected = self._done * self._passes
        return tracker.people()

    def _chosen(self, people: Sequence[Person]) -> Mapping[int, BoundingBox]:
        if not people:
            return {}
        if self._how.person > len(people):
            raise IngestError(
                f"{self._file.called} shows {len(people)} persons in the frames chosen; choose one "
                f"of them, from 1 (seen longest) to {len(people)}."
            )
        return {one.frame: one.box for one in people[self._how.person - 1].sightings}

    def _frames(self, boxes: Mapping[int, BoundingBox]) -> Generator[IngestOutcome, None, None]:
        shown: Pixels | None = None
        passed = 0
        for frame in self._video.frames(self._known):
            if passed != self._video.passed:  # another picture was shown between
                shown, passed = None, self._video.passed
            if shown is not None and np.array_equal(shown, frame.pixels):
                self._go_on(frame)
                continue
            # Not before the next: the last one may still be shown on.
            if len(self._taken) >= _TOGETHER:
                yield self._outcome()
            shown = frame.pixels
            self._taken.append(IngestedImage(self._asset(frame, boxes.get(frame.number))))

    def _go_on(self, frame: VideoFrame) -> None:
        last = self._taken[-1]
        display = dict(last.asset.display or {})
        display |= {"last_time_s": frame.time_s, "last_frame": frame.number}
        self._taken[-1] = replace(last, asset=replace(last.asset, display=display))

    def _outcome(self, warnings: Sequence[str] = (), *, more: bool = True) -> IngestOutcome:
        self._done += max(1, len(self._taken)) if more else 0
        images, self._taken = tuple(self._taken), []
        earlier, self._earlier = self._earlier, self._earlier + len(images)
        return IngestOutcome(
            self._file.path,
            self._file.called,
            IngestStatus.IMPORTED,
            images,
            known=0 if more else self._video.passed,
            earlier=earlier,
            warnings=tuple(warnings),
            more=more,
            source_sha256=self._file.sha256,
            done=self._done,
            expected=max(self._expected, self._done),
        )

    def _asset(self, frame: VideoFrame, face: BoundingBox | None) -> ImageAsset:
        display: dict[str, Any] = Display(aspect=self._video.aspect).to_json()
        display["time_s"] = round(frame.time_s, 6)
        if face is not None:
            box = [round(v, 2) for v in (face.x, face.y, face.width, face.height)]
            display["face"] = {"box_px": box, "person": f"person {self._how.person}"}
        return ImageAsset(
            file_name=self._file.called,
            width=frame.pixels.shape[1],
            height=frame.pixels.shape[0],
            pixels_sha256=self._store.put(frame.pixels),
            source_sha256=self._file.sha256,
            frame=frame.number,
            display=display,
        )


def _seen(people: Sequence[Person], chosen: int, frames: int) -> list[str]:
    """Say who was seen, when, and whose face is marked."""
    if not people:
        return ["No face was found in its frames, so nobody is marked."]
    said = []
    for number, one in enumerate(people[:_MOST_PERSONS], start=1):
        first_s, last_s = one.sightings[0].time_s, one.sightings[-1].time_s
        seen = f"{len(one.sightings)} of {frames} frames, {first_s:.1f} to {last_s:.1f} s"
        said.append(f"person {number} in {seen}")
    more = f"; and {len(people) - _MOST_PERSONS} more" if len(people) > _MOST_PERSONS else ""
    return [f"Persons seen: {'; '.join(said)}{more}. The face of person {chosen} is marked."]
