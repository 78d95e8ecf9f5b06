"""Appends acts: each recorded once, in its reading, and only on what it was meant to replace."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from db.tables import AnnotationRow, LabelValueRow, RemarkRow

from ..domain import (
    Act,
    Annotation,
    Conflict,
    LabelValue,
    Reading,
    Remark,
    RemarkKind,
    Round,
    SaveReport,
)
from ..errors import NotFoundError, ProtocolError
from . import runs
from .act_translation import act_values, annotation_from, label_value_from
from .checking import KnownOfImage, check_act, check_references, lock_known
from .raters import rater_ids
from .rounds import Desk, desk, own_readings, reading_for_acts, write_signature
from .rows import acts as rows

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.rows import Values

_TABLES: dict[type[Act], rows.ActTable] = {
    Annotation: AnnotationRow,
    LabelValue: LabelValueRow,
    Remark: RemarkRow,
}
_BETWEEN_PEOPLE = (RemarkKind.ISSUE, RemarkKind.REPLY, RemarkKind.RESOLVED)
"""Remarks that belong to no reading: they pass between readers and reviewers."""

_Key = tuple[type[Act], tuple[uuid.UUID, ...] | None, uuid.UUID, Any]
"""Of what one act replaces another: kind, readings, image, and region or label."""


def write(session: Session, acts: Sequence[Act]) -> SaveReport:
    """Append acts in order, in the caller's transaction; those that come too late are left out.

    Raises
    ------
    NotFoundError
        If an image, or something that an act names, does not exist.
    StorageError
        If an act cannot be what it says, or its id is recorded with another content.
    ProtocolError
        If an act's reading is signed, or is not its rater's.
    """
    now = datetime.now(UTC)
    known = lock_known(session, [act.image_id for act in acts])
    for act in acts:
        check_act(act, known[act.image_id])
    raters = rater_ids(session, {act.rater for act in acts}, now)
    values = {kind: [act_values(a, raters[a.rater], now) for a in of_kind]
              for kind, of_kind in _by_kind(acts).items()}  # fmt: skip
    there = {
        act_id
        for kind, of_kind in values.items()
        for act_id in rows.recorded(session, _TABLES[kind], of_kind)
    }
    fresh = list({act.id: act for act in acts if act.id not in there}.values())
    writer = _Writer(session, known, raters)
    conflicts = writer.sort_out(fresh)
    refused = {conflict.sent.id for conflict in conflicts}
    for kind, of_kind in values.items():
        new = {row["id"]: row for row in of_kind if row["id"] not in there | refused}
        writer.append(_TABLES[kind], list(new.values()))
    recorded = dict.fromkeys(act.id for act in acts if act.id not in refused)
    return SaveReport(tuple(recorded), tuple(conflicts))


def _by_kind(acts: Iterable[Act]) -> dict[type[Act], list[Any]]:
    found: dict[type[Act], list[Any]] = {}
    for act in acts:
        found.setdefault(type(act), []).append(act)
    return found


class _Writer:
    """What is known while the acts of one call are written."""

    def __init__(
        self,
        session: Session,
        known: dict[uuid.UUID, KnownOfImage],
        raters: dict[str, uuid.UUID],
    ) -> None:
        self._session = session
        self._raters = raters
        self._known = known
        self._desks: dict[tuple[uuid.UUID, str], Desk] = {}
        self._readings: dict[tuple[uuid.UUID, str, uuid.UUID | None], Reading] = {}
        self._reading_of: dict[uuid.UUID, uuid.UUID | None] = {}
        self._addressees: dict[uuid.UUID, uuid.UUID] = {}

    def sort_out(self, acts: Sequence[Act]) -> list[Conflict]:
        """Find each act's reading, and return the acts that came too late."""
        self._check_references(acts)
        keys: dict[uuid.UUID, _Key] = {}
        for act in acts:
            if isinstance(act, Remark) and act.kind in _BETWEEN_PEOPLE:
                self._address(act)
                continue
            reading = self._reading(act)
            self._reading_of[act.id] = reading.id
            keys[act.id] = self._key(act, reading)
        current = self._current({key for key in keys.values() if key[0] is not Remark})
        conflicts = []
        for act in acts:
            if isinstance(act, Remark):
                continue
            counts = current.get(keys[act.id])
            if act.supersedes == (None if counts is None else counts.id) or (
                counts is None and self._adjudicates(act)
            ):
                current[keys[act.id]] = act
            else:
                conflicts.append(Conflict(act, counts))
        return conflicts

    def append(self, table: rows.ActTable, values: list[Values]) -> None:
        """Append acts of one kind, each with the reading it belongs to."""
        for row in values:
            row["reading_id"] = self._reading_of.get(row["id"])
            if row["id"] in self._addressees:
                row["addressee_id"] = self._addressees[row["id"]]
        chains = {image_id: known.project_id for image_id, known in self._known.items()}
        names = {place.rater_id: place.rater for place in self._desks.values()}
        rows.append(self._session, table, values, chains, names)

    def _address(self, issue: Remark) -> None:
        """Send an issue to the rater of the region's latest act, whose reading opens again."""
        self._desk(issue)
        if issue.kind is not RemarkKind.ISSUE:
            return
        about = rows.counting(self._session, AnnotationRow, issue.image_id, [issue.region_id], None)
        if not about:
            raise NotFoundError("Nobody acted on the region that the issue is about; write a note.")
        act, rater = about[0]
        self._addressees[issue.id] = act.rater_id
        place = desk(self._session, self._known[issue.image_id], rater)
        reading = place.current
        if reading is not None and reading.is_final and reading.signed_at is not None:
            write_signature(self._session, place, reading, "reopened", f"issue: {issue.text}")

    def _desk(self, act: Act) -> Desk:
        at = act.image_id, act.rater
        if at not in self._desks:
            rater_id = self._raters[act.rater]
            own = own_readings(self._session, act.image_id, rater_id)
            self._desks[at] = Desk(self._known[act.image_id], act.rater, rater_id, own)
        return self._desks[at]

    def _reading(self, act: Act) -> Reading:
        asked = act.image_id, act.rater, act.reading_id
        if asked not in self._readings:
            place = self._desk(act)
            reading = reading_for_acts(self._session, place, act.reading_id)
            self._readings[asked] = reading
            self._desks[asked[:2]] = place.with_reading(reading)
        return self._readings[asked]

    def _key(self, act: Act, reading: Reading) -> _Key:
        if isinstance(act, Annotation):
            subject: Any = act.region_id
            if act.derived_from is not None and not reading.sights.regions:
                raise ProtocolError(
                    "Nobody may act on a suggestion before the first read is signed; nothing was "
                    "recorded."
                )
        else:
            subject = act.label if isinstance(act, LabelValue) else act.id
        return type(act), self._desk(act).scope(reading), act.image_id, subject

    def _check_references(self, acts: Sequence[Act]) -> None:
        annotations = [act for act in acts if isinstance(act, Annotation)]
        suggested = runs.images_of_suggestions(
            self._session, [act.derived_from for act in annotations if act.derived_from]
        )
        named = rows.named(
            self._session, [a.supersedes for a in annotations if a.supersedes], AnnotationRow
        )
        earlier = {key: (row.image_id, row.region_id) for key, row in named.items()}
        for act in annotations:
            check_references(act, suggested, earlier)
            earlier[act.id] = (act.image_id, act.region_id)
        remarks = [act for act in acts if isinstance(act, Remark)]
        answered = rows.named(self._session, [r.answers for r in remarks if r.answers], RemarkRow)
        for remark in remarks:
            if remark.answers is not None and remark.answers not in answered:
                raise NotFoundError(f"There is no issue with the id {remark.answers} to answer.")

    def _adjudicates(self, act: Act) -> bool:
        """Tell whether the act may go on from another reader's, which stays as it is."""
        reading = self._readings[act.image_id, act.rater, act.reading_id]
        return reading.round is Round.ADJUDICATION

    def _current(self, keys: Iterable[_Key]) -> dict[_Key, Act]:
        """Return the acts that count of some regions and labels."""
        subjects: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for kind, scope, image_id, subject in keys:
            subjects[kind, scope, image_id].append(subject)
        found: dict[_Key, Act] = {}
        for (kind, scope, image_id), of_kind in subjects.items():
            where = (image_id, of_kind, scope)
            if kind is Annotation:
                for act, rater in rows.counting(self._session, AnnotationRow, *where):
                    found[kind, scope, image_id, act.region_id] = annotation_from(act, rater)
            else:
                for value, rater in rows.counting(self._session, LabelValueRow, *where):
                    found[kind, scope, image_id, value.label] = label_value_from(value, rater)
        return found
