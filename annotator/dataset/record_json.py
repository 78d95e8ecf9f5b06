"""All that is recorded of an image, as JSON and back: the lossless part of every data set."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from math import isfinite
from operator import attrgetter
from typing import Any

from ..domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    ImageRecord,
    LabelValue,
    Mode,
    Presence,
    Protocol,
    Provenance,
    Reading,
    ReadingRecord,
    Region,
    Remark,
    RemarkKind,
    Round,
    Suggestion,
    SuggestionCheck,
    SuggestionRun,
    region_from_json,
)
from .json_lines import not_finite

_SAME = ("width", "height", "pixels_sha256", "source_sha256", "modality", "bits", "channels")
_DECISIONS = {decision.value: decision for decision in Decision}
_IN_TIME = attrgetter("created_at", "id")
_MORE = ("subject", "frame", "display")


def record_to_json(record: ImageRecord) -> dict[str, Any]:
    """Return a record for `json_bytes`; `record_from_json` reads it back.

    Identities and times are as they are; numbers are finite, or it is refused. An act that
    counts in the image and in a reading is written once.
    """
    image = record.image
    counted = sorted(record.annotations, key=_IN_TIME)
    earlier = _others(record.readings, counted)
    return {
        "image_uuid": image.id,
        "original_file_name": image.file_name,
        **{key: getattr(image, key) for key in (*_SAME, *_MORE)},
        "window": image.window and list(image.window),
        "acts": [_act(act) for act in counted],
        "earlier_acts": [_act(act) for act in earlier],
        "label_values": [_value(value) for value in record.label_values],
        "readings": [_reading(read) for read in record.readings],
        "remarks": [_remark(remark) for remark in record.remarks],
        "protocol": record.protocol.to_json(),
        "runs": [_run(run) for run in record.runs],
    }


def record_from_json(value: Mapping[str, Any]) -> ImageRecord:
    """Read what `record_to_json` wrote; maps are not in it."""
    image_id = uuid.UUID(value["image_uuid"])
    acts = [_act_from(image_id, act) for act in value["acts"]]
    earlier = [_act_from(image_id, act) for act in value["earlier_acts"]]
    by_id = {act.id: act for act in (*acts, *earlier)} if value["readings"] else {}
    window = value["window"]
    return ImageRecord(
        image=ImageAsset(
            file_name=value["original_file_name"],
            id=image_id,
            window=(window[0], window[1]) if window else None,
            **{key: value[key] for key in (*_SAME, *_MORE)},
        ),
        annotations=tuple(acts),
        runs=tuple(_run_from(image_id, run) for run in value["runs"]),
        readings=tuple(_reading_from(image_id, read, by_id) for read in value["readings"]),
        label_values=tuple(_value_from(image_id, said) for said in value["label_values"]),
        remarks=tuple(_remark_from(image_id, remark) for remark in value["remarks"]),
        protocol=Protocol.from_json(value["protocol"]),
    )


def _others(readings: Iterable[ReadingRecord], counted: list[Annotation]) -> list[Annotation]:
    if not readings:
        return []
    known = {act.id for act in counted}
    others = {act.id: act for read in readings for act in read.annotations if act.id not in known}
    return sorted(others.values(), key=_IN_TIME)


def _act(act: Annotation) -> dict[str, Any]:
    return {
        "annotation_uuid": act.id,
        "region_uuid": act.region_id,
        "rater": act.rater,
        "decision": act.decision.value,
        "label": act.label,
        "region": _region(act.region),
        "derived_from": act.derived_from,
        "supersedes": act.supersedes,
        "reading": act.reading_id,
        "created_at": act.created_at,
    }


def _act_from(image_id: uuid.UUID, value: Mapping[str, Any]) -> Annotation:
    return Annotation(
        _identity(value["annotation_uuid"]),
        image_id,
        _identity(value["region_uuid"]),
        value["rater"],
        _DECISIONS[value["decision"]],
        value["label"],
        region_from_json(value["region"]),
        _uuid(value["derived_from"]),
        _uuid(value["supersedes"]),
        datetime.fromisoformat(value["created_at"]),
        _uuid(value["reading"]),
    )


def _value(value: LabelValue) -> dict[str, Any]:
    return {
        "uuid": value.id,
        "rater": value.rater,
        "label": value.label,
        "value": value.value.value,
        "intensity": value.intensity,
        "side": value.side,
        "supersedes": value.supersedes,
        "reading": value.reading_id,
        "created_at": value.created_at,
    }


def _value_from(image_id: uuid.UUID, value: Mapping[str, Any]) -> LabelValue:
    return LabelValue(
        id=uuid.UUID(value["uuid"]),
        image_id=image_id,
        rater=value["rater"],
        label=value["label"],
        value=Presence(value["value"]),
        intensity=value["intensity"],
        side=value["side"],
        supersedes=_uuid(value["supersedes"]),
        reading_id=_uuid(value["reading"]),
        created_at=datetime.fromisoformat(value["created_at"]),
    )


def _reading(read: ReadingRecord) -> dict[str, Any]:
    reading = read.reading
    return {
        "uuid": reading.id,
        "project": reading.project_id,
        "rater": reading.rater,
        "round": reading.round.value,
        "arm": reading.arm.value,
        "opened_at": reading.opened_at,
        "signed_at": reading.signed_at,
        "acts": [act.id for act in read.annotations],
        "label_values": [_value(value) for value in read.label_values],
    }


def _reading_from(
    image_id: uuid.UUID, value: Mapping[str, Any], acts: Mapping[uuid.UUID, Annotation]
) -> ReadingRecord:
    signed_at = value["signed_at"]
    return ReadingRecord(
        Reading(
            id=uuid.UUID(value["uuid"]),
            project_id=uuid.UUID(value["project"]),
            image_id=image_id,
            rater=value["rater"],
            round=Round(value["round"]),
            arm=Mode(value["arm"]),
            opened_at=datetime.fromisoformat(value["opened_at"]),
            signed_at=datetime.fromisoformat(signed_at) if signed_at else None,
        ),
        tuple(acts[uuid.UUID(name)] for name in value["acts"]),
        tuple(_value_from(image_id, said) for said in value["label_values"]),
    )


def _remark(remark: Remark) -> dict[str, Any]:
    return {
        "uuid": remark.id,
        "rater": remark.rater,
        "kind": remark.kind.value,
        "text": remark.text,
        "region_uuid": remark.region_id,
        "answers": remark.answers,
        "addressee": remark.addressee,
        "reading": remark.reading_id,
        "created_at": remark.created_at,
    }


def _remark_from(image_id: uuid.UUID, value: Mapping[str, Any]) -> Remark:
    return Remark(
        id=uuid.UUID(value["uuid"]),
        image_id=image_id,
        rater=value["rater"],
        kind=RemarkKind(value["kind"]),
        text=value["text"],
        region_id=_uuid(value["region_uuid"]),
        answers=_uuid(value["answers"]),
        addressee=value["addressee"],
        reading_id=_uuid(value["reading"]),
        created_at=datetime.fromisoformat(value["created_at"]),
    )


def provenance_to_json(made: Provenance) -> dict[str, Any]:
    """Return where suggestions come from as JSON-ready values, keys in an order of their own."""
    values = {field.name: getattr(made, field.name) for field in fields(made)}
    return {**values, "parameters": _sorted(made.parameters)}


def _run(run: SuggestionRun) -> dict[str, Any]:
    face = run.face
    _require_finite(run.scores.values())
    return {
        "run_uuid": run.id,
        "created_at": run.created_at,
        "provenance": provenance_to_json(run.provenance),
        "scores": {code: run.scores[code] for code in sorted(run.scores)},
        "notices": list(run.notices),
        "face": _region(face) if face else None,
        "suggestions": [_suggestion(suggestion) for suggestion in run.suggestions],
    }


def _run_from(image_id: uuid.UUID, value: Mapping[str, Any]) -> SuggestionRun:
    face = value["face"] and region_from_json(value["face"])
    return SuggestionRun(
        image_id=image_id,
        provenance=Provenance(**value["provenance"]),
        scores=value["scores"],
        suggestions=tuple(map(_suggestion_from, value["suggestions"])),
        notices=tuple(value["notices"]),
        face=face if isinstance(face, BoundingBox) else None,
        id=uuid.UUID(value["run_uuid"]),
        created_at=datetime.fromisoformat(value["created_at"]),
    )


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    _require_finite((suggestion.score or 0, suggestion.strength, suggestion.explained_mass))
    return {
        "suggestion_uuid": suggestion.id,
        "label": suggestion.label,
        "region": _region(suggestion.region),
        "score": suggestion.score,
        "strength": suggestion.strength,
        "against": suggestion.against,
        "explained_mass": suggestion.explained_mass,
        # Nothing where there was none: of one record, lines of earlier versions stay the same.
        **({"check": suggestion.check.to_json()} if suggestion.check else {}),
    }


def _suggestion_from(value: Mapping[str, Any]) -> Suggestion:
    said = {key: value[key] for key in ("label", "score", "strength", "against", "explained_mass")}
    region = region_from_json(value["region"])
    check = SuggestionCheck.from_json(value.get("check"))
    return Suggestion(id=uuid.UUID(value["suggestion_uuid"]), region=region, check=check, **said)


def _region(region: Region) -> dict[str, Any]:
    _require_finite(region.frame)
    return region.to_json()


def _require_finite(numbers: Iterable[float]) -> None:
    if not all(map(isfinite, numbers)):
        raise not_finite()


def _sorted(value: Any) -> Any:
    """Return a value with the keys of its mappings in order, whatever order they were made in."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(element) for element in value]
    return value


def _uuid(value: str | None) -> uuid.UUID | None:
    return None if value is None else _identity(value)


def _identity(text: str) -> uuid.UUID:
    digits = text.replace("-", "")
    if len(digits) != 32:
        raise ValueError(f"{text!r} is no UUID.")
    return uuid.UUID(int=int(digits, 16))  # a third faster than by the text
