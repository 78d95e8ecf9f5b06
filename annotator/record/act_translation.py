"""Acts and readings to rows, and back; nothing is decided here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from db.rows import Values
from db.tables import AnnotationRow, LabelValueRow, RemarkRow

from ..domain import (
    Act,
    Annotation,
    Decision,
    LabelValue,
    Presence,
    Remark,
    RemarkKind,
    region_from_json,
)
from .rows.acts import RegionAct

_DECISIONS = {decision.value: decision for decision in Decision}


def act_values(act: Act, rater_id: uuid.UUID, now: datetime) -> Values:
    """Return an act's row, as recorded now; its reading is not known yet."""
    values: Values = {
        "id": act.id,
        "image_id": act.image_id,
        "rater_id": rater_id,
        "reading_id": act.reading_id,
        "created_at": now,
    }
    if isinstance(act, Annotation):
        return values | {
            "region_id": act.region_id,
            "decision": act.decision.value,
            "label": act.label,
            "region": act.region.to_json(),
            "derived_from": act.derived_from,
            "supersedes": act.supersedes,
        }
    if isinstance(act, LabelValue):
        return values | {
            "label": act.label,
            "value": act.value.value,
            "intensity": act.intensity,
            "side": act.side,
            "supersedes": act.supersedes,
        }
    return values | {
        "kind": act.kind.value,
        "text": act.text,
        "region_id": act.region_id,
        "answers": act.answers,
        "addressee_id": None,
    }


def annotation_from(row: AnnotationRow, rater: str) -> Annotation:
    """Return the act on a region of a row."""
    return Annotation(
        id=row.id,
        image_id=row.image_id,
        region_id=row.region_id,
        rater=rater,
        decision=Decision(row.decision),
        label=row.label,
        region=region_from_json(row.region),
        derived_from=row.derived_from,
        supersedes=row.supersedes,
        created_at=row.created_at,
        reading_id=row.reading_id,
    )


def annotation_from_columns(columns: RegionAct, image_id: uuid.UUID, region: Any) -> Annotation:
    """Return the act on a region of columns of the database, its region's JSON decoded."""
    _, act_id, region_id, decision, label, _, origin, replaced, reading_id, at, rater = columns
    return Annotation(
        act_id,
        image_id,
        region_id,
        rater,
        _DECISIONS[decision],
        label,
        region_from_json(region),
        origin,
        replaced,
        at,
        reading_id,
    )


def label_value_from(row: LabelValueRow, rater: str) -> LabelValue:
    """Return the act on a label of a row."""
    return LabelValue(
        id=row.id,
        image_id=row.image_id,
        rater=rater,
        label=row.label,
        value=Presence(row.value),
        intensity=row.intensity,
        side=row.side,
        supersedes=row.supersedes,
        reading_id=row.reading_id,
        created_at=row.created_at,
    )


def remark_from(row: RemarkRow, rater: str, names: Mapping[uuid.UUID, str]) -> Remark:
    """Return the remark of a row; `names` are those of addressees."""
    return Remark(
        id=row.id,
        image_id=row.image_id,
        rater=rater,
        kind=RemarkKind(row.kind),
        text=row.text,
        region_id=row.region_id,
        answers=row.answers,
        addressee=names.get(row.addressee_id) if row.addressee_id else None,
        reading_id=row.reading_id,
        created_at=row.created_at,
    )
