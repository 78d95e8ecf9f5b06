"""What each reader of a study said of each image, as statistics take it: codes and regions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from .. import figures
from ..dataset.items import ExportItem, Offers, export_item
from ..dataset.selection import Selection
from ..dataset.splits import kin_of
from ..dataset.stated import StatedRegion
from ..domain import ImageAsset, ImageRecord, LabelSet, Presence, Reading, Region, Round, iou
from ..domain.annotations import INTENSITIES
from ..domain.regions import union_mask

FINAL, FIRST = "final", "first"
"""Rounds: each reader's last word, and their first look; never an adjudication."""
CATEGORIES = {Presence.ABSENT: 0, Presence.PRESENT: 1, Presence.UNCERTAIN: 2}
NONE = -1
"""Not assessable, not assessed, or not read."""
LEAST_IOUS = (0.5, 0.75)
"""From which intersection over union on two regions are the same finding."""
_SIGNED_BY = Selection(imported=True)

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class RegionPair:
    """How two readers' regions of one label compare on one image.

    Attributes
    ----------
    image, label, first, second : int
        Places in the lists of `StudyReads`.
    drawn : (int, int)
        How many regions each drew.
    matched : mapping of float to int
        By least intersection over union, how many belong together.
    dice : float
        Of all pixels of the label; nan unless both drew.
    distances_mm : (float, float)
        See `boundary_distances_mm`; nan unless both drew and the spacing is known.
    """

    image: int
    label: int
    first: int
    second: int
    drawn: tuple[int, int]
    matched: Mapping[float, int]
    dice: float
    distances_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class StudyReads:
    """The signed reads of N images by R readers of L labels.

    Attributes
    ----------
    readers, labels : tuple of str
    subjects : tuple of str
        Of each image: what it shares with images that are not independent of it.
    presence : ndarray of int8, shape (N, R, L)
        0 absent, 1 present, 2 uncertain, -1 none.
    grades : ndarray of int8, shape (N, R, L)
        0 absent, 1 to 5 for intensities A to E, -1 none.
    regions : tuple of RegionPair
        Of labels that both could assess and at least one of them drew.
    """

    readers: tuple[str, ...]
    labels: tuple[str, ...]
    subjects: tuple[str, ...]
    presence: Codes
    grades: Codes
    regions: tuple[RegionPair, ...]


def signed_reads(
    records: Iterable[ImageRecord],
    offers: Offers,
    labels: LabelSet,
    *,
    round_: str = FINAL,
    gold: str | None = None,
) -> StudyReads:
    """Gather what readers signed, by the rules by which exports take it.

    Who signs an image says of the labels they leave out that these are absent, unless a label was
    not offered or its part of the face cannot be seen. What nobody signed says nothing.

    Parameters
    ----------
    records : iterable of ImageRecord
    offers : mapping
        As of `ExportItem`.
    labels : LabelSet
    round_ : {"final", "first"}
    gold : str, optional
        A name whose adjudications and imported tables count too.
    """
    codes = tuple(labels.codes)
    place: dict[str, int] = {}
    subjects: list[str] = []
    entries: list[tuple[int, int, Codes]] = []
    pairs: list[RegionPair] = []
    for record in records:
        items = _items(record, offers, round_, gold)
        by_reader = dict(_of_readers(items, labels))
        if not by_reader:
            continue
        number = len(subjects)
        subjects.append(kin_of(record.image))
        for reader, (coded, _) in by_reader.items():
            entries.append((number, place.setdefault(reader, len(place)), coded))
        for one, other in combinations(sorted(by_reader, key=place.__getitem__), 2):
            found = _region_pairs(record.image, codes, by_reader[one], by_reader[other])
            seats = (place[one], place[other])
            pairs += [replace(p, image=number, first=seats[0], second=seats[1]) for p in found]
    return _sorted(place, codes, subjects, entries, pairs)


def _items(
    record: ImageRecord, offers: Offers, round_: str, gold: str | None
) -> Iterator[ExportItem]:
    """Yield the image as its readers read it, and as the gold reader did."""
    for gold_only in (False, True) if gold else (False,):
        taken = tuple(
            read
            for read in record.readings
            if (gold is not None and read.reading.rater == gold) == gold_only
            and (_is_gold(read.reading) if gold_only else _is_read(read.reading, round_))
        )
        if taken:
            narrowed = replace(record, readings=taken)
            yield export_item(1, narrowed, copied=False, selection=_SIGNED_BY, offers=offers)


def _is_read(reading: Reading, round_: str) -> bool:
    if not reading.is_own_look or reading.signed_at is None:
        return False
    return reading.is_final if round_ == FINAL else reading.round is Round.FIRST


def _is_gold(reading: Reading) -> bool:
    adjudicated = reading.round is Round.ADJUDICATION and reading.signed_at is not None
    return adjudicated or reading.is_signed_off or reading.is_imported


_OfReader = tuple[Codes, tuple[StatedRegion, ...]]
"""Presence and grades, shape (2, L), and what was drawn."""


def _of_readers(items: Iterable[ExportItem], labels: LabelSet) -> Iterator[tuple[str, _OfReader]]:
    number = {code: place for place, code in enumerate(labels.codes)}
    for item in items:
        coded = {r.rater: np.full((2, len(number)), NONE, np.int8) for r in item.reads}
        for said in item.assessments(labels):
            category = CATEGORIES.get(said.value, NONE)
            graded = INTENSITIES.index(said.intensity) + 1 if said.intensity else NONE
            grade = {Presence.ABSENT: 0, Presence.PRESENT: graded}.get(said.value, NONE)
            coded[said.rater][:, number[said.label]] = category, grade
        for read in item.reads:
            yield read.rater, (coded[read.rater], read.regions)


def _region_pairs(
    image: ImageAsset, labels: Sequence[str], one: _OfReader, other: _OfReader
) -> Iterator[RegionPair]:
    """Yield how two reads compare on each label that both could assess and one drew."""
    drawn = {region.label for _, regions in (one, other) for region in regions}
    for place, label in enumerate(labels):
        assessed = one[0][0, place] != NONE and other[0][0, place] != NONE
        if label in drawn and assessed:
            mine, theirs = (
                [stated.region for stated in regions if stated.label == label]
                for _, regions in (one, other)
            )
            overlaps = np.array([[iou(a, b) for b in theirs] for a in mine])
            matched = {least: figures.matched_pairs(overlaps, least) for least in LEAST_IOUS}
            overlap, distances = _overlap(image, mine, theirs)
            counts = len(mine), len(theirs)
            yield RegionPair(0, place, 0, 0, counts, matched, overlap, distances)


def _overlap(
    image: ImageAsset, mine: Sequence[Region], theirs: Sequence[Region]
) -> tuple[float, tuple[float, float]]:
    """Return Dice's coefficient and the distances of the outlines; nan where either drew none."""
    if not mine or not theirs:
        return math.nan, (math.nan, math.nan)
    one, other = (union_mask(drawn, image.height, image.width) for drawn in (mine, theirs))
    spacing = image.spacing_mm
    distances = figures.boundary_distances_mm(one, other, spacing) if spacing else (math.nan,) * 2
    return figures.dice(one, other), (distances[0], distances[1])


def _sorted(
    place: Mapping[str, int],
    labels: tuple[str, ...],
    subjects: Sequence[str],
    entries: Iterable[tuple[int, int, Codes]],
    pairs: Iterable[RegionPair],
) -> StudyReads:
    """Put readers in the order of their names, and what they said into one array."""
    readers = tuple(sorted(place))
    seat = {place[name]: number for number, name in enumerate(readers)}
    codes = np.full((2, len(subjects), len(readers), len(labels)), NONE, np.int8)
    for image, reader, coded in entries:
        codes[:, image, seat[reader]] = coded
    moved = (replace(p, first=seat[p.first], second=seat[p.second]) for p in pairs)
    return StudyReads(readers, labels, tuple(subjects), codes[0], codes[1], tuple(moved))
