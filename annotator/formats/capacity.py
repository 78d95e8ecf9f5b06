"""What a format can say of a project, and what is lost where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..dataset.items import ExportItem
from ..dataset.stated import StatedValue
from ..domain import REGION_TYPES, Decision, Mask, Polygon, Presence, Region, Review
from ..domain.regions import RotatedBox
from .detection.poses import poses
from .facs.action_units import unit_number
from .imported import ImportedImage, ImportedRegion, ImportedValue
from .masks.flattening import flattened

ALL_VALUES = frozenset(Presence)
NO_VALUES: frozenset[Presence] = frozenset()
SHAPES = frozenset(REGION_TYPES)
NO_SHAPES: frozenset[str] = frozenset()
_THINNEST_PX = 1e-6
"""Side of a box below which it has no area for a reader."""
_IN_PARTS = (Mask.kind, Polygon.kind)
"""Shapes that end at the edge of the image, or may have holes."""
_PIXELS = "the pixels whose centre lies inside"
_Made = tuple[tuple[Region, ...], tuple[str, ...]]
"""What a format makes of a region, and a sentence for each thing it loses."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a format can say.

    Attributes
    ----------
    shapes : frozenset of str
        Those of `SHAPES` that the format has. Others become what it has, the first of polygons
        (one for each piece), pixels, the rotated box and the box around them; nothing, where it
        has none of these.
    holes : bool
        Whether its polygons have holes.
    joined : bool
        Whether several polygons stay one region.
    most_pieces : int
        How many polygons it takes for one region; one of more is left out. What nobody drew, such
        as a mask of noise, would otherwise be written for minutes.
    layered : bool
        Whether a pixel may be of several regions; if not, the smaller one is on top (`flattened`).
    posed : bool
        Whether it has points only in boxes (`poses`).
    clipped : bool
        Whether regions end at the edge of the image; masks do everywhere.
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
    volumes : bool
        Whether the slices of one volume are one file, on the volume's grid.
    xml : bool
        Whether characters that XML 1.0 has no way to write are replaced.
    """

    shapes: frozenset[str] = SHAPES
    holes: bool = True
    joined: bool = True
    most_pieces: int = 100_000
    layered: bool = True
    posed: bool = False
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
    volumes: bool = False
    xml: bool = False

    def regions(self, region: Region, width: int, height: int) -> tuple[Region, ...]:
        """Return what the format makes of a region: none, one, or several that are its pieces."""
        return self._made(region, width, height)[0]

    def _made(self, region: Region, width: int, height: int) -> _Made:
        """Return what the format makes of a region, and a sentence for each thing it loses."""
        if not self.shapes:
            return (), ("regions left out: the format has none",)
        if region.kind in self.shapes and not self.clipped and region.kind not in _IN_PARTS:
            return (region,), ()
        ends = self.clipped or region.kind == Mask.kind
        cut = ends and region.reaches_out(width, height)
        part = region.clipped(width, height) if cut else region
        if part is None:
            return (), ("regions outside the image, left out",)
        made, lost = self._converted(part, region, width, height)
        if made:
            # Pixels are those of the image, whatever they are made of.
            if cut or (made[0].kind == Mask.kind and region.reaches_out(width, height)):
                lost = (*lost, "regions cut at the edge of the image")
            return made, lost
        if not any(region.frame[2:]):
            return (), (f"{region.plural} left out: the format has none",)
        return (), lost or ("regions without area, or without a pixel, left out",)

    def _converted(self, part: Region, region: Region, width: int, height: int) -> _Made:
        """Return the shapes that the format has for a region, of which a part is on the image."""
        shapes, plural = self.shapes, region.plural
        holes = not self.holes and isinstance(part, Polygon) and bool(part.holes)
        if part.kind in shapes and not holes:
            return (part,), (f"{plural} written as {part.plural}",) * (part.kind != region.kind)
        if "polygon" in shapes and not (holes and "mask" in shapes):
            return self._pieces(part, region)
        if "mask" in shapes:
            mask = Mask.of(part.mask(height, width))
            which = f"{plural} with holes" if region.kind in shapes else plural
            return ((mask,), (f"{which} written as {_PIXELS}",)) if mask else ((), ())
        if min(part.frame[2:]) < _THINNEST_PX:
            return (), ()
        if "box" in shapes:
            return (part.bounds,), (f"{plural} written as the boxes around them",)
        around = RotatedBox.around(part)
        if self.clipped and around.reaches_out(width, height):
            around = RotatedBox.about_centre(part.bounds)
        return (around,), (f"{plural} written as the rotated boxes around them",)

    def _pieces(self, part: Region, region: Region) -> _Made:
        plural, lost = region.plural, []
        if part.pieces > self.most_pieces:
            return (), (f"{plural} of more than {self.most_pieces} pieces, left out",)
        pieces = part.polygons()
        if region.kind != Polygon.kind:
            lost.append(f"{plural} written as polygons")
        if not self.holes and any(piece.holes for piece in pieces):
            lost.append("holes filled")
            pieces = tuple(Polygon(piece.points) for piece in pieces)
        if len(pieces) > 1 and not self.joined:
            lost.append("regions in several pieces, each piece written as a region of its own")
        return pieces, tuple(lost) if pieces else ()

    def expected(self, item: ExportItem) -> ImportedImage:
        """Return what an importer must read of an image."""
        image = item.image
        said = [
            ImportedRegion(self._text(stated.label), region, self._rater(stated.rater))
            for stated in item.stated
            if not (self.suggestions and stated.decision == "suggested")
            for region in self.regions(stated.region, image.width, image.height)
        ]
        if self.suggestions and item.proposed:
            model = item.record.runs[-1].provenance.model_name
            said += [
                ImportedRegion(self._text(s.label), region, self._rater(model), s.score, True)
                for s in item.proposed
                for region in self.regions(s.region, image.width, image.height)
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
            yield from self._made(stated.region, image.width, image.height)[1]
            if not self.shapes:
                continue
            if not self.raters:
                yield "regions without the name of who stated them"
            if not self.decisions and stated.decision != Decision.ADDED:
                yield "regions without how they came about (accepted, edited, suggested)"
        yield from self._losses_together(item)
        for said in item.values:
            yield from self._value_losses(said)
        yield from (conflict for read in item.reads for conflict in read.conflicts)
        if not self.review and item.review != Review.REVIEWED:
            yield "images that nobody finished, not told from images without findings"
        if not self.suggestions and item.undecided and not any(r.by_machine for r in item.reads):
            yield "images without their undecided suggestions"
        if not self.not_offered:
            yield from (
                "labels not offered when their image was signed: not assessed, which is not said"
                for _ in item.not_offered
            )
        yield from ("labels that others state, whose word is not asked for" for _ in item.elsewhere)
        if item.record.remarks:
            yield "images without their remarks"
        yield from self._volume_losses(item)

    def _volume_losses(self, item: ExportItem) -> Iterator[str]:
        part = item.volume() if self.volumes else None
        if part is None:
            return
        if part.volume.uneven:
            yield "slices at uneven distances: each a volume by itself"
        if item.review != Review.REVIEWED and not item.stated:
            yield "slices that nobody annotated, 0 in the masks of their volume"

    def _losses_together(self, item: ExportItem) -> Iterator[str]:
        """Yield a sentence for each region that has no place beside the others of its image."""
        if self.layered and not self.posed:
            return
        width, height = item.image.width, item.image.height
        made = [(s.label, r) for s in item.stated for r in self.regions(s.region, width, height)]
        if self.posed:
            yield from poses(made)[1]
        if not self.layered:
            for layer in flattened([region for _, region in made], height, width)[1]:
                if not layer.seen_px:
                    yield "regions wholly under smaller ones, left out"
                elif layer.seen_px < layer.size_px:
                    yield "regions partly under smaller ones, without the pixels that they share"

    def _value_losses(self, said: StatedValue) -> Iterator[str]:
        unit = unit_number(said.label)
        graded = self.intensity and (self.graded is None or unit in self.graded)
        placed = self.units is None or unit in self.units
        # What a region says goes out, or is told as lost, with the region, where there are any.
        in_words = said.basis == "stated" or not self.shapes
        if not placed:
            if in_words:
                yield "labels that the format has no place for"
        elif self.grade_needed and said.value is Presence.PRESENT and not said.intensity:
            yield "labels that are present without an intensity, not said"
        elif in_words and said.value not in self.values:
            yield f"labels that are {said.value.value.replace('_', ' ')}, not said"
        elif (said.intensity and not graded) or (said.side and not self.side):
            yield "labels without their intensity or side"


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
