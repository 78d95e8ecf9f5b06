"""The classifier's own scores of each image, in a table beside what people coded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..dataset.csv_lines import append_line, csv_line
from ..dataset.items import ExportItem

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


def note_scores(folder: Path, item: ExportItem, codes: Sequence[str]) -> None:
    """Add the row of an image, with the scores of these labels; none where no classifier saw it.

    Scores are those of the current run, from 0 to 1; a label that the classifier does not know
    has an empty cell.
    """
    if not item.record.runs:
        return
    run, image = item.record.runs[-1], item.image
    made = run.provenance
    about = (image.id, item.file_name, image.file_name, image.frame, image.time_s)
    scores = (run.scores.get(code) for code in codes)
    append_line(
        folder / FILE_NAME,
        csv_line((*_COLUMNS, *(f"{_SCORE_OF}{code}" for code in codes))),
        csv_line((*about, made.model_name, made.model_version, *scores)),
    )
