"""Reads a whole project image by image, holding only a few of them in memory."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from db.tables import AnnotationRow, ImageRow, RaterRow

from ..domain import (
    Annotation,
    Decision,
    ImageRecord,
    LabelValue,
    MaskChange,
    Protocol,
    Reading,
    ReadingRecord,
    Remark,
    Round,
    SuggestionRun,
    stated_region_from_json,
)
from . import images, projects, runs
from .act_rows import Shared, acts_of, remarks_on, without_overruled
from .masks import Masks
from .rounds import imported, lineage, readings

_Act = TypeVar("_Act", Annotation, LabelValue)
_DECISIONS = {decision.value: decision for decision in Decision}
_BATCH = 200  # images in memory at once


def stream(session: Session, project_id: UUID) -> Iterator[ImageRecord]:
    """Yield all that is recorded of each image of a project, in queue order."""
    first = 0
    while batch := images.images(session, project_id, first, _BATCH):
        yield from image_records(session, batch)
        first = batch[-1].position + 1
        session.expunge_all()


def image_records(session: Session, rows: Sequence[ImageRow]) -> Iterator[ImageRecord]:
    """Yield all that is recorded of some hundred images of one project, in queue order."""
    protocol = projects.protocol_from(projects.project(session, rows[0].project_id))
    ids = [row.id for row in rows]
    found = {image_id: _Found() for image_id in ids}
    _find_annotations(session, rows, found)
    for value in acts_of(session, LabelValue, Shared(tuple(ids)), latest=False):
        found[value.image_id].label_values.append(value)
    for reading in readings(session, ids):
        found[reading.image_id].readings.append(reading)
    for remark in remarks_on(session, ids):
        found[remark.image_id].remarks.append(remark)
    for image_id, run in runs.runs(session, ids):
        found[image_id].runs.append(run)
    for image in images.assets(session, rows):
        of_image = found[image.id]
        annotations, label_values = of_image.counting(protocol)
        yield ImageRecord(
            image=image,
            annotations=annotations,
            runs=tuple(of_image.runs),
            readings=tuple(ReadingRecord(one, *of_image.of([one])) for one in of_image.readings),
            label_values=label_values,
            remarks=tuple(of_image.remarks),
            protocol=protocol,
        )


def _find_annotations(
    session: Session, rows: Sequence[ImageRow], found: Mapping[UUID, _Found]
) -> None:
    """Find the acts on regions of images in queue order: most of what a record holds.

    Columns, not objects of the session, and regions as the JSON text that they are: a project's
    million acts are read one after the other, and the rest would be half of the time.
    """
    act, image, rater = AnnotationRow.__table__.c, ImageRow.__table__.c, RaterRow.__table__.c
    first, last = rows[0].position, rows[-1].position
    query = (
        select(image.position, cast(act.region, String), act.decision, rater.name)
        .add_columns(act.id, act.region_id, act.label)
        .add_columns(act.derived_from, act.supersedes, act.created_at, act.reading_id)
        .join(ImageRow.__table__, image.id == act.image_id)
        .join(RaterRow.__table__, rater.id == act.rater_id)
        .where(image.project_id == rows[0].project_id, image.position.between(first, last))
        .order_by(act.sequence)
    )
    columns: Sequence[Any] = session.connection().execute(query).fetchall()
    as_stated: Callable[[Any], Any] = stated_region_from_json
    regions = orjson.loads(f"[{','.join(act[1] for act in columns)}]")  # at once: a fifth faster
    places = {row.position: (row.id, found[row.id].annotations) for row in rows}
    for (position, _, decision, name, act_id, region_id, label, *others), region in zip(
        columns, regions, strict=True
    ):
        if position in places:  # images that were removed leave gaps
            image_id, annotations = places[position]
            stated, shape = _DECISIONS[decision], as_stated(region)
            annotations.append(
                Annotation(act_id, image_id, region_id, name, stated, label, shape, *others)
            )


_Counting = tuple[tuple[Annotation, ...], tuple[LabelValue, ...]]
"""The acts that count."""


@dataclass(slots=True)
class _Found:
    """What was found of one image, in the order recorded."""

    annotations: list[Annotation] = field(default_factory=list)
    label_values: list[LabelValue] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    runs: list[SuggestionRun] = field(default_factory=list)

    def counting(self, protocol: Protocol) -> _Counting:
        """Return what counts on the image: adjudicated, or of all readers' last rounds."""
        if not protocol.isolated:
            return (
                self._whole(_latest(self.annotations, lambda act: act.region_id.int)),
                _latest(
                    without_overruled(self.label_values, imported(self.readings)),
                    lambda act: act.label,
                ),
            )
        adjudicated = [
            r for r in self.readings if r.round is Round.ADJUDICATION and r.signed_at is not None
        ]
        last = {r.rater: r for r in self.readings if r.is_own_look}
        deciding = adjudicated[-1:] or list(last.values())
        return self.of(deciding)

    def of(self, deciding: Iterable[Reading]) -> _Counting:
        """Return what counts in some readings and in those that they go on from."""
        ids = {key for reading in deciding for key in lineage(reading, self.readings)}
        return (
            self._whole(
                _latest(
                    (act for act in self.annotations if act.reading_id in ids),
                    lambda act: (act.rater, act.region_id.int),
                )
            ),
            _latest(
                (act for act in self.label_values if act.reading_id in ids),
                lambda act: (act.rater, act.label),
            ),
        )

    def _whole(self, acts: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
        if not any(isinstance(act.region, MaskChange) for act in acts):
            return acts  # as on nearly all images
        return tuple(map(Masks(self.annotations).whole, acts))


def _latest(recorded: Iterable[_Act], subject: Callable[[_Act], Hashable]) -> tuple[_Act, ...]:
    """Return the last act on each subject, in the order recorded.

    Identities are compared as numbers: hashing a `UUID` is a call of Python each time.
    """
    found: dict[Hashable, _Act] = {}
    for act in recorded:
        key = subject(act)
        found.pop(key, None)
        found[key] = act
    return tuple(found.values())
