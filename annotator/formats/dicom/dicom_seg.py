"""DICOM Segmentation: for each read and label, the pixels of its regions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...dataset.items import ExportItem
from ...dataset.stated import StatedRegion
from ...domain import BoolMask, LabelSet
from ..capacity import Capacity
from ..export_format import ExportFormat
from ..self_check import require
from .dicom_image import SCHEME, concept, device, finished, plain, save, secondary_capture, uid

SAYS = Capacity(shapes=frozenset({"mask"}), raters=True)

CONVENTIONS = {
    "dicom/NAME/image.dcm": "the picture as a Secondary Capture; identities follow from the record",
    "dicom/NAME/segmentation.dcm": "a segment for each label of each read that has regions; none "
    "for an image without regions",
    "segment": "label: the label's code; tracking identifier: rater and round; algorithm type: "
    "MANUAL (drawn), SEMIAUTOMATIC (began as a suggestion, or is a consensus), AUTOMATIC "
    "(suggested); type: the label's code in the private scheme " + SCHEME,
    "pixels": "those whose centre lies inside",
}

_CATEGORY = ("91723000", "SCT", "Anatomical Structure")


@dataclass(frozen=True, slots=True)
class _Segment:
    label: str
    rater: str
    round: str
    regions: tuple[StatedRegion, ...]
    mask: BoolMask

    @property
    def algorithm_type(self) -> str:
        if all(stated.decision == "suggested" for stated in self.regions):
            return "AUTOMATIC"
        drawn = all(stated.decision == "added" for stated in self.regions)
        return "MANUAL" if drawn else "SEMIAUTOMATIC"


def _segments(item: ExportItem, labels: LabelSet) -> Iterator[_Segment]:
    """Yield the segments of an image; a mask without pixels is none."""
    height, width = item.image.height, item.image.width
    for read in item.reads:
        for code in labels.codes:
            regions = tuple(stated for stated in read.regions if stated.label == code)
            mask = np.zeros((height, width), dtype=bool)
            for stated in regions:
                mask |= stated.region.mask(height, width)
            if mask.any():
                yield _Segment(code, read.rater, read.round, regions, mask)


def _write(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
    del project
    for item in items:
        image = secondary_capture(folder, item)
        save(image, folder, item, "image")
        segments = list(_segments(item, labels))
        if segments:
            save(_segmentation(image, item, segments, labels), folder, item, "segmentation")


def _segmentation(image: Any, item: ExportItem, segments: list[_Segment], labels: LabelSet) -> Any:
    from highdicom.seg import Segmentation

    segmentation = Segmentation(
        [image],
        np.stack([segment.mask for segment in segments], axis=-1)[None].astype(np.uint8),
        "BINARY",
        [_description(n, s, item, labels) for n, s in enumerate(segments, start=1)],
        series_instance_uid=uid("segmentation series", item.image.id),
        series_number=2,
        sop_instance_uid=uid("segmentation", item.image.id),
        instance_number=1,
        content_label="REGIONS",
        **device(),
    )
    times = [stated.created_at for segment in segments for stated in segment.regions]
    return finished(segmentation, item, times)


def _description(number: int, segment: _Segment, item: ExportItem, labels: LabelSet) -> Any:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from highdicom.sr import CodedConcept
    from pydicom.sr.codedict import codes

    place = labels.codes.index(segment.label) + 1
    algorithm = None
    if segment.algorithm_type != "MANUAL":
        made = item.record.runs[-1].provenance if item.record.runs else None
        algorithm = AlgorithmIdentificationSequence(
            plain(made.model_name if made else segment.rater, 64),
            codes.DCM.ArtificialIntelligence,
            plain(made.model_version if made else "", 64, "none"),
        )
    return SegmentDescription(
        number,
        plain(segment.label, 64),
        CodedConcept(*_CATEGORY),
        concept(labels[segment.label], place),
        segment.algorithm_type,
        algorithm,
        tracking_uid=uid("segment", item.image.id, segment.label, segment.rater, segment.round),
        tracking_id=plain(f"{segment.rater} {segment.round}", 64),
    )


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    import pydicom

    for item in items:
        segments = list(_segments(item, labels))
        path = folder / "dicom" / item.stem / "segmentation.dcm"
        require(path.exists() == bool(segments), f"the segmentation of image {item.number}")
        if not segments:
            continue
        read = pydicom.dcmread(path)
        require(len(read.SegmentSequence) == len(segments), f"the segments of image {item.number}")
        frames = read.pixel_array.reshape(-1, item.image.height, item.image.width)
        for number, (frame, group) in enumerate(
            zip(frames, read.PerFrameFunctionalGroupsSequence, strict=True)
        ):
            # Of a single frame, it is in the groups that all frames share.
            shared = read.SharedFunctionalGroupsSequence[0]
            named = group if "SegmentIdentificationSequence" in group else shared
            place = named.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            same = place == number + 1 and np.array_equal(frame == 1, segments[number].mask)
            require(same, f"segment {number + 1} of image {item.number}")
            said = read.SegmentSequence[number]
            want = plain(segments[number].label, 64), segments[number].algorithm_type
            got = said.SegmentLabel, said.SegmentAlgorithmType
            require(got == want, f"the label of segment {number + 1} of image {item.number}")


FORMAT = ExportFormat(
    "dicom-seg",
    "DICOM Segmentation",
    CONVENTIONS,
    SAYS,
    _write,
    _check,
    needs_pictures=True,
)
