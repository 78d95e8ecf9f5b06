"""Acts as rows: how each kind is kept, and which acts count.

Of a region, of a label, the act of highest sequence counts. Where readers are isolated, that is
within some readings; where they are not, within the image, where a table that was taken over
overrules no value that a person states.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.rows import Values
from db.tables import AnnotationRow, LabelValueRow, RaterRow, ReadingRow, RemarkRow

from ..domain import (
    Act,
    Annotation,
    Decision,
    LabelValue,
    Presence,
    Remark,
    RemarkKind,
    Round,
    stated_region_from_json,
)
from .masks import whole
from .raters import known_rater


class Shared(NamedTuple):
    """All acts on some images count together."""

    image_id: tuple[UUID, ...]


class Own(NamedTuple):
    """The acts of a reader's readings of an image count together, apart from others'."""

    image_id: tuple[UUID, ...]
    reading_id: tuple[UUID, ...]


Scope = Shared | Own
ActTable = type[AnnotationRow] | type[LabelValueRow] | type[RemarkRow]
_Replacing = TypeVar("_Replacing", Annotation, LabelValue)


class Kind(NamedTuple):
    """How acts of one kind are kept: copied fields have the name and the value of their column."""

    table: ActTable
    name: str
    copied: tuple[str, ...]
    enums: dict[str, type[StrEnum]]


_OF_ALL = ("id", "image_id", "reading_id", "created_at")
KINDS: dict[type[Act], Kind] = {
    Annotation: Kind(
        AnnotationRow,
        "annotation",
        (*_OF_ALL, "region_id", "label", "derived_from", "supersedes"),
        {"decision": Decision},
    ),
    LabelValue: Kind(
        LabelValueRow,
        "label value",
        (*_OF_ALL, "label", "intensity", "side", "supersedes"),
        {"value": Presence},
    ),
    Remark: Kind(
        RemarkRow, "remark", (*_OF_ALL, "text", "region_id", "answers"), {"kind": RemarkKind}
    ),
}


def act_values(act: Act, rater_id: UUID, now: datetime) -> Values:
    """Return an act's row, as recorded now; its reading is not known yet."""
    kind = KINDS[type(act)]
    values: Values = {name: getattr(act, name) for name in kind.copied}
    values |= {name: getattr(act, name).value for name in kind.enums}
    values |= {"rater_id": rater_id, "created_at": now}
    if isinstance(act, Annotation):
        values["region"] = act.region.to_json()
    elif isinstance(act, Remark):
        values["addressee_id"] = None
    return values


def _act_from(kind: type[Any], row: Any, rater: str, **others: Any) -> Any:
    kept = KINDS[kind]
    values = {name: getattr(row, name) for name in kept.copied}
    values |= {name: enum(getattr(row, name)) for name, enum in kept.enums.items()}
    if kind is Annotation:
        values["region"] = stated_region_from_json(row.region)
    return kind(rater=rater, **values, **others)


def subject(act: Act | AnnotationRow | LabelValueRow) -> Any:
    """Return what one act replaces another of; a remark replaces none."""
    if isinstance(act, (Annotation, AnnotationRow)):
        return act.region_id
    return act.label if isinstance(act, (LabelValue, LabelValueRow)) else act.id


def acts_of(
    session: Session,
    kind: type[_Replacing],
    scope: Scope,
    *,
    latest: bool = True,
    subjects: Sequence[Any] | None = None,
    as_stated: bool = False,
) -> list[_Replacing]:
    """Return acts on regions or labels of at most some hundred images, in the order recorded.

    Of each region or label only the act that counts, with `latest`; only those on some subjects,
    where these are given. Where masks are not put together, they are `as_stated`.
    """
    table: Any = KINDS[kind].table
    of = table.region_id if kind is Annotation else table.label
    where = [getattr(table, column).in_(ids) for column, ids in scope._asdict().items()]
    where += [] if subjects is None else [of.in_(subjects)]
    query = select(table, RaterRow.name).join(RaterRow, RaterRow.id == table.rater_id)
    if latest:
        last: Any = func.max(table.sequence)
        if kind is LabelValue and isinstance(scope, Shared):
            imported = select(ReadingRow.id).where(ReadingRow.round == Round.IMPORTED.value)
            imported = imported.where(ReadingRow.image_id.in_(scope.image_id))
            by_people = or_(table.reading_id.is_(None), table.reading_id.not_in(imported))
            last = func.coalesce(func.max(case((by_people, table.sequence))), last)
        where.append(table.sequence.in_(select(last).where(*where).group_by(table.image_id, of)))
    found = session.execute(query.where(*where).order_by(table.sequence))
    acts = [_act_from(kind, row, rater) for row, rater in found]
    return acts if as_stated or kind is not Annotation else whole(session, acts)


def acts_by(session: Session, rater: str, ids: Collection[UUID]) -> Iterator[UUID]:
    """Yield which of some acts are on record as a rater's; signatures are in `rounds`."""
    by = known_rater(session, rater)
    for table in (kind.table for kind in KINDS.values()):
        yield from session.scalars(select(table.id).where(table.id.in_(ids), table.rater_id == by))


def without_overruled(
    values: Sequence[LabelValue], tables: Collection[UUID | None]
) -> list[LabelValue]:
    """Leave out what readings that were imported, `tables`, say of labels that people state."""
    stated = {value.label for value in values if value.reading_id not in tables}
    return [v for v in values if v.reading_id not in tables or v.label not in stated]


def remarks_on(session: Session, image_ids: Sequence[UUID]) -> list[Remark]:
    """Return all remarks on some images, in the order recorded."""
    return _remarks(session, RemarkRow.image_id.in_(image_ids))


def open_issues(session: Session, rater_id: UUID, image_ids: Any) -> list[Remark]:
    """Return the issues on images (a query of ids) that wait for a rater, oldest first."""
    resolved = select(RemarkRow.answers).where(
        RemarkRow.kind == "resolved", RemarkRow.answers.is_not(None)
    )
    return _remarks(
        session,
        RemarkRow.image_id.in_(image_ids),
        RemarkRow.addressee_id == rater_id,
        RemarkRow.kind == "issue",
        RemarkRow.id.not_in(resolved),
    )


def _remarks(session: Session, *where: ColumnElement[bool]) -> list[Remark]:
    addressee = aliased(RaterRow)
    query = select(RemarkRow, RaterRow.name, addressee.name).where(*where)
    query = query.join(RaterRow, RaterRow.id == RemarkRow.rater_id)
    query = query.outerjoin(addressee, addressee.id == RemarkRow.addressee_id)
    return [
        _act_from(Remark, row, rater, addressee=name)
        for row, rater, name in session.execute(query.order_by(RemarkRow.sequence))
    ]
