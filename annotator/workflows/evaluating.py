"""Measure a classifier and its maps on a folder of labelled images."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..domain import BoundingBox
from ..errors import AnnotatorError, IngestError, NotFoundError, RegionError, SuggestError
from ..ingest import Pixels
from ..suggest import measures
from ..suggest.cutting import cut_regions
from ..suggest.suggester import Reading, Suggester
from .pictures import shown_file
from .progress import Progress, silent

_LABEL_COLUMNS = ("label", "labels", "expression")


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
    """

    path: Path
    labels: tuple[str, ...]
    boxes: tuple[BoundingBox, ...]


@dataclass(slots=True)
class Evaluation:
    """What was measured, each figure with the number of images behind it.

    Attributes
    ----------
    figures : dict
        JSON-ready: name of the figure to ``{"value", "n"}``, and ``auc`` by label.
    notices : list of str
        What was left out, and why.
    failures : list of str
        Images that could not be measured, and why; they count in no figure.
    """

    model: dict[str, str]
    data: dict[str, Any]
    against: str
    figures: dict[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        return {
            "model": self.model,
            "data": self.data,
            "against": self.against,
            "figures": self.figures,
            "notices": self.notices,
            "failures": self.failures,
        }

    def lines(self) -> Iterator[str]:
        """Return the figures for people, one a line, each with its n."""
        for name, figure in self.figures.items():
            named = figure if name in ("recall", "auc") else {"": figure}
            for label, entry in named.items():
                value = entry["value"]
                text = f"{value:.3f}" if isinstance(value, float) else str(value)
                yield f"{f'{name} {label}'.strip():<34} {text:>7}   n = {entry['n']}"


@dataclass(slots=True)
class _Tally:
    """What the images gave so far."""

    truths: list[frozenset[str]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)
    centre_hits: list[bool] = field(default_factory=list)
    energies: list[float] = field(default_factory=list)
    ious: list[float] = field(default_factory=list)


def read_labels(folder: Path, split: str | None = None) -> list[LabelledImage]:
    """Read ``labels.csv`` of a folder of labelled images.

    Parameters
    ----------
    folder : Path
        With ``images/`` and ``labels.csv`` (columns ``file``, one of ``label``, ``labels``
        (joined by ``|``) or ``expression``; optional ``boxes_xywh_px``, ``split``).
    split : str, optional
        Only the rows of this split.

    Raises
    ------
    NotFoundError
        If the file, a column, the split, or every image is missing.
    IngestError
        If a row cannot be read; the message says which line.
    """
    table = folder / "labels.csv"
    if not table.is_file():
        raise NotFoundError(f"There is no labels.csv in {folder}; give a folder that has one.")
    columns, rows = _read_rows(table)
    label_column = next((c for c in _LABEL_COLUMNS if c in columns), None)
    if "file" not in columns or label_column is None:
        raise NotFoundError(
            f"labels.csv needs the column file and one of {', '.join(_LABEL_COLUMNS)}; "
            f"it has {', '.join(columns) or 'no columns'}."
        )
    if split is not None:
        splits = sorted({row.get("split") or "" for _, row in rows})
        rows = [(line, row) for line, row in rows if row.get("split") == split]
        if not rows:
            raise NotFoundError(f"No row is of split {split!r}; there are {', '.join(splits)}.")
    return [_labelled(folder, label_column, line, row) for line, row in rows]


def _read_rows(table: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Return the columns, and each row with the number of its line."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            rows = [(reader.line_num, row) for row in reader]
            return list(reader.fieldnames or ()), rows
    except UnicodeDecodeError as error:
        raise IngestError("labels.csv is not in UTF-8; save it as UTF-8 text.") from error
    except (OSError, csv.Error) as error:
        raise IngestError(f"labels.csv cannot be read ({error}); save it again as CSV.") from error


def _labelled(folder: Path, column: str, line: int, row: dict[str, str]) -> LabelledImage:
    if not row["file"] or row["file"] != Path(row["file"]).name:
        raise IngestError(f"labels.csv, line {line}: {row['file']!r} is no name of a file.")
    boxes = []
    for text in filter(None, map(str.strip, row.get("boxes_xywh_px", "").split(";"))):
        try:
            x, y, width, height = (float(number) for number in text.split())
            boxes.append(BoundingBox(x, y, width, height))
        except (ValueError, RegionError) as error:
            raise IngestError(
                f"labels.csv, line {line}: {text!r} is not a box; write four numbers with blanks "
                "between them, x y w h."
            ) from error
    labels = tuple(filter(None, map(str.strip, row[column].split("|"))))
    return LabelledImage(folder / "images" / row["file"], labels, tuple(boxes))


def evaluate(
    suggester: Suggester,
    folder: Path,
    split: str | None = None,
    against: str | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Measure a classifier, and its maps where boxes are given.

    Parameters
    ----------
    suggester : Suggester
    folder : Path
        As `read_labels` takes it.
    split : str, optional
    against : str, optional
        The contrast of the maps; the card's if not given.
    progress : callable, optional

    Returns
    -------
    Evaluation

    Raises
    ------
    NotFoundError, IngestError
        If the folder cannot be read.
    SuggestError
        If no image has a label that the classifier knows.
    """
    card = suggester.card
    rival = suggester.rival(against)
    result = Evaluation(
        model={"name": card.name, "version": card.version, "sha256": card.weights.sha256},
        data={"folder": folder.name, "split": split},
        against=rival or card.contrast,
    )
    rows = list(_known(suggester, read_labels(folder, split), result.notices))
    if not rows:
        raise SuggestError(
            f"No image of {folder.name} has a label that {card.name} knows "
            f"({', '.join(card.codes)})."
        )
    tally = _Tally()
    for done, (image, truth) in enumerate(rows):
        try:
            _measure(suggester, image, truth, rival, tally)
        except AnnotatorError as error:
            result.failures.append(str(error))
        progress(done + 1, len(rows))
    if not tally.readings:
        raise IngestError(f"None of {len(rows)} images could be read; {result.failures[0]}")
    result.figures = _classification(tally, card.codes) | _localisation(tally)
    return result


def _known(
    suggester: Suggester, images: Sequence[LabelledImage], notices: list[str]
) -> Iterator[tuple[LabelledImage, frozenset[str]]]:
    unknown: dict[str, int] = {}
    for image in images:
        codes = set()
        for name in image.labels:
            try:
                codes.add(suggester.code(name))
            except SuggestError:
                unknown[name] = unknown.get(name, 0) + 1
        if codes:
            yield image, frozenset(codes)
    for name, count in sorted(unknown.items()):
        notices.append(f"The card has no label {name!r}: left out {count} times.")


def _measure(
    suggester: Suggester,
    image: LabelledImage,
    truth: frozenset[str],
    rival: str | None,
    tally: _Tally,
) -> None:
    pixels = shown_file(image.path)
    reading = suggester.read([pixels])[0]
    if image.boxes:
        _localise(suggester, image, truth, rival, (pixels, reading), tally)
    tally.truths.append(truth)
    tally.readings.append(reading)


def _localise(
    suggester: Suggester,
    image: LabelledImage,
    truth: frozenset[str],
    rival: str | None,
    read: tuple[Pixels, Reading],
    tally: _Tally,
) -> None:
    pixels, reading = read
    hit, energy, iou = False, 0.0, 0.0
    explicable = [code for code in truth if code in reading.scores and code != rival]
    if reading.scores and not explicable:
        return  # its label is the rival itself: there is no map to measure
    if explicable:
        # The boxes belong to the row's label; with several labels, to the best of them.
        label = max(explicable, key=lambda code: reading.scores[code])
        values = suggester.explain(pixels, [label], rival, reading.face)[0].values
        hit = measures.points_at(measures.maximum_point(values), image.boxes)
        energy = measures.energy_inside(values, image.boxes)
        iou = measures.best_iou([region.box for region in cut_regions(values)], image.boxes)
    height, width = pixels.shape[:2]
    tally.hits.append(hit)
    tally.energies.append(energy)
    tally.ious.append(iou)
    tally.centre_hits.append(measures.points_at((width / 2, height / 2), image.boxes))


def _figure(values: Sequence[float] | Sequence[bool]) -> dict[str, float | int]:
    return {"value": float(np.mean(values)), "n": len(values)}


def _classification(tally: _Tally, codes: Sequence[str]) -> dict[str, Any]:
    if not tally.readings:
        return {}
    best = [max(r.scores, key=lambda c: r.scores[c]) if r.scores else None for r in tally.readings]
    right = [guess in truth for guess, truth in zip(best, tally.truths, strict=True)]
    present = [c for c in codes if any(c in truth for truth in tally.truths)]
    recalls = {}
    for code in present:
        of_code = [g == code for g, t in zip(best, tally.truths, strict=True) if code in t]
        recalls[code] = _figure(of_code)
    figures: dict[str, Any] = {
        "accuracy": _figure(right),
        "macro_recall": {
            "value": float(np.mean([r["value"] for r in recalls.values()])),
            "n": len(right),
        },
        "recall": recalls,
        "auc": _areas(tally, present),
    }
    unread = sum(not r.scores for r in tally.readings)
    if unread:
        figures["unread"] = {"value": unread, "n": len(right)}
    return figures


def _areas(tally: _Tally, codes: Sequence[str]) -> dict[str, Any]:
    read = [(r, t) for r, t in zip(tally.readings, tally.truths, strict=True) if r.scores]
    areas = {}
    for code in codes:
        scores = np.array([reading.scores[code] for reading, _ in read])
        positive = np.array([code in truth for _, truth in read], dtype=bool)
        if positive.any() and not positive.all():
            areas[code] = {
                "value": measures.area_under_curve(scores, positive),
                "n": len(read),
                "n_positive": int(positive.sum()),
            }
    return areas


def _localisation(tally: _Tally) -> dict[str, Any]:
    if not tally.hits:
        return {}
    return {
        "pointing": _figure(tally.hits),
        "energy_in_box": _figure(tally.energies),
        "best_region_iou": _figure(tally.ious),
        "best_region_iou_at_least_half": _figure([iou >= 0.5 for iou in tally.ious]),
        "centre_baseline": _figure(tally.centre_hits),
    }
