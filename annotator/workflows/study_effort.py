"""What became of suggestions, and how long readers took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import figures
from ..dataset.splits import kin_of
from ..domain import (
    Annotation,
    Decision,
    ImageRecord,
    Permission,
    Reading,
    Review,
    SuggestionRun,
)
from ..figures import Figure
from .authority import needs
from .blinding import require_unblinded
from .workspace import Workspace

ACCEPTED, EDITED, RELABELLED, REJECTED, LEFT = (
    "accepted", "edited", "relabelled", "rejected", "left_undecided",
)  # fmt: skip
OUTCOMES = (ACCEPTED, EDITED, RELABELLED, REJECTED, LEFT)
FROM_SUGGESTIONS, SECONDS = "from_suggestions", "seconds_median"
_DRAWN = "drawn"
_STATED = (ACCEPTED, EDITED, RELABELLED, _DRAWN)
_OUTCOME = {
    Decision.ACCEPTED: ACCEPTED,
    Decision.EDITED: EDITED,
    Decision.REJECTED: REJECTED,
    Decision.UNDECIDED: LEFT,
    Decision.ADDED: _DRAWN,
}
_NO_SUGGESTION = "No signed reading showed a suggestion."
_NO_REGION = "No signed reading states a region."
_NO_READING = "No reading is signed."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reader made of one suggestion, or that they drew a region.

    Attributes
    ----------
    subject : str
        Of the image: what it shares with images that are not independent of it.
    reader : str
    label : str
        Of the suggestion; of a drawn region, its own.
    version : str
        Name and version of the classifier; empty of a drawn region.
    what : str
        One of `OUTCOMES`, or ``drawn``.
    """

    subject: str
    reader: str
    label: str
    version: str
    what: str


@dataclass(frozen=True, slots=True)
class Effort:
    """What signed readings of a project show of the work.

    Attributes
    ----------
    outcomes : tuple of Outcome
    seconds : mapping of str to sequence of float
        By reader, from opening a reading to signing it.
    """

    outcomes: tuple[Outcome, ...]
    seconds: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class EffortRecord:
    """One figure of effort; what it is not told apart by is empty.

    Attributes
    ----------
    figure : str
        Its name; docs/study.md defines each.
    label, reader, version : str
    result : Figure
    """

    figure: str
    label: str
    reader: str
    version: str
    result: Figure

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON-ready values."""
        return {
            "figure": self.figure,
            "label": self.label or None,
            "readers": [self.reader] if self.reader else None,
            "version": self.version or None,
            **self.result.to_json(),
        }


@needs(Permission.MANAGE)
def study_effort(workspace: Workspace, project_name: str) -> list[EffortRecord]:
    """Return what became of a project's suggestions, and how long its readers took.

    Of all together, and by label, by reader and by the classifier's version.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ProtocolError
        If the person still has images of it to read by themselves.
    """
    project = workspace.record.project(project_name)
    require_unblinded(workspace, project.id)
    with closing(workspace.record.image_records(project.id)) as images:
        return effort_figures(gathered(images))


def gathered(records: Iterable[ImageRecord]) -> Effort:
    """Gather what signed readings show of the work; tables out of files are nobody's."""
    outcomes: list[Outcome] = []
    seconds: dict[str, list[float]] = {}
    for record in records:
        for read in record.readings:
            took = seconds_taken(read.reading)
            if took is not None:
                seconds.setdefault(read.reading.rater, []).append(took)
        outcomes += _outcomes(record)
    return Effort(tuple(outcomes), dict(sorted(seconds.items())))


def seconds_taken(reading: Reading) -> float | None:
    """Return how long a reader took to sign what they opened; None of what is not signed."""
    if reading.signed_at is None or not reading.is_own_look:
        return None
    return (reading.signed_at - reading.opened_at).total_seconds()


def _outcomes(record: ImageRecord) -> Iterator[Outcome]:
    """Yield what readers made of the suggestions that they were shown, and what they drew."""
    subject = kin_of(record.image)
    suggested = {one.id: (one, _version(run)) for run in record.runs for one in run.suggestions}
    for reader, shown, acts in _looks(record):
        left = {one.id for run in shown for one in run.suggestions}
        for act in acts:
            origin = act.derived_from or act.region_id
            what = _OUTCOME.get(act.decision)
            if origin in suggested:
                suggestion, version = suggested[origin]
                if what == EDITED and act.label != suggestion.label:
                    what = RELABELLED
                yield Outcome(subject, act.rater, suggestion.label, version, what or LEFT)
                left.discard(origin)
            elif what == _DRAWN:
                yield Outcome(subject, act.rater, act.label, "", _DRAWN)
        for origin in left:
            suggestion, version = suggested[origin]
            yield Outcome(subject, reader, suggestion.label, version, LEFT)


def _looks(
    record: ImageRecord,
) -> Iterator[tuple[str, Sequence[SuggestionRun], Sequence[Annotation]]]:
    """Yield who signed, the run that was shown, and the acts that count.

    Of each reader's last word; where people go on from each other's work, of the image.
    """
    finals = [read for read in record.readings if read.reading.is_signed_off]
    if record.protocol.isolated:
        for read in finals:
            yield read.reading.rater, _shown(record, read.reading), read.annotations
    elif record.review is Review.REVIEWED and finals:
        last = finals[-1].reading
        yield last.rater, _shown(record, last), record.annotations


def _shown(record: ImageRecord, reading: Reading) -> Sequence[SuggestionRun]:
    """Return the run that a reading showed when it was signed, if it showed any."""
    if not reading.sights.regions or reading.signed_at is None:
        return ()
    return [run for run in record.runs if run.created_at <= reading.signed_at][-1:]


def _version(run: SuggestionRun) -> str:
    return f"{run.provenance.model_name} {run.provenance.model_version}"


def effort_figures(effort: Effort) -> list[EffortRecord]:
    """Return the figures of what was gathered: of all, and by label, reader and version."""
    records = _of_outcomes(effort.outcomes)
    for kind in ("label", "reader", "version"):
        for value in sorted({getattr(one, kind) for one in effort.outcomes} - {""}):
            some = [one for one in effort.outcomes if getattr(one, kind) == value]
            records += _of_outcomes(some, **{kind: value})
    every = [took for of_reader in effort.seconds.values() for took in of_reader]
    records.append(EffortRecord(SECONDS, "", "", "", figures.median(every, _NO_READING)))
    for reader, took in effort.seconds.items():
        records.append(EffortRecord(SECONDS, "", reader, "", figures.median(took, _NO_READING)))
    return records


def _of_outcomes(
    outcomes: Sequence[Outcome], label: str = "", reader: str = "", version: str = ""
) -> list[EffortRecord]:
    what = np.array([one.what for one in outcomes], dtype=object)
    subjects = [one.subject for one in outcomes]
    suggested = np.isin(what, OUTCOMES)
    measures = {
        name: figures.share_of(what == name, suggested, _NO_SUGGESTION) for name in OUTCOMES
    }
    if not version:
        stated = np.isin(what, _STATED)
        measures[FROM_SUGGESTIONS] = figures.share_of(what != _DRAWN, stated, _NO_REGION)
    return [
        EffortRecord(name, label, reader, version, figures.measured(measure, subjects))
        for name, measure in measures.items()
    ]
