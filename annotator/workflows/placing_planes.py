"""Which slice of a project something lies on that a file draws in a plane of the patient."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from ..dataset.volumes import series_of
from ..domain import ImageAsset, Polygon, Region
from ..domain.plurals import counted
from ..errors import AnnotatorError, IngestError
from ..formats import (
    Imported,
    ImportedImage,
    ImportedPlane,
    ImportedRegion,
    ImportedValue,
    ImportedVolume,
)
from ..formats.imported_plane import (
    PlaneMask,
    PlaneReference,
    Points,
    ReferredValue,
    joined,
    off_plane_mm,
)
from .finding_images import ImageFinder
from .matching_images import ambiguous
from .take_over_report import TakeOverReport

Pseudonym = Callable[[str, str], str]
"""Returns the project's pseudonym of a UID, of ``space`` or ``series``."""

_BY_PLACE = (
    "regions placed by their position: the images that the file refers to are not known by what "
    "it calls them"
)
_PIECES = "regions of several outlines taken over as masks of their pixels"
_NOT_KNOWN = (
    "they refer to images that the project does not have, or that were imported before it was "
    "kept what other files call them; name the files that were imported as originals."
)
_Part = tuple[str, str, bool, str]
"""What lies on an image as one: part, label, whether a machine proposed it, who stated it."""


class _Lying:
    """What a file says of one image."""

    def __init__(self, asset: ImageAsset) -> None:
        self.asset = asset
        self.parts: dict[_Part, list[Region]] = {}
        self.values: list[ImportedValue] = []


def on_slices(
    entries: Iterable[Imported],
    assets: Sequence[ImageAsset],
    finder: ImageFinder,
    pseudonym: Pseudonym,
    report: TakeOverReport,
) -> Iterator[ImportedImage | ImportedVolume]:
    """Yield what a file says image by image, what it draws in planes of the patient on slices.

    A slice is found by the image that the file refers to; else it is the one slice of the same
    frame of reference, and series where the file names one, in whose plane all of it lies.

    Parameters
    ----------
    entries : iterable of Imported
    assets : sequence of ImageAsset
        Of the project.
    finder : ImageFinder
    pseudonym : callable
    report : TakeOverReport
        Gets what is left out, and why.
    """
    slices = _Slices(assets, finder, pseudonym)
    lying: dict[UUID, _Lying] = {}
    left_out: Counter[tuple[str, str, str]] = Counter()
    unknown: set[PlaneReference] = set()
    for entry in entries:
        if not isinstance(entry, ImportedPlane | ReferredValue):
            yield entry
            continue
        what = "regions" if isinstance(entry, ImportedPlane) else "values"
        try:
            if isinstance(entry, ReferredValue):
                asset = slices.referred(entry.reference)
                lying.setdefault(asset.id, _Lying(asset)).values.append(entry.value)
                continue
            asset, region, by_place = slices.lying_on(entry)
        except _UnknownImageError:
            unknown.add(entry.reference)
            left_out[what, entry.label, _NOT_KNOWN] += 1
        except AnnotatorError as error:
            left_out[what, entry.label, str(error)] += 1
        else:
            parts = lying.setdefault(asset.id, _Lying(asset)).parts
            part = entry.part, entry.label, entry.suggested, entry.rater
            parts.setdefault(part, []).append(region)
            report.notes[_BY_PLACE] += by_place
    report.unknown_images += len(unknown)
    report.faults += [
        f"{counted(count, what)} for {label!r} left out: {why}"
        for (what, label, why), count in left_out.items()
    ]
    yield from (_image(one, report) for one in lying.values())


def _image(lying: _Lying, report: TakeOverReport) -> ImportedImage:
    name = lying.asset.file_name
    regions: list[ImportedRegion] = []
    for (_, label, suggested, rater), own in lying.parts.items():
        try:
            whole = joined(own)
        except AnnotatorError as error:
            report.faults.append(f"{name}: a region for {label!r} is left out: {error}")
            continue
        outlines = any(region.kind == Polygon.kind for region in own)
        report.notes[_PIECES] += outlines and whole[-1].kind != Polygon.kind
        regions += [ImportedRegion(label, one, rater, suggested=suggested) for one in whole]
    marks = (str(lying.asset.id),)
    return ImportedImage(name, regions=tuple(regions), values=tuple(lying.values), marks=marks)


class _UnknownImageError(AnnotatorError):
    """What a file refers to is not known."""


class _Slices:
    """The slices of a project: by what files call them, and by where they lie."""

    def __init__(
        self, assets: Sequence[ImageAsset], finder: ImageFinder, pseudonym: Pseudonym
    ) -> None:
        self._assets, self._finder, self._pseudonym = assets, finder, pseudonym
        self._referred: dict[PlaneReference, Sequence[ImageAsset]] = {}
        self._spaces: dict[str, _Space] | None = None

    def lying_on(self, plane: ImportedPlane) -> tuple[ImageAsset, Region, bool]:
        """Return the image that something lies on, its region, and if it was found by its place.

        Raises
        ------
        AnnotatorError
            If there is none, or it may be several, in words.
        """
        named = self._named(plane.reference)
        if not named:
            asset, region = self._by_place(plane)
            return asset, region, True
        regions = [(asset, r) for asset in named if (r := self._on(plane, asset)) is not None]
        if not regions:
            raise IngestError(
                f"they refer to {named[0].file_name} and do not lie in its plane; export them "
                "again from where they were drawn."
            )
        if len(regions) > 1:
            raise IngestError(ambiguous([asset for asset, _ in regions]))
        return *regions[0], False

    def referred(self, reference: PlaneReference) -> ImageAsset:
        """Return the image that a file refers to.

        Raises
        ------
        AnnotatorError
            If there is none, or it may be several, in words.
        """
        named = self._named(reference)
        if not named:
            raise _UnknownImageError
        if len(named) > 1:
            raise IngestError(ambiguous(named))
        return named[0]

    def _named(self, reference: PlaneReference) -> Sequence[ImageAsset]:
        if reference not in self._referred:
            names = [name for name in (reference.file_name, reference.instance) if name]
            found = self._finder.find(names[0], names[1:], reference.frame) if names else None
            self._referred[reference] = found.assets if found is not None else ()
        return self._referred[reference]

    def _on(self, plane: ImportedPlane, asset: ImageAsset) -> Region | None:
        region = plane.drawn.on(asset)
        if region is None and isinstance(plane.drawn, PlaneMask):
            own = asset.geometry and asset.geometry.frame_of_reference
            # Positions along other axes say nothing: the mask is of the image that it names.
            if own != self._pseudonym("space", plane.reference.space):
                return replace(plane.drawn, place=None).on(asset)
        return region

    def _by_place(self, plane: ImportedPlane) -> tuple[ImageAsset, Region]:
        points, reference = plane.drawn.points_mm, plane.reference
        if not len(points) or not reference.space:
            raise _UnknownImageError
        if self._spaces is None:
            self._spaces = _spaces(self._assets)
        space = self._spaces.get(self._pseudonym("space", reference.space))
        if space is None:
            if reference.instance:
                raise _UnknownImageError
            raise IngestError(
                "no image of the project has their frame of reference; import the series that "
                "they were drawn on."
            )
        series = {self._pseudonym("series", uid) for uid in reference.series}
        near = [
            (asset, region)
            for asset in space.near(points, series)
            if (region := plane.drawn.on(asset)) is not None
        ]
        if len(near) > 1:
            raise IngestError(ambiguous([asset for asset, _ in near]))
        if not near:
            raise IngestError(space.why_not(points, series))
        return near[0]


class _Space:
    """The slices that share a frame of reference."""

    def __init__(self, assets: Sequence[ImageAsset]) -> None:
        self._assets = assets
        places = [asset.geometry for asset in assets if asset.geometry is not None]
        self._positions = np.array([place.position_mm for place in places])
        self._normals = np.array([place.normal for place in places])
        self._off_mm = np.array([off_plane_mm(place) for place in places])
        self._series = [series_of(asset) for asset in assets]

    def near(self, points: Points, series: set[str]) -> list[ImageAsset]:
        """Return the slices in whose plane points lie: of each series the nearest."""
        off = np.abs(self._depths(points)).max(axis=1)
        nearest: dict[str, ImageAsset] = {}
        for at in np.argsort(off):
            own = self._series[at]
            if off[at] <= self._off_mm[at] and (not series or own in series):
                nearest.setdefault(own, self._assets[at])
        return list(nearest.values())

    def why_not(self, points: Points, series: set[str]) -> str:
        """Say why points lie on none of the slices."""
        if series and not series.intersection(self._series):
            return (
                "they were drawn on another series of the same patient than the project has; "
                "import that series."
            )
        depths = self._depths(points)
        if (np.ptp(depths, axis=1) > 2 * self._off_mm).all():
            return (
                "they lie oblique to the slices of the project, in the plane of none; export them "
                "as drawn on the slices."
            )
        return (
            "they lie between the slices of the project, or beyond them; import the whole series "
            "that they were drawn on, or export them as drawn on its slices."
        )

    def _depths(self, points: Points) -> Points:
        """Return how far points lie before or behind slices, in mm, shape (slices, points)."""
        behind = self._normals @ points.T
        depths: Points = behind - np.sum(self._normals * self._positions, axis=1)[:, None]
        return depths


def _spaces(assets: Iterable[ImageAsset]) -> dict[str, _Space]:
    spaces: dict[str, list[ImageAsset]] = defaultdict(list)
    for asset in assets:
        geometry = asset.geometry
        if geometry is not None and geometry.frame_of_reference:
            spaces[geometry.frame_of_reference].append(asset)
    return {name: _Space(own) for name, own in spaces.items()}
