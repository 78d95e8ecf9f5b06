"""Records acts: each once, in its reading, on what it replaces; or says why it cannot be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, batches, lookup, values_of
from db.tables import AnnotationRow

from ..domain import (
    Act,
    Annotation,
    Conflict,
    LabelValue,
    MaskChange,
    Reading,
    Refusal,
    Remark,
    RemarkKind,
    Round,
    SaveReport,
)
from ..errors import AnnotatorError, ConflictError, NotFoundError, ProtocolError, StorageError
from . import rounds, runs
from .act_rows import KINDS, Scope, Shared, act_values, acts_of, subject
from .checking import KnownOfImage, check_act, check_rater, lock_known
from .masks import Masks, whole
from .progress import refresh
from .raters import rater_ids, rater_names

_BETWEEN_PEOPLE = (RemarkKind.ISSUE, RemarkKind.REPLY, RemarkKind.RESOLVED)
"""Remarks that belong to no reading: they pass between readers and reviewers."""

_GIVEN_BY_SERVER = ("sequence", "created_at", "reading_id", "addressee_id")


def write(session: Session, acts: Sequence[Act]) -> SaveReport:
    """Record in order, in the caller's transaction, what can be; no act keeps another from it."""
    parcel = _Parcel(session, acts)
    recorded: dict[UUID, None] = {}
    conflicts, refused = [], []
    for act in acts:
        try:
            conflict = parcel.take(act)
        except AnnotatorError as error:
            refused.append(Refusal(act, str(error)))
            continue
        if conflict is None:
            recorded[act.id] = None
        else:
            conflicts.append(conflict)
    parcel.append()
    return SaveReport(tuple(recorded), tuple(conflicts), tuple(refused))


def write_all(session: Session, acts: Sequence[Act], imported_by: str = "") -> None:
    """Record acts in order, in the caller's transaction: all of them, or raise `ConflictError`.

    Those that somebody imports belong to a reading of that kind, and are the importer's doing.
    """
    parcel = _Parcel(session, acts, imported_by)
    conflicts = [conflict for act in acts if (conflict := parcel.take(act)) is not None]
    if conflicts:
        raise ConflictError(
            f"{len(conflicts)} of {len(acts)} changes came too late: the region or label was "
            "changed meanwhile. Nothing was recorded; look at both and decide.",
            tuple(conflicts),
        )
    parcel.append()


class _Parcel:
    """Acts on their way into the record, and what they are held against."""

    def __init__(self, session: Session, acts: Sequence[Act], imported_by: str = "") -> None:
        self._session = session
        self._imported_by = imported_by
        self._now = datetime.now(UTC)
        self._images = lock_known(session, [act.image_id for act in acts])
        self._raters: dict[str, UUID] = {}
        of_kind: dict[type[Act], list[Any]] = defaultdict(list)
        self._subjects: dict[tuple[type[Act], UUID], list[Any]] = defaultdict(list)
        for act in acts:
            of_kind[type(act)].append(act)
            image = self._images.get(act.image_id)
            if image is not None and not isinstance(act, Remark) and act.label in image.codes:
                self._subjects[type(act), act.image_id].append(subject(act))
        self._recorded: dict[UUID, Values] = {}
        self._earlier: dict[UUID, tuple[UUID, Any]] = {}
        self._asked_about: dict[UUID, AnnotationRow] = {}
        self._masks = Masks()
        for kind, sent in of_kind.items():
            self._recorded |= {
                key: values_of(row) for key, row in self._named(kind, [a.id for a in sent]).items()
            }
            self._find_named(kind, sent)
        self._suggested = runs.images_of_suggestions(
            session, [act.derived_from for act in of_kind[Annotation] if act.derived_from]
        )
        self._new: dict[type[Act], list[Values]] = {}
        self._stopped: dict[tuple[Any, ...], str] = {}
        self._current: dict[tuple[type[Act], Scope], dict[Any, Act]] = {}
        self._desks: dict[tuple[UUID, str], rounds.Desk] = {}
        self._signed: dict[UUID, list[Reading]] = {}
        self._tables: dict[UUID, set[UUID | None]] = {}
        self._ready: dict[tuple[UUID, str, UUID | None], Reading] = {}

    def _named(self, kind: type[Act], ids: Iterable[UUID | None]) -> dict[UUID, Any]:
        """Return the recorded acts of these ids; unknown ones are left out."""
        table: Any = KINDS[kind].table
        query = select(table.id, table)
        return dict(lookup(self._session, query, table.id, {key for key in ids if key}))

    def _find_named(self, kind: type[Act], sent: Sequence[Any]) -> None:
        """Find image and subject of the recorded acts that these name as those before them."""
        if kind is Remark:
            answered = self._named(Remark, [remark.answers for remark in sent])
            self._earlier |= {key: (row.image_id, None) for key, row in answered.items()}
            self._asked_about = self._named(Annotation, [remark.act_id for remark in sent])
        else:
            before = self._named(kind, [act.supersedes for act in sent])
            self._earlier |= {key: (row.image_id, subject(row)) for key, row in before.items()}
        if kind is Annotation:
            changes = (act.region for act in sent if isinstance(act.region, MaskChange))
            self._masks.read(self._session, [change.changes for change in changes])

    def take(self, act: Act) -> Conflict | None:
        """Take an act in, or return what counts in its place.

        One that cannot be recorded, or follows one on the same region or label that cannot, raises
        why.
        """
        following = (type(act), act.image_id, act.rater, subject(act))
        try:
            return self._take(act, self._stopped.get(following))
        except AnnotatorError as error:
            self._stopped.setdefault(following, str(error))
            raise

    def _take(self, act: Act, stopped: str | None) -> Conflict | None:
        image = self._images.get(act.image_id)
        if image is None:
            raise NotFoundError(f"There is no image with the id {act.image_id}.")
        check_rater(act.rater)
        if self._is_recorded(act):
            return None
        if stopped is not None:
            raise StorageError(f"It follows a change that was not recorded: {stopped}")
        stated, act = act, self._whole(act, image)
        check_act(act, image)
        self._check_named(act)
        row = act_values(stated, self._rater_id(act.rater), self._now)
        if isinstance(act, Remark) and act.kind in _BETWEEN_PEOPLE:
            row["reading_id"] = None
            self._address(act, row)
            self._earlier[act.id] = act.image_id, None
        else:
            place = self._desk(act)
            if self._imported_by:
                by = self._imported_by
                reading: Reading | None = rounds.imported_reading(self._session, place, by)
            else:
                reading = rounds.reading_for_acts(place, act.reading_id)
            # What follows an act that came too late, comes too late with it.
            self._earlier[act.id] = act.image_id, subject(act)
            conflict = self._replace(act, place, reading)
            if conflict is not None:
                return conflict
            key = act.image_id, act.rater, act.reading_id
            signed = [] if self._is_overruled(act) else self._signed.pop(act.image_id, [])
            if key not in self._ready or signed:
                self._ready[key] = rounds.ready_for_acts(self._session, place, reading, signed)
                self._desks[act.image_id, act.rater] = place.with_reading(self._ready[key])
            reading = self._ready[key]
            row["reading_id"] = reading.id
        self._new.setdefault(type(act), []).append(row)
        self._recorded[act.id] = row
        return None

    def append(self) -> None:
        """Write what was taken in, and derive the states of its images anew."""
        names = {key: self._imported_by or name for name, key in self._raters.items()}
        for kind, new in self._new.items():
            table, name, *_ = KINDS[kind]
            for row in add_rows(self._session, table, new):
                chain, actor = self._images[row["image_id"]].project_id, names[row["rater_id"]]
                log.note(self._session, log.Event(chain, actor, name, row["id"], table, row))
        for changed in batches({row["image_id"] for new in self._new.values() for row in new}):
            refresh(self._session, changed)

    def _is_recorded(self, act: Act) -> bool:
        known = self._recorded.get(act.id)
        if known is None:
            return False
        row = act_values(act, self._rater_id(act.rater), self._now)
        if _content(known) != _content(row):
            raise StorageError(
                f"The act {act.id} is recorded already, and says something else. Load the image "
                "again and make the change anew."
            )
        return True

    def _rater_id(self, name: str) -> UUID:
        if name not in self._raters:
            self._raters |= rater_ids(self._session, [name], self._now)
        return self._raters[name]

    def _check_named(self, act: Act) -> None:
        """Refuse an act that names a suggestion or an act that it cannot be about."""
        if isinstance(act, Remark):
            if act.answers is not None and act.answers not in self._earlier:
                raise NotFoundError(f"There is no issue with the id {act.answers} to answer.")
            return
        if isinstance(act, Annotation) and act.derived_from is not None:
            if act.derived_from not in self._suggested:
                raise NotFoundError(f"There is no suggestion with the id {act.derived_from}.")
            if self._suggested[act.derived_from] != act.image_id:
                raise StorageError(f"The suggestion {act.derived_from} belongs to another image.")
        if act.supersedes is not None:
            if act.supersedes not in self._earlier:
                raise NotFoundError(f"There is no act with the id {act.supersedes} to supersede.")
            if self._earlier[act.supersedes] != (act.image_id, subject(act)):
                raise StorageError(f"The act {act.supersedes} is about another region or label.")

    def _whole(self, act: Act, image: KnownOfImage) -> Act:
        """Return an act with the region after it, where it states a change of a mask."""
        if not isinstance(act, Annotation):
            return act
        if isinstance(act.region, MaskChange):
            self._check_named(act)
            if act.region.changes != act.supersedes:
                raise StorageError(
                    "The change of a mask names another act than the one that it supersedes; load "
                    "the image again and make the change anew."
                )
            image.check(act.label, act.region.flips)
        return self._masks.whole(act)

    def _address(self, issue: Remark, row: Values) -> None:
        """Send an issue to the rater of the act it is about, whose last word opens again."""
        if issue.kind is not RemarkKind.ISSUE:
            return
        act = self._asked_about.get(issue.act_id) if issue.act_id else None
        if act is None or act.image_id != issue.image_id:
            raise NotFoundError("There is no such act on this image to ask about; write a note.")
        names = rater_names(self._session, [act.rater_id])
        row |= {"region_id": act.region_id, "addressee_id": act.rater_id}
        place = rounds.desk(self._session, self._images[issue.image_id], names[act.rater_id])
        reading = place.current
        if reading is not None and reading.is_signed_off:
            why = f"issue: {issue.text}"
            rounds.write_signature(self._session, place, reading, "reopened", why)

    def _desk(self, act: Act) -> rounds.Desk:
        at = act.image_id, act.rater
        if at not in self._desks:
            rater_id = self._rater_id(act.rater)
            of_image = rounds.readings(self._session, [act.image_id])
            own = tuple(reading for reading in of_image if reading.rater == act.rater)
            signed = [reading for reading in of_image if reading.signed_at is not None]
            self._signed.setdefault(act.image_id, signed)
            self._tables[act.image_id] = rounds.imported(of_image)
            self._desks[at] = rounds.Desk(self._images[act.image_id], act.rater, rater_id, own)
        return self._desks[at]

    def _replace(self, act: Act, place: rounds.Desk, reading: Reading | None) -> Conflict | None:
        """Let an act count in place of the one it supersedes, unless another does by now."""
        if isinstance(act, Remark):
            return None
        on_suggestion = isinstance(act, Annotation) and act.derived_from
        if reading is not None and on_suggestion and not reading.sights.regions:
            raise ProtocolError("Nobody may act on a suggestion before the first read is signed.")
        current = self._counting(act, place.scope(reading))
        counts = current.get(subject(act))
        # An adjudication goes on from another reader's act, which stays as it is.
        adjudicates = reading is not None and reading.round is Round.ADJUDICATION
        if act.supersedes == (counts and counts.id) or (counts is None and adjudicates):
            current[subject(act)] = act
            return None
        if isinstance(counts, Annotation):
            (counts,) = whole(self._session, [counts])
        return Conflict(act, counts)

    def _is_overruled(self, act: Act) -> bool:
        """Whether a table states the value of a label that a person states: the image stays so."""
        if not self._imported_by or not isinstance(act, LabelValue):
            return False
        stated = self._counting(act, Shared((act.image_id,))).get(act.label)
        return stated is not None and stated.reading_id not in self._tables[act.image_id]

    def _counting(self, act: Act, scope: Scope) -> dict[Any, Act]:
        """Return the acts that count of the regions or labels of an image that are acted on."""
        kind: Any = type(act)
        key = kind, scope
        if key not in self._current:
            sent = self._subjects[kind, act.image_id]
            found = acts_of(self._session, kind, scope, subjects=sent, as_stated=True)
            self._current[key] = {subject(act): act for act in found}
        return self._current[key]


def _content(act: Values) -> Values:
    """Return of an act's row what its rater stated, without what the server adds."""
    given = {*_GIVEN_BY_SERVER, "region_id"} if act.get("kind") == "issue" else _GIVEN_BY_SERVER
    return {name: value for name, value in act.items() if name not in given}
