"""Says what two data sets of this program state differently: image by image, region by region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from ..dataset.items import ExportItem, export_item
from ..dataset.record_json import record_from_json
from ..dataset.selection import Selection
from ..dataset.stated import StatedRegion, StatedValue
from ..domain.plurals import counted
from ..errors import ExportError
from . import manifest
from .manifest import RECORD_FILE

FIRST, SECOND = "only in the first", "only in the second"
_PLACES = (FIRST, SECOND, "changed")
_IMAGE: Mapping[str, Callable[[ExportItem], str]] = {
    "review": lambda item: str(item.review),
    "split": lambda item: item.split,
    "subject": lambda item: item.image.subject or "",
    "original_file_name": lambda item: item.image.file_name,
    "pixels_sha256": lambda item: item.image.pixels_sha256,
}
"""What is compared of an image itself."""
_ASIDE = frozenset({"number", "file_name", *_IMAGE})
"""Keys of an image's line that say where it stands in the data set, or are compared already."""
_Stated = TypeVar("_Stated", StatedRegion, StatedValue)


@dataclass(slots=True)
class Comparison:
    """What two data sets state differently.

    Attributes
    ----------
    first, second : dict
        Of each data set its folder, format, project and selection, JSON-ready.
    labels, raters : dict
        Those of one data set only, and whether the labels they share have another order.
    counts : dict of str to Counter
        Of ``images``, ``regions`` and ``values`` how many are only in the first, only in the
        second and changed; of ``fields`` in how many images each is another.
    images : list of dict
        An entry for each image that is in one only, or not alike, JSON-ready.
    alike : int
        Images that are alike.
    """

    first: dict[str, Any]
    second: dict[str, Any]
    labels: dict[str, Any]
    raters: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {
            key: Counter() for key in ("images", "regions", "values", "fields")
        }
    )
    images: list[dict[str, Any]] = field(default_factory=list)
    alike: int = 0

    @property
    def same(self) -> bool:
        """Whether both state the same, whatever their formats are."""
        return not self.images and not any(self.labels.values()) and not any(self.raters.values())

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready values, counts before details."""
        counts = {
            name: {place: count[place] for place in _PLACES}
            for name, count in self.counts.items()
            if name != "fields"
        }
        counts["images"] |= {"alike": self.alike}
        return {
            "same": self.same,
            "counts": {**counts, "fields": dict(sorted(self.counts["fields"].items()))},
            "labels": self.labels,
            "raters": self.raters,
            "first": self.first,
            "second": self.second,
            "images": self.images,
        }

    def lines(self) -> list[str]:
        """Return the counts as sentences."""
        formats = " and ".join(f"{one['folder']} ({one['format']})" for one in self._both)
        if self.same:
            return [f"{formats} state the same of {counted(self.alike, 'images')}."]
        lines = [f"{formats}: {counted(self.alike, 'images')} alike."]
        for name in ("images", "regions", "values"):
            count = self.counts[name]
            if count.total():
                parts = ", ".join(f"{count[place]} {place}" for place in _PLACES if count[place])
                lines.append(f"{name.capitalize()}: {parts}.")
        lines += [
            f"Another {name.replace('_', ' ')}: {counted(number, 'images')}."
            for name, number in sorted(self.counts["fields"].items())
        ]
        for name, sides in (("Labels", self.labels), ("Raters", self.raters)):
            lines += [
                f"{name} {side}: {', '.join(sides[side])}."
                for side in (FIRST, SECOND)
                if sides[side]
            ]
        if self.labels["order"]:
            lines.append("The labels have another order, so numbered classes mean others.")
        return lines

    @property
    def _both(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.first, self.second


def compare_datasets(
    first: Path, second: Path, progress: Callable[[int], None] | None = None
) -> Comparison:
    """Compare what two data sets state, whatever format they are written in.

    Images are the same by their identity in the record, else by their pixels; regions by theirs,
    else by what is stated. What is compared is what each data set took of its record
    (``decisions.jsonl`` by the selection in ``manifest.json``), not the format's own files.

    Parameters
    ----------
    first, second : Path
        Folders of two data sets.
    progress : callable, optional
        Called with the number of images of the first that were looked at.

    Returns
    -------
    Comparison

    Raises
    ------
    ExportError
        If a folder is none of a data set, or its record was changed after the export.
    """
    one, other = _DataSet(first), _DataSet(second)
    result = Comparison(one.about, other.about, _sides(one.labels, other.labels))
    shared = [label for label in one.labels if label in other.labels]
    result.labels["order"] = shared != [label for label in other.labels if label in shared]
    places, pixels = other.places(), other.by_pixels
    own = one.places()
    raters: tuple[set[str], set[str]] = set(), set()
    for number, (line, item) in enumerate(one.items(), start=1):
        key = str(item.image.id)
        if key not in places:
            by_pixels = pixels.get(item.image.pixels_sha256, "")
            key = by_pixels if by_pixels not in own else ""
        raters[0].update(item.raters)
        if key in places:
            theirs = other.item_at(places.pop(key))
            raters[1].update(theirs[1].raters)
            _note(result, _difference(result.counts, (line, item), theirs), item)
        else:
            _only(result, FIRST, item)
        if progress is not None:
            progress(number)
    for place in places.values():
        item = other.item_at(place)[1]
        raters[1].update(item.raters)
        _only(result, SECOND, item)
    result.raters = _sides(sorted(raters[0]), sorted(raters[1]))
    return result


def _sides(one: list[str], other: list[str]) -> dict[str, Any]:
    return {
        FIRST: [name for name in one if name not in other],
        SECOND: [name for name in other if name not in one],
    }


class _DataSet:
    """A data set, its images read one at a time."""

    def __init__(self, folder: Path) -> None:
        stated = manifest.read(folder)
        self._folder, self._path = folder, folder / RECORD_FILE
        try:
            self._selection = Selection.from_json(stated["selection"])
            self.labels = list(stated["counts"]["annotations_by_label"])
            (entry,) = (one for one in stated["files"] if one["path"] == RECORD_FILE)
            self.about = {
                "folder": str(folder),
                **{key: stated[key] for key in ("format", "project", "selection")},
            }
            unchanged = manifest.file_entry(self._path) == entry
        except (KeyError, TypeError, ValueError, OSError):
            raise ExportError(
                f"{folder} is no data set of this program: its {manifest.FILE_NAME} or its "
                f"{RECORD_FILE} is none of an export; name the folder of one."
            ) from None
        if not unchanged:
            raise ExportError(
                f"The {RECORD_FILE} of {folder} was changed after the export, so that nothing can "
                f'be compared with it; see: annotator export verify "{folder}".'
            )
        self.by_pixels: dict[str, str] = {}

    def places(self) -> dict[str, int]:
        """Return where the line of each image begins, by its identity; note those of pixels."""
        places: dict[str, int] = {}
        twice: set[str] = set()
        with self._path.open("rb") as lines:
            place = 0
            for line in lines:
                said = self._parsed(line)
                key, pixels = said["image_uuid"], said["pixels_sha256"]
                places[key] = place
                place += len(line)
                if self.by_pixels.setdefault(pixels, key) != key:
                    twice.add(pixels)
        for pixels in twice:
            del self.by_pixels[pixels]
        return places

    def items(self) -> Iterator[tuple[dict[str, Any], ExportItem]]:
        with self._path.open("rb") as lines:
            for line in lines:
                yield self._item(line)

    def item_at(self, place: int) -> tuple[dict[str, Any], ExportItem]:
        with self._path.open("rb") as lines:
            lines.seek(place)
            return self._item(lines.readline())

    def _item(self, line: bytes) -> tuple[dict[str, Any], ExportItem]:
        said = self._parsed(line)
        try:
            record = record_from_json(said)
        except (KeyError, TypeError, ValueError):
            raise self._unreadable() from None
        # The name of a picture's copy is not compared: one data set may be without pictures.
        return said, export_item(said["number"], record, copied=False, selection=self._selection)

    def _parsed(self, line: bytes) -> dict[str, Any]:
        try:
            said: dict[str, Any] = orjson.loads(line)
            said["image_uuid"], said["pixels_sha256"], said["number"]
        except (KeyError, TypeError, ValueError):
            raise self._unreadable() from None
        return said

    def _unreadable(self) -> ExportError:
        return ExportError(
            f"A line of the {RECORD_FILE} of {self._folder} cannot be read: another version of "
            "this program wrote it; export the project again."
        )


def _note(result: Comparison, difference: dict[str, Any], item: ExportItem) -> None:
    if not difference:
        result.alike += 1
        return
    result.counts["images"]["changed"] += 1
    result.images.append({**_name(item), "difference": "changed", **difference})


def _only(result: Comparison, side: str, item: ExportItem) -> None:
    result.counts["images"][side] += 1
    result.counts["regions"][side] += len(item.stated)
    result.counts["values"][side] += len(item.values)
    result.images.append({**_name(item), "difference": side})


def _name(item: ExportItem) -> dict[str, Any]:
    return {"image_uuid": str(item.image.id), "original_file_name": item.image.file_name}


def _difference(
    counts: Mapping[str, Counter[str]],
    one: tuple[dict[str, Any], ExportItem],
    other: tuple[dict[str, Any], ExportItem],
) -> dict[str, Any]:
    """Return what is not alike of an image, counted."""
    (line, item), (line_2, item_2) = one, other
    fields = {
        name: [get(item), get(item_2)] for name, get in _IMAGE.items() if get(item) != get(item_2)
    }
    counts["fields"].update(fields.keys())
    regions = _stated_differences(item.stated, item_2.stated, _region_key, _region_facts)
    values = _stated_differences(item.values, item_2.values, _value_key, _value_facts)
    counts["regions"].update(one["difference"] for one in regions)
    counts["values"].update(one["difference"] for one in values)
    # Of the same image of one record also what nobody exports: rejected regions, remarks, runs.
    keys = (line.keys() | line_2.keys()) - _ASIDE if item.image.id == item_2.image.id else ()
    recorded = sorted(key for key in keys if line.get(key) != line_2.get(key))
    counts["fields"].update(["record"] if recorded else [])
    difference = {"fields": fields, "regions": regions, "values": values, "recorded": recorded}
    return {key: value for key, value in difference.items() if value}


def _stated_differences(
    one: tuple[_Stated, ...],
    other: tuple[_Stated, ...],
    key: Callable[[_Stated], Hashable],
    facts: Callable[[_Stated], dict[str, Any]],
) -> list[dict[str, Any]]:
    theirs = {key(stated): stated for stated in other}
    differences: list[dict[str, Any]] = []
    left: list[_Stated] = []
    for stated in one:
        match = theirs.pop(key(stated), None)
        if match is None:
            left.append(stated)
        elif facts(stated) != facts(match):
            differences.append(
                {"difference": "changed", "is": facts(stated), "becomes": facts(match)}
            )
    # What has another identity and is stated alike, as of one picture in two projects.
    rest: list[_Stated] = list(theirs.values())
    for stated in left:
        alike = next((one for one in rest if facts(one) == facts(stated)), None)
        if alike is None:
            differences.append({"difference": FIRST, "is": facts(stated)})
        else:
            rest.remove(alike)
    return [*differences, *({"difference": SECOND, "is": facts(stated)} for stated in rest)]


def _region_key(stated: StatedRegion) -> Hashable:
    return stated.region_id, stated.rater, stated.round


def _region_facts(stated: StatedRegion) -> dict[str, Any]:
    return {
        "label": stated.label,
        "region": stated.region.to_json(),
        "rater": stated.rater,
        "round": stated.round,
        "decision": stated.decision,
    }


def _value_key(stated: StatedValue) -> Hashable:
    return stated.label, stated.rater, stated.round


def _value_facts(stated: StatedValue) -> dict[str, Any]:
    return {
        "label": stated.label,
        "value": stated.value.value,
        "intensity": stated.intensity,
        "side": stated.side,
        "rater": stated.rater,
        "round": stated.round,
    }
