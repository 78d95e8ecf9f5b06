"""DICOM files made for tests."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian


def written(folder: Path, values: np.ndarray, name: str = "a.dcm", **elements) -> Path:
    """Write a grey DICOM file; `elements` replace or, with None, remove what it has."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = elements.pop("syntax", ExplicitVRLittleEndian)
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    ds.Modality, ds.PatientName, ds.PatientID = "CR", "Planted^Identity", "PLANTED-ID"
    ds.Rows, ds.Columns = values.shape[:2]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8 * values.itemsize
    ds.PixelRepresentation = int(values.dtype.kind == "i")
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    ds.HighBit = ds.BitsStored - 1
    ds.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    ds["PixelData"].VR = "OW" if ds.BitsAllocated > 8 else "OB"
    ds.save_as(folder / name, enforce_file_format=True)
    return folder / name


def encapsulated(folder: Path, values: np.ndarray, codestream: bytes, **elements) -> Path:
    """Write one frame that is compressed already; `values` are what it should come to."""
    syntax = elements.pop("syntax")
    if values.ndim == 3:
        colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}
        elements = colour | {"PlanarConfiguration": 0} | elements
    path = written(folder, values, **elements)
    ds = dcmread(path)
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelData = encapsulate([codestream + b"\0" * (len(codestream) % 2)])
    ds["PixelData"].VR = "OB"
    ds.save_as(path)
    return path


EXPLAINED = (
    "Missing attribute or value that would be needed to build DICOMDIR",  # date of the study
    "Unrecognized defined term = <99EXCITATION>",  # a private coding scheme is one of ours
    "Unrecognized defined term = <QUANTITY>",  # of a 2022 supplement; the tool is of 2022
    "is only permitted to be empty when actually unknown",  # laterality: it is unknown
)
_COMPLAINTS = ("Error", "Warning")


def complaints(path: Path) -> list[str]:
    """Return what dciodvfy says against an object, but for what is explained."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is missing")
    told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
    lines = [line for line in told.stderr.splitlines() if line.startswith(_COMPLAINTS)]
    return [line for line in lines if not any(known in line for known in EXPLAINED)]
