"""DICOM Parametric Map: the excitation maps of the current run, on the pixels of the image."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ...dataset.items import ExportItem, PlacedMap
from ...domain import LabelSet
from ..capacity import NO_SHAPES, Capacity
from ..export_format import ExportFormat
from ..self_check import require
from .dicom_image import device, finished, own_concept, plain, save, secondary_capture, uid

SAYS = Capacity(shapes=NO_SHAPES)

CONVENTIONS = {
    "dicom/NAME/image.dcm": "the picture as a Secondary Capture; identities follow from the record",
    "dicom/NAME/map.dcm": "a channel for each map of the current run, 32-bit floats; none for an "
    "image without maps",
    "values": "the map, bilinear between the centres of its grid's cells, in shares of its maximum",
    "frame of reference": "the picture's own (pixels of 1 mm where the spacing is not known); it "
    "says nothing of the patient",
    "LUT label and explanation": "label, and the rival of the contrast",
}


def _write(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
    del labels, project
    for item in items:
        image = secondary_capture(folder, item)
        save(image, folder, item, "image")
        maps = item.maps()
        if maps:
            save(_parametric_map(image, item, list(maps)), folder, item, "map")


def _parametric_map(image: Any, item: ExportItem, maps: list[PlacedMap]) -> Any:
    from highdicom import VOILUTTransformation
    from highdicom.pm import ParametricMap

    found = ParametricMap(
        [_placed(image, item)],
        np.stack([placed.values for placed in maps], axis=-1)[None].astype(np.float32),
        series_instance_uid=uid("map series", item.image.id),
        series_number=4,
        sop_instance_uid=uid("map", item.image.id, item.record.runs[-1].id),
        instance_number=1,
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[[_mapping(placed)] for placed in maps],
        voi_lut_transformations=[VOILUTTransformation(window_center=0.5, window_width=1.0)],
        content_label="EXCITATION",
        **device(),
    )
    found.Laterality = ""
    return finished(found, item, [item.record.runs[-1].created_at])


def _placed(image: Any, item: ExportItem) -> Any:
    """Return the picture in a frame of reference of its own, which highdicom's maps need.

    It says where the pixels of picture and map are to each other, nothing of the patient.
    """
    placed = copy.deepcopy(image)
    spacing = (item.image.display or {}).get("spacing_mm") or (1.0, 1.0)
    placed.FrameOfReferenceUID = uid("frame of reference", item.image.id)
    placed.PositionReferenceIndicator = ""
    placed.ImagePositionPatient = [0.0, 0.0, 0.0]
    placed.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    placed.PixelSpacing = [float(spacing[0]), float(spacing[1])]
    placed.SliceThickness = 1.0
    return placed


def _mapping(placed: PlacedMap) -> Any:
    from highdicom.pm import RealWorldValueMapping
    from pydicom.sr.codedict import codes

    return RealWorldValueMapping(
        lut_label=plain(placed.record.label, 16),
        lut_explanation=plain(f"{placed.record.label} against {placed.record.against}", 64),
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
        for frame, placed in zip(frames, maps, strict=True):
            same = np.array_equal(frame, placed.values)
            require(same, f"the map of {placed.record.label!r} of image {item.number}")


FORMAT = ExportFormat(
    "dicom-map",
    "DICOM Parametric Map (excitation maps)",
    CONVENTIONS,
    SAYS,
    _write,
    _check,
    needs_pictures=True,
)
