"""The files of VGG Image Annotator (VIA), of versions 1 to 3, as one structure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import IngestError
from ..markup.json_reading import read_json
from ..markup.one_file import one_file
from ..tables.csv_reading import read_rows

SHAPE, OF_REGION, OF_FILE = "region_shape_attributes", "region_attributes", "file_attributes"
_SHAPE_IN_JSON = "shape_attributes"
_IMAGE = 2
"""The type of a file of version 3 that is a picture."""


@dataclass(frozen=True, slots=True)
class ViaFile:
    """What is said of one picture.

    Attributes
    ----------
    name : str
        Its path, as VIA has it.
    regions : list of (mapping, mapping)
        The shape and the attributes of each.
    attributes : mapping
        Of the picture.
    """

    name: str
    regions: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)
    attributes: Mapping[str, Any] = field(default_factory=dict)


Options = Mapping[str, Mapping[str, str]]
"""The words for the values of an attribute, by its name."""


def via_files(path: Path) -> tuple[list[Any], Options]:
    """Return what a file says of each picture, not yet looked at, and its options.

    Raises
    ------
    IngestError
        If the file is not VIA's.
    """
    path = one_file(path, ["*.json", "*.csv"])
    if path.suffix.lower() == ".csv":
        return _of_table(path), {}
    whole = read_json(path, dict, "a project or annotations of VIA")
    if {"metadata", "file", "view"} <= whole.keys():
        return _of_version_3(whole, path)
    files = whole.get("_via_img_metadata", whole)
    if not isinstance(files, dict) or not any(
        isinstance(file, dict) and "regions" in file for file in files.values()
    ):
        raise IngestError(
            f"{path.name} is not VIA's; save the project, or export annotations as JSON or CSV."
        )
    return list(files.values()), _options(whole.get("_via_attributes"))


def via_file(value: Any) -> ViaFile:
    """Return what is said of one picture in the JSON of version 1 or 2.

    Raises
    ------
    IngestError, and what a value raises that is of another kind
    """
    if isinstance(value, ViaFile):
        return value
    regions = value["regions"]
    regions = regions.values() if isinstance(regions, Mapping) else regions  # as version 1 has it
    own = [(region[_SHAPE_IN_JSON], region.get(OF_REGION) or {}) for region in regions]
    return ViaFile(value["filename"], own, value.get(OF_FILE) or {})


def _options(attributes: Any) -> Options:
    """Return the words of each option, where the file has some."""
    own = attributes.get("region") if isinstance(attributes, Mapping) else None
    return {
        str(name): {str(key): str(words) for key, words in about["options"].items()}
        for name, about in (own.items() if isinstance(own, Mapping) else ())
        if isinstance(about, Mapping) and isinstance(about.get("options"), Mapping)
    }


def _of_table(path: Path) -> list[Any]:
    """Read an export as CSV: a row a region, its parts in JSON."""
    columns, rows = read_rows(path)
    name = next((column for column in ("filename", "#filename") if column in columns), None)
    if name is None or not {SHAPE, OF_REGION} <= set(columns):
        raise IngestError(f"{path.name} is not VIA's: it lacks filename, {SHAPE} or {OF_REGION}.")
    files: dict[str, ViaFile] = {}
    faulty: list[Any] = []
    for line, row in rows:
        try:
            shape, attributes, own = (
                _object(row.get(column) or "{}") for column in (SHAPE, OF_REGION, OF_FILE)
            )
        except (ValueError, TypeError, RecursionError):
            faulty.append(IngestError(f"line {line} of {path.name} is not VIA's JSON."))
            continue
        file = files.setdefault(row[name], ViaFile(row[name], attributes=own))
        if shape:
            file.regions.append((shape, attributes))
    return [*files.values(), *faulty]


def _object(text: str) -> Mapping[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError(text)
    return value


def _of_version_3(whole: Mapping[str, Any], path: Path) -> tuple[list[Any], Options]:
    """Read a project of version 3: metadata of views, each of which shows files."""
    try:
        names = {str(key): one["aname"] for key, one in whole["attribute"].items()}
        options = {one["aname"]: one for one in whole["attribute"].values()}
        files = {key: ViaFile(whole["file"][fid]["fname"]) for key, fid in _shown(whole)}
        for one in whole["metadata"].values():
            file = files.get(str(one["vid"]))
            said = {names[str(key)]: value for key, value in one["av"].items()}
            if file is None or one["z"]:
                continue  # of a film, along its time
            if one["xy"]:
                file.regions.append((_shape(one["xy"]), said))
            else:
                file.attributes.update(said)  # type: ignore[attr-defined]  # it is a dict here
    except (KeyError, AttributeError, TypeError, IndexError):
        raise IngestError(f"{path.name} is not a project of VIA 3; save it again.") from None
    return list(files.values()), _options({"region": options})


def _shown(whole: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each view of one picture, with the number of its file."""
    for key, view in whole["view"].items():
        shown = [str(number) for number in view["fid_list"]]
        if len(shown) == 1 and whole["file"][shown[0]].get("type", _IMAGE) == _IMAGE:
            yield str(key), shown[0]


_KINDS: Mapping[int, tuple[str, tuple[str, ...]]] = {
    1: ("point", ("cx", "cy")),
    2: ("rect", ("x", "y", "width", "height")),
    3: ("circle", ("cx", "cy", "r")),
    4: ("ellipse", ("cx", "cy", "rx", "ry")),
}
_OUTLINES = {5: "line", 6: "polyline", 7: "polygon", 8: "extreme_rect", 9: "extreme_circle"}


def _shape(numbers: Sequence[Any]) -> Mapping[str, Any]:
    """Return a shape of version 3, the number of its kind and its places, as version 2 has it."""
    kind, *places = numbers
    if kind in _KINDS:
        name, keys = _KINDS[kind]
        return {"name": name, **dict(zip(keys, places, strict=False))}
    name = _OUTLINES.get(kind, str(kind))
    return {"name": name, "all_points_x": places[::2], "all_points_y": places[1::2]}
