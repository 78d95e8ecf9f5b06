"""FACS as DISFA has it: a file for each subject and unit, a line ``frame,intensity`` each frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..export_format import ExportFormat
from .action_units import DISFA
from .sequence_tables import SequenceTables
from .sequences import Place
from .unit_rows import SAYS, UnitRow


def folder_name(number: int) -> str:
    """Return what DISFA's readers look for: ``SN001`` for the first sequence."""
    return f"SN{number:03d}"


def _lines(row: UnitRow, place: Place) -> Mapping[str, str]:
    name = folder_name(place.number)
    return {
        f"ActionUnit_Labels/{name}/{name}_au{unit}.txt": f"{place.frame},{coded.grade}\n"
        for unit, coded in row.units.items()
        if unit in DISFA and coded.grade is not None
    }


_TABLES = SequenceTables(_lines, lambda _: "")

FORMAT = ExportFormat(
    "disfa",
    "FACS tables as DISFA has them",
    {
        "coder-N/ActionUnit_Labels/SNnnn/SNnnn_auU.txt": "frame from 1, in the film (of stills, "
        "in the order of the subject's); intensity 0 (absent) to 5 (E); a frame on which the unit "
        "was not assessed, or its intensity not scored, has no line",
        "SNnnn": "sequence_number of frames.csv",
        "frames.csv": "which image a frame of a sequence is, and what it was called",
        "coders.csv": "rater and round of each coder",
    },
    replace(SAYS, units=frozenset(DISFA), grade_needed=True),
    _TABLES.write,
    _TABLES.check,
)
