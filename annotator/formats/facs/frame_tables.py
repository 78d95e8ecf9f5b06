"""FACS in one table, a row for each image and coder: OpenFace's and Py-Feat's layouts."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from ...dataset.items import ExportItem
from ...domain import LabelSet
from ..export_format import CheckItems, WriteItems
from ..self_check import require
from .unit_rows import UnitRow, UnitRows, all_rows

Cells = Callable[[UnitRow], list[str]]


def writer(name: str, columns: list[str], cells: Cells) -> WriteItems:
    """Return what writes the table, and who its coders are."""

    def write(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
        del project
        rows = UnitRows(labels)
        with (folder / name).open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, lineterminator="\r\n")
            table.writerow(columns)
            for item in items:
                table.writerows(map(cells, rows.of(item)))
        rows.write_coders(folder)

    return write


def checker(name: str, columns: list[str], cells: Cells) -> CheckItems:
    """Return what reads the table back and compares it."""

    def check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
        with (folder / name).open(encoding="utf-8", newline="") as lines:
            table = csv.reader(lines)
            require(next(table, None) == columns, f"the head of {name}")
            for row in all_rows(items, labels):
                require(next(table, None) == cells(row), f"the row of image {row.item.number}")
            require(next(table, None) is None, f"the end of {name}")

    return check


def number_text(value: float | None) -> str:
    """Return a number, or nothing where there is none."""
    return "" if value is None else str(value)
