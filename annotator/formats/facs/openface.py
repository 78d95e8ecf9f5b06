"""FACS as OpenFace writes it: ``AU12_c`` present or absent, ``AU12_r`` intensity 0 to 5."""

from __future__ import annotations

from dataclasses import replace

from ..export_format import ExportFormat
from .action_units import OPENFACE, OPENFACE_PRESENCE
from .frame_tables import checker, number_text, writer
from .unit_rows import SAYS, UnitRow

NAME = "openface.csv"

COLUMNS = [
    "frame",
    "face_id",
    "timestamp",
    "confidence",
    "success",
    *(f"AU{unit:02d}_r" for unit in OPENFACE),
    *(f"AU{unit:02d}_c" for unit in OPENFACE_PRESENCE),
    "file_name",
    "coder",
    *(f"AU{unit:02d}_side" for unit in OPENFACE_PRESENCE),
]


def _cells(row: UnitRow) -> list[str]:
    units = row.units
    intensities = (units[u].grade if u in units else None for u in OPENFACE)
    presences = (int(units[u].present) if u in units else None for u in OPENFACE_PRESENCE)
    return [
        str(row.item.number),
        "0",
        number_text(row.item.image.time_s or 0),
        *("1" if row.scorable else "0",) * 2,
        *map(number_text, intensities),
        *map(number_text, presences),
        row.item.file_name,
        str(row.coder),
        *(units[u].side if u in units else "" for u in OPENFACE_PRESENCE),
    ]


FORMAT = ExportFormat(
    "openface",
    "FACS table as OpenFace has it",
    {
        "AUnn_c": "1 present, 0 absent; empty: uncertain or not assessed",
        "AUnn_r": "0 absent, 1 to 5 for A to E; empty: present, its intensity not scored",
        "AUnn_side": "beyond OpenFace's own columns: L, R, B, A",
        "confidence, success": "1; 0 where a coder says that nothing of the face can be scored",
        "timestamp": "when a frame is shown, in seconds; 0 for what is no frame of a video",
        "coder": "rater and round, in coders.csv",
    },
    replace(SAYS, side=True, units=frozenset(OPENFACE_PRESENCE), graded=frozenset(OPENFACE)),
    writer(NAME, COLUMNS, _cells),
    checker(NAME, COLUMNS, _cells),
)
