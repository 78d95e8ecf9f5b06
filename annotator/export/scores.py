"""The classifier's own scores of each image, in a table beside what people coded."""

from __future__ import annotations

import csv
from pathlib import Path

from ..dataset.items import ExportItem
from ..domain import LabelSet

FILE_NAME = "classifier_scores.csv"
_COLUMNS = (
    "image_uuid",
    "file_name",
    "original_file_name",
    "frame_in_file",
    "time_s",
    "classifier",
    "classifier_version",
)
_SCORE_OF = "classifier_score_"


def note_scores(folder: Path, item: ExportItem, labels: LabelSet) -> None:
    """Add the row of an image; none where no classifier saw it.

    Scores are those of the current run, from 0 to 1; a label that the classifier does not know
    has an empty cell.
    """
    if not item.record.runs:
        return
    run, image = item.record.runs[-1], item.image
    path = folder / FILE_NAME
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\r\n")
        if new:
            table.writerow((*_COLUMNS, *(f"{_SCORE_OF}{code}" for code in labels.codes)))
        made = run.provenance
        head = (image.id, item.file_name, image.file_name, image.frame, image.time_s)
        scores = (run.scores.get(code) for code in labels.codes)
        table.writerow((*head, made.model_name, made.model_version, *scores))
