"""Fit what another tool's file says onto a project: its labels, and its regions onto the image."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..domain import ImageAsset, LabelSet, LabelValue, Polygon, Region, mended
from ..errors import RegionError, StorageError
from ..formats import ImportedImage, ImportedRegion, ImportedValue
from .take_over_report import TakeOverReport

_EDGE_TOLERANCE_PX = 0.5
"""How far a region may reach over its image's edge and be moved back: what whole pixels,
percents and rounding of other tools add."""
_MOST = 0.5
"""The share of a region that has to lie on the image for it to be cut at the edge."""
_CUT = "regions that reached over the edge of their image cut there"


class LabelNames:
    """The labels of a project as a file writes them.

    A code is meant by itself; else by the one name of the file that differs from it only in
    blanks around it, or in capital letters.

    Parameters
    ----------
    labels : LabelSet
    images : iterable of ImportedImage
        All that the file says.
    """

    def __init__(self, labels: LabelSet, images: Iterable[ImportedImage]) -> None:
        names = {part.label for image in images for part in _parts(image)}
        written = Counter(_folded(name) for name in {name.strip() for name in names})
        alike: dict[str, list[str]] = {}
        for code in labels.codes:
            alike.setdefault(_folded(code), []).append(code)
        self._codes = {code: code for code in labels.codes}
        for name in names - self._codes.keys():
            same = alike.get(_folded(name), [])
            if name.strip() in same:
                self._codes[name] = name.strip()
            elif len(same) == written[_folded(name)] == 1:
                self._codes[name] = same[0]

    def named(self, image: ImportedImage, report: TakeOverReport) -> ImportedImage:
        """Return what the file says by the project's codes; other labels are counted as unknown."""
        for part in _parts(image):
            if part.label not in self._codes:
                report.unknown_labels[part.label] += 1
            elif (code := self._codes[part.label]) != part.label:
                report.notes[f"labels written {part.label!r} taken over as {code!r}"] += 1
        codes = self._codes
        return replace(
            image,
            regions=tuple(
                replace(r, label=codes[r.label]) for r in image.regions if r.label in codes
            ),
            values=tuple(
                replace(v, label=codes[v.label]) for v in image.values if v.label in codes
            ),
        )


def allowed_values(image: ImportedImage, report: TakeOverReport) -> Iterator[ImportedValue]:
    """Yield the values that can be stated; of others, why not stands in the report."""
    for one in image.values:
        try:
            none = uuid.UUID(int=0)
            stated = one.label, one.value, one.intensity, one.side
            LabelValue(none, none, one.rater, *stated).check()
        except StorageError as error:
            report.faults.append(f"{image.file_name}: a value is left out: {error}")
        else:
            yield one


def agreeing_values(
    image: ImportedImage, rater_of: Callable[[ImportedValue], str], report: TakeOverReport
) -> Iterator[ImportedValue]:
    """Yield a value for each label and rater; none, and a fault, where they differ."""
    values: dict[tuple[str, str], dict[str, ImportedValue]] = {}
    for one in image.values:
        values.setdefault((one.label, rater_of(one)), {}).setdefault(in_words(one), one)
    for (label, rater), own in values.items():
        if len(own) == 1:
            yield from own.values()
        else:
            report.faults.append(
                f"{image.file_name}: {label!r} of {rater} is {' and '.join(own)} in the file; left "
                "out. Keep one of them, then take the file over again."
            )


def in_words(value: ImportedValue | LabelValue) -> str:
    """Return a value with its grade and side."""
    return " ".join(word for word in (value.value.value, value.intensity, value.side) if word)


def _parts(image: ImportedImage) -> tuple[ImportedRegion | ImportedValue, ...]:
    return (*image.regions, *image.values)


def _folded(name: str) -> str:
    return name.strip().casefold()


def fitted(imported: ImportedRegion, asset: ImageAsset, report: TakeOverReport) -> Iterator[Region]:
    """Yield a region as it lies on its image, or the parts of one whose outline crosses itself.

    What reaches over the edge is cut there, and what lies mostly outside is left out; the report
    says so.
    """
    placed = _placed(imported, asset, report)
    return iter(_sound(placed, imported.label, asset, report) if placed is not None else ())


def _placed(imported: ImportedRegion, asset: ImageAsset, report: TakeOverReport) -> Region | None:
    region, size = imported.region, (asset.width, asset.height)
    left, top, right, bottom = region.extent
    over = max(-left, -top, right - asset.width, bottom - asset.height)
    if over <= 0:
        return region
    if over <= _EDGE_TOLERANCE_PX:
        return region.clamped(*size)
    part = region.clipped(*size)
    if part is not None and region.area_px and part.area_px >= _MOST * region.area_px:
        report.notes[_CUT] += 1
        return part
    lies = "lies mostly outside" if part is not None else "lies outside"
    report.faults.append(
        f"{asset.file_name}: a region for {imported.label!r} reaches {over:g} px over the edge of "
        f"the image, {lies} and is left out."
    )
    return None


def _sound(
    region: Region, label: str, asset: ImageAsset, report: TakeOverReport
) -> tuple[Region, ...]:
    """Return a region, or the parts of one whose outline crosses itself; a fault where none is."""
    try:
        region.check()
    except RegionError as error:
        parts = mended(region.rings) if region.kind == Polygon.kind else ()
        if not parts:
            report.faults.append(f"{asset.file_name}: a region for {label!r} is left out: {error}")
        report.crossed += bool(parts)
        report.parts += len(parts)
        return parts
    return (region,)
