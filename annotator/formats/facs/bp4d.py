"""FACS as BP4D has it: occurrence by sequence, intensity by unit, 9 where it was not coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..export_format import ExportFormat
from .action_units import BP4D, BP4D_INTENSITY, NOT_CODED
from .sequence_tables import checker, writer
from .unit_rows import SAYS, UnitRow


def _lines(row: UnitRow, sequence: str, frame: int) -> Mapping[str, str]:
    units = row.units
    codes = (int(units[u].present) if u in units else NOT_CODED for u in BP4D)
    lines = {f"AU_OCC/{sequence}.csv": ",".join(map(str, (frame, *codes))) + "\n"}
    for unit in BP4D_INTENSITY:
        said = units.get(unit)
        grade = NOT_CODED if said is None or said.grade is None else said.grade
        lines[f"AU_INT/AU{unit:02d}/{sequence}_AU{unit:02d}.csv"] = f"{frame},{grade}\n"
    return lines


def _head(name: str) -> str:
    return "" if "_AU" in name else ",".join(map(str, (0, *BP4D))) + "\n"


FORMAT = ExportFormat(
    "bp4d",
    "FACS tables as BP4D has them",
    {
        "coder-N/AU_OCC/S.csv": "head: 0, then the units' numbers; then frame, and for each unit "
        "1 present, 0 absent, 9 not coded",
        "coder-N/AU_INT/AUnn/S_AUnn.csv": "frame, intensity 0 to 5, 9 not coded",
        "frames.csv": "which image a frame is",
        "coders.csv": "rater and round of each coder",
    },
    replace(SAYS, units=frozenset(BP4D), graded=frozenset(BP4D_INTENSITY)),
    writer(_lines, _head),
    checker(_lines, _head),
)
