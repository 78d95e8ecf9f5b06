"""What a format can say of a project, and what is lost where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..domain import REGION_TYPES, BoundingBox, Decision, Landmark, Presence, Region, Review
from ..importers.action_units import unit_number
from ..importers.imported import ImportedImage, ImportedRegion, ImportedValue
from .items import ExportItem
from .stated import StatedValue

ALL_VALUES = frozenset(Presence)
NO_VALUES: frozenset[Presence] = frozenset()
SHAPES = frozenset(REGION_TYPES) - {"mask", "rotated-box"}


class Geometry(StrEnum):
    """What becomes of a region."""

    EXACT = "exact"
    """As it was drawn, in the shapes that the format has; others as a polygon."""
    BOX = "box"
    """The box around it."""
    PIXELS = "pixels"
    """The pixels whose centre lies inside."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a format can say.

    Attributes
    ----------
    geometry : Geometry
    shapes : frozenset of str
        Of `Geometry.EXACT`: those of `SHAPES` that the format has.
    clipped : bool
        Whether regions end at the edge of the image.
    resolution_px : float
        How far a coordinate may come back from where it was.
    values : frozenset of Presence
        Values of labels that it can say of an image.
    intensity, side : bool
        Of Action Units.
    units : frozenset of int or None
        The Action Units that it has a place for; None where it takes any label.
    graded : frozenset of int or None
        Those whose intensity it says; None for all.
    grade_needed : bool
        Whether a unit is left out that is present and whose intensity nobody scored.
    raters, decisions, suggestions : bool
        Whether it says who stated a region, how it came about, and what nobody acted on.
    review : bool
        Whether it tells an image without findings from one that nobody finished.
    not_offered : bool
        Whether it says which labels could not be chosen when an image was signed.
    xml : bool
        Whether characters that XML 1.0 has no way to write are replaced.
    """

    geometry: Geometry = Geometry.EXACT
    shapes: frozenset[str] = SHAPES
    clipped: bool = False
    resolution_px: float = 1e-6
    values: frozenset[Presence] = NO_VALUES
    intensity: bool = False
    side: bool = False
    units: frozenset[int] | None = None
    graded: frozenset[int] | None = None
    grade_needed: bool = False
    raters: bool = False
    decisions: bool = False
    suggestions: bool = False
    review: bool = False
    not_offered: bool = False
    xml: bool = False

    def region(self, region: Region, width: int, height: int) -> Region | None:
        """Return what the format makes of a region; None where it can say nothing of it."""
        if self.geometry in (Geometry.NONE, Geometry.PIXELS):
            return None
        if isinstance(region, Landmark):
            outside = self.clipped and region.reaches_out(width, height)
            return region if "point" in self.shapes and not outside else None
        if self.geometry is Geometry.BOX:
            return box_inside(region, width, height)
        if region.kind not in self.shapes:
            region = region.polygons()[0]
        return region.clipped(width, height) if self.clipped else region

    def expected(self, item: ExportItem) -> ImportedImage:
        """Return what an importer must read of an image."""
        image = item.image
        said = [
            ImportedRegion(self._text(stated.label), region, self._rater(stated.rater))
            for stated in item.stated
            if not (self.suggestions and stated.decision == "suggested")
            and (region := self.region(stated.region, image.width, image.height)) is not None
        ]
        if self.suggestions and item.proposed:
            model = item.record.runs[-1].provenance.model_name
            said += [
                ImportedRegion(self._text(s.label), region, self._rater(model), s.score, True)
                for s in item.proposed
                if (region := self.region(s.region, image.width, image.height)) is not None
            ]
        values = tuple(
            ImportedValue(
                self._text(value.label),
                value.value,
                self._rater(value.rater),
                value.intensity if self.intensity else None,
                value.side if self.side else None,
            )
            for value in item.values
            if value.value in self.values
        )
        name = self._text(item.file_name)
        return ImportedImage(name, image.width, image.height, tuple(said), values)

    def _text(self, text: str) -> str:
        return xml_text(text) if self.xml else text

    def _rater(self, name: str) -> str:
        return self._text(name) if self.raters else ""

    def losses(self, item: ExportItem) -> Iterator[str]:
        """Yield a sentence for each thing of an image that the format cannot say."""
        image = item.image
        for stated in item.stated:
            yield from self._region_losses(stated.region, image.width, image.height)
            if self.geometry is Geometry.NONE:
                continue
            if not self.raters:
                yield "regions without the name of who stated them"
            if not self.decisions and stated.decision != Decision.ADDED:
                yield "regions without how they came about (accepted, edited, suggested)"
        for said in item.values:
            yield from self._value_losses(said)
        yield from (conflict for read in item.reads for conflict in read.conflicts)
        if not self.review and item.review != Review.REVIEWED:
            yield "images that nobody finished, not told from images without findings"
        if not self.suggestions and item.undecided and not any(r.by_machine for r in item.reads):
            yield "images whose suggestions nobody acted on, without them"
        if not self.not_offered:
            yield from (
                "labels not offered when their image was signed: not assessed, which is not said"
                for _ in item.not_offered
            )
        if item.record.remarks:
            yield "images without their remarks"

    def _value_losses(self, said: StatedValue) -> Iterator[str]:
        unit = unit_number(said.label)
        graded = self.intensity and (self.graded is None or unit in self.graded)
        placed = self.units is None or unit in self.units
        # What a region says goes out, or is told as lost, with the region.
        in_words = said.basis == "stated"
        if not placed:
            if in_words:
                yield "labels that the format has no place for"
        elif self.grade_needed and said.value is Presence.PRESENT and not said.intensity:
            yield "labels that are present without an intensity, not said"
        elif in_words and said.value not in self.values:
            yield f"labels that are {said.value.value.replace('_', ' ')}, not said"
        elif (said.intensity and not graded) or (said.side and not self.side):
            yield "labels without their intensity or side"

    def _region_losses(self, region: Region, width: int, height: int) -> Iterator[str]:
        if self.geometry is Geometry.NONE:
            yield "regions left out: the format has none"
            return
        kind = region.kind
        if kind == "point" and "point" not in self.shapes and self.geometry is not Geometry.PIXELS:
            yield "points left out: the format has none"
            return
        if self.geometry is Geometry.PIXELS:
            yield "outlines written as the pixels whose centre lies inside"
            return
        if self.clipped or self.geometry is Geometry.BOX:
            if self.region(region, width, height) is None:
                yield "regions without area on the image, left out"
            elif region.reaches_out(width, height):
                yield "regions cut at the edge of the image"
        if self.geometry is Geometry.BOX and kind != "box":
            yield f"{region.plural} written as the boxes around them"
        elif self.geometry is Geometry.EXACT and kind not in self.shapes:
            yield f"{region.plural} written as polygons"


SAYS_ALL = Capacity(
    values=ALL_VALUES,
    intensity=True,
    side=True,
    raters=True,
    decisions=True,
    review=True,
    not_offered=True,
)
"""Of a format with a place for everything that people state, shapes as they are drawn."""


def box_inside(region: Region, width: int, height: int) -> BoundingBox | None:
    """Return the part of the box around a region that is on the image; None where none is."""
    x, y, across, down = region.frame
    if not across or not down:
        return None
    return BoundingBox(x, y, across, down).clipped(width, height)


def xml_text(text: str) -> str:
    """Return a text with what XML 1.0 cannot say (section 2.2) replaced by U+FFFD."""
    return "".join(c if _in_xml(ord(c)) else "\ufffd" for c in text)


def _in_xml(code: int) -> bool:
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or code >= 0x10000
    )
