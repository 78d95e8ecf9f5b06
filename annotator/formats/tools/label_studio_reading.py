"""Label Studio's JSON: coordinates in percent of the image's width and height."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...domain import BoundingBox, Ellipse, LabelSet, Landmark, Polygon, Presence, Region
from ...domain.regions import RotatedBox
from ...errors import IngestError, RegionError
from ..detection.turning import TURNED_ELLIPSE, turned_ellipse
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    IN_PERCENT,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    ImportedValue,
    left_out,
    names_before_upload,
    reason,
    scaled_score,
    score_scale,
)
from ..markup.json_reading import read_json
from ..markup.one_file import one_file
from ..masks.mask_pictures import picture_mask
from ..masks.pixels import brush_mask
from .label_studio_rows import SHORT_FORM, TEXTS, is_row, task_of

_ASKED = re.compile(r"(?:/data/local-files/?|/resolve/?)\?(?:d|fileuri)=([^&]*)")
"""What Label Studio's own addresses of local files and of a cloud's files are asked for."""
_PICTURE = re.compile(r"\.(png|jpe?g|tiff?|bmp|webp|gif|dcm)(\?|$)", re.IGNORECASE)
_IDENTITY = "image_uuid"


def read_tasks(path: Path) -> ImportedImages:
    """Yield the images of a file that has one task a line, as our export writes it.

    Raises
    ------
    IngestError
        If it has no such lines.
    """
    with path.open(encoding="utf-8") as lines:
        if next(lines, "") != "[\n":
            raise IngestError(f"{path.name} does not have one task a line.")
        for line in lines:
            if line != "]\n":
                yield read_task(json.loads(line.removesuffix("\n").removesuffix(",")))


def read_task(task: Mapping[str, Any], scale: int = 1) -> ImportedImage:
    """Read one task: its annotations as stated, its predictions as suggested.

    Parameters
    ----------
    task : mapping
    scale : int
        What the scores of its file are parts of: 1, or 100.
    """
    parts = [(a, False) for a in _annotations(task) if not a.get("was_cancelled")]
    parts += [(p, True) for p in task.get("predictions") or []]
    regions: list[ImportedRegion] = []
    values, faults, notes = [], [], []
    size = None
    for part, machine in parts:
        by = str(part.get("model_version") or "") if machine else _person(part)
        for result in _paired(part.get("result") or []):
            try:
                score = scaled_score(_score(result, part), scale) if machine else None
                if is_of_region := _left_out(result):
                    notes.append(is_of_region)
                elif result.get("type") == "choices":
                    values += list(_values(result, by, machine, score))
                else:
                    labels, region, size = _region(result)
                    regions += [ImportedRegion(one, region, by, score, machine) for one in labels]
                    notes += _changed(result, region)
            except ENTRY_FAULTS as error:
                kind = result.get("type") if isinstance(result, Mapping) else "result"
                faults.append(f"A {kind!r} is left out: {reason(error)}")
    width, height = size or (None, None)
    if scale != 1 and any(part.suggested for part in regions):
        notes.append(IN_PERCENT)
    names = _file_names(task)
    return ImportedImage(
        names[0],
        width,
        height,
        tuple(regions),
        tuple(values),
        tuple(faults),
        tuple(notes),
        (str((task.get("data") or {}).get(_IDENTITY, "")), *names[1:]),
    )


def _annotations(task: Mapping[str, Any]) -> list[Any]:
    """Return what people stated; earlier versions called them completions."""
    return task.get("annotations") or task.get("completions") or []


def _score(result: Mapping[str, Any], prediction: Mapping[str, Any]) -> Any:
    own = result.get("score")
    return prediction.get("score") if own is None else own


def _left_out(result: Mapping[str, Any]) -> str:
    """Return a note on what has no counterpart; none where there is one."""
    kind, value = result.get("type"), result["value"] if result.get("type") != "relation" else {}
    if kind in _WORDS and not value.keys() & _PLACES:
        return f"results of type {kind!r} left out, which are no labels"
    if kind in (*_WORDS, "choices") and value.keys() & _PLACES:
        (note,) = left_out({result.get("from_name", kind): kind})
        return note
    return ""


def _changed(result: Mapping[str, Any], region: Region) -> Iterator[str]:
    """Yield notes on what became of a region."""
    if result["type"] == "ellipselabels" and isinstance(region, Polygon):
        yield TURNED_ELLIPSE
    if result.get("image_rotation"):  # it turns what is shown; places stay those of the picture
        yield "regions drawn on a turned view (image_rotation) taken over on the picture as it is"


def _paired(results: Sequence[Any]) -> Iterator[Any]:
    """Yield the results, the label of a region, which stands beside it, within it."""
    labels = {
        result.get("id"): result["value"]["labels"]
        for result in results
        if isinstance(result, Mapping) and result.get("type") == "labels"
    }
    paired = set()
    for result in results:
        shape = result.get("type") if isinstance(result, Mapping) else None
        if shape in _SHAPES and result.get("id") in labels:
            paired.add(result["id"])
            value = {**result["value"], f"{shape}labels": labels[result["id"]]}
            yield {**result, "type": f"{shape}labels", "value": value}
        elif shape != "labels" or result.get("id") not in paired:
            yield result


def _file_names(task: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the path of a task's image may be, of whatever kind its address is."""
    data = task.get("data") or {}
    texts = [str(value) for value in data.values()]
    pictures = [text for text in texts if _PICTURE.search(text)]
    path = _path(str(data.get("image") or next(iter(pictures + texts), "")))
    if _IDENTITY in data:
        return (path.removeprefix("images/"),)  # which is the folder of our own export
    if "/data/upload/" in path:
        base = path.rpartition("/")[2]
        return names_before_upload(base, uploaded=True) or (base,)
    return (path.lstrip("/"),)


def _name_of(task: Mapping[str, Any]) -> str:
    return _file_names(task)[0]


def _path(address: str) -> str:
    """Return the path within an address; a mere name may have # and ? in it."""
    asked = _ASKED.search(address)
    if asked:  # which may be an address itself
        return _path(unquote(asked[1]))
    if "://" in address:
        return unquote(urlsplit(address, allow_fragments=False).path)
    return unquote(address) if address.startswith("/data/") else address


def _person(annotation: Mapping[str, Any]) -> str:
    if rater := annotation.get("rater"):  # of our own export
        return str(rater)
    completed_by = annotation.get("completed_by")
    if isinstance(completed_by, Mapping):
        return str(completed_by.get("email") or completed_by.get("id") or "")
    return "" if completed_by is None else f"user {completed_by}"


def _region(result: Mapping[str, Any]) -> tuple[list[str], Region, tuple[int, int]]:
    """Return labels, outline and the image's size."""
    kind, value = str(result.get("type")), result["value"]
    shape = kind.removesuffix("labels")
    if shape not in _SHAPES:
        raise RegionError(f"{kind} has no counterpart here.")
    size = int(result["original_width"]), int(result["original_height"])
    labels = value.get(f"{shape}labels")
    if not isinstance(labels, list) or not labels:
        raise RegionError("it has no label.")
    return labels, _SHAPES[shape](value, *size), size


def _polygon(value: Any, width: int, height: int) -> Region:
    return Polygon(tuple((x * width / 100, y * height / 100) for x, y in value["points"]))


def _point(value: Any, width: int, height: int) -> Region:
    return Landmark(value["x"] * width / 100, value["y"] * height / 100)


def _ellipse(value: Any, width: int, height: int) -> Region:
    x, y = width / 100, height / 100  # pixels of a percent
    rx, ry = value["radiusX"], value["radiusY"]
    ellipse = Ellipse((value["x"] - rx) * x, (value["y"] - ry) * y, 2 * rx * x, 2 * ry * y)
    return turned_ellipse(ellipse, float(value.get("rotation") or 0))


def _rectangle(value: Any, width: int, height: int) -> Region:
    x, y = width / 100, height / 100
    box = BoundingBox(value["x"] * x, value["y"] * y, value["width"] * x, value["height"] * y)
    turned = RotatedBox.about_centre(box, float(value.get("rotation") or 0))
    left, top = turned.outline[0]  # it is turned about this corner there
    return turned.moved(box.x - left, box.y - top).simplest


def _brush(value: Any, width: int, height: int) -> Region:
    if value["format"] != "rle":
        raise RegionError(f"its mask is in {value['format']!r}, not in run lengths.")
    return brush_mask(value["rle"], width, height)


def _bitmask(value: Any, width: int, height: int) -> Region:
    return picture_mask(value["imageDataURL"], width, height)


_SHAPES: Mapping[str, Callable[[Any, int, int], Region]] = {
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "polygon": _polygon,
    "keypoint": _point,
    "brush": _brush,
    "bitmask": _bitmask,
}


_PLACES = {"x", "points", "rle", "imageDataURL"}
"""Keys of the value of a result that is made of a region."""
_WORDS = ("relation", "textarea", "rating", "number", "taxonomy", "datetime", "pairwise", "ranker")
"""Results that are no labels of ours."""


def _values(
    result: Mapping[str, Any], rater: str, machine: bool, score: Any
) -> Iterator[ImportedValue]:
    """Read choices ``LABEL: value``; a choice without a value says that the label is present."""
    meta = result.get("meta") or {}
    choices = result["value"]["choices"]
    for choice in [choices] if isinstance(choices, str) else choices:
        label, found, value = str(choice).rpartition(": ")
        if found and value in set(Presence):
            yield ImportedValue(
                label,
                Presence(value),
                rater,
                meta.get("intensity"),
                meta.get("side"),
                score if value == Presence.PRESENT else None,  # else how sure it is of absence
                machine,
            )
        else:
            yield ImportedValue(str(choice), Presence.PRESENT, rater, None, None, score, machine)


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels
    file = one_file(path, ["*.json"], "label-studio.json")
    tasks = read_json(file, list, "a list of Label Studio's tasks")
    scale = score_scale(_scores(tasks))
    for number, task in enumerate(tasks, start=1):
        try:
            row = is_row(task)
            whole = task_of(task, size_of, _name_of) if row else task
            image = read_task(whole, scale)
            texts = [
                f"texts in the field {name!r} taken as answers" for name in whole.get(TEXTS, ())
            ]
            notes = (*image.notes, *[SHORT_FORM] * row, *texts)
            faults = tuple(f"Task {number}: {fault}" for fault in image.faults)
            yield replace(image, faults=faults, notes=notes)
        except IngestError as error:
            yield ImportedImage("", faults=(f"Task {number} is left out: {error}",))
        except ENTRY_FAULTS:
            fault = f"Task {number} is left out: it is not one of Label Studio's."
            yield ImportedImage("", faults=(fault,))


def _scores(tasks: Sequence[Any]) -> Iterator[Any]:
    """Yield the scores of all predictions."""
    for task in tasks:
        predictions = task.get("predictions") if isinstance(task, Mapping) else None
        for prediction in predictions if isinstance(predictions, list) else ():
            if isinstance(prediction, Mapping):
                yield prediction.get("score")
                results = prediction.get("result")
                own = results if isinstance(results, list) else ()
                yield from (one.get("score") for one in own if isinstance(one, Mapping))


LABEL_STUDIO = ImportFormat("label-studio", "Label Studio (JSON)", _read)
