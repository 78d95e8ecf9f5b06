"""Takes of an image what a selection asks for: whose word, of which round, and on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TypeVar

from ..domain import (
    Annotation,
    Decision,
    ImageRecord,
    LabelFact,
    LabelValue,
    Presence,
    Reading,
    ReadingRecord,
    Review,
    Round,
    Suggestion,
    SuggestionRun,
    label_facts,
)
from ..domain.facs import visibility_codes
from ..domain.plurals import counted
from ..errors import ExportError
from .selection import Consensus, Selection, Take
from .stated import Read, StatedRegion, StatedValue

_Act = TypeVar("_Act", Annotation, LabelValue)
_IN_TIME = attrgetter("created_at", "id")
_WORDS = {decision: decision.value for decision in Decision}
_STATING = tuple(decision for decision in Decision if decision.states_region)


@dataclass(frozen=True, slots=True)
class Selected:
    """What a selection takes of one image.

    Attributes
    ----------
    reads : tuple of Read
    acts : tuple of Annotation
        Those that count, rejected and withdrawn ones included, in the order of their time.
    review : Review
        How far people are with it, as far as the selection goes.
    unfinished : str
        Why its silence is no answer, in words; empty where it is one.
    elsewhere : frozenset of str
        Labels that others state, whose word is not taken, where people go on from each other's
        work: whoever signs such an image does not leave these labels out.
    """

    reads: tuple[Read, ...]
    acts: tuple[Annotation, ...]
    review: Review
    unfinished: str
    elsewhere: frozenset[str] = frozenset()


def select(record: ImageRecord, selection: Selection) -> Selected:
    """Take of an image what a selection asks for; consensus is formed elsewhere.

    Raises
    ------
    ExportError
        If one rater has two acts that count on one region: it would be exported twice.
    """
    if selection.take is Take.SUGGESTIONS:
        machine = _machine_read(record, selection)
        unseen = "" if machine else "without suggestions"
        # Nobody's word is taken: what a person signed says nothing of what the machine left out.
        return Selected((machine,) if machine else (), (), Review.NOT_REVIEWED, unseen)
    sources = _sources(record, selection)
    run = record.runs[-1] if record.runs else None
    groups = _groups(record, sources, selection)
    reads = tuple(read for group in groups for read in _reads(record, group, run))
    acts = sorted((act for source in sources for act in source.acts), key=_IN_TIME)
    review = _review(record, reads, selection, acted=bool(acts))
    unfinished = "" if review is Review.REVIEWED else review.value
    elsewhere = _elsewhere(record, sources, selection)
    return Selected(reads, tuple(acts), review, unfinished, elsewhere)


def _groups(
    record: ImageRecord, sources: list[_Source], selection: Selection
) -> list[list[_Source]]:
    """Return what is one fact together: where people go on from each other's work, all of it.

    To a consensus a table is a reader of its own.
    """
    if record.protocol.isolated:
        return [[source] for source in sources]
    if selection.consensus is Consensus.NONE:
        return [sources]
    people = [source for source in sources if not source.is_table]
    return [people, *([source] for source in sources if source.is_table)]


def _elsewhere(record: ImageRecord, sources: list[_Source], selection: Selection) -> frozenset[str]:
    takes_all = not selection.raters and selection.consensus is Consensus.NONE
    if record.protocol.isolated or takes_all:
        return frozenset()
    raters = {source.rater for source in sources}
    standing = [act for act in record.annotations if act.decision in _STATING]
    stated: list[Annotation | LabelValue] = [*standing, *record.label_values]
    labels = {one.label for one in stated if one.rater not in raters}
    return frozenset(labels & selection.labels if selection.labels else labels)


@dataclass(frozen=True, slots=True)
class _Source:
    """What one rater says in one round, before it is filtered."""

    rater: str
    round: str
    acts: tuple[Annotation, ...]
    values: tuple[LabelValue, ...]
    complete: bool
    visibility: frozenset[str] = frozenset()

    @property
    def is_table(self) -> bool:
        return self.round == Round.IMPORTED


def _sources(record: ImageRecord, selection: Selection) -> list[_Source]:
    if record.protocol.isolated or selection.take is Take.ADJUDICATED:
        sources = [_of_reading(r) for r in _readings(record, selection)]
    else:
        sources = _of_shared(record)
        if selection.consensus is not Consensus.NONE:
            people = [source for source in sources if not source.is_table]
            tables = _tables(record)
            sources = [*people, *tables] if selection.imported else people or tables
    wanted = selection.raters
    return [_narrowed(s, selection) for s in sources if not wanted or s.rater in wanted]


def _narrowed(source: _Source, selection: Selection) -> _Source:
    """Leave in what labels and dates ask for; what is dated is never complete."""
    return replace(
        source,
        acts=_taken(source.acts, selection),
        values=_taken(source.values, selection),
        complete=source.complete and not selection.dated,
        visibility=_visibility(source),
    )


def _visibility(source: _Source) -> frozenset[str]:
    """Return what a source says cannot be seen, whatever labels are asked for."""
    labels = {act.label for act in source.acts} | {value.label for value in source.values}
    if not visibility_codes(labels):  # of nearly all images
        return frozenset()
    stated = label_facts(source.acts, source.values)
    return visibility_codes(code for code, fact in stated.items() if fact.value is Presence.PRESENT)


def _readings(record: ImageRecord, selection: Selection) -> list[ReadingRecord]:
    """Return the readings that are asked for, of an isolated project."""
    signed = [r for r in record.readings if _is_taken(r.reading, selection)]
    adjudicated = [r for r in signed if r.reading.round is Round.ADJUDICATION]
    if selection.take is Take.FIRST:
        return [r for r in signed if r.reading.round is Round.FIRST]
    if selection.take is Take.ADJUDICATED or adjudicated:
        return adjudicated
    last: dict[str, ReadingRecord] = {}
    for reading in signed:  # in the order they were opened: the last one stays
        last[reading.reading.rater] = reading
    return list(last.values())


def _is_taken(reading: Reading, selection: Selection) -> bool:
    if reading.is_imported:  # nobody signs those
        return selection.imported or reading.rater in selection.raters
    return selection.unfinished or reading.signed_at is not None


def _of_reading(read: ReadingRecord) -> _Source:
    reading = read.reading
    signed = reading.signed_at is not None
    return _Source(reading.rater, reading.round.value, read.annotations, read.label_values, signed)


def _of_shared(record: ImageRecord) -> list[_Source]:
    """Split what everybody stated together by who said it last."""
    acts, values = record.annotations, record.label_values
    raters = sorted({act.rater for act in acts} | {value.rater for value in values})
    complete = record.review is Review.REVIEWED
    if complete and not raters:  # who signs what nothing is stated on found nothing
        raters = sorted({r.reading.rater for r in record.readings if r.reading.is_signed_off})
    rounds = {r.reading.rater: r.reading.round for r in record.readings}
    return [
        _Source(
            rater,
            Round.IMPORTED if rounds.get(rater) is Round.IMPORTED else Round.FIRST,
            tuple(act for act in acts if act.rater == rater),
            tuple(value for value in values if value.rater == rater),
            complete,
        )
        for rater in raters
    ]


def _tables(record: ImageRecord) -> list[_Source]:
    """Return what each table that was taken over states, also of labels that people state."""
    complete = record.review is Review.REVIEWED
    tables = (read for read in record.readings if read.reading.is_imported)
    return [replace(_of_reading(read), complete=complete) for read in tables]


def _refuse_twice(record: ImageRecord, acts: Iterable[Annotation]) -> None:
    seen: set[tuple[str, int]] = set()
    twice: set[tuple[str, int]] = set()
    for act in acts:
        key = (act.rater, act.region_id.int)
        (twice if key in seen else seen).add(key)
    if twice:
        raise ExportError(
            f"{record.image.file_name} has {counted(len(twice), 'regions')} with two acts of one "
            "rater; export only the act that counts of each region."
        )


_CONFLICTS = {
    ("presence", True): "regions of a label that was stated {value} afterwards, left out",
    ("presence", False): "labels stated absent or not assessable before a region of them was "
    "accepted or drawn: present",
    ("side", True): "labels stated on another side than their regions: as stated",
}


def _reads(record: ImageRecord, group: list[_Source], run: SuggestionRun | None) -> Iterator[Read]:
    """Yield what each of a group says, value and regions of a label made one fact."""
    for source in group:
        _refuse_twice(record, source.acts)
    facts = label_facts(
        (act for source in group for act in source.acts),
        (value for source in group for value in source.values),
        run,
    )
    overruled = {label for label, fact in facts.items() if not fact.regions}
    conflicts = tuple(
        _CONFLICTS[fact.conflict, fact.stated is not None].format(value=_in_words(fact.value))
        for label, fact in facts.items()
        if fact.conflict
        for _ in range(_count(label, group) if label in overruled else 1)
    )
    for source in group:
        standing = (
            act for act in source.acts if act.decision in _STATING and act.label not in overruled
        )
        regions = sorted((_stated_region(act, source) for act in standing), key=_IN_TIME)
        values = [value for label in sorted(facts) for value in _values_of(facts[label], source)]
        yield Read(
            source.rater,
            source.round,
            tuple(regions),
            tuple(values),
            source.complete,
            conflicts=conflicts,
            visibility=frozenset().union(*(one.visibility for one in group)),
        )
        conflicts = ()  # told once of a group


def _count(label: str, group: list[_Source]) -> int:
    """Return how many regions of a label stand, whatever its value says."""
    acts = (act for source in group for act in source.acts if act.label == label)
    return sum(act.decision in _STATING for act in acts)


def _in_words(value: Presence) -> str:
    return value.value.replace("_", " ")


def _stated_region(act: Annotation, source: _Source) -> StatedRegion:
    return StatedRegion(
        act.id,
        act.region_id,
        act.label,
        act.region,
        act.rater,
        _WORDS[act.decision],
        source.round,
        act.created_at,
        act.derived_from,
    )


def _values_of(fact: LabelFact, source: _Source) -> Iterator[StatedValue]:
    """Yield what a source says of a label: its own value, else that its regions stand."""
    head = (source.rater, source.round)
    stated = fact.stated
    if stated is not None and stated.rater == source.rater:
        yield StatedValue(
            fact.label, fact.value, *head, stated.created_at, fact.intensity, fact.side
        )
        return
    own = [act.created_at for act in fact.regions if act.rater == source.rater]
    if own:
        yield StatedValue(fact.label, Presence.PRESENT, *head, max(own), None, fact.side, "region")


def _taken(acts: tuple[_Act, ...], selection: Selection) -> tuple[_Act, ...]:
    """Return those acts that labels and dates leave in."""
    labels, since, until = selection.labels, selection.since, selection.until
    if not labels and since is None and until is None:
        return acts
    return tuple(
        act
        for act in acts
        if (not labels or act.label in labels)
        and (since is None or act.created_at >= since)
        and (until is None or act.created_at < until)
    )


def _machine_read(record: ImageRecord, selection: Selection) -> Read | None:
    if not record.runs:
        return None
    run = record.runs[-1]
    model = run.provenance.model_name

    def stated(suggestion: Suggestion) -> StatedRegion:
        return StatedRegion(
            id=suggestion.id,
            region_id=suggestion.id,
            label=suggestion.label,
            region=suggestion.region,
            rater=model,
            decision="suggested",
            round="",
            created_at=run.created_at,
            derived_from=suggestion.id,
        )

    taken = [s for s in run.suggestions if not selection.labels or s.label in selection.labels]
    return Read(model, "", tuple(map(stated, taken)), (), complete=False, by_machine=True)


def _review(
    record: ImageRecord, reads: tuple[Read, ...], selection: Selection, *, acted: bool
) -> Review:
    """Say how far people are: as the record does, unless the selection hides what was said."""
    first = selection.take is Take.FIRST and record.protocol.isolated
    narrowed = selection.take is Take.ADJUDICATED or selection.raters
    if not (first or narrowed or selection.dated):
        return record.review
    complete = sum(read.complete for read in reads)
    needed = len(reads) if narrowed or selection.dated else record.protocol.signatures_needed
    if complete and complete >= needed:
        return Review.REVIEWED
    return Review.IN_PROGRESS if acted or reads else Review.NOT_REVIEWED
