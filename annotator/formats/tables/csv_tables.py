"""CSV tables: labels, regions, and what their columns mean."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ..capacity import SAYS_ALL
from ..export_format import ExportFormat
from ..self_check import require
from .table_rows import LABELS, REGIONS, TABLES, dictionary_rows, label_rows, region_rows

SAYS = SAYS_ALL

CONVENTIONS = {
    "labels": "a row for each image, rater, label and round; of an image nobody read, one for "
    "each label without a rater",
    "regions": "a row for each region",
    "columns": "in data_dictionary.csv",
    "coordinates": "pixels; x is the column, y the row; the origin is the outer corner of the "
    "top-left pixel",
    "encoding": "UTF-8; RFC 4180",
}


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    del project
    with (folder / "data_dictionary.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\r\n").writerows(dictionary_rows())
    with ExitStack() as opened:
        writers = {}
        for table, columns in TABLES.items():
            file = (folder / f"{table}.csv").open("w", encoding="utf-8", newline="")
            writers[table] = csv.writer(opened.enter_context(file), lineterminator="\r\n")
            writers[table].writerow(column.name for column in columns)
        for item in items:
            writers["labels"].writerows(label_rows(item, labels))
            writers["regions"].writerows(region_rows(item))


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    with (
        (folder / "labels.csv").open(encoding="utf-8", newline="") as first,
        (folder / "regions.csv").open(encoding="utf-8", newline="") as second,
    ):
        read_labels, read_regions = _rows(first), _rows(second)
        require(next(read_labels, None) == [c.name for c in LABELS], "the head of labels.csv")
        require(next(read_regions, None) == [c.name for c in REGIONS], "the head of regions.csv")
        for item in items:
            for row in label_rows(item, labels):
                require(next(read_labels, None) == _texts(row), f"a label of image {item.number}")
            for row in region_rows(item):
                require(next(read_regions, None) == _texts(row), f"a region of image {item.number}")
        require(next(read_labels, None) is None, "the end of labels.csv")
        require(next(read_regions, None) is None, "the end of regions.csv")


def _rows(lines: Iterable[str]) -> Iterator[list[str]]:
    csv.field_size_limit(2**31 - 1)  # an outline of many points is one long field
    yield from csv.reader(lines)


def _texts(row: tuple[Any, ...]) -> list[str]:
    return ["" if value is None else str(value) for value in row]


FORMAT = ExportFormat("csv", "CSV tables", CONVENTIONS, SAYS, _write, _check, readers_apart=True)
