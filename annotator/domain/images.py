"""Images as the product knows them: one 2-D picture to annotate."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .geometry import (
    LPS_TO_RAS,
    Matrix,
    SliceGeometry,
    SlicePlace,
    VolumeGrid,
    volume_from_json,
)
from .regions import BoundingBox

ENDINGS = "endings"
"""In the `display` of a new image: keyed hashes of the endings of its file's path, and of what
else files of labels call it. They are kept, and given back by the record's `kept_endings` alone."""


class FollowedFace(NamedTuple):
    """The face of a person who is followed through a video: where it is, and which person's."""

    box: BoundingBox
    person: str


@dataclass(frozen=True, slots=True)
class ImageAsset:
    """One 2-D picture to annotate.

    Attributes
    ----------
    id : uuid.UUID
        Its identity in the record.
    file_name : str
        Base name of the file it came from, as shown to the rater.
    width, height : int
        Size of the original picture in pixels, as it is shown (EXIF orientation applied).
    pixels_sha256 : str
        SHA-256 of the stored pixels; the address in the pixel store and the identity of the
        content: the same picture imported twice has the same one.
    source_sha256 : str
        SHA-256 of the file that was imported.
    modality : str
        ``photograph``, or the DICOM modality (``DX``, ``MR``, ...).
    bits : int
        Bits per sample of the stored pixels, 8 or 16.
    channels : int
        1 or 3.
    window : (float, float) or None
        For 16-bit grey, the stored values first shown as black and as white.
    subject : str or None
        Pseudonym of the person shown; images of one subject belong together in every split.
    frame : int or None
        Number of the frame in its file, from 0; None for a file of one picture.
    display : mapping or None
        What stored values mean, JSON-ready: ``unit`` (text or None), ``slope`` and
        ``intercept`` (unit = slope x stored + intercept), ``windows`` (each with ``name``,
        ``center``, ``width``, in the unit), ``spacing_mm`` ([row, column] or None), ``aspect``
        (height over width of a pixel); ``geometry``, where a slice lies in the patient, or
        ``volume``, where in its file (`geometry`, `volume`); of a DICOM file also ``origin``,
        where it came from in pseudonyms and what was done to its identity (docs/ingest.md), and
        ``acquisition``, what tells it from others of its series (`domain.sequences`). Of a
        frame of a video
        also ``time_s`` (when it is shown, by the container's time stamps, in seconds from the
        beginning); ``last_time_s`` and ``last_frame`` where the next frames taken are the very
        same pixels, of the last of them; and ``face``, where the face of the person chosen was
        found: ``box_px`` ([x, y, width, height]) and ``person`` (``person 1``, ... by the number
        of frames on which each is seen; a number within one file, and no identity).
    """

    file_name: str
    width: int
    height: int
    pixels_sha256: str
    source_sha256: str
    modality: str = "photograph"
    bits: int = 8
    channels: int = 3
    window: tuple[float, float] | None = None
    subject: str | None = None
    frame: int | None = None
    display: Mapping[str, Any] | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def time_s(self) -> float | None:
        """When it is shown in its video, in seconds; None for what is no frame of a video."""
        shown: float | None = (self.display or {}).get("time_s")
        return shown

    @property
    def origin(self) -> Mapping[str, Any]:
        """Where its file came from in pseudonyms, as of `display`; empty but of DICOM."""
        return (self.display or {}).get("origin") or {}

    @property
    def spacing_mm(self) -> tuple[float, float] | None:
        """Distance of rows, then of columns, in mm; None where it is not known."""
        spacing = (self.display or {}).get("spacing_mm")
        return (float(spacing[0]), float(spacing[1])) if spacing else None

    @property
    def last_frame(self) -> int | None:
        """Number of the last frame of the same pixels; `frame` where there is one only."""
        last: int | None = (self.display or {}).get("last_frame", self.frame)
        return last

    @property
    def volume(self) -> tuple[VolumeGrid, SlicePlace] | None:
        """The volume that it is a slice of, and which; None where that is not known."""
        return volume_from_json((self.display or {}).get("volume") or {})

    @property
    def geometry(self) -> SliceGeometry | None:
        """Where it lies in the patient; None where that is not known."""
        stated = (self.display or {}).get("geometry")
        if stated:
            return SliceGeometry.from_json(stated)
        volume = self.volume
        return volume[1].geometry(volume[0]) if volume else None

    @property
    def pixel_affine(self) -> Matrix | None:
        """From column, row, anything and 1 to RAS in mm, shape (4, 4); None where not known.

        Of a slice of a slanted volume, too, which has no `geometry`.
        """
        volume = self.volume
        if volume is not None and volume[0].placed:
            return volume[1].affine(volume[0])
        geometry = self.geometry
        return None if geometry is None else LPS_TO_RAS @ geometry.affine

    def area_mm2(self, area_px: float) -> float | None:
        """Return an area of square pixels in square millimetres; None where they have no size."""
        spacing = self.spacing_mm
        return area_px * spacing[0] * spacing[1] if spacing else None

    @property
    def until_s(self) -> float | None:
        """When the last of the same pixels is shown; `time_s` where there is one only."""
        shown: float | None = (self.display or {}).get("last_time_s", self.time_s)
        return shown

    @property
    def followed_face(self) -> FollowedFace | None:
        """The face that is marked on a frame of a video; None where nobody is followed."""
        marked = (self.display or {}).get("face")
        return FollowedFace(BoundingBox(*marked["box_px"]), marked["person"]) if marked else None
