"""Frames of a DICOM file: each a picture of its own, by its own header."""

from __future__ import annotations

import numpy as np
from dicom_files import written
from pydicom.dataset import Dataset

from annotator.ingest import IngestStatus, PixelStore, decode_file, decode_pictures, ingest_file


def test_every_frame_is_a_picture_with_its_number(tmp_path):
    frames = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)
    path = written(tmp_path, frames, Rows=2, Columns=4, NumberOfFrames=3)
    pictures = [picture for picture, _ in decode_pictures(path)]
    assert [picture.frame for picture in pictures] == [0, 1, 2]
    assert all(np.array_equal(p.pixels, f) for p, f in zip(pictures, frames, strict=True))
    outcome = ingest_file(path, PixelStore(tmp_path / "store"))
    assert outcome.status is IngestStatus.IMPORTED
    assert [image.asset.frame for image in outcome.images] == [0, 1, 2]


def test_a_frame_has_its_own_rescale_and_window(tmp_path):
    def group(intercept: int, center: int) -> Dataset:
        values, window, groups = Dataset(), Dataset(), Dataset()
        values.RescaleIntercept, values.RescaleSlope = intercept, 1
        window.WindowCenter, window.WindowWidth = center, 100
        groups.PixelValueTransformationSequence = [values]
        groups.FrameVOILUTSequence = [window]
        return groups

    path = written(
        tmp_path,
        np.zeros((2, 2, 2), np.uint16),
        Rows=2,
        Columns=2,
        NumberOfFrames=2,
        Modality="CT",
        PerFrameFunctionalGroupsSequence=[group(-1000, 10), group(-2000, 20)],
    )
    shown = [picture.display for picture, _ in decode_pictures(path)]
    assert [s and s.intercept for s in shown] == [-1000, -2000]
    assert [s and s.windows[0].name for s in shown] == ["W 100 L 10", "W 100 L 20"]


def test_inverted_values_keep_their_meaning(tmp_path):
    stored = np.array([[0, 100], [200, 300]], np.uint16)
    path = written(tmp_path, stored, PhotometricInterpretation="MONOCHROME1", RescaleSlope=2)
    picture, _ = decode_file(path)
    assert picture.display is not None
    assert picture.display.slope < 0
    quantity = picture.display.slope * picture.pixels.astype(float) + picture.display.intercept
    assert np.array_equal(quantity, 2.0 * stored)
