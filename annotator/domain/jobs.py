"""Long work: what kinds there are, and how far a job is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    SUGGEST = "suggest"
    EXPORT = "export"
    PACK = "pack"
    """Make one file of an exported data set, to be downloaded."""
    TAKE_OVER = "take-over"
    """Record what another tool's file says of a project's images."""
    FETCH = "fetch"
    """Bring a classifier's weights onto this machine."""


class JobState(StrEnum):
    """What a job does now."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether it may still go on."""
        return self in (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)


@dataclass(frozen=True, slots=True)
class Job:
    """Long work that somebody started.

    Attributes
    ----------
    kind : JobKind
    started_by : str
        The name that it acts under.
    project_id, account_id : uuid.UUID or None
        None for what belongs to no project; for the operator of the machine.
    options : mapping
        JSON-ready. While it is open, all that it takes to run it, also paths; then what came of it
        in numbers, and what is left to fetch of it.
    state : JobState
    asked : JobState or None
        What a running job was asked to become: paused or cancelled.
    done, total : int
        Steps; 0 until they are counted.
    sentence : str
        What came of it, or why it waits.
    log : tuple of str
        The last lines of what was worth one.
    owner : str or None
        The process that runs it, see `annotator.workflows.jobs.owners`.
    lost : int
        How often in a row its process ended before it got any further.
    id : uuid.UUID
    created_at : datetime
    ended_at : datetime or None
    """

    kind: JobKind
    started_by: str
    project_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    state: JobState = JobState.WAITING
    asked: JobState | None = None
    done: int = 0
    total: int = 0
    sentence: str = ""
    log: tuple[str, ...] = ()
    owner: str | None = None
    lost: int = 0
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended_at: datetime | None = None

    @property
    def went_on(self) -> bool:
        """Whether it was begun before, and interrupted."""
        return self.lost > 0 or self.done > 0

    @property
    def lane(self) -> str:
        """What it has to itself while it runs: its kind, within its project."""
        return f"{self.kind.value} {self.project_id or ''}".strip()
