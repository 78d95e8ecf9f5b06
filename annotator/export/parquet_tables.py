"""Parquet tables: labels and regions, with what their columns mean in the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain import LabelSet
from . import csv_tables
from .formats import ExportFormat
from .items import ExportItem
from .self_check import require
from .table_rows import TABLES, Column, Row, label_rows, region_rows

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_ROWS = 16384
"""Rows in memory at once, and in a row group."""


def _schema(columns: tuple[Column, ...]) -> pa.Schema:
    import pyarrow as pa

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    return pa.schema(
        pa.field(c.name, kinds[c.kind], metadata={"meaning": c.meaning}) for c in columns
    )


class _Table:
    """Gathers rows and writes them in groups."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        import pyarrow.parquet as pq

        self._schema = _schema(columns)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[Row] = []

    def extend(self, rows: Iterable[Row]) -> None:
        self._rows.extend(rows)
        if len(self._rows) >= _ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(self._schema)
        arrays = [
            pa.array(values, field.type)
            for values, field in zip(columns, self._schema, strict=True)
        ]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        self._rows.clear()

    def close(self, *, whole: bool) -> None:
        if whole and self._rows:
            self._flush()
        self._writer.close()


def _write(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
    del project
    tables = {name: _Table(folder / f"{name}.parquet", c) for name, c in TABLES.items()}
    whole = False
    try:
        for item in items:
            tables["labels"].extend(label_rows(item, labels))
            tables["regions"].extend(region_rows(item))
        whole = True
    finally:
        for table in tables.values():
            table.close(whole=whole)


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    import pyarrow.parquet as pq

    with (
        pq.ParquetFile(folder / "labels.parquet") as first,
        pq.ParquetFile(folder / "regions.parquet") as second,
    ):
        for file, columns in zip((first, second), TABLES.values(), strict=True):
            require(file.schema_arrow.equals(_schema(columns)), "the columns of a table")
        read_labels, read_regions = _rows(first), _rows(second)
        for item in items:
            for row in label_rows(item, labels):
                require(next(read_labels, None) == row, f"a label of image {item.number}")
            for row in region_rows(item):
                require(next(read_regions, None) == row, f"a region of image {item.number}")
        require(next(read_labels, None) is None, "the end of labels.parquet")
        require(next(read_regions, None) is None, "the end of regions.parquet")


def _rows(file: pq.ParquetFile) -> Iterator[tuple[Any, ...]]:
    for batch in file.iter_batches(_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


FORMAT = ExportFormat(
    "parquet",
    "Parquet tables",
    {
        **{key: csv_tables.CONVENTIONS[key] for key in ("labels", "regions", "coordinates")},
        "columns": "their meanings are in the schema, under `meaning`",
    },
    csv_tables.SAYS,
    _write,
    _check,
)
