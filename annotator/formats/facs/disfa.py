"""FACS as DISFA has it: a file for each subject and unit, a line ``frame,intensity`` each frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..export_format import ExportFormat
from .action_units import DISFA
from .sequence_tables import checker, writer
from .unit_rows import SAYS, UnitRow


def _lines(row: UnitRow, sequence: str, frame: int) -> Mapping[str, str]:
    return {
        f"ActionUnit_Labels/{sequence}/{sequence}_au{unit}.txt": f"{frame},{said.grade}\n"
        for unit, said in row.units.items()
        if unit in DISFA and said.grade is not None
    }


def _head(name: str) -> str:
    del name
    return ""


FORMAT = ExportFormat(
    "disfa",
    "FACS tables as DISFA has them",
    {
        "coder-N/ActionUnit_Labels/S/S_auU.txt": "frame from 1, intensity 0 (absent) to 5 (E); a "
        "frame on which the unit was not assessed, or its intensity not scored, has no line",
        "frames.csv": "which image a frame is",
        "coders.csv": "rater and round of each coder",
    },
    replace(SAYS, units=frozenset(DISFA), grade_needed=True),
    writer(_lines, _head),
    checker(_lines, _head),
)
