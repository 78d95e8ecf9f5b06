"""What a data set is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ..dataset.items import Offers, PlacedMap
from ..dataset.originals import Original
from ..dataset.project_facts import ProjectFacts
from ..dataset.volumes import Volumes
from ..domain import ImageAsset, ImageRecord, LabelSet

ImagePng = Callable[[ImageAsset], bytes]
"""Returns an image's pixels as a PNG file, for example ``PixelStore.encoded``."""

Windowed = Callable[[ImageAsset], tuple[bytes, float, float]]
"""Returns an image as it is shown, as a PNG file of 8 bits, and the stored values that are black
and white there."""

ImageMaps = Callable[[ImageAsset], Sequence[PlacedMap]]
"""Returns the maps of an image's current run, on its pixels."""

ImageOriginal = Callable[[ImageAsset], Original | None]


@dataclass(frozen=True, slots=True)
class Source:
    """What a data set is made of.

    Attributes
    ----------
    records : iterable of ImageRecord
        The images in order, gone through once, one at a time.
    labels : LabelSet
    project : str
        Its name.
    project_id : uuid.UUID
        What identities in files are made of: they stay when a project is renamed.
    image_png : callable or None
        With it the images are copied.
    windowed : callable or None
        With it, 16-bit grey can be copied in 8 bits.
    maps : callable
        Where a format writes maps.
    licence, changed_at, about
        As of `ProjectFacts`.
    permitted : callable
        Tells whether the picture of an image may be handed on.
    offers : mapping
        As of `ExportItem`.
    volumes : Volumes
        Of all images of the project.
    original : callable or None
        Returns the file that an image was made of, or None, where files are at hand and the
        format refers to them.
    """

    records: Iterable[ImageRecord]
    labels: LabelSet
    project: str
    project_id: UUID
    image_png: ImagePng | None = None
    maps: ImageMaps = lambda _: ()
    about: Mapping[str, Any] = field(default_factory=dict)
    permitted: Callable[[ImageRecord], bool] = lambda _: True
    offers: Offers = field(default_factory=dict)
    volumes: Volumes = field(default_factory=Volumes)
    original: ImageOriginal | None = None
    windowed: Windowed | None = None
    licence: str = ""
    changed_at: datetime | None = None

    @property
    def facts(self) -> ProjectFacts:
        """What files may say of the project."""
        identity = str(self.project_id)
        return ProjectFacts(self.project, identity, self.licence, self.changed_at, self.about)

    def copies(self, record: ImageRecord) -> bool:
        """Tell whether the picture of an image goes into the data set."""
        return self.image_png is not None and self.permitted(record)
