"""FACS in tables: OpenFace, Py-Feat, DISFA, BP4D."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...domain import BoundingBox, LabelSet, Presence
from ...errors import IngestError
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    FaceInTable,
    ImportedImage,
    ImportedImages,
    ImportedValue,
)
from .action_units import NOT_CODED, letter_of, unit_code
from .disfa import folder_name
from .sequences import FRAMES

_PRESENT_FROM = 0.5
"""Probability from which Py-Feat's own users take a unit for present."""
_LANDMARKS = 68
"""Of OpenFace: x_0 to x_67 and y_0 to y_67, in pixels."""


def _files(path: Path, pattern: str, what: str) -> list[Path]:
    found = [path] if path.is_file() else sorted(path.rglob(pattern))
    if not found:
        raise IngestError(f"There are no {what} ({pattern}) in {path.name}; name their folder.")
    return found


def _table(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a head; OpenFace writes blanks after its commas."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, skipinitialspace=True)
            return [{(k or "").strip(): v or "" for k, v in row.items()} for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise IngestError(f"{path.name} cannot be read as CSV; save it again.") from None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value


def _read_openface(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    for file in _files(path, "*.csv", "OpenFace tables"):
        rows = _table(file)
        if not rows or not any(re.fullmatch(r"AU\d\d_[rc]", key) for key in rows[0]):
            continue
        for row in rows:
            no_face = row.get("success", "1") in ("0", "0.0")
            yield ImportedImage(
                _called(row) or file.stem,
                values=() if no_face else tuple(_openface_values(row)),
                notes=("rows in which OpenFace found no face, left out",) * no_face,
                frame=_frame(row.get("frame", ""), first=1),
                time_s=_number(row.get("timestamp", "")),
                marks=_marks(row),
                face=None if "coder" in row else _openface_face(row),
            )


def _called(row: Mapping[str, str]) -> str:
    """Return the name of the image or film in a table of ours; empty in others'."""
    return row.get("original_file_name") or row.get("file_name", "")


def _marks(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(filter(None, map(row.get, ("image_uuid", "file_name"))))


def _frame(text: str, *, first: int) -> int | None:
    """Return which frame of its film a row is about, from 0, given what the table's first is."""
    number = _number(text)
    return int(number) - first if number is not None and number.is_integer() else None


def _openface_face(row: Mapping[str, str]) -> FaceInTable | None:
    """Return which face a row is about: where the landmarks are, if the table has them."""
    name = row.get("face_id") or row.get("face")
    across, down = (
        [x for n in range(_LANDMARKS) if (x := _number(row.get(f"{axis}_{n}", ""))) is not None]
        for axis in "xy"
    )
    box = _box(min(across), min(down), max(across), max(down)) if across and down else None
    return FaceInTable(f"face {name or 0}", box) if name or box else None


def _box(left: float, top: float, right: float, bottom: float) -> BoundingBox | None:
    whole = right > left and bottom > top
    return BoundingBox(left, top, right - left, bottom - top) if whole else None


def _openface_values(row: Mapping[str, str]) -> Iterator[ImportedValue]:
    for key in row:
        match = re.fullmatch(r"AU(\d\d)_c", key)
        present = _number(row[key]) if match else None
        if match is None or present is None:
            continue
        grade = _number(row.get(f"AU{match[1]}_r", ""))
        shown = present >= _PRESENT_FROM
        yield ImportedValue(
            unit_code(int(match[1])),
            Presence.PRESENT if shown else Presence.ABSENT,
            intensity=letter_of(grade) if shown and grade is not None else None,
            side=(row.get(f"AU{match[1]}_side") or None) if shown else None,
            score=min(1.0, max(0.0, present)),
        )


def _read_py_feat(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    for file in _files(path, "*.csv", "Py-Feat tables"):
        rows = _table(file)
        if not rows or not any(re.fullmatch(r"AU\d\d", key) for key in rows[0]):
            continue
        faces: Counter[tuple[str, str]] = Counter()
        for row in rows:
            name, frame = row.get("input", ""), row.get("frame", "")
            faces[name, frame] += 1
            yield ImportedImage(
                _called(row) or name or file.stem,
                values=tuple(_py_feat_values(row)),
                marks=_marks(row),
                frame=_frame(frame, first=0),
                face=None if "coder" in row else _py_feat_face(row, faces[name, frame]),
            )


def _py_feat_face(row: Mapping[str, str], number: int) -> FaceInTable:
    """Return which face a row is about; the table says where it is, and does not number it."""
    x, y, width, height = (
        _number(row.get(f"FaceRect{side}", "")) for side in ("X", "Y", "Width", "Height")
    )
    if x is None or y is None or width is None or height is None:
        return FaceInTable(f"face {number}", None)
    return FaceInTable(f"face {number}", _box(x, y, x + width, y + height))


def _py_feat_values(row: Mapping[str, str]) -> Iterator[ImportedValue]:
    for key, text in row.items():
        match = re.fullmatch(r"AU(\d\d)", key)
        score = _number(text) if match else None
        if match is None or score is None:
            continue
        shown = score >= _PRESENT_FROM
        grade = _number(row.get(f"intensity_{match[1]}", ""))
        yield ImportedValue(
            unit_code(int(match[1])),
            Presence.PRESENT if shown else Presence.ABSENT,
            intensity=letter_of(grade) if shown and grade is not None else None,
            side=(row.get(f"side_{match[1]}") or None) if shown else None,
            score=min(1.0, max(0.0, score)),
        )


def _read_disfa(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    by_frame: dict[tuple[str, int], list[ImportedValue]] = {}
    for file in _files(path, "*_au*.txt", "DISFA's label files"):
        match = re.fullmatch(r"(.+)_au(\d{1,2})", file.stem)
        if match is None:
            continue
        try:
            pairs = list(_pairs(file))
        except IngestError as error:
            yield ImportedImage("", faults=(str(error),))
            continue
        for frame, grade in pairs:
            by_frame.setdefault((match[1], frame), []).append(_graded(int(match[2]), grade))
    yield from _frames(path, by_frame)


def _read_bp4d(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    by_frame: dict[tuple[str, int], list[ImportedValue]] = {}
    for file in _files(path, "AU_OCC/*.csv", "BP4D's occurrence tables"):
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                head, *rows = [row for row in csv.reader(lines) if row] or [[]]
            grades = _grades(file)
        except (OSError, csv.Error, *ENTRY_FAULTS):
            fault = f"{file.name} cannot be read as CSV; export it again."
            yield ImportedImage("", faults=(fault,))
            continue
        for number, row in enumerate(rows, start=2):
            try:
                values = list(_occurrences(head, row, grades))
                if values:
                    by_frame.setdefault((file.stem, int(row[0])), []).extend(values)
            except ENTRY_FAULTS:
                fault = f"Row {number} of {file.name} is left out: it is not a whole number a unit."
                yield ImportedImage("", faults=(fault,))
    yield from _frames(path, by_frame)


def _occurrences(
    head: list[str], row: list[str], grades: Mapping[tuple[int, int], int]
) -> Iterator[ImportedValue]:
    for unit, code in zip(head[1:], row[1:], strict=True):
        if int(code) != NOT_CODED:
            grade = grades.get((int(unit), int(row[0]))) if int(code) else 0
            yield _graded(int(unit), grade if grade is not None else -1)


def _grades(file: Path) -> dict[tuple[int, int], int]:
    """Return the intensities beside an occurrence table, by unit and frame."""
    found = {}
    for table in (file.parent.parent / "AU_INT").glob(f"*/{file.stem}_AU*.csv"):
        unit = int(table.stem.rpartition("AU")[2])
        for frame, grade in _pairs(table):
            if grade != NOT_CODED:
                found[unit, frame] = grade
    return found


def _pairs(file: Path) -> Iterator[tuple[int, int]]:
    """Yield frame and intensity of each line."""
    try:
        for line in file.read_text("ascii").splitlines():
            frame, _, grade = line.partition(",")
            yield int(frame), int(grade)
    except (OSError, ValueError):
        raise IngestError(
            f"{file.name} is not lines of frame,intensity; export it again."
        ) from None


def _graded(unit: int, grade: int) -> ImportedValue:
    """Return a value: 0 absent, 1 to 5 present, below 0 present without intensity."""
    value = Presence.ABSENT if grade == 0 else Presence.PRESENT
    return ImportedValue(unit_code(unit), value, intensity=letter_of(grade))


def _frames(
    path: Path, by_frame: Mapping[tuple[str, int], list[ImportedValue]]
) -> Iterator[ImportedImage]:
    """Yield the frames as ``frames.csv`` names them, else by their sequence, counted from 1."""
    rows: dict[tuple[str, int], Mapping[str, str]] = {}
    for table in (path / FRAMES, path.parent / FRAMES):
        if table.is_file():
            for row in _table(table):
                folder = folder_name(int(row.get("sequence_number") or 0))
                rows |= dict.fromkeys(
                    ((name, int(row["frame"])) for name in (folder, row["sequence"])), row
                )
            break
    for (sequence, frame), values in sorted(by_frame.items()):
        if (image := rows.get((sequence, frame))) is not None:
            yield ImportedImage(
                _called(image),
                values=tuple(values),
                marks=_marks(image),
                frame=_frame(image.get("frame_in_file", ""), first=0),
                time_s=_number(image.get("time_s", "")),
            )
        else:
            yield ImportedImage(sequence, values=tuple(values), frame=frame - 1)


OPENFACE = ImportFormat("openface", "OpenFace (CSV)", _read_openface)
PY_FEAT = ImportFormat("py-feat", "Py-Feat (CSV)", _read_py_feat)
DISFA = ImportFormat("disfa", "DISFA (text files)", _read_disfa)
BP4D = ImportFormat("bp4d", "BP4D (CSV)", _read_bp4d)
