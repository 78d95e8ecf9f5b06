"""Jobs: who has which, how far they are, and what they are asked; decision 0029."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from db.rows import add_rows
from db.tables import JobRow

from ..domain import Job, JobKind, JobState
from ..errors import NotFoundError, StorageError
from .sessions import Part, reads, writes

IsGone = Callable[[str], bool | None]
"""Whether the process that has a job is no more; None where that cannot be seen from here."""

STALE = timedelta(seconds=60)
"""A process that cannot be seen from here, and says nothing for so long, is taken for gone."""
_MOST_LOST = 10
_LINES = 200
_KEPT = timedelta(days=30)
_OPEN = tuple(state.value for state in JobState if state.is_open)
_FIELDS = tuple(one.name for one in fields(Job))


class Jobs(Part):
    """Long work. Times are the machine's; a job is changed by who has it, and by who asks."""

    @writes
    def add(self, session: Session, job: Job, *, owner: str | None = None) -> Job | None:
        """Record a job that waits or, with an owner, one that runs.

        Returns
        -------
        Job or None
            As it is recorded: one that is to run is not while another runs in its lane.
        """
        self._alone(session)
        if owner and session.scalar(select(JobRow.id).where(JobRow.lane == job.lane)):
            return None
        _add(session, job, owner)
        return _job(_row(session, job.id, lock=False))

    @writes
    def claim(
        self, session: Session, owner: str, is_gone: IsGone, *, kinds: Collection[JobKind]
    ) -> Job | None:
        """Give a process the longest waiting job of some kinds, or one whose process is gone."""
        self._alone(session)
        for row in _claimable(session, is_gone, kinds):
            if row.state == JobState.RUNNING:
                row.lost += 1
                if row.asked:
                    _end(row, JobState(row.asked), "")
                    continue
                if row.lost > _MOST_LOST:
                    _end(row, JobState.FAILED, "")
                    row.sentence = (
                        f"The process that ran it ended {row.lost} times without getting any "
                        "further, most likely for want of memory; see the server's log."
                    )
                    continue
                row.log = _longer(row, ["Its process ended; it goes on from where it was."])
            for name, value in _had(_job(row).lane, owner).items():
                setattr(row, name, value)
            return _job(row)
        return None

    @reads
    def waits(self, session: Session, is_gone: IsGone, kinds: Collection[JobKind]) -> bool:
        """Tell whether `claim` would find anything."""
        return bool(_claimable(session, is_gone, kinds))

    @writes
    def beat(
        self,
        session: Session,
        job: Job,
        steps: tuple[int, int],
        sentence: str,
        lines: Sequence[str],
    ) -> Job | None:
        """Say that a job is alive and how far it is; return it, None where another has it now."""
        row = _owned(session, job)
        if row is None:
            return None
        row.lost = row.lost if (row.done, row.total) == steps else 0
        (row.done, row.total), row.sentence, row.beat_at = steps, sentence, datetime.now(UTC)
        row.log = _longer(row, lines)
        return _job(row)

    @writes
    def leave(
        self,
        session: Session,
        job: Job,
        left: Job,
        lines: Sequence[str],
        following: Job | None = None,
    ) -> None:
        """Give a job back as it is left, unless another process has it now.

        What is to be done next is added in the same transaction.
        """
        row = _owned(session, job)
        if row is None:
            return
        row.done, row.total, row.log = left.done, left.total, _longer(row, lines)
        _end(row, left.state, left.sentence)
        row.options = dict(left.options)
        if following is not None:
            _add(session, following)

    @writes
    def ask(self, session: Session, job_id: UUID, wish: JobState, is_gone: IsGone) -> Job:
        """Ask a job to pause, to be cancelled or to wait for its turn again; return it.

        Raises
        ------
        NotFoundError
            If there is no such job.
        StorageError
            If it has ended.
        """
        self._alone(session)
        row = _row(session, job_id)
        if not JobState(row.state).is_open:
            raise StorageError(f"This job has ended ({row.state}); start another one.")
        runs = row.state == JobState.RUNNING and not _is_lost(row, is_gone)
        if runs:
            row.asked = None if wish is JobState.WAITING else wish
        else:
            _end(row, wish, "")
        return _job(row)

    @writes
    def keep(self, session: Session, job_id: UUID, options: Mapping[str, Any]) -> None:
        """Keep something else of a job that ended."""
        _row(session, job_id).options = dict(options)

    @reads
    def job(self, session: Session, job_id: UUID) -> Job:
        """Return a job.

        Raises
        ------
        NotFoundError
        """
        return _job(_row(session, job_id, lock=False))

    @reads
    def all(self, session: Session, project_id: UUID | None = None) -> list[Job]:
        """Return the jobs of a project, or of all and of none, the newest first."""
        query = select(JobRow).order_by(JobRow.created_at.desc())
        query = query if project_id is None else query.where(JobRow.project_id == project_id)
        return [_job(row) for row in session.scalars(query)]

    @reads
    def projects_at_work(self, session: Session) -> set[UUID]:
        """Return the projects in which a job runs."""
        query = select(JobRow.project_id).where(JobRow.lane.is_not(None))
        return {one for one in session.scalars(query) if one is not None}

    @writes
    def prune(self, session: Session) -> None:
        """Forget jobs that ended long ago."""
        session.execute(delete(JobRow).where(JobRow.ended_at < datetime.now(UTC) - _KEPT))

    def _alone(self, session: Session) -> None:
        """Keep others from giving jobs away meanwhile; SQLite has one writer anyway."""
        if not self._database.is_sqlite:
            session.execute(text("LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE"))


def forget_jobs(session: Session, project_id: UUID, *, open_too: bool) -> None:
    """Forget a project's jobs, and of those that go on what they said: it may name a file."""
    of_project = JobRow.project_id == project_id
    ended = delete(JobRow).where(of_project)
    session.execute(ended if open_too else ended.where(JobRow.state.not_in(_OPEN)))
    session.execute(update(JobRow).where(of_project).values(log=[], sentence=""))


def _claimable(session: Session, is_gone: IsGone, kinds: Collection[JobKind]) -> list[JobRow]:
    query = select(JobRow).where(JobRow.state.in_(_OPEN[:2])).order_by(JobRow.created_at)
    rows = session.scalars(query).all()
    busy = {row.lane for row in rows if row.state == JobState.RUNNING}
    return [
        row
        for row in rows
        if row.kind in kinds
        if (_is_lost(row, is_gone) if row.lane else _job(row).lane not in busy)
    ]


def _is_lost(row: JobRow, is_gone: IsGone) -> bool:
    gone = is_gone(row.owner or "")
    silent = row.beat_at is None or row.beat_at < datetime.now(UTC) - STALE
    return silent if gone is None else gone


def _add(session: Session, job: Job, owner: str | None = None) -> None:
    values = {name: getattr(job, name) for name in _FIELDS}
    values |= {"options": dict(job.options), "log": list(job.log), "lane": None, "beat_at": None}
    add_rows(session, JobRow, [values | (_had(job.lane, owner) if owner else {})])


def _had(lane: str, owner: str) -> dict[str, Any]:
    return {
        "state": JobState.RUNNING.value,
        "owner": owner,
        "lane": lane,
        "beat_at": datetime.now(UTC),
    }


def _end(row: JobRow, state: JobState, sentence: str) -> None:
    row.state, row.sentence = state.value, sentence
    row.owner = row.lane = row.asked = None
    if not state.is_open:
        row.ended_at, row.options = datetime.now(UTC), {}


def _longer(row: JobRow, lines: Sequence[str]) -> list[str]:
    return [*row.log, *lines][-_LINES:]


def _row(session: Session, job_id: UUID, *, lock: bool = True) -> JobRow:
    row = session.get(JobRow, job_id, with_for_update=lock)
    if row is None:
        raise NotFoundError(f"There is no job {job_id}; `annotator jobs` lists them.")
    return row


def _owned(session: Session, job: Job) -> JobRow | None:
    query = select(JobRow).where(JobRow.id == job.id, JobRow.owner == job.owner)
    return session.scalar(query.with_for_update())


def _job(row: JobRow) -> Job:
    values = {name: getattr(row, name) for name in _FIELDS}
    asked = JobState(row.asked) if row.asked else None
    typed = {"kind": JobKind(row.kind), "state": JobState(row.state), "asked": asked}
    return Job(**values | typed | {"log": tuple(row.log)})
