"""The rows of the tables: one a label, rater and round of an image; and one a region."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...dataset.items import ExportItem
from ...domain import REGION_TYPES, LabelSet, Region
from ..capacity import SAYS_ALL


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name, meaning : str
    kind : type
        ``str``, ``int`` or ``float``; any may be empty.
    """

    name: str
    meaning: str
    kind: type = str


_IMAGE = (
    Column("image_uuid", "identity of the image in the record"),
    Column("file_name", "the image's file, in images/ if pictures were copied"),
    Column("subject", "pseudonym of the person shown; empty if not known"),
    Column("split", "part of the data set; empty if it is not divided"),
    Column("review", "reviewed (no region means no finding), in progress, or not reviewed"),
)

LABELS = (
    *_IMAGE,
    Column("original_file_name", "the file that was imported"),
    Column("width", "of the image, in pixels", int),
    Column("height", "of the image, in pixels", int),
    Column("modality", "photograph, or DICOM modality"),
    Column("frame", "number in its file, from 0; empty for a file of one picture", int),
    Column("time_s", "when the frame of a video is shown, in seconds; else empty", float),
    Column("label", "code of the label"),
    Column("rater", "who says it; the model for suggestions; empty if nobody looked"),
    Column("round", "first, revealed, adjudication; empty for what no person said"),
    Column("value", "present, absent, uncertain, not_assessed, not_assessable"),
    Column(
        "basis",
        "why: stated (of the whole image), region (one is drawn), review (read to the end and "
        "not named), not offered (nor could be, when the image was signed), none",
    ),
    Column("intensity", "A (trace) to E (maximum), of Action Units"),
    Column("side", "L, R, B (bilateral), A (asymmetric), of Action Units"),
    Column("regions", "how many regions are stated", int),
    Column("score", "the classifier's score of the label in the current run, 0 to 1", float),
)

REGIONS = (
    *_IMAGE,
    Column("label", "code of the label"),
    Column("rater", "who says it; the model for suggestions"),
    Column("round", "first, revealed, adjudication; empty for what no person said"),
    Column("decision", "accepted, edited, added; suggested; consensus"),
    Column("region_type", ", ".join(REGION_TYPES)),
    Column("x", "left of the box around it, in pixels from the image's outer left edge", float),
    Column("y", "top of the box around it, in pixels from the image's outer top edge", float),
    Column("width", "of the box around it, in pixels", float),
    Column("height", "of the box around it, in pixels", float),
    Column("area_px", "of the region, in square pixels", float),
    Column("area_mm2", "the same in square millimetres; empty where no spacing is known", float),
    Column(
        "outline",
        "of polygons: JSON list of [x, y]; with holes: points and holes; of masks: x, y, width, "
        "height and counts, the run lengths in it row by row, the first background, as COCO's "
        "text; of rotated boxes: cx, cy, width, height and angle in degrees, clockwise",
    ),
    Column("annotation_uuid", "identity of the act, or of the suggestion"),
    Column("region_uuid", "what the acts on one region share"),
    Column("derived_from", "the suggestion it began as"),
    Column("suggestion_label", "what the machine had said"),
    Column("suggestion_score", "of the classifier, 0 to 1", float),
    Column("created_at", "when it was recorded, ISO 8601, UTC"),
)

TABLES: Mapping[str, tuple[Column, ...]] = {"labels": LABELS, "regions": REGIONS}

Row = tuple[Any, ...]


def dictionary_rows() -> Iterator[Row]:
    """Yield table, column, type and meaning of every column, after a head."""
    yield "table", "column", "type", "meaning"
    for table, columns in TABLES.items():
        for column in columns:
            yield table, column.name, column.kind.__name__, column.meaning


def label_rows(item: ExportItem, labels: LabelSet) -> Iterator[Row]:
    """Yield the rows of an image for the table ``labels``."""
    image, head = item.image, _head(item)
    scores = item.record.runs[-1].scores if item.record.runs else {}
    for said in item.assessments(labels):
        yield (
            *head,
            image.file_name,
            image.width,
            image.height,
            image.modality,
            image.frame,
            image.time_s,
            *said.words,
            said.regions,
            scores.get(said.label),
        )


def region_rows(item: ExportItem) -> Iterator[Row]:
    """Yield the rows of an image for the table ``regions``."""
    head = _head(item)
    for stated in item.stated:
        origin = item.suggestions.get(stated.derived_from) if stated.derived_from else None
        for region in SAYS_ALL.regions(stated.region, item.image.width, item.image.height):
            yield (
                *head,
                stated.label,
                stated.rater,
                stated.round,
                stated.decision,
                region.kind,
                *map(float, region.frame),
                float(region.area_px),
                item.image.area_mm2(region.area_px),
                _outline(region),
                str(stated.id),
                str(stated.region_id),
                str(stated.derived_from or ""),
                origin.label if origin else "",
                origin.score if origin else None,
                stated.created_at.isoformat(),
            )


def _outline(region: Region) -> str:
    """Return what the box around a region leaves open, as its JSON has it."""
    value = region.to_json()
    if not set(value) - {"type", "x", "y", "width", "height"}:
        return ""
    del value["type"]
    return json.dumps(value["points"] if set(value) == {"points"} else value)


def _head(item: ExportItem) -> Row:
    image = item.image
    return str(image.id), item.file_name, image.subject or "", item.split, str(item.review)
