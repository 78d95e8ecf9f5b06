"""A folder of labelled images: ``images/`` and ``labels.csv``, to evaluate and to train on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ..domain import BoundingBox
from ..domain.blendshapes import units_present
from ..errors import IngestError, NotFoundError
from ..formats.tables.csv_reading import (
    LABEL_COLUMNS,
    TABLE,
    boxes_xywh,
    columns_in_words,
    labels_of,
    read_rows,
)

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

    def boxes_on(self, width: int, height: int) -> tuple[BoundingBox, ...]:
        """Return the boxes, cut at the edge of the picture, whose size in pixels is given.

        Raises
        ------
        IngestError
            If one lies beyond it: it is of another picture.
        """
        cut = [box.clipped(width, height) for box in self.boxes]
        for box, part in zip(self.boxes, cut, strict=True):
            if part is None:
                x, y, across, down = box.frame
                raise IngestError(
                    f"{self.path.name} is left out: its box {x:g} {y:g} {across:g} {down:g} lies "
                    f"beyond the picture of {width} x {height} px; mend it in {TABLE}."
                )
        return tuple(part for part in cut if part is not None)


def read_labels(folder: Path, split: str | None = None) -> list[LabelledImage]:
    """Read ``labels.csv`` of a folder of labelled images; several rows of a file are one image.

    A row that is repeated word for word counts as often as it is there.

    Parameters
    ----------
    folder : Path
        With ``images/`` and ``labels.csv`` (columns ``file``, perhaps with folders, one of
        ``label``, ``labels``
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
            f"it has {columns_in_words(columns)}."
        )
    if split is not None:
        splits = sorted({row.get("split") or "" for _, row in rows})
        rows = [(line, row) for line, row in rows if row.get("split") == split]
        if not rows:
            raise NotFoundError(f"No row is of split {split!r}; there are {', '.join(splits)}.")
    if not rows:
        raise NotFoundError(f"{TABLE} has no rows; write one for each image.")
    # A picture may be in several parts that are asked for one at a time, and what a line repeats
    # word for word is a picture that counts more than once.
    images: dict[tuple[Path, str], tuple[int, LabelledImage]] = {}
    times: Counter[LabelledImage] = Counter()
    for line, row in rows:
        image = _labelled(folder, (label_column, subject_column), line, row)
        times[image] += 1
        key = image.path, image.split
        first, earlier = images.get(key, (line, image))
        images[key] = first, _joined(earlier, image, f"{TABLE}, lines {first} and {line}")
    return [image for _, image in images.values() for _ in range(max(1, times[image]))]


def _joined(one: LabelledImage, other: LabelledImage, where: str) -> LabelledImage:
    """Return what two rows of a split say of one picture: it is in it once."""
    if one is other:
        return one
    if one.subject != other.subject:
        raise IngestError(
            f"{where}: both name {one.path.name}, as of two people; write whose it is."
        )
    if set(one.labels) != set(other.labels) and (one.boxes or other.boxes):
        raise IngestError(
            f"{where}: both name {one.path.name}, with boxes of different labels; write it once, "
            "with the boxes of its label."
        )
    return replace(
        one,
        labels=tuple(dict.fromkeys(one.labels + other.labels)),
        boxes=tuple(dict.fromkeys(one.boxes + other.boxes)),
        implied=tuple(dict.fromkeys(one.implied + other.implied)),
    )


def _labelled(
    folder: Path, columns: tuple[str, str], line: int, row: dict[str, str]
) -> LabelledImage:
    label_column, subject_column = columns
    inside = PurePosixPath(row["file"].strip().replace("\\", "/"))
    if not inside.name or inside.is_absolute() or ".." in inside.parts:
        raise IngestError(
            f"{TABLE}, line {line}: {row['file']!r} is no name of a file in images; write it with "
            "the folders below images, if there are some."
        )
    return LabelledImage(
        path=folder / "images" / inside,
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
