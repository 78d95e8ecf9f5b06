"""What becomes of files on their way in, and how they are taken in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ..domain import ImageAsset
from .deidentification import Deidentifier
from .pictures import MAX_MEGAPIXELS
from .reading_child.limits import AS_USUAL, ReadingLimits
from .tracking import FaceFinder
from .video import ONE_A_SECOND, FrameChoice


@dataclass(frozen=True, slots=True)
class IngestedImage:
    """A picture that was taken in.

    Attributes
    ----------
    asset : ImageAsset
        With a new id; its pixels lie in the store.
    warnings : tuple of str
        Sentences on what was changed or left out.
    """

    asset: ImageAsset
    warnings: tuple[str, ...] = ()


class IngestStatus(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    KNOWN = "known"
    """The same file was taken in before; it was not decoded again."""
    REFUSED = "refused"
    """It should have been a picture and could not be taken in."""
    SKIPPED = "skipped"
    """It lay in a named folder and is no picture."""


@dataclass(frozen=True, slots=True)
class IngestOutcome:
    """What became of one file.

    Attributes
    ----------
    path : Path
        The file: only for who named it, never to be stored or shown with the pictures.
    file_name : str
        What it is called in the record and in sentences: its base name, fit to be shown, or a
        pseudonym, or its number.
    status : IngestStatus
    images : tuple of IngestedImage
        The file's pictures, each frame one; of a video, those since the outcome before.
    reason : str
        Why it was refused or skipped, in a sentence that begins with `file_name`; of an imported
        file, which of its frames were left out and why.
    known : int
        Of a known file, or at the end of a video, how many pictures of it were passed over for
        they are in the record.
    earlier : int
        Of a video, how many pictures were in the outcomes before.
    warnings : tuple of str
        Sentences on the file as a whole.
    more : bool
        Whether further outcomes of the same file follow: a video is told of as it is read.
    source_sha256 : str
        Of the file, where pictures of it are in the record.
    done, expected : int
        Of a video, the steps done, and about how many there are.
    """

    path: Path
    file_name: str
    status: IngestStatus
    images: tuple[IngestedImage, ...] = ()
    reason: str = ""
    known: int = 0
    earlier: int = 0
    warnings: tuple[str, ...] = ()
    more: bool = False
    source_sha256: str = ""
    done: int = 1
    expected: int = 1

    @property
    def said(self) -> tuple[str, ...]:
        """Its warnings and those of its pictures, each once."""
        of_pictures = (warning for image in self.images for warning in image.warnings)
        return tuple(dict.fromkeys((*self.warnings, *of_pictures)))


@dataclass(frozen=True, slots=True)
class Ingestion:
    """How files are taken in.

    Attributes
    ----------
    deidentifier : Deidentifier or None
        Without one files keep their names, and nothing of who they show is read.
    known : mapping of str to int
        SHA-256 of files that were taken in before, and how many pictures each gave.
    max_megapixels : float
        Larger pictures are refused from the header.
    workers : int
        How many files are decoded at once, each by a thread; videos one after the other.
    frames : FrameChoice
        Which frames of videos are taken.
    known_frames : mapping of str to collection of int
        SHA-256 of videos that were taken in before, and the frames that are not taken again.
    find_faces : callable or None
        Finds the faces that are followed through videos; nobody is followed without.
    person : int
        Whose face is marked in a video's frames: 1 for the person seen in most of them, and so on.
    limits : ReadingLimits
        What may be made of a file.
    """

    deidentifier: Deidentifier | None = None
    known: Mapping[str, int] = field(default_factory=dict)
    max_megapixels: float = MAX_MEGAPIXELS
    workers: int = 1
    frames: FrameChoice = ONE_A_SECOND
    known_frames: Mapping[str, Collection[int]] = field(default_factory=dict)
    find_faces: FaceFinder | None = None
    person: int = 1
    limits: ReadingLimits = AS_USUAL


PLAIN = Ingestion()
"""Files keep their names; one at a time."""


class KnownFileError(Exception):
    """The file was taken in before."""


@dataclass(slots=True)
class OpenFile:
    """A file on its way in: what it is called, as soon as that is known."""

    path: Path
    called: str
    sha256: str = ""
