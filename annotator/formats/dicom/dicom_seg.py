"""DICOM Segmentation: for each series, read and label, the pixels of its regions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...dataset.stated import Read, StatedRegion
from ...domain import ImageAsset, LabelSet, Mask
from ...domain.regions import union_mask
from ..capacity import Capacity
from ..export_format import ExportFormat
from ..self_check import require
from .dicom_image import SCHEME, category, concept, device, finished, save, write_source
from .dicom_seg_reading import frames_of
from .sources import SourceImage, between_mm, placed, plain, refer_to, source_image, uid

SAYS = Capacity(shapes=frozenset({"mask"}), raters=True)

CONVENTIONS = {
    "dicom/NAME/image.dcm": "the picture as a Secondary Capture, where its original is not at "
    "hand; identities follow from the record, and one subject has one study",
    "dicom/NAME/segmentation.dcm": "one for each series, NAME being its first image with regions: "
    "a segment for each label of each read; none for a series without regions",
    "frames": "each refers to the image that it lies on, and has its position, orientation and "
    "spacing; in a frame of reference of its own where they are not known",
    "segment": "label: the label's code; tracking identifier: rater and round; algorithm type: "
    "MANUAL (drawn), SEMIAUTOMATIC (began as a suggestion, or is a consensus), AUTOMATIC "
    "(suggested); type: the label's code in SNOMED CT where its vocabulary has one, else in the "
    "private scheme " + SCHEME,
    "pixels": "those whose centre lies inside",
}

_SERIES_NUMBER = 1002


@dataclass(slots=True)
class _Segment:
    """A label of a read, on the images of a series that have it."""

    label: str
    rater: str
    round: str
    made_by: tuple[str, str] = ("", "")
    decisions: set[str] = field(default_factory=set)
    masks: dict[int, Mask] = field(default_factory=dict)

    @property
    def algorithm_type(self) -> str:
        if self.decisions == {"suggested"}:
            return "AUTOMATIC"
        return "MANUAL" if self.decisions == {"added"} else "SEMIAUTOMATIC"


@dataclass(frozen=True, slots=True)
class _Slice:
    """What is kept of an item until its series is written: nothing that grows with the record."""

    number: int
    stem: str
    image: ImageAsset
    reads: tuple[Read, ...]
    made_by: tuple[str, str]
    source: SourceImage

    @classmethod
    def of(cls, item: ExportItem, source: SourceImage) -> _Slice:
        made = item.record.runs[-1].provenance if item.record.runs else None
        made_by = (made.model_name, made.model_version) if made else ("", "")
        return cls(item.number, item.stem, item.image, item.reads, made_by, source)


@dataclass(slots=True)
class _Series:
    """What is segmented in one object: images of one series that lie in parallel."""

    slices: list[_Slice] = field(default_factory=list)

    def add(self, one: _Slice) -> None:
        if self.slices:  # patient and study are those of the series: kept once
            one = replace(one, source=replace(one.source, known=self.slices[0].source.known))
        self.slices.append(one)

    @property
    def between_mm(self) -> float | None:
        return between_mm([one.source for one in self.slices])

    def segments(self, labels: LabelSet) -> list[_Segment]:
        """Return the segments, those of a read together; a mask without pixels is none."""
        segments: dict[tuple[str, str, str], _Segment] = {}
        for number, one in enumerate(self.slices):
            for read in one.reads:
                for code in labels.codes:
                    regions = [stated for stated in read.regions if stated.label == code]
                    mask = _pixels(regions, one.image) if regions else None
                    if mask is not None:
                        key = (read.rater, read.round, code)
                        segment = segments.setdefault(key, _Segment(code, read.rater, read.round))
                        segment.decisions.update(stated.decision for stated in regions)
                        segment.masks[number] = mask
                        if any(one.made_by):
                            segment.made_by = one.made_by
        order = {key[:2]: place for place, key in reversed(list(enumerate(segments)))}
        return sorted(
            segments.values(),
            key=lambda s: (order[s.rater, s.round], labels.codes.index(s.label)),
        )


def _pixels(regions: Iterable[StatedRegion], image: ImageAsset) -> Mask | None:
    """Return the pixels of several regions as run lengths; those of a whole series wait so."""
    mask = union_mask((stated.region for stated in regions), image.height, image.width)
    return Mask.of(mask)


def _grouped(items: Iterable[tuple[ExportItem, SourceImage]]) -> Iterator[_Series]:
    """Yield the series in the order in which they begin; one image alone, where it lies alone.

    Each is let go when the next is asked for.
    """
    groups: dict[tuple[object, ...], _Series] = {}
    for item, source in items:
        place = source.place
        directions = (*place.row_direction, *place.column_direction)
        key = (
            *(source.group, source.series, place.frame_of_reference, place.spacing_mm),
            *(tuple(np.round(directions, 4)), item.image.width, item.image.height),
        )
        groups.setdefault(key, _Series()).add(_Slice.of(item, source))
    for one in list(groups):
        yield groups.pop(one)


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, facts: ProjectFacts
) -> None:
    project = facts.identity
    written = ((item, write_source(folder, item, project)) for item in items)
    number = 0
    for series in _grouped(written):
        segments = series.segments(labels)
        if segments:
            number += 1
            first = series.slices[min(n for segment in segments for n in segment.masks)]
            made = _segmentation(series, segments, labels, project, number)
            save(made, folder, first.stem, "segmentation")


def _segmentation(
    series: _Series, segments: list[_Segment], labels: LabelSet, project: str, number: int
) -> Any:
    from highdicom.seg import Segmentation

    places = {n: place for place, n in enumerate(sorted({n for s in segments for n in s.masks}))}
    slices = [series.slices[n] for n in places]
    sources = [one.source for one in slices]
    height, width = slices[0].image.height, slices[0].image.width
    pixels = np.zeros((len(slices), height, width, len(segments)), dtype=np.uint8)
    for layer, segment in enumerate(segments):
        for n, mask in segment.masks.items():
            pixels[places[n], :, :, layer] = mask.mask(height, width)
    source, between = sources[0], series.between_mm
    digest = hashlib.sha256(pixels.data)
    digest.update(repr([(s.label, s.rater, s.round) for s in segments]).encode())
    identity = (project, *(one.image.id for one in slices))
    made = Segmentation(
        [placed(one, height, width, between) for one in sources],
        pixels,
        "BINARY",
        [_description(n, s, identity, labels) for n, s in enumerate(segments, start=1)],
        series_instance_uid=uid("segmentation series", project, source.series),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=uid("segmentation", *identity, digest.hexdigest()),
        instance_number=number,
        content_label="REGIONS",
        **device(),
    )
    refer_to(made, sources)
    times = [s.created_at for one in slices for read in one.reads for s in read.regions]
    return finished(made, slices[0].image, source, times, "Annotated regions")


def _description(
    number: int, segment: _Segment, identity: tuple[object, ...], labels: LabelSet
) -> Any:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    algorithm = None
    if segment.algorithm_type != "MANUAL":
        name, version = segment.made_by
        algorithm = AlgorithmIdentificationSequence(
            plain(name or segment.rater, 64),
            codes.DCM.ArtificialIntelligence,
            plain(version, 64, "none"),
        )
    return SegmentDescription(
        number,
        plain(segment.label, 64),
        category(labels[segment.label]),
        concept(labels[segment.label], labels),
        segment.algorithm_type,
        algorithm,
        tracking_uid=uid("segment", *identity, segment.label, segment.rater, segment.round),
        tracking_id=plain(f"{segment.rater} {segment.round}", 64),
    )


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    from highdicom.seg import segread

    for series in _grouped((item, source_image(item, "")) for item in items):
        segments = series.segments(labels)
        name = f"the segmentation of image {series.slices[0].number}"
        paths = [folder / "dicom" / one.stem / "segmentation.dcm" for one in series.slices]
        there = [path for path in paths if path.exists()]
        require(len(there) == bool(segments), name)
        if not segments:
            continue
        read = segread(there[0])
        described = [(s.segment_label, s.algorithm_type.value) for s in read.SegmentSequence]
        expected = [(plain(s.label, 64), s.algorithm_type) for s in segments]
        require(described == expected, f"the segments of {name}")
        left = {(s, n) for s, segment in enumerate(segments, 1) for n in segment.masks}
        sources = [one.source for one in series.slices]
        places = {(one.instance, one.frame): n for n, one in enumerate(sources)}
        for frame in frames_of(read):
            of = frame.reference
            lies_on = of.instance, None if of.frame is None else of.frame + 1
            number = places.get(lies_on, -1)
            require((frame.segment, number) in left, f"the frames of {name}")
            left.remove((frame.segment, number))
            mask = segments[frame.segment - 1].masks[number]
            pixels = mask.mask(*frame.drawn.pixels.shape)
            require(np.array_equal(frame.drawn.pixels, pixels), f"the pixels of {name}")
            where, place = sources[number].place, frame.drawn.place
            lying = place is not None and np.allclose(place.affine, where.affine, 0, 1e-4)
            require(lying, f"the place of {name}")
        require(not left, f"the frames of {name}")


FORMAT = ExportFormat(
    "dicom-seg",
    "DICOM Segmentation",
    CONVENTIONS,
    SAYS,
    _write,
    _check,
    needs_pictures=True,
    windowed=False,
    refers_to_originals=True,
    readers_apart=True,
)
