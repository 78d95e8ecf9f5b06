"""What an export takes in, image by image, and what it says of each image."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from ..domain import (
    Annotation,
    ImageAsset,
    ImageRecord,
    LabelSet,
    MapRecord,
    Presence,
    Review,
    Suggestion,
)
from ..domain.facs import not_assessable
from .consensus import agreed
from .originals import Original
from .record_json import record_to_json
from .selecting import select
from .selection import EVERYTHING, Selection
from .splits import split_of
from .stated import Read, StatedRegion, StatedValue
from .volumes import VolumePart

Offers = Mapping[str, Sequence[tuple[datetime, bool]]]
"""By code, when a label was added or offered again (True) and retired (False), oldest first."""

NOT_OFFERED, NOT_VISIBLE = "not offered", "not visible"


@dataclass(frozen=True, slots=True)
class PlacedMap:
    """An excitation map on the pixels of its image.

    Attributes
    ----------
    record : MapRecord
        What it explains.
    values : ndarray of float32, shape (H, W)
        In [0, 1] of its maximum.
    """

    record: MapRecord
    values: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The value of a label by one rater in one round, and why it is that value.

    Attributes
    ----------
    label : str
    value : Presence
    basis : str
        ``stated``: of the whole image; ``region``: a region of that label is stated;
        ``review``: the image is read to its end and nothing names the label; ``not offered``:
        likewise, but the label could not be chosen when it was signed; ``not visible``:
        likewise, but the reader says that this part of the face cannot be seen, or a still does
        not show it; ``none``.
    rater, round : str
        Empty where nobody said anything.
    intensity, side : str or None
    regions : int
        How many are stated.
    """

    label: str
    value: Presence
    basis: str
    rater: str
    round: str
    intensity: str | None = None
    side: str | None = None
    regions: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """Label, rater, round, value, basis, intensity and side, as tables have them."""
        by = (self.label, self.rater, self.round)
        return (*by, self.value.value, self.basis, self.intensity or "", self.side or "")


@dataclass(frozen=True, slots=True)
class ExportItem:
    """One image of a data set.

    Attributes
    ----------
    number : int
        Its place in the data set, from 1.
    record : ImageRecord
        What is recorded of it.
    file_name : str
        Name of its copy, or of the file it came from where none is made.
    stem : str
        Name for files about it: ASCII, unique, without ending.
    reads : tuple of Read
        What was selected, or the one consensus of it.
    acts : tuple of Annotation
        Those that count, in the order of their time.
    undecided : tuple of Suggestion
        Those of the current run that nobody acted on.
    suggestions : mapping of UUID to Suggestion
        Of all runs.
    proposed : tuple of Suggestion
        Of the current run, of the labels selected.
    review : Review
    unfinished : str
        As of `Selected`.
    split : str
        The part of the data set that it belongs to; empty where there are none.
    maps : callable
        Returns the maps of the current run, on the image's pixels.
    offers : mapping
        Labels that were not offered all the time: who signed meanwhile said nothing of them.
    volume : callable
        Returns the volume that the image is a slice of, and which; None where it is of none.
    original : Original or None
        The file that was imported, where it is at hand.
    prefix : str
        As of the selection's `image_prefix`.
    elsewhere : frozenset of str
        As of `Selected`.
    """

    number: int
    record: ImageRecord
    file_name: str
    stem: str
    reads: tuple[Read, ...]
    acts: tuple[Annotation, ...]
    undecided: tuple[Suggestion, ...]
    suggestions: Mapping[uuid.UUID, Suggestion]
    proposed: tuple[Suggestion, ...]
    review: Review
    unfinished: str
    split: str
    maps: Callable[[], Sequence[PlacedMap]] = tuple
    offers: Offers = field(default_factory=dict)
    volume: Callable[[], VolumePart | None] = lambda: None
    original: Original | None = None
    prefix: str = ""
    elsewhere: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        """The picture's name, behind the path or URL that somebody asked for."""
        return f"{self.prefix}{self.file_name}"

    @property
    def image(self) -> ImageAsset:
        """The image."""
        return self.record.image

    @property
    def stated(self) -> tuple[StatedRegion, ...]:
        """The regions that go out as findings."""
        return tuple(stated for read in self.reads for stated in read.regions)

    @property
    def values(self) -> tuple[StatedValue, ...]:
        """What people say of labels on the whole image, by a value or by a region that stands."""
        return tuple(value for read in self.reads for value in read.values)

    @property
    def independent_readers(self) -> list[str]:
        """Names of those whose word is their own: where raters go on from each other's, one's.

        Of tables that were taken over, each is, and so is what people drew beside them.
        """
        reads = [read for read in self.reads if not read.by_machine]
        if not self.record.protocol.isolated:
            tables = [read for read in reads if read.is_table]
            people = [read for read in reads if not read.is_table and read.regions]
            reads = [*tables, *people[:1]]
        return sorted({read.rater for read in reads})

    @property
    def without_findings(self) -> bool:
        """Whether people read it to its end and stated nothing of it but that labels are absent."""
        absent = all(value.value is Presence.ABSENT for value in self.values)
        nothing = not self.stated and not self.elsewhere
        return self.review is Review.REVIEWED and nothing and absent

    @property
    def raters(self) -> list[str]:
        """Names of those who acted on the image."""
        return sorted({act.rater for act in self.acts} | {value.rater for value in self.values})

    @property
    def not_offered(self) -> tuple[str, ...]:
        """Labels that could not be chosen when the image was signed; their absence says nothing."""
        assessed = self._assessed(self.offers)
        return tuple(sorted({said.label for said in assessed if said.basis == NOT_OFFERED}))

    def assessments(self, labels: LabelSet) -> Iterator[Assessment]:
        """Yield a value of every label for every read; of an image nobody read, by nobody."""
        return self._assessed(labels.codes)

    def _assessed(self, codes: Collection[str]) -> Iterator[Assessment]:
        named = {stated.label for stated in self.stated} | {value.label for value in self.values}
        named |= self.elsewhere
        reads = self.reads or (Read("", "", (), (), complete=False),)
        for read in reads:
            values = {value.label: value for value in read.values}
            hidden = not_assessable(read.visibility, still=self.image.time_s is None)
            for code in codes:
                silence = self._silence(read, code, named=code in named, hidden=code in hidden)
                yield _assessment(read, code, values.get(code), silence)

    def _silence(self, read: Read, code: str, *, named: bool, hidden: bool) -> tuple[Presence, str]:
        """Return what it means that a read says nothing of a label, and why."""
        # Where raters go on from each other's work, only all of them together leave a label out.
        silent = self.record.protocol.isolated or not named
        if not (read.complete and silent):
            return Presence.NOT_ASSESSED, "none"
        if not self._was_offered(code, read):
            return Presence.NOT_ASSESSED, NOT_OFFERED
        return (Presence.NOT_ASSESSABLE, NOT_VISIBLE) if hidden else (Presence.ABSENT, "review")

    def _was_offered(self, code: str, read: Read) -> bool:
        """Tell whether a label could be stated when a read was signed."""
        changes = self.offers.get(code)
        if not changes:
            return True
        signed = [r.reading for r in self.record.readings if r.reading.signed_at]
        own = [one for one in signed if (one.rater, one.round) == (read.rater, read.round)]
        moments = [one.signed_at for one in own or signed if one.signed_at]
        if not moments:
            return False
        # Where raters go on from each other's work, the last one signs the image.
        at = min(moments) if self.record.protocol.isolated else max(moments)
        before = [offered for moment, offered in changes if moment <= at]
        return before[-1] if before else not changes[0][1]

    def to_json(self) -> dict[str, Any]:
        """Return everything that is recorded of the image, as JSON-ready values."""
        return {
            "number": self.number,
            "file_name": self.file_name,
            "review": str(self.review),
            "split": self.split,
            "undecided": [str(s.id) for s in self.undecided],
            **record_to_json(self.record),
        }


def _assessment(
    read: Read, code: str, said: StatedValue | None, silence: tuple[Presence, str]
) -> Assessment:
    by = (read.rater, read.round)
    regions = sum(stated.label == code for stated in read.regions)
    if said is not None:
        return Assessment(code, said.value, said.basis, *by, said.intensity, said.side, regions)
    if regions:  # the machine's
        return Assessment(code, Presence.PRESENT, "region", *by, regions=regions)
    return Assessment(code, *silence, *by)


def export_item(
    number: int,
    record: ImageRecord,
    *,
    copied: bool,
    selection: Selection = EVERYTHING,
    maps: Callable[[], Sequence[PlacedMap]] = tuple,
    offers: Offers = MappingProxyType({}),
    volume: Callable[[], VolumePart | None] = lambda: None,
    original: Original | None = None,
) -> ExportItem:
    """Take of an image what is asked for, in the order in which it is exported.

    Parameters
    ----------
    number : int
        Its place in the data set, from 1.
    record : ImageRecord
        With the acts that count, one a rater and region.
    copied : bool
        Whether the image is copied into the data set.
    selection : Selection
    maps, offers, volume, original
        As of the item.

    Raises
    ------
    ExportError
        If one rater has two acts that count on one region: it would be exported twice.
    """
    selected = select(record, selection)
    current = record.runs[-1].suggestions if record.runs else ()
    acted_on: set[uuid.UUID | None] = set()
    if current:
        acted_on = {act.derived_from for act in record.annotations}
        acted_on |= {act.region_id for act in record.annotations}
    stem = _stem(record.image)
    return ExportItem(
        number=number,
        record=record,
        file_name=f"{stem}.png" if copied else record.image.file_name,
        stem=stem,
        reads=agreed(selected.reads, record.image, selection.consensus),
        acts=selected.acts,
        undecided=tuple(s for s in current if s.id not in acted_on),
        suggestions={s.id: s for run in record.runs for s in run.suggestions},
        proposed=tuple(s for s in current if not selection.labels or s.label in selection.labels),
        review=selected.review,
        unfinished=selected.unfinished,
        split=split_of(record.image, selection.splits, selection.seed),
        maps=maps,
        offers={
            code: changes
            for code, changes in offers.items()
            if not selection.labels or code in selection.labels
        },
        volume=volume,
        original=original,
        prefix=selection.image_prefix,
        elsewhere=selected.elsewhere,
    )


def _stem(image: ImageAsset) -> str:
    """Name files so that two images of one name stay apart and every system can hold them."""
    stem = unicodedata.normalize("NFKD", image.file_name.rpartition(".")[0] or image.file_name)
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", stem.encode("ascii", "ignore").decode())
    return f"{plain.strip('_')[:60] or 'image'}-{image.id}"
