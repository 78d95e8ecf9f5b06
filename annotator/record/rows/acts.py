"""Acts of raters on regions, labels and images: appended, and read as they count.

Of a region, of a label, the act of highest sequence counts. Where readers are isolated, that is
within some readings; where they are not, within the image.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, batches, values_of
from db.tables import AnnotationRow, ImageRow, LabelValueRow, RaterRow, RemarkRow

from ..progress import refresh

ActTable = type[AnnotationRow] | type[LabelValueRow] | type[RemarkRow]
_Row = TypeVar("_Row", AnnotationRow, LabelValueRow, RemarkRow)

_KINDS: dict[ActTable, str] = {
    AnnotationRow: "annotation",
    LabelValueRow: "label value",
    RemarkRow: "remark",
}
RegionAct = tuple[
    int,
    uuid.UUID,
    uuid.UUID,
    str,
    str,
    str,
    uuid.UUID | None,
    uuid.UUID | None,
    uuid.UUID | None,
    datetime,
    str,
]
"""Place of the image, act, region, decision, label, JSON of the region, suggestion, act replaced,
reading, time, name of the rater."""
_GIVEN_BY_SERVER = ("sequence", "created_at", "reading_id", "addressee_id")


def recorded(
    session: Session, table: ActTable, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Values]:
    """Return those of these acts that are on record already."""
    return {key: values_of(row) for key, row in named(session, ids, table).items()}


def content(act: Values) -> Values:
    """Return of an act's row what its rater stated, without what the server adds."""
    given = {*_GIVEN_BY_SERVER, "region_id"} if act.get("kind") == "issue" else _GIVEN_BY_SERVER
    return {name: value for name, value in act.items() if name not in given}


def append(
    session: Session,
    table: ActTable,
    acts: Sequence[Values],
    chains: Mapping[uuid.UUID, uuid.UUID],
    raters: Mapping[uuid.UUID, str],
) -> None:
    """Append acts that are not on record, in order.

    Parameters
    ----------
    session : Session
    table : type
    acts : sequence of dict
        Columns of the table except the sequence.
    chains : mapping of uuid.UUID to uuid.UUID
        The project of each image.
    raters : mapping of uuid.UUID to str
        The name of each rater.
    """
    for row in add_rows(session, table, acts):
        chain, actor = chains[row["image_id"]], raters[row["rater_id"]]
        log.note(session, log.Event(chain, actor, _KINDS[table], row["id"], table, row))


def refresh_of(session: Session, acts: Iterable[Sequence[Values]]) -> None:
    """Derive the states of the images of acts anew."""
    for changed in batches({act["image_id"] for of_kind in acts for act in of_kind}):
        refresh(session, changed)


def named(session: Session, ids: Iterable[uuid.UUID], table: ActTable) -> dict[uuid.UUID, Any]:
    """Return acts by id; unknown ids are left out."""
    found: dict[uuid.UUID, Any] = {}
    for batch in batches(set(ids)):
        query: Any = select(table).where(table.id.in_(batch))
        found.update((row.id, row) for row in session.scalars(query))
    return found


def region_acts(
    session: Session,
    image_ids: Sequence[uuid.UUID],
    *,
    latest: bool,
    readings: Sequence[uuid.UUID] | None = None,
) -> list[tuple[AnnotationRow, str]]:
    """Return acts on regions with the rater's name, in the order they were recorded.

    Parameters
    ----------
    session : Session
    image_ids : sequence of uuid.UUID
        At most some hundreds.
    latest : bool
        Of each region only the act that counts.
    readings : sequence of uuid.UUID, optional
        Only acts of these readings; of all where not given.
    """
    return _acts(session, AnnotationRow, image_ids, latest=latest, readings=readings)


def label_acts(
    session: Session,
    image_ids: Sequence[uuid.UUID],
    *,
    latest: bool,
    readings: Sequence[uuid.UUID] | None = None,
) -> list[tuple[LabelValueRow, str]]:
    """Return acts on labels with the rater's name, in the order they were recorded."""
    return _acts(session, LabelValueRow, image_ids, latest=latest, readings=readings)


def every_region_act(
    session: Session, project_id: uuid.UUID, first: int, last: int
) -> Sequence[RegionAct]:
    """Return all acts on regions of the images at some places of a project, in order.

    Columns, not objects of the session, and regions as the JSON text that they are: a project's
    million acts are read one after the other, and the rest would be half of the time.
    """
    act, image = AnnotationRow.__table__.c, ImageRow.__table__.c
    query = (
        select(
            image.position,
            act.id,
            act.region_id,
            act.decision,
            act.label,
            cast(act.region, String),
            act.derived_from,
            act.supersedes,
            act.reading_id,
            act.created_at,
            RaterRow.__table__.c.name,
        )
        .join(ImageRow.__table__, image.id == act.image_id)
        .join(RaterRow.__table__, RaterRow.__table__.c.id == act.rater_id)
        .where(image.project_id == project_id, image.position.between(first, last))
        .order_by(act.sequence)
    )
    found: Sequence[Any] = session.connection().execute(query).fetchall()
    return found


def counting(
    session: Session,
    table: type[_Row],
    image_id: uuid.UUID,
    subjects: Sequence[Any],
    readings: Sequence[uuid.UUID] | None,
) -> list[tuple[_Row, str]]:
    """Return the acts that count of some regions or labels of an image."""
    return _acts(session, table, [image_id], latest=True, readings=readings, subjects=subjects)


def remarks(session: Session, image_ids: Sequence[uuid.UUID]) -> list[tuple[RemarkRow, str]]:
    """Return all remarks on some images with the rater's name, in the order recorded."""
    query = select(RemarkRow, RaterRow.name).join(RaterRow, RaterRow.id == RemarkRow.rater_id)
    found = session.execute(
        query.where(RemarkRow.image_id.in_(image_ids)).order_by(RemarkRow.sequence)
    )
    return [(row, name) for row, name in found]


def open_issues(
    session: Session, rater_id: uuid.UUID, project_id: uuid.UUID
) -> Sequence[RemarkRow]:
    """Return the issues of a project addressed to a rater that nothing resolves, oldest first."""
    answer = select(RemarkRow.answers).where(
        RemarkRow.kind == "resolved", RemarkRow.answers.is_not(None)
    )
    query = (
        select(RemarkRow)
        .join(ImageRow)
        .where(
            ImageRow.project_id == project_id,
            RemarkRow.addressee_id == rater_id,
            RemarkRow.kind == "issue",
            RemarkRow.id.not_in(answer),
        )
    )
    return session.scalars(query.order_by(RemarkRow.sequence)).all()


def _acts(
    session: Session,
    table: type[_Row],
    image_ids: Sequence[uuid.UUID],
    *,
    latest: bool,
    readings: Sequence[uuid.UUID] | None,
    subjects: Sequence[Any] | None = None,
) -> list[tuple[_Row, str]]:
    subject: Any = AnnotationRow.region_id if table is AnnotationRow else LabelValueRow.label

    def of_these(query: Any) -> Any:
        query = query.where(table.image_id.in_(image_ids))
        if subjects is not None:
            query = query.where(subject.in_(subjects))
        return query if readings is None else query.where(table.reading_id.in_(readings))

    query = of_these(select(table, RaterRow.name).join(RaterRow, RaterRow.id == table.rater_id))
    if latest:
        counting = of_these(select(func.max(table.sequence)))
        query = query.where(table.sequence.in_(counting.group_by(table.image_id, subject)))
    return [(row, name) for row, name in session.execute(query.order_by(table.sequence))]
