"""Which image is assigned to whom: shared out, taken back and given again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, batches, lookup, values_of
from db.tables import AssignmentRow, RaterRow

from ..domain import Assignment, Protocol, ReaderProgress
from ..errors import NotFoundError, ProtocolError
from .checking import KnownOfImage, lock_open
from .progress import refresh
from .raters import known_rater, rater_ids, rater_names
from .sessions import Part, reads, writes

_Pair = tuple[UUID, UUID]
"""Image and rater."""


def assignments(session: Session, image_ids: Iterable[UUID]) -> list[AssignmentRow]:
    """Return the assignments of images, withdrawn ones included, in the order they were made."""
    query = select(AssignmentRow).order_by(AssignmentRow.created_at, AssignmentRow.id)
    found = lookup(session, query, AssignmentRow.image_id, dict.fromkeys(image_ids))
    return [row for (row,) in found]


class Assignments(Part):
    """Which image is to be read by whom."""

    @writes
    def assign(
        self, session: Session, image_ids: Sequence[UUID], raters: Sequence[str], *, actor: str
    ) -> int:
        """Give images readers as the protocol says; what is assigned already stays.

        By hand, each of these raters gets each image. Otherwise every image gets readers until it
        has as many as the protocol asks for; who was taken off an image gets it back only if
        nobody else is there.

        Returns
        -------
        int
            How many assignments are new, those that were withdrawn and are given again included.

        Raises
        ------
        ProtocolError
            If, by hand, an image would have too many readers; nothing is changed.
        """
        known = lock_open(session, image_ids)
        ids = rater_ids(session, raters, datetime.now(UTC))
        rows = {(row.image_id, row.rater_id): row for row in assignments(session, image_ids)}
        live = {pair for pair, row in rows.items() if row.state != "withdrawn"}
        chosen = [ids[name] for name in raters]
        protocols = {one.project_id: one.protocol for one in known.values()}
        new: list[_Pair] = []
        for project_id, protocol in protocols.items():
            own = [key for key in image_ids if known[key].project_id == project_id]
            if protocol.assignment is Assignment.BY_HAND:
                new += _by_hand(protocol, own, chosen, live)
            else:
                loads = {key: load[0] for key, load in _loads(session, project_id).items()}
                new += _shared_out(
                    protocol, own, chosen, (live, rows.keys() - live, Counter(loads))
                )
        _write(session, known, new, rows, actor)
        return len(new)

    @writes
    def withdraw(
        self, session: Session, image_ids: Sequence[UUID], rater: str, *, actor: str, reason: str
    ) -> int:
        """Take back those of some images that are assigned to a rater; return how many.

        What they did stays.

        Raises
        ------
        NotFoundError
            If none of them is assigned to the rater; nothing is changed.
        """
        lock_open(session, image_ids)
        rater_id = known_rater(session, rater)
        rows = [
            row
            for row in assignments(session, image_ids)
            if row.rater_id == rater_id and row.state != "withdrawn"
        ]
        if not rows:
            those = "The image is not" if len(image_ids) == 1 else "None of these images is"
            raise NotFoundError(f"{those} assigned to this rater; nothing was changed.")
        for batch in batches(rows):
            gone = update(AssignmentRow).where(AssignmentRow.id.in_([row.id for row in batch]))
            session.execute(gone.values(state="withdrawn"))
            refresh(session, [row.image_id for row in batch])
        _note(session, map(values_of, rows), actor, "assignment withdrawn", reason)
        return len(rows)

    @reads
    def assigned(self, session: Session, project_id: UUID) -> dict[UUID, list[str]]:
        """Return the raters of each image of a project that has any, withdrawn ones left out."""
        row = AssignmentRow
        query = select(row.image_id, RaterRow.name).join(RaterRow)
        query = query.where(row.project_id == project_id, row.state != "withdrawn")
        found: dict[UUID, list[str]] = {}
        for image_id, rater in session.execute(
            query.order_by(row.position, row.created_at, row.id)
        ):
            found.setdefault(image_id, []).append(rater)
        return found

    @reads
    def progress(self, session: Session, project_id: UUID) -> list[ReaderProgress]:
        """Return how far each reader of a project is, by name."""
        loads = _loads(session, project_id)
        names = rater_names(session, loads)
        readers = [ReaderProgress(names[rater_id], *load) for rater_id, load in loads.items()]
        return sorted(readers, key=lambda reader: reader.rater)


def _by_hand(
    protocol: Protocol, image_ids: Sequence[UUID], raters: Sequence[UUID],
    live: set[_Pair],
) -> list[_Pair]:  # fmt: skip
    readers = Counter(image_id for image_id, _ in live)
    new = [pair for i in image_ids for r in raters if (pair := (i, r)) not in live]
    readers.update(image_id for image_id, _ in new)
    if any(readers[image_id] > protocol.readers for image_id, _ in new):
        raise ProtocolError(
            f"An image is read by {protocol.readers} here, and would have more; withdraw an "
            "assignment first. Nothing was changed."
        )
    return new


def _shared_out(
    protocol: Protocol,
    image_ids: Sequence[UUID],
    raters: Sequence[UUID],
    state: tuple[set[_Pair], set[_Pair], Counter[UUID]],
) -> list[_Pair]:
    live, withdrawn, load = state
    readers: dict[UUID, set[UUID]] = {image_id: set() for image_id in image_ids}
    for image_id, rater in live:
        if image_id in readers:
            readers[image_id].add(rater)
    turns, new = cycle(raters), []
    for image_id in image_ids:
        while len(readers[image_id]) < protocol.readers:
            free = [one for one in raters if one not in readers[image_id]]
            free = [one for one in free if (image_id, one) not in withdrawn] or free
            if not free:
                break
            if protocol.assignment is Assignment.LEAST_LOADED:
                rater = min(free, key=load.__getitem__)
            else:
                rater = next(one for one in turns if one in free)
            readers[image_id].add(rater)
            load[rater] += 1
            new.append((image_id, rater))
    return new


def take(session: Session, known: KnownOfImage, rater_id: UUID, rater: str) -> None:
    """See that an image is assigned to a rater, or assign it where that is open, or refuse."""
    rows = assignments(session, [known.image_id])
    mine = [row for row in rows if row.rater_id == rater_id]
    if mine and mine[0].state != "withdrawn":
        return
    readers = sum(row.state != "withdrawn" for row in rows)
    is_open = known.protocol.assignment is Assignment.OPEN
    if mine or not is_open or readers >= known.protocol.readers:
        raise ProtocolError(
            "This image is not assigned to you: others read it. Go on with your next image."
        )
    _write(session, {known.image_id: known}, [(known.image_id, rater_id)], {}, rater)


def is_taken_back(session: Session, image_id: UUID, rater_id: UUID) -> bool:
    """Tell whether an image was assigned to a rater, and is no longer."""
    query = select(AssignmentRow.state).where(
        AssignmentRow.image_id == image_id, AssignmentRow.rater_id == rater_id
    )
    return session.scalar(query) == "withdrawn"


def _write(
    session: Session,
    known: dict[UUID, KnownOfImage],
    pairs: Sequence[_Pair],
    rows: dict[_Pair, AssignmentRow],
    actor: str,
) -> None:
    """Assign images whose writers wait; what was withdrawn is given back."""
    again = [rows[pair] for pair in pairs if pair in rows]
    for ids in batches([row.id for row in again]):
        session.execute(update(AssignmentRow).where(AssignmentRow.id.in_(ids)).values(state="open"))
    now = datetime.now(UTC)
    new = [
        {"id": uuid4(), "image_id": image_id, "rater_id": rater_id, "state": "open"}
        | {name: getattr(known[image_id], name) for name in ("project_id", "position")}
        | {"created_at": now}
        for image_id, rater_id in pairs
        if (image_id, rater_id) not in rows
    ]
    given = [*map(values_of, again), *add_rows(session, AssignmentRow, new)]
    _note(session, given, actor, "assigned")
    for changed in batches({image_id for image_id, _ in pairs}):
        refresh(session, changed)


def _note(
    session: Session, rows: Iterable[Values], actor: str, kind: str, reason: str = ""
) -> None:
    for row in rows:
        event = log.Event(row["project_id"], actor, kind, row["id"], AssignmentRow, row)
        log.note(session, replace(event, reason=reason))


def _loads(session: Session, project_id: UUID) -> dict[UUID, tuple[int, int]]:
    """Return for each rater of a project the images assigned to them, and those they signed."""
    row = AssignmentRow
    counting = select(row.rater_id, row.state, func.count()).where(
        row.project_id == project_id, row.state != "withdrawn"
    )
    found: dict[UUID, tuple[int, int]] = {}
    for rater_id, state, count in session.execute(counting.group_by(row.rater_id, row.state)):
        assigned, done = found.get(rater_id, (0, 0))
        found[rater_id] = (assigned + count, done + count * (state == "done"))
    return found
