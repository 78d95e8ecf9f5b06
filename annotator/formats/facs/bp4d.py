"""FACS as BP4D has it: occurrence by sequence, intensity by unit, 9 where it was not coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..export_format import ExportFormat
from .action_units import BP4D, BP4D_INTENSITY, NOT_CODED
from .sequence_tables import SequenceTables
from .sequences import Place
from .unit_rows import SAYS, UnitRow

_OCCURRENCE = "AU_OCC/"


def _lines(row: UnitRow, place: Place) -> Mapping[str, str]:
    units, sequence = row.units, place.sequence
    codes = (int(units[u].present) if u in units else NOT_CODED for u in BP4D)
    lines = {f"{_OCCURRENCE}{sequence}.csv": ",".join(map(str, (place.frame, *codes))) + "\n"}
    for unit in BP4D_INTENSITY:
        coded = units.get(unit)
        grade = NOT_CODED if coded is None or coded.grade is None else coded.grade
        lines[f"AU_INT/AU{unit:02d}/{sequence}_AU{unit:02d}.csv"] = f"{place.frame},{grade}\n"
    return lines


def _head(name: str) -> str:
    return ",".join(map(str, (0, *BP4D))) + "\n" if name.startswith(_OCCURRENCE) else ""


_TABLES = SequenceTables(_lines, _head)

FORMAT = ExportFormat(
    "bp4d",
    "FACS tables as BP4D has them",
    {
        "coder-N/AU_OCC/S.csv": "head: 0, then the units' numbers; then frame, and for each unit "
        "1 present, 0 absent, 9 not coded or not assessable",
        "coder-N/AU_INT/AUnn/S_AUnn.csv": "frame, intensity 0 to 5, 9 not coded",
        "frame": "from 1, in the film; of stills, in the order of the subject's",
        "frames.csv": "which image a frame of a sequence is, and what it was called",
        "coders.csv": "rater and round of each coder",
    },
    replace(SAYS, units=frozenset(BP4D), graded=frozenset(BP4D_INTENSITY)),
    _TABLES.write,
    _TABLES.check,
)
