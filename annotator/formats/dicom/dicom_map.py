"""DICOM Parametric Map: the excitation maps of the current run, on the pixels of the image."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ...dataset.items import ExportItem, PlacedMap
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ..capacity import NO_SHAPES, Capacity
from ..export_format import ExportFormat
from ..self_check import require
from .dicom_image import device, finished, own_concept, save, write_source
from .sources import SourceImage, placed, plain, refer_to, uid

SAYS = Capacity(shapes=NO_SHAPES)

_SERIES_NUMBER = 1004

CONVENTIONS = {
    "dicom/NAME/image.dcm": "the picture as a Secondary Capture, where its original is not at "
    "hand; identities follow from the record, and one subject has one study",
    "dicom/NAME/map.dcm": "a channel for each map of the current run, 32-bit floats; none for an "
    "image without maps",
    "values": "the map, bilinear between the centres of its grid's cells, in shares of its maximum",
    "frame of reference": "the original's; where it is not known, the picture's own (pixels of "
    "1 mm where the spacing is not known), which says nothing of the patient",
    "LUT label and explanation": "label, and the rival of the contrast",
}


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, facts: ProjectFacts
) -> None:
    del labels
    project, number = facts.identity, 0
    for item in items:
        source = write_source(folder, item, project)
        maps = item.maps()
        if maps:
            number += 1
            made = _parametric_map(item, source, list(maps), project, number)
            save(made, folder, item.stem, "map")


def _parametric_map(
    item: ExportItem, source: SourceImage, maps: list[PlacedMap], project: str, number: int
) -> Any:
    from highdicom import VOILUTTransformation
    from highdicom.pm import ParametricMap

    made = ParametricMap(
        [placed(source, item.image.height, item.image.width)],
        np.stack([one.values for one in maps], axis=-1)[None].astype(np.float32),
        series_instance_uid=uid("map series", project, source.series),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=uid("map", item.image.id, item.record.runs[-1].id),
        instance_number=number,
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[[_mapping(one)] for one in maps],
        voi_lut_transformations=[VOILUTTransformation(window_center=0.5, window_width=1.0)],
        content_label="EXCITATION",
        **device(),
    )
    refer_to(made, [source])
    made.Laterality = ""
    return finished(made, item.image, source, [item.record.runs[-1].created_at], "Excitation maps")


def _mapping(one: PlacedMap) -> Any:
    from highdicom.pm import RealWorldValueMapping
    from pydicom.sr.codedict import codes

    return RealWorldValueMapping(
        lut_label=plain(one.record.label, 16),
        lut_explanation=plain(f"{one.record.label} against {one.record.against}", 64),
        unit=codes.UCUM.NoUnits,
        value_range=(0.0, 1.0),
        slope=1.0,
        intercept=0.0,
        quantity_definition=own_concept("EXCITATION", "Excitation map, share of its maximum"),
    )


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    import pydicom

    del labels
    for item in items:
        maps = item.maps()
        path = folder / "dicom" / item.stem / "map.dcm"
        require(path.exists() == bool(maps), f"the maps of image {item.number}")
        if not maps:
            continue
        read = pydicom.dcmread(path)
        values = np.frombuffer(read.FloatPixelData, "<f4")
        frames = values.reshape(-1, item.image.height, item.image.width)
        require(len(frames) == len(maps), f"the number of maps of image {item.number}")
        for frame, one in zip(frames, maps, strict=True):
            same = np.array_equal(frame, one.values)
            require(same, f"the map of {one.record.label!r} of image {item.number}")


FORMAT = ExportFormat(
    "dicom-map",
    "DICOM Parametric Map (excitation maps)",
    CONVENTIONS,
    SAYS,
    _write,
    _check,
    needs_pictures=True,
    windowed=False,
    refers_to_originals=True,
)
