"""A folder of labelled images: ``images/`` and ``labels.csv``, to evaluate and to train on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..domain import BoundingBox
from ..domain.blendshapes import units_present
from ..errors import IngestError, NotFoundError
from ..formats.tables.csv_reading import LABEL_COLUMNS, TABLE, boxes_xywh, labels_of, read_rows

_BLENDSHAPE = "blendshape_"
_SUBJECT_COLUMNS = ("patient", "person", "subject")


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """A row of ``labels.csv``.

    Attributes
    ----------
    path : Path
    labels : tuple of str
        As written in the file.
    boxes : tuple of BoundingBox
        Where the labelled thing lies, in original pixels.
    split : str
        The part of the data that the row belongs to; empty if the file does not say.
    subject : str
        Who is on the image, by whatever name the file has; empty if it does not say. Never shown.
    implied : tuple of str
        Codes of Action Units that the row's blendshape scores speak for.
    """

    path: Path
    labels: tuple[str, ...]
    boxes: tuple[BoundingBox, ...] = ()
    split: str = ""
    subject: str = ""
    implied: tuple[str, ...] = ()


def read_labels(folder: Path, split: str | None = None) -> list[LabelledImage]:
    """Read ``labels.csv`` of a folder of labelled images.

    Parameters
    ----------
    folder : Path
        With ``images/`` and ``labels.csv`` (columns ``file``, one of ``label``, ``labels``
        (joined by ``|``) or ``expression``; optional ``boxes_xywh_px``, ``split``, one of
        ``patient``, ``person`` or ``subject``, and ``blendshape_NAME`` with scores in [0, 1]).
    split : str, optional
        Only the rows of this split.

    Raises
    ------
    NotFoundError
        If the file, a column, the split, or every row is missing.
    IngestError
        If a row cannot be read; the message says which line.
    """
    table = folder / TABLE
    if not table.is_file():
        raise NotFoundError(f"There is no {TABLE} in {folder}; give a folder that has one.")
    columns, rows = read_rows(table)
    label_column = next((c for c in LABEL_COLUMNS if c in columns), None)
    subject_column = next((c for c in _SUBJECT_COLUMNS if c in columns), "")
    if "file" not in columns or label_column is None:
        raise NotFoundError(
            f"{TABLE} needs the column file and one of {', '.join(LABEL_COLUMNS)}; "
            f"it has {', '.join(columns) or 'no columns'}."
        )
    if split is not None:
        splits = sorted({row.get("split") or "" for _, row in rows})
        rows = [(line, row) for line, row in rows if row.get("split") == split]
        if not rows:
            raise NotFoundError(f"No row is of split {split!r}; there are {', '.join(splits)}.")
    if not rows:
        raise NotFoundError(f"{TABLE} has no rows; write one for each image.")
    return [_labelled(folder, (label_column, subject_column), line, row) for line, row in rows]


def _labelled(
    folder: Path, columns: tuple[str, str], line: int, row: dict[str, str]
) -> LabelledImage:
    label_column, subject_column = columns
    if not row["file"] or row["file"] != Path(row["file"]).name:
        raise IngestError(f"{TABLE}, line {line}: {row['file']!r} is no name of a file.")
    return LabelledImage(
        path=folder / "images" / row["file"],
        labels=labels_of(row[label_column]),
        boxes=_boxes(line, row.get("boxes_xywh_px", "")),
        split=row.get("split", "").strip(),
        subject=row.get(subject_column, "").strip(),
        implied=units_present(_blendshapes(line, row)),
    )


def _blendshapes(line: int, row: dict[str, str]) -> dict[str, float]:
    scores = {}
    for column, text in row.items():
        if column and column.startswith(_BLENDSHAPE) and text.strip():
            try:
                scores[column.removeprefix(_BLENDSHAPE)] = float(text)
            except ValueError as error:
                raise IngestError(
                    f"{TABLE}, line {line}: {column} is {text!r}; write a number from 0 to 1."
                ) from error
    return scores


def _boxes(line: int, text: str) -> tuple[BoundingBox, ...]:
    try:
        return boxes_xywh(text)
    except IngestError as error:
        raise IngestError(f"{TABLE}, line {line}: {error}") from error
