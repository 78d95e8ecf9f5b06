"""Reads a whole project image by image, holding only a few of them in memory."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import orjson

from ..domain import (
    Annotation,
    ImageRecord,
    LabelValue,
    Protocol,
    Reading,
    ReadingRecord,
    Remark,
    Round,
    SuggestionRun,
)
from . import images, projects, runs
from .act_translation import annotation_from_columns, label_value_from
from .readings import remarks_on
from .rounds import lineage, readings
from .rows import acts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.tables import ImageRow

_Act = TypeVar("_Act", Annotation, LabelValue)
_BATCH = 200  # images in memory at once


def stream(session: Session, project_id: uuid.UUID) -> Iterator[ImageRecord]:
    """Yield all that is recorded of each image of a project, in queue order."""
    protocol = projects.protocol_from(projects.project(session, project_id))
    first = 0
    while batch := images.images(session, project_id, first, _BATCH):
        yield from image_records(session, batch, protocol)
        first = batch[-1].position + 1
        session.expunge_all()


def image_records(
    session: Session, rows: Sequence[ImageRow], protocol: Protocol
) -> Iterator[ImageRecord]:
    """Yield all that is recorded of some hundred images, in queue order."""
    ids = [row.id for row in rows]
    found = {image_id: _Found() for image_id in ids}
    _find_annotations(session, rows, found)
    for value, rater in acts.label_acts(session, ids, latest=False):
        found[value.image_id].label_values.append(label_value_from(value, rater))
    for reading in readings(session, ids):
        found[reading.image_id].readings.append(reading)
    for remark in remarks_on(session, ids):
        found[remark.image_id].remarks.append(remark)
    for image_id, run in runs.runs(session, ids):
        found[image_id].runs.append(run)
    for image in images.assets(session, rows):
        of_image = found[image.id]
        counting = of_image.counting(protocol)
        yield ImageRecord(
            image=image,
            annotations=counting.annotations,
            runs=tuple(of_image.runs),
            readings=tuple(map(of_image.reading_record, of_image.readings)),
            label_values=counting.label_values,
            remarks=tuple(of_image.remarks),
            protocol=protocol,
        )


def _find_annotations(
    session: Session, rows: Sequence[ImageRow], found: Mapping[uuid.UUID, _Found]
) -> None:
    """Find the acts on regions of images in queue order: most of what a record holds."""
    first, last = rows[0].position, rows[-1].position
    places = {row.position: (row.id, found[row.id].annotations) for row in rows}
    columns = acts.every_region_act(session, rows[0].project_id, first, last)
    regions = orjson.loads(f"[{','.join(act[5] for act in columns)}]")  # at once: a fifth faster
    for act, region in zip(columns, regions, strict=True):
        if act[0] in places:  # images that were removed leave gaps
            image_id, annotations = places[act[0]]
            annotations.append(annotation_from_columns(act, image_id, region))


@dataclass(frozen=True, slots=True)
class _Counting:
    """The acts that count."""

    annotations: tuple[Annotation, ...]
    label_values: tuple[LabelValue, ...]


class _Found:
    """What was found of one image, in the order recorded."""

    def __init__(self) -> None:
        self.annotations: list[Annotation] = []
        self.label_values: list[LabelValue] = []
        self.readings: list[Reading] = []
        self.remarks: list[Remark] = []
        self.runs: list[SuggestionRun] = []

    def reading_record(self, reading: Reading) -> ReadingRecord:
        """Return what counts in one reading."""
        counting = self._of(lineage(reading, self.readings))
        return ReadingRecord(reading, counting.annotations, counting.label_values)

    def counting(self, protocol: Protocol) -> _Counting:
        """Return what counts on the image: adjudicated, or of all readers' last rounds."""
        if not protocol.isolated:
            return _Counting(
                _latest(self.annotations, lambda act: act.region_id.int),
                _latest(self.label_values, lambda act: act.label),
            )
        adjudicated = [
            r for r in self.readings if r.round is Round.ADJUDICATION and r.signed_at is not None
        ]
        last = {r.rater: r for r in self.readings if r.is_own_look}
        deciding = adjudicated[-1:] or list(last.values())
        return self._of(key for r in deciding for key in lineage(r, self.readings))

    def _of(self, reading_ids: Iterable[uuid.UUID]) -> _Counting:
        wanted = set(reading_ids)
        return _Counting(
            _latest(
                (act for act in self.annotations if act.reading_id in wanted),
                lambda act: (act.rater, act.region_id.int),
            ),
            _latest(
                (act for act in self.label_values if act.reading_id in wanted),
                lambda act: (act.rater, act.label),
            ),
        )


def _latest(recorded: Iterable[_Act], subject: Callable[[_Act], Hashable]) -> tuple[_Act, ...]:
    """Return the last act on each subject, in the order recorded.

    Identities are compared as numbers: hashing a `uuid.UUID` is a call of Python each time.
    """
    found: dict[Hashable, _Act] = {}
    for act in recorded:
        key = subject(act)
        found.pop(key, None)
        found[key] = act
    return tuple(found.values())
