"""RT structure sets on a series, as a planning system writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

Outline = np.ndarray
"""In pixels of a slice, origin at the outer corner of the first, shape (N, 2)."""


def in_mm(header: Dataset, outline: Outline) -> np.ndarray:
    """Return an outline on a slice in the patient, by PS3.3 C.7.6.2.1.1, shape (N, 3)."""
    axes = np.array(header.ImageOrientationPatient, float)
    down_mm, along_mm = map(float, header.PixelSpacing)
    columns, rows = (np.asarray(outline, float) - 0.5).T
    return (
        np.array(header.ImagePositionPatient, float)
        + np.outer(columns * along_mm, axes[:3])
        + np.outer(rows * down_mm, axes[3:])
    )


def contour(points: np.ndarray, kind: str = "CLOSED_PLANAR", instance: str = "") -> Dataset:
    """Return a contour of points in mm."""
    ds = Dataset()
    ds.ContourGeometricType, ds.NumberOfContourPoints = kind, len(points)
    ds.ContourData = [f"{number:.3f}" for number in np.ravel(points)]
    if instance:
        image = Dataset()
        image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2", instance
        ds.ContourImageSequence = [image]
    return ds


def structure_set(
    path: Path, study: Sequence[Path], rois: Mapping[str, Sequence[Dataset]], **roi_facts: str
) -> Path:
    """Write the contours of ROIs by name, in the frame of reference of a series' first file."""
    first = pydicom.dcmread(study[0], stop_before_pixels=True)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = RTStructureSetStorage, generate_uid()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.SpecificCharacterSet, ds.Modality, ds.StructureSetLabel = "ISO_IR 192", "RTSTRUCT", "RT"
    series, of_study, space = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = first.SeriesInstanceUID
    of_study.RTReferencedSeriesSequence = [series]
    space.FrameOfReferenceUID = first.FrameOfReferenceUID
    space.RTReferencedStudySequence = [of_study]
    ds.ReferencedFrameOfReferenceSequence = [space]
    ds.StructureSetROISequence, ds.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(rois.items(), 1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ROIGenerationAlgorithm = number, name, "MANUAL"
        roi.ReferencedFrameOfReferenceUID = first.FrameOfReferenceUID
        for keyword, value in roi_facts.items():
            setattr(roi, keyword, value)
        drawn.ReferencedROINumber, drawn.ContourSequence = number, list(contours)
        ds.StructureSetROISequence.append(roi)
        ds.ROIContourSequence.append(drawn)
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    return path
