"""A small CT study of two oblique series, as a scanner writes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

ROWS, COLUMNS = 48, 64
SPACING = (0.75, 0.5)
PATIENT, NUMBER = "Müller^Jürgen", "PID-4711"
TILT = np.radians(20)
ALONG = np.array([1.0, 0.0, 0.0])
DOWN = np.array([0.0, np.cos(TILT), np.sin(TILT)])
NORMAL = np.cross(ALONG, DOWN)


def ct_study(folder: Path, slices: tuple[int, ...] = (6, 4), gap_mm: float = 2.5) -> list[Path]:
    """Write the series, the last slices first; only the first says how thick they are."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    paths = []
    for series, count in enumerate(slices, 1):
        for number in range(count):
            picture = rng.integers(-900, 900, (ROWS, COLUMNS), dtype=np.int16)
            ds = _slice(series, number, picture)
            ds.ImagePositionPatient = [
                round(float(x), 4) for x in np.array([-20.0, 5, 7]) + NORMAL * gap_mm * number
            ]
            if series == 1:
                ds.SliceThickness = str(gap_mm)
            paths.append(folder / f"s{series}-{count - number:03}.dcm")
            ds.save_as(paths[-1], enforce_file_format=True)
    return paths


def _slice(series: int, number: int, picture: np.ndarray) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, _uid("i", series, number)
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = _uid("study"), _uid("series", series)
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = _uid("space"), ""
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = PATIENT, NUMBER, "19600102"
    ds.PatientSex, ds.PatientAge, ds.ReferringPhysicianName = "M", "065Y", "House^Greg"
    ds.StudyDate, ds.StudyTime, ds.AccessionNumber, ds.StudyID = "20250314", "101112", "ACC", "1"
    ds.StudyDescription, ds.Modality, ds.Manufacturer = "CT chest", "CT", "ACME"
    ds.SeriesNumber, ds.InstanceNumber, ds.AcquisitionNumber = series, number + 1, 1
    ds.SliceThickness, ds.KVP, ds.PatientPosition = None, "120", "HFS"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.ImageOrientationPatient = [round(float(x), 6) for x in (*ALONG, *DOWN)]
    ds.PixelSpacing = list(SPACING)
    ds.Rows, ds.Columns, ds.SamplesPerPixel = ROWS, COLUMNS, 1
    ds.PhotometricInterpretation, ds.PixelRepresentation = "MONOCHROME2", 1
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 15, "0", "1", "HU"
    ds.BurnedInAnnotation = "NO"
    ds.PixelData = picture.tobytes()
    return ds


def _uid(*parts: object) -> str:
    return generate_uid(entropy_srcs=list(map(str, parts)))
