"""A folder that `datasets.load_dataset("imagefolder", ...)` reads: pictures and a table each part.

Layout: ``data/PART/`` with the pictures and ``metadata.parquet``, a row for each of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet, Mask, Region
from ..capacity import SAYS_ALL
from ..detection.coco import run_length_text
from ..export_format import ExportFormat
from ..self_check import require

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

TABLE = "metadata.parquet"
_ROWS = 1024

SAYS = replace(SAYS_ALL, shapes=frozenset({"box", "polygon", "mask", "point"}), holes=False)

CONVENTIONS = {
    "data/PART": "the pictures of a split (train where there are none) and metadata.parquet",
    "objects": "lists of one length: bbox [x, y, width, height] and polygon [x, y, ...] in pixels "
    "from the outer corner of the top-left pixel, category (class of the label, by its place in "
    "the project's label set), rater, round, decision; of masks and "
    "polygons with holes rle instead of polygon: COCO's compressed run lengths of the whole image",
    "values": "lists of one length: category, value, rater, round, intensity, side, as stated or "
    "by a region that stands",
    "frame": "number in the file of original_name, from 0; empty for a file of one picture",
    "review": "reviewed (no object means no finding), in progress, or not reviewed",
    "not_offered": "labels that could not be chosen when the image was signed: no object of them "
    "means nothing",
}


def _part(item: ExportItem) -> str:
    return f"data/{item.split or 'train'}"


_CLASS = "class_label"
_STATED = {"category": [_CLASS], "rater": ["string"], "round": ["string"]}
_FEATURES: Mapping[str, Any] = {
    "file_name": "string",
    "image_uuid": "string",
    # Not `original_file_name`: the library takes what ends so for a picture.
    "original_name": "string",
    "frame": "int32",
    "time_s": "float64",
    "subject": "string",
    "width": "int32",
    "height": "int32",
    "review": "string",
    "not_offered": ["string"],
    "objects": {
        "bbox": [["float64"]],
        "polygon": [["float64"]],
        "rle": ["string"],
        **_STATED,
        "decision": ["string"],
    },
    "values": {"value": ["string"], **_STATED, "intensity": ["string"], "side": ["string"]},
}
"""The columns: a kind, a list of one, or columns within."""


def _schema(labels: LabelSet) -> pa.Schema:
    """Return the columns for Arrow, with what `datasets` reads the classes from."""
    import pyarrow as pa

    kinds = {
        "string": pa.string(),
        "int32": pa.int32(),
        "float64": pa.float64(),
        _CLASS: pa.int64(),
    }

    def of_arrow(kind: Any) -> pa.DataType:
        if isinstance(kind, list):
            return pa.list_(of_arrow(kind[0]))
        if isinstance(kind, Mapping):
            return pa.struct([(name, of_arrow(within)) for name, within in kind.items()])
        return kinds[kind]

    def of_datasets(kind: Any) -> Any:
        if isinstance(kind, list):
            return [of_datasets(kind[0])]
        if isinstance(kind, Mapping):
            return {name: of_datasets(within) for name, within in kind.items()}
        if kind == _CLASS:
            return {"names": list(labels.codes), "_type": "ClassLabel"}
        return {"dtype": kind, "_type": "Value"}

    info = json.dumps({"info": {"features": of_datasets(_FEATURES)}})
    columns = [(name, of_arrow(kind)) for name, kind in _FEATURES.items()]
    return pa.schema(columns, metadata={"huggingface": info})


def _head(labels: LabelSet, parts: Sequence[str]) -> Mapping[str, Any]:
    """Return the head of the data set's card: columns and parts, as ``datasets`` reads them."""

    def of_yaml(kind: Any) -> dict[str, Any]:
        if isinstance(kind, list):
            within = of_yaml(kind[0])
            plain = within.get("dtype")
            return {"list": plain if isinstance(plain, str) else plain or within}
        if isinstance(kind, Mapping):
            return {"struct": [{"name": name, **of_yaml(k)} for name, k in kind.items()]}
        if kind == _CLASS:
            names = {str(number): code for number, code in enumerate(labels.codes)}
            return {"dtype": {_CLASS: {"names": names}}}
        return {"dtype": kind}

    (_, *columns) = ({"name": name, **of_yaml(kind)} for name, kind in _FEATURES.items())
    files = [{"split": part, "path": f"data/{part}/**"} for part in parts or ("train",)]
    return {
        "configs": [{"config_name": "default", "data_files": files}],
        "dataset_info": {"features": [{"name": "image", "dtype": "image"}, *columns]},
    }


def _row(item: ExportItem, classes: Mapping[str, int]) -> dict[str, Any]:
    size, values = (item.image.width, item.image.height), item.values
    made = [(one, region) for one in item.stated for region in SAYS.regions(one.region, *size)]
    stated = [one for one, _ in made]
    return {
        "file_name": item.file_name,
        "image_uuid": str(item.image.id),
        "original_name": item.image.file_name,
        "frame": item.image.frame,
        "time_s": item.image.time_s,
        "subject": item.image.subject,
        "width": item.image.width,
        "height": item.image.height,
        "review": str(item.review),
        "not_offered": list(item.not_offered),
        "objects": {
            "bbox": [list(region.frame) for _, region in made],
            "polygon": [_polygon(region) for _, region in made],
            "rle": [_rle(region, item) for _, region in made],
            "category": [classes[one.label] for one in stated],
            "rater": [one.rater for one in stated],
            "round": [one.round for one in stated],
            "decision": [one.decision for one in stated],
        },
        "values": {
            "category": [classes[one.label] for one in values],
            "value": [one.value.value for one in values],
            "rater": [one.rater for one in values],
            "round": [one.round for one in values],
            "intensity": [one.intensity for one in values],
            "side": [one.side for one in values],
        },
    }


def _polygon(region: Region) -> list[float]:
    return [] if region.kind == Mask.kind else [n for point in region.outline for n in point]


def _rle(region: Region, item: ExportItem) -> str:
    return run_length_text(region, item.image) if region.kind == Mask.kind else ""


class _Part:
    """The table of one part, written in groups of rows."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        folder.mkdir(parents=True, exist_ok=True)
        self._schema = schema
        self._writer = pq.ParquetWriter(folder / TABLE, schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) == _ROWS:
            self.flush()

    def flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows.clear()

    def close(self) -> None:
        self._writer.close()


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    del project
    schema, classes = _schema(labels), _classes(labels)
    parts: dict[str, _Part] = {}
    try:
        for item in items:
            name = _part(item)
            if name not in parts:
                parts[name] = _Part(folder / name, schema)
            parts[name].add(_row(item, classes))
        for part in parts.values():
            part.flush()
    finally:
        for part in parts.values():
            part.close()


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    import pyarrow.parquet as pq

    schema, classes = _schema(labels), _classes(labels)
    files: dict[str, pq.ParquetFile] = {}
    rows: dict[str, Iterator[dict[str, Any]]] = {}
    try:
        for item in items:
            name = _part(item)
            if name not in rows:
                files[name] = pq.ParquetFile(folder / name / TABLE)
                read = files[name].schema_arrow
                same = read.equals(schema) and (read.metadata or {}) == schema.metadata
                require(same, f"the columns of {name}")
                rows[name] = _rows(files[name])
            require(
                next(rows[name], None) == _row(item, classes), f"the row of image {item.number}"
            )
            require((folder / name / item.file_name).is_file(), f"picture {item.number}")
        for name, left in rows.items():
            require(next(left, None) is None, f"the end of {name}")
    finally:
        for file in files.values():
            file.close()


def _classes(labels: LabelSet) -> Mapping[str, int]:
    return labels.numbered(0)


def _rows(file: pq.ParquetFile) -> Iterator[dict[str, Any]]:
    for batch in file.iter_batches(_ROWS):
        yield from batch.to_pylist()


FORMAT = ExportFormat(
    "hugging-face",
    "Hugging Face datasets (image folder)",
    CONVENTIONS,
    SAYS,
    _write,
    _check,
    pictures=_part,
    needs_pictures=True,
    card=_head,
)
