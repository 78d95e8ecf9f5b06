"""Labels in CSV: tables that people make by hand, and those of our own export."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...domain import BoundingBox, LabelSet, Presence, Region, region_from_json
from ...errors import IngestError, RegionError
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    ImportedValue,
    reason,
)
from ..markup.one_file import one_file

TABLE = "labels.csv"
LABEL_COLUMNS = ("label", "labels", "expression")
"""What the column of labels may be called; several labels of a row are joined by ``|``."""

_EXPORTED = {"image_uuid", "original_file_name", "label", "rater", "basis", "value"}
_HASHES = ("pixels_sha256", "source_sha256")
_Row = Mapping[str, str]
_LARGEST_FIELD = 2**31 - 1
_DELIMITERS = ",;\t"


def read_rows(table: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Return the columns of a table, and each row with the number of its line.

    Fields are parted by commas, semicolons or tabs, whichever the first line has most of; names
    of columns are in small letters, up to the name of a blendshape.

    Raises
    ------
    IngestError
        If it cannot be read as CSV in UTF-8 or UTF-16.
    """
    csv.field_size_limit(_LARGEST_FIELD)  # an outline of many points is one long field
    try:
        lines = io.StringIO(_text(table), newline="")
        head = lines.readline()
        lines.seek(0)
        reader = csv.DictReader(lines, restval="", delimiter=max(_DELIMITERS, key=head.count))
        reader.fieldnames = [_column(name) for name in reader.fieldnames or ()]
        return list(reader.fieldnames), [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise IngestError(f"{table.name} is not in UTF-8; save it as UTF-8 text.") from error
    except (OSError, csv.Error) as error:
        raise IngestError(f"{table.name} cannot be read; save it again as CSV.") from error


def _text(table: Path) -> str:
    content = table.read_bytes()
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as Excel writes it
    return content.decode("utf-16" if wide else "utf-8-sig")


def _column(name: str) -> str:
    head, parted, tail = name.strip().partition("_")
    blendshape = parted and head.lower() == "blendshape"
    return f"{head.lower()}_{tail}" if blendshape else name.strip().lower()


def columns_in_words(columns: Sequence[str]) -> str:
    """Return the names of a table's columns for a sentence, of many the first."""
    names = ", ".join(name[:40] for name in columns[:12]) or "no columns"
    return f"{names}, ..." if len(columns) > 12 else names


def labels_of(text: str) -> tuple[str, ...]:
    """Return the labels of a field, which ``|`` joins."""
    return tuple(filter(None, map(str.strip, text.split("|"))))


def boxes_xywh(text: str) -> tuple[BoundingBox, ...]:
    """Return the boxes of a field: ``x y w h`` in pixels, several joined by ``;``.

    Raises
    ------
    IngestError
        If one is no box; the message lacks where it stands.
    """
    boxes = []
    for one in filter(None, map(str.strip, text.split(";"))):
        try:
            x, y, width, height = (float(number) for number in one.split())
            boxes.append(BoundingBox(x, y, width, height))
        except (ValueError, RegionError) as error:
            raise IngestError(
                f"{one[:80]!r} is not a box; write four numbers with blanks between them, x y w h."
            ) from error
    return tuple(boxes)


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    table = one_file(path, ["*.csv"], TABLE)
    columns, rows = read_rows(table)
    if set(columns) >= _EXPORTED:
        yield from _exported(table, rows)
        return
    column = next((name for name in LABEL_COLUMNS if name in columns), None)
    if "file" not in columns or column is None:
        raise IngestError(
            f"{table.name} needs the column file and one of {', '.join(LABEL_COLUMNS)}; it has "
            f"{columns_in_words(columns)}."
        )
    for name, own in rows_by(rows, "file").items():
        yield _plain(name, own, column)


def rows_by(rows: Sequence[tuple[int, _Row]], column: str) -> dict[str, list[tuple[int, _Row]]]:
    """Group the rows of one image, in the order of the table."""
    grouped: dict[str, list[tuple[int, _Row]]] = {}
    if rows and column not in rows[0][1]:
        raise IngestError(f"A table lacks the column {column}; export it again.")
    for line, row in rows:
        grouped.setdefault(row[column].strip(), []).append((line, row))
    return grouped


def _plain(name: str, rows: list[tuple[int, _Row]], column: str) -> ImportedImage:
    """Read the rows of an image: its boxes are of its label.

    Each of its labels is present, unless the row has a value that says something else.
    """
    values: dict[tuple[str, str], ImportedValue] = {}
    regions: list[ImportedRegion] = []
    faults: list[str] = []
    for line, row in rows:
        rater = row.get("rater", "").strip()
        named = labels_of(row[column])
        try:
            for one in _stated(named, rater, row):
                _require_same(one, values.setdefault((one.label, rater), one))
            boxes = boxes_xywh(row.get("boxes_xywh_px", ""))
        except IngestError as error:
            faults.append(f"Line {line}: {error}")
            continue
        if boxes and len(named) != 1:
            faults.append(
                f"Line {line}: boxes of {len(named)} labels; write a row for each label that "
                "has boxes."
            )
            continue
        regions += [ImportedRegion(named[0], box, rater) for box in boxes]
    return ImportedImage(
        name, regions=tuple(regions), values=tuple(values.values()), faults=tuple(faults)
    )


_WORDS = {"": None, "1": Presence.PRESENT, "0": Presence.ABSENT} | {
    word.value: word for word in Presence
}


def _stated(named: Sequence[str], rater: str, row: _Row) -> Iterator[ImportedValue]:
    word = row.get("value", Presence.PRESENT.value).strip().lower()
    if word not in _WORDS:
        raise IngestError(f"{word[:40]!r} is no value; write {', '.join(Presence)}, 1 or 0.")
    intensity, side = (row.get(key, "").strip() or None for key in ("intensity", "side"))
    if (value := _WORDS[word]) is not None:
        yield from (ImportedValue(label, value, rater, intensity, side) for label in named)


def _require_same(one: ImportedValue, before: ImportedValue) -> None:
    if one != before:
        raise IngestError(f"another row says something else of {one.label!r}.")


def _exported(table: Path, rows: Sequence[tuple[int, _Row]]) -> Iterator[ImportedImage]:
    """Read the tables of our own export: what was stated of images, and the regions."""
    beside = table.with_name("regions.csv")
    regions = rows_by(read_rows(beside)[1], "image_uuid") if beside.is_file() else {}
    for identity, own in rows_by(rows, "image_uuid").items():
        faults: list[str] = []
        found = [r for line, row in regions.get(identity, []) for r in _region(line, row, faults)]
        stated = [v for line, row in own for v in stated_of(line, row, faults)]
        first = own[0][1]
        yield ImportedImage(
            first["original_file_name"],
            _whole(first.get("width", "")),
            _whole(first.get("height", "")),
            tuple(found),
            tuple(stated),
            tuple(faults),
            marks=(identity, *(first.get(key) or "" for key in _HASHES)),
            frame=_whole(first.get("frame", "")),
        )


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def stated_of(line: int, row: _Row, faults: list[str]) -> Iterator[ImportedValue]:
    """Yield the value of a row that a person stated; others follow from regions and reviews.

    A side follows from suggestions, too, which do not come along: it is taken as it is written.
    """
    if row["basis"] != "stated" and not (row["basis"] == "region" and row.get("side")):
        return
    try:
        value = Presence(row["value"])
    except ValueError:
        faults.append(f"Line {line}: {row['value']!r} is no value; write {', '.join(Presence)}.")
        return
    intensity, side = row.get("intensity") or None, row.get("side") or None
    yield ImportedValue(row["label"], value, row["rater"], intensity, side)


def _region(line: int, row: _Row, faults: list[str]) -> Iterator[ImportedRegion]:
    try:
        score = float(row["suggestion_score"]) if row.get("suggestion_score") else None
        suggested = row["decision"] == "suggested"
        yield ImportedRegion(
            row["label"], _geometry(row), "" if suggested else row["rater"], score, suggested
        )
    except ENTRY_FAULTS as error:
        faults.append(f"Line {line} of regions.csv is left out: {reason(error)}")


def _geometry(row: _Row) -> Region:
    """Return the region of a row, by its outline where a box around it does not say it all."""
    outline = json.loads(row.get("outline") or "null")
    if isinstance(outline, list):
        outline = {"points": outline}
    frame = {key: float(row[key]) for key in ("x", "y", "width", "height") if row.get(key)}
    return region_from_json({"type": row["region_type"], **(outline or frame)})


CSV = ImportFormat("csv", "CSV: file, labels and boxes; or the tables of an export", _read)
