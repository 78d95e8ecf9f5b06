"""FACS in tables: OpenFace, Py-Feat, DISFA, BP4D."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...domain import LabelSet, Presence
from ...errors import IngestError
from ..import_format import ImportFormat, SizeOf
from ..imported import ENTRY_FAULTS, ImportedImage, ImportedImages, ImportedValue
from .action_units import NOT_CODED, letter_of, unit_code

_PRESENT_FROM = 0.5
"""Probability from which Py-Feat's own users take a unit for present."""


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
            name = row.get("file_name") or _frame_name(file, row.get("frame", ""), len(rows))
            if row.get("success", "1") in ("0", "0.0"):
                yield ImportedImage(name, faults=(f"OpenFace found no face in {name}.",))
                continue
            yield ImportedImage(name, values=tuple(_openface_values(row)))


def _frame_name(file: Path, frame: str, rows: int) -> str:
    """Name a row of a table that is about one picture, or about the frames of a film."""
    return file.stem if rows == 1 or not frame else f"{file.stem}#{frame}"


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
        for row in rows:
            name = row.get("input", "").replace("\\", "/").rpartition("/")[2]
            name = name or _frame_name(file, row.get("frame", ""), len(rows))
            yield ImportedImage(name, values=tuple(_py_feat_values(row)))


def _py_feat_values(row: Mapping[str, str]) -> Iterator[ImportedValue]:
    for key, text in row.items():
        match = re.fullmatch(r"AU(\d\d)", key)
        score = _number(text) if match else None
        if match is None or score is None:
            continue
        shown = score >= _PRESENT_FROM
        grade = _number(row.get(f"{key}_intensity", ""))
        yield ImportedValue(
            unit_code(int(match[1])),
            Presence.PRESENT if shown else Presence.ABSENT,
            intensity=letter_of(grade) if shown and grade is not None else None,
            side=(row.get(f"{key}_side") or None) if shown else None,
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
    """Yield the frames by name: as ``frames.csv`` has it, else ``SEQUENCE#FRAME``."""
    names: dict[tuple[str, int], str] = {}
    for table in (path / "frames.csv", path.parent / "frames.csv"):
        if table.is_file():
            names = {(r["sequence"], int(r["frame"])): r["file_name"] for r in _table(table)}
            break
    for (sequence, frame), values in sorted(by_frame.items()):
        name = names.get((sequence, frame), f"{sequence}#{frame}")
        yield ImportedImage(name, values=tuple(values))


OPENFACE = ImportFormat("openface", "OpenFace (CSV)", _read_openface)
PY_FEAT = ImportFormat("py-feat", "Py-Feat (CSV)", _read_py_feat)
DISFA = ImportFormat("disfa", "DISFA (text files)", _read_disfa)
BP4D = ImportFormat("bp4d", "BP4D (CSV)", _read_bp4d)
