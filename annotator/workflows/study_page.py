"""What the Study page shows of a project: its readers, and what a sample of readings says."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime

from .. import figures
from ..domain import Permission, Project
from ..figures import Figure
from .authority import needs
from .blinding import require_unblinded
from .study_agreement import AgreementRecord, agreement_of
from .study_effort import EffortRecord, effort_figures, gathered, seconds_taken
from .study_reads import signed_reads
from .workspace import Workspace

LATEST, SAMPLED = 2_000, 100
"""Signed readings whose times are looked at, and images of them whose acts are."""


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """How far one reader is.

    Attributes
    ----------
    reader : str
    assigned, signed : int
        Images.
    seconds : Figure
        Median time of a case, of those among the latest readings.
    last_signed : datetime or None
        In UTC; None where none of the latest readings is theirs.
    questions : int
        That wait for their answer.
    """

    reader: str
    assigned: int
    signed: int
    seconds: Figure
    last_signed: datetime | None
    questions: int


@dataclass(frozen=True, slots=True)
class StudyOverview:
    """What the page shows.

    Attributes
    ----------
    readers : tuple of ReaderRow
    readings, images : int
        How many readings the times are of, and how many images the other figures.
    agreement : tuple of AgreementRecord
        By label; empty where readers go on from each other's work.
    effort : tuple of EffortRecord
    """

    readers: tuple[ReaderRow, ...]
    readings: int
    images: int
    agreement: tuple[AgreementRecord, ...]
    effort: tuple[EffortRecord, ...]


@needs(Permission.MANAGE)
def study_overview(workspace: Workspace, project: Project) -> StudyOverview:
    """Return how far a project's readers are, and figures of a sample of what they signed.

    However large the project, the acts of at most `SAMPLED` images are read: of the images of the
    `LATEST` signed readings those whose hashes come first. `study_agreement` and `study_effort`
    measure all.

    Raises
    ------
    ProtocolError
        If the person still has images of it to read by themselves.
    """
    require_unblinded(workspace, project.id)
    record = workspace.record
    latest = record.readings.latest_signed(project.id, LATEST)
    sample = sorted({one.image_id for one in latest}, key=_shuffled)[:SAMPLED]
    records = [record.image_record(image_id) for image_id in sample]
    agreement: list[AgreementRecord] = []
    if project.protocol.isolated:
        reads = signed_reads(records, record.offers(project.id), project.label_set)
        agreement = agreement_of(reads, project.label_set)
    seconds: dict[str, list[float]] = {}
    last: dict[str, datetime] = {}
    for one in latest:  # the newest first
        took = seconds_taken(one)
        if took is not None and one.signed_at is not None:
            seconds.setdefault(one.rater, []).append(took)
            last.setdefault(one.rater, one.signed_at)
    readers = [
        ReaderRow(
            one.rater,
            one.assigned,
            one.signed,
            figures.median(seconds.get(one.rater, []), "None of the latest readings is theirs."),
            last.get(one.rater),
            len(record.readings.issues_for(project.id, one.rater)),
        )
        for one in record.readings.progress(project.id)
    ]
    effort = effort_figures(gathered(records))
    return StudyOverview(tuple(readers), len(latest), len(records), tuple(agreement), tuple(effort))


def _shuffled(image_id: uuid.UUID) -> bytes:
    """Return what images are put in order by: the same order each time, and no order of theirs."""
    return hashlib.sha256(image_id.bytes).digest()
