"""FACS as Py-Feat's Fex tables have it: ``AU12`` from 0 to 1, the image or film in ``input``.

Py-Feat takes every column whose name holds AU for a unit, and needs the columns of its other
detectors to be there (``read_feat`` of py-feat 2.1); they are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...dataset.csv_lines import csv_line
from ..export_format import ExportFormat
from .action_units import PY_FEAT
from .sequence_tables import SequenceTables
from .sequences import Place, number_text
from .unit_rows import ORIGIN, SAYS, UnitRow

NAME = "py-feat.csv"
_LANDMARKS = 68
_DETECTED = [
    *(f"FaceRect{key}" for key in ("X", "Y", "Width", "Height")),
    "FaceScore",
    *(f"{axis}_{number}" for axis in "xy" for number in range(_LANDMARKS)),
    *("Pitch", "Roll", "Yaw", "X", "Y", "Z"),
]
_EMOTIONS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]

COLUMNS = [
    *_DETECTED,
    *(f"AU{unit:02d}" for unit in PY_FEAT),
    *_EMOTIONS,
    "input",
    "frame",
    *ORIGIN,
    *(f"intensity_{unit:02d}" for unit in PY_FEAT),
    *(f"side_{unit:02d}" for unit in PY_FEAT),
]


def _lines(row: UnitRow, place: Place) -> Mapping[str, str]:
    units = row.units
    cells = [
        *("" for _ in _DETECTED),
        *(number_text(float(units[u].present) if u in units else None) for u in PY_FEAT),
        *("" for _ in _EMOTIONS),
        place.film or row.item.file_name,
        str(place.frame - 1),
        *row.origin(place),
        *(number_text(units[u].grade if u in units else None) for u in PY_FEAT),
        *(units[u].side if u in units else "" for u in PY_FEAT),
    ]
    return {NAME: csv_line(cells)}


_TABLES = SequenceTables(_lines, lambda _: csv_line(COLUMNS), by_subject=False)

FORMAT = ExportFormat(
    "py-feat",
    "FACS table as Py-Feat has it",
    {
        "coder-N/py-feat.csv": "a row for each image; input and frame say which",
        "AUnn": "1 present, 0 absent; empty: uncertain, not assessed or not assessable",
        "input": "the film, or the still's file",
        "frame": "from 0, in the film; of stills, in the order of the project",
        "intensity_nn, side_nn": "beyond Py-Feat's own columns: 1 to 5 for A to E; L, R, B, A",
        "sequence, file_name, image_uuid, original_file_name": "which film and which image it is, "
        "and what it was called",
        "coder": "rater and round, in coders.csv",
        "FaceRectX, x_0, Pitch, anger, ...": "empty: of Py-Feat's detectors, without which its "
        "reader fails",
    },
    replace(SAYS, side=True, units=frozenset(PY_FEAT)),
    _TABLES.write,
    _TABLES.check,
)
