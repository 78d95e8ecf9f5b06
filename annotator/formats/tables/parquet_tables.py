"""Parquet tables: labels and regions, with what their columns mean in the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ..export_format import ExportFormat
from ..self_check import require
from . import csv_tables
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


class _Batches:
    """Gathers rows into batches, cut the same way whenever the rows are the same."""

    def __init__(self, columns: tuple[Column, ...], take: Callable[[pa.RecordBatch], None]) -> None:
        self._schema = _schema(columns)
        self._take = take
        self._rows: list[Row] = []

    def extend(self, rows: Iterable[Row]) -> None:
        self._rows.extend(rows)
        if len(self._rows) >= _ROWS:
            self.flush()

    def flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [
                pa.array(values, field.type)
                for values, field in zip(columns, self._schema, strict=True)
            ]
            self._take(pa.record_batch(arrays, schema=self._schema))
            self._rows.clear()


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    import pyarrow.parquet as pq

    del project
    with ExitStack() as opened:
        batches = {}
        for name, columns in TABLES.items():
            path = folder / f"{name}.parquet"
            file = pq.ParquetWriter(path, _schema(columns), compression="zstd")
            batches[name] = _Batches(columns, opened.enter_context(file).write_batch)
        _gather(items, labels, batches["labels"], batches["regions"])


def _gather(
    items: Iterable[ExportItem], labels: LabelSet, of_labels: _Batches, of_regions: _Batches
) -> None:
    for item in items:
        of_labels.extend(label_rows(item, labels))
        of_regions.extend(region_rows(item))
    of_labels.flush()
    of_regions.flush()


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    import pyarrow.parquet as pq

    with ExitStack() as opened:
        files = {
            name: opened.enter_context(pq.ParquetFile(folder / f"{name}.parquet"))
            for name in TABLES
        }
        comparing = {
            name: _Comparison(files[name], name, columns) for name, columns in TABLES.items()
        }
        batches = {
            name: _Batches(columns, comparing[name].take) for name, columns in TABLES.items()
        }
        _gather(items, labels, batches["labels"], batches["regions"])
        for one in comparing.values():
            one.end()


class _Comparison:
    """Compares a file with batches of what must be in it, a group of rows for each batch."""

    def __init__(self, file: pq.ParquetFile, name: str, columns: tuple[Column, ...]) -> None:
        require(file.schema_arrow.equals(_schema(columns)), f"the columns of {name}")
        self._file = file
        self._name = name
        self._group = 0

    def take(self, batch: pa.RecordBatch) -> None:
        import pyarrow as pa

        require(self._group < self._file.num_row_groups, f"the number of {self._name}")
        read = self._file.read_row_group(self._group)
        self._group += 1
        if not read.equals(pa.Table.from_batches([batch])):
            rows = zip(read.to_pylist(), batch.to_pylist(), strict=False)
            number = next((n for n, (one, other) in enumerate(rows) if one != other), len(read))
            require(False, f"row {number + 1} of group {self._group} of {self._name}")

    def end(self) -> None:
        require(self._group == self._file.num_row_groups, f"the end of {self._name}")


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
    readers_apart=True,
)
