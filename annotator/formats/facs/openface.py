"""FACS as OpenFace writes it: ``AU12_c`` present or absent, ``AU12_r`` intensity 0 to 5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...dataset.csv_lines import csv_line
from ..export_format import ExportFormat
from .action_units import OPENFACE, OPENFACE_PRESENCE
from .sequence_tables import SequenceTables
from .sequences import Place, number_text
from .unit_rows import ORIGIN, SAYS, UnitRow

COLUMNS = [
    "frame",
    "face_id",
    "timestamp",
    "confidence",
    "success",
    *(f"AU{unit:02d}_r" for unit in OPENFACE),
    *(f"AU{unit:02d}_c" for unit in OPENFACE_PRESENCE),
    *ORIGIN,
    *(f"AU{unit:02d}_side" for unit in OPENFACE_PRESENCE),
]


def _lines(row: UnitRow, place: Place) -> Mapping[str, str]:
    units = row.units
    intensities = (units[u].grade if u in units else None for u in OPENFACE)
    presences = (int(units[u].present) if u in units else None for u in OPENFACE_PRESENCE)
    cells = [
        str(place.frame),
        "0",
        number_text(row.item.image.time_s or 0),
        *("1" if row.scorable else "0",) * 2,
        *map(number_text, intensities),
        *map(number_text, presences),
        *row.origin(place),
        *(units[u].side if u in units else "" for u in OPENFACE_PRESENCE),
    ]
    return {f"{place.sequence}.csv": csv_line(cells)}


_TABLES = SequenceTables(_lines, lambda _: csv_line(COLUMNS), by_subject=False)

FORMAT = ExportFormat(
    "openface",
    "FACS tables as OpenFace has them",
    {
        "coder-N/S.csv": "one table a film, called by it, and stills.csv for all stills",
        "frame": "from 1, in the film; of stills, in the order of the project",
        "AUnn_c": "1 present, 0 absent; empty: uncertain, not assessed or not assessable",
        "AUnn_r": "0 absent, 1 to 5 for A to E; empty: present, its intensity not scored",
        "AUnn_side": "beyond OpenFace's own columns: L, R, B, A",
        "confidence, success": "1; 0 where a coder says that nothing of the face can be scored",
        "timestamp": "when a frame is shown, in seconds; 0 for what is no frame of a video",
        "sequence, file_name, image_uuid, original_file_name": "which film and which image it is, "
        "and what it was called",
        "coder": "rater and round, in coders.csv",
    },
    replace(SAYS, side=True, units=frozenset(OPENFACE_PRESENCE), graded=frozenset(OPENFACE)),
    _TABLES.write,
    _TABLES.check,
)
