"""Label Studio's JSON-MIN: each annotation a flat row, its results named by the task's controls.

Which control a result is of is its only name: what it is follows from what it holds. Rows do not
have the identities of results (a region without a label of its own is that of the label at the
same place), nor predictions, intensities and sides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...errors import IngestError
from ..import_format import SizeOf

_OF_THE_ROW = frozenset(
    {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
)
_SHAPES = {"points": "polygon", "radiusX": "ellipse", "rle": "brush", "imageDataURL": "bitmask"}
_NO_REGIONS = ("choices", "text", "rating", "number", "taxonomy", "datetime", "pairwise", "ranker")
_KINDS = {"text": "textarea"}
SHORT_FORM = (
    "rows of JSON-MIN read: it has no predictions, and no grade or side of a value, and a text "
    "counts as a choice"
)
"""What a file in this form cannot say."""
TEXTS = "fields that are texts"
"""Key of the names of fields that count as choices: a field of the task's own may be among them,
where its data have an ``id``."""


def is_row(task: Mapping[str, Any]) -> bool:
    """Tell whether something is a row of JSON-MIN, and no task."""
    return not task.keys() & {"data", "annotations", "completions", "predictions"}


def task_of(
    row: Mapping[str, Any], size_of: SizeOf, name_of: Callable[[Mapping[str, Any]], str]
) -> dict[str, Any]:
    """Return the task that a row was made of, with one annotation.

    Parameters
    ----------
    row : mapping
    size_of : callable
        Returns the size of an image where a result does not have it.
    name_of : callable
        Returns the file name of a task's image.

    Raises
    ------
    IngestError
        If it has no field that names a picture.
    """
    data: dict[str, Any] = {}
    parts: list[tuple[str, Any]] = []
    texts: list[str] = []
    names = list(row)
    # The task's own fields come first, then its number, then what was answered.
    ends = names.index("annotator") if "annotator" in row else len(names)
    begins = names.index("id") if "id" in row else ends
    for place, (name, value) in enumerate(row.items()):
        if name in _OF_THE_ROW:
            continue
        own = list(_parts(value))
        if any(isinstance(part, Mapping) for part in own):
            parts += [(name, part) for part in own]
        elif begins < place < ends:
            parts += [(name, {"choices": [str(part)]}) for part in own]
            texts.append(name)
        else:
            data[name] = value
    if not data:
        raise IngestError("no field before its id names a picture; export it as JSON.")
    task: dict[str, Any] = {"data": data}
    size = size_of(name_of(task))
    sides = {"original_width": size[0], "original_height": size[1]} if size else {}
    places = {_place(part) for _, part in parts if _label_key(part)}
    results = [
        {"from_name": name, **sides, **_result(part)}
        for name, part in parts
        if _label_key(part) or not _place(part) or _place(part) not in places
    ]
    annotator = row.get("annotator")
    by = {"email": annotator} if isinstance(annotator, str) else annotator
    return {**task, TEXTS: texts, "annotations": [{"completed_by": by, "result": results}]}


def _parts(value: Any) -> Iterator[Any]:
    """Yield what a field holds: one by one, also where it is JSON within a text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        with suppress(ValueError):  # words that merely begin so
            value = json.loads(value)
    yield from value if isinstance(value, list) else [value]


def _label_key(part: Any) -> str:
    keys = part if isinstance(part, Mapping) else {}
    return next((key for key in keys if key.endswith("labels")), "")


def _place(part: Any) -> str:
    """Return where a region lies, to be compared; empty for what is none."""
    if not isinstance(part, Mapping) or not part.keys() & {"x", *_SHAPES}:
        return ""
    return repr(sorted((k, v) for k, v in part.items() if k != _label_key(part)))


def _result(part: Any) -> dict[str, Any]:
    """Return a result: what kind it is of follows from what it holds."""
    if not isinstance(part, Mapping):
        return {"type": "choices", "value": {"choices": [str(part)]}}
    sizes = {key: part[key] for key in ("original_width", "original_height") if key in part}
    value = {key: one for key, one in part.items() if key not in sizes}
    for key in _NO_REGIONS:
        if key in part:
            return {**sizes, "type": _KINDS.get(key, key), "value": value}
    shape = next((_SHAPES[key] for key in part if key in _SHAPES), "")
    shape = shape or ("rectangle" if "height" in part else "keypoint")
    key = _label_key(part)
    if key == "labels":
        value[f"{shape}labels"] = value.pop(key)
    kind = key if key and key != "labels" else f"{shape}labels" if key else shape
    return {**sizes, "type": kind, "value": value}
