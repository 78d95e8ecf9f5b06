"""FACS as Py-Feat's Fex tables have it: ``AU12`` from 0 to 1, the image in ``input``."""

from __future__ import annotations

from dataclasses import replace

from ..export_format import ExportFormat
from .action_units import PY_FEAT
from .frame_tables import checker, number_text, writer
from .unit_rows import SAYS, UnitRow

NAME = "py-feat.csv"

COLUMNS = [
    "frame",
    *(f"AU{unit:02d}" for unit in PY_FEAT),
    "input",
    "coder",
    *(f"AU{unit:02d}_intensity" for unit in PY_FEAT),
    *(f"AU{unit:02d}_side" for unit in PY_FEAT),
]


def _cells(row: UnitRow) -> list[str]:
    units = row.units
    return [
        str(row.item.number - 1),
        *(number_text(float(units[u].present) if u in units else None) for u in PY_FEAT),
        row.item.file_name,
        str(row.coder),
        *(number_text(units[u].grade if u in units else None) for u in PY_FEAT),
        *(units[u].side if u in units else "" for u in PY_FEAT),
    ]


FORMAT = ExportFormat(
    "py-feat",
    "FACS table as Py-Feat has it",
    {
        "AUnn": "1 present, 0 absent; empty: uncertain or not assessed",
        "AUnn_intensity, AUnn_side": "beyond Py-Feat's own columns: 1 to 5 for A to E; L, R, B, A",
        "input": "the image's file",
        "coder": "rater and round, in coders.csv",
    },
    replace(SAYS, side=True, units=frozenset(PY_FEAT)),
    writer(NAME, COLUMNS, _cells),
    checker(NAME, COLUMNS, _cells),
)
