"""What the machine said: runs, their suggestions and their maps."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, batches, pairs
from db.tables import Base, ImageRow, MapRow, RunRow, SuggestionRow

from .progress import refresh


def add_run(
    session: Session,
    run: Values,
    suggestions: Sequence[Values],
    maps: Sequence[Values],
    actor: str,
) -> None:
    """Append a run with its suggestions and maps, in order; it becomes its image's current one."""
    (row,) = add_rows(session, RunRow, [run])
    owned = {"run_id": run["id"]}
    parts: dict[type[Base], Sequence[Values]] = {
        table: add_rows(
            session, table, [part | owned | {"position": n} for n, part in enumerate(rows)]
        )
        for table, rows in ((SuggestionRow, suggestions), (MapRow, maps))
    }
    refresh(session, [run["image_id"]])
    chain = session.scalar(select(ImageRow.project_id).where(ImageRow.id == run["image_id"]))
    assert chain is not None  # noqa: S101 - the run's foreign key
    kind = "suggestions recorded"
    log.note(session, log.Event(chain, actor, kind, run["id"], RunRow, row, parts))


def current_run(session: Session, image_id: uuid.UUID) -> RunRow | None:
    """Return the latest run on an image, if there is one."""
    query = select(RunRow).where(RunRow.image_id == image_id).order_by(RunRow.sequence.desc())
    return session.scalar(query.limit(1))


def runs(
    session: Session, image_ids: Sequence[uuid.UUID]
) -> Iterator[tuple[RunRow, list[SuggestionRow]]]:
    """Yield all runs on some images, oldest first, each with its suggestions in order."""
    query = select(RunRow).where(RunRow.image_id.in_(image_ids)).order_by(RunRow.sequence)
    for batch in batches(session.scalars(query).all()):
        suggested = suggestions(session, [run.id for run in batch])
        yield from ((run, suggested.get(run.id, [])) for run in batch)


def suggestions(
    session: Session, run_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[SuggestionRow]]:
    """Return the suggestions of runs, in order."""
    query = select(SuggestionRow).where(SuggestionRow.run_id.in_(run_ids))
    found: dict[uuid.UUID, list[SuggestionRow]] = {}
    for row in session.scalars(query.order_by(SuggestionRow.position)):
        found.setdefault(row.run_id, []).append(row)
    return found


def suggestions_by_id(
    session: Session, suggestion_ids: Iterable[uuid.UUID]
) -> Iterator[SuggestionRow]:
    """Yield the suggestions of these ids, of whichever run; unknown ids are left out."""
    for ids in batches(set(suggestion_ids)):
        yield from session.scalars(select(SuggestionRow).where(SuggestionRow.id.in_(ids)))


def maps(session: Session, run_id: uuid.UUID) -> Sequence[MapRow]:
    """Return the maps of a run, in order."""
    query = select(MapRow).where(MapRow.run_id == run_id).order_by(MapRow.position)
    return session.scalars(query).all()


def images_of_suggestions(
    session: Session, suggestion_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Return the image that each suggestion was made for; unknown ids are left out."""
    found: dict[uuid.UUID, uuid.UUID] = {}
    for ids in batches(set(suggestion_ids)):
        query = select(SuggestionRow.id, RunRow.image_id).join(RunRow)
        found.update(pairs(session, query.where(SuggestionRow.id.in_(ids))))
    return found
