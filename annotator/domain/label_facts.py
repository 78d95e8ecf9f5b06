"""What holds of a label on an image: its stated value and its regions, read as one fact.

A reader can say that a label is present in two ways: by a value for the whole image, and by a
region that stands. Both are acts on one fact, so there is one answer (decision 24):

* a value other than not assessed is the fact, with its intensity and side;
* without one, a label is present where a region of it stands, and says nothing where none does:
  rejecting every region of a label does not state that it is absent;
* a side that no value states is that of the half of the face whose regions stand while those of
  the other half are rejected;
* absent, or not assessable, and a standing region contradict each other: the later act counts.

The editor's own reader of facts is ``record/label_facts.js``; both pass the same examples.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass

from .annotations import Annotation, Decision, LabelValue, Presence
from .facs import takes_side
from .regions import Region
from .suggestions import SuggestionRun

EXCLUDES_REGIONS = frozenset({Presence.ABSENT, Presence.NOT_ASSESSABLE})
"""Values of a label that a standing region of it contradicts."""
_OTHER = {"L": "R", "R": "L"}
_LEAST_SHARE = 0.25  # of a region's width on either side of the midline: it lies on both


@dataclass(frozen=True, slots=True)
class LabelFact:
    """What holds of one label on one image.

    Attributes
    ----------
    label : str
    value : Presence
    intensity : str or None
        ``A`` to ``E``, as it was stated.
    side : str or None
        As it was stated, else ``L`` or ``R`` of the half that stands alone; None where both
        halves stand or the regions do not tell.
    stated : LabelValue or None
        The act on the whole image that says so; None where only regions do.
    regions : tuple of Annotation
        Those that stand and count.
    conflict : str
        What the acts contradict each other in: ``presence``, ``side``, or empty.
    """

    label: str
    value: Presence
    intensity: str | None = None
    side: str | None = None
    stated: LabelValue | None = None
    regions: tuple[Annotation, ...] = ()
    conflict: str = ""

    @property
    def words(self) -> tuple[Presence, str | None, str | None]:
        """Value, intensity and side: what two readers agree on, or do not."""
        return self.value, self.intensity, self.side


def label_facts(
    acts: Iterable[Annotation], values: Iterable[LabelValue], run: SuggestionRun | None = None
) -> dict[str, LabelFact]:
    """Return what holds of each label that acts say something of.

    Parameters
    ----------
    acts : iterable of Annotation
        The act that counts of each region.
    values : iterable of LabelValue
        The act that counts of each label.
    run : SuggestionRun, optional
        The current one: it tells where the halves of the face meet, and which suggestions nobody
        acted on.

    Returns
    -------
    dict of str to LabelFact
        By label. Labels whose regions are all rejected or undecided are not in it.
    """
    by_label: defaultdict[str, list[Annotation]] = defaultdict(list)
    acted_on = set()
    for act in acts:
        by_label[act.label].append(act)
        acted_on.add(act.region_id)
    stated = {value.label: value for value in values}
    halves = _Halves(run, acted_on)
    facts = {}
    for label in by_label.keys() | stated.keys():
        fact = _fact(label, by_label[label], stated.get(label), halves)
        if fact is not None:
            facts[label] = fact
    return facts


def _fact(
    label: str, acts: list[Annotation], stated: LabelValue | None, halves: _Halves
) -> LabelFact | None:
    standing = tuple(act for act in acts if act.decision.states_region)
    seen = halves.side(label, acts) if standing else None
    if stated is not None and standing and stated.value in EXCLUDES_REGIONS:
        if max(act.created_at for act in standing) <= stated.created_at:
            return LabelFact(label, stated.value, stated=stated, conflict="presence")
        return LabelFact(label, Presence.PRESENT, None, seen, None, standing, "presence")
    if stated is None or (standing and stated.value is Presence.NOT_ASSESSED):
        return LabelFact(label, Presence.PRESENT, None, seen, None, standing) if standing else None
    side, conflict = stated.side, ""
    if stated.value is Presence.PRESENT and standing:
        if side is None:
            side = seen
        elif any(halves.of(act.region) == _OTHER.get(side, "") for act in standing) or (
            side not in _OTHER and seen is not None
        ):
            conflict = "side"
    return LabelFact(label, stated.value, stated.intensity, side, stated, standing, conflict)


class _Halves:
    """Which half of the face regions lie on, and the side that follows from what was decided."""

    def __init__(self, run: SuggestionRun | None, acted_on: Container[uuid.UUID]) -> None:
        self._midline = face_midline(run)
        suggestions = run.suggestions if run and self._midline is not None else ()
        self._untouched = [one for one in suggestions if one.id not in acted_on]

    def of(self, region: Region) -> str | None:
        """Return the person's ``L`` or ``R``, which a picture shows on its right and left.

        None where the midline is not known or the region lies on both halves.
        """
        if self._midline is None:
            return None
        box = region.box_around
        left, right = self._midline - box.x, box.x + box.width - self._midline
        if min(left, right) > _LEAST_SHARE * box.width:
            return None
        return "L" if right > left else "R"

    def side(self, label: str, acts: Iterable[Annotation]) -> str | None:
        """Return the half whose regions stand while all of the other are rejected, or None."""
        if self._midline is None or not takes_side(label, "L"):
            return None
        decisions: defaultdict[str | None, set[Decision]] = defaultdict(set)
        for act in acts:
            if act.decision is not Decision.WITHDRAWN:
                decisions[self.of(act.region)].add(act.decision)
        for suggestion in self._untouched:
            if suggestion.label == label:
                decisions[self.of(suggestion.region)].add(Decision.UNDECIDED)
        standing = [half for half, said in decisions.items() if any(d.states_region for d in said)]
        half = standing[0] if len(standing) == 1 else None
        alone = half is not None and decisions[_OTHER[half]] == {Decision.REJECTED}
        return half if alone else None


def face_midline(run: SuggestionRun | None) -> float | None:
    """Return the column where the halves of the face that a run read meet, in pixels, or None.

    The middle of the face; where no face is known (suggestions of a file), the middle between
    the regions of units that have exactly two, side by side.
    """
    if run is None:
        return None
    if run.face is not None:
        return run.face.x + run.face.width / 2
    by_label: defaultdict[str, list[Region]] = defaultdict(list)
    for suggestion in run.suggestions:
        if takes_side(suggestion.label, "L"):
            by_label[suggestion.label].append(suggestion.region)
    middles = []
    for regions in by_label.values():
        if len(regions) == 2:
            (_, _, end, _), (begin, *_) = sorted(region.extent for region in regions)
            if end <= begin:
                middles.append((end + begin) / 2)
    return sum(middles) / len(middles) if middles else None


def fact_in_words(fact: LabelFact) -> str:
    """Return a fact in a line, for example ``AU12: present, C, L (by its region)``."""
    said = ", ".join(filter(None, (fact.value.value.replace("_", " "), fact.intensity, fact.side)))
    by = "" if fact.stated else " (by its region)"
    return f"{fact.label}: {said}{by}"
