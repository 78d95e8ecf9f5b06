"""Compressed films: the decoders that are taken give what pydicom's first ones give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dicom_files import written
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.uid import UID, JPEG2000Lossless, JPEGLSLossless

from annotator.errors import IngestError
from annotator.ingest import decode_file

ROWS, COLUMNS = 40, 60


def film(folder: Path, bits: int, syntax: UID, seed: int = 0) -> tuple[Path, np.ndarray]:
    values = np.random.default_rng(seed).integers(0, 2**bits, (ROWS, COLUMNS), dtype=np.uint16)
    path = written(folder, values, f"{bits}-{syntax.name}.dcm", BitsStored=bits)
    ds = dcmread(path)
    ds.compress(syntax, generate_instance_uid=False)
    ds.save_as(path)
    return path, values


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
@pytest.mark.parametrize("bits", [9, 10, 12, 15, 16])
def test_every_value_comes_back(tmp_path, bits, syntax):
    path, values = film(tmp_path, bits, syntax)
    assert np.array_equal(decode_file(path)[0].pixels, values)


@given(at=st.integers(60, 10_000), flip=st.integers(1, 255))
@settings(deadline=None, max_examples=40)
def test_damage_is_decoded_alike_or_refused(tmp_path_factory, at, flip):
    path, _ = film(tmp_path_factory.mktemp("films"), 12, JPEG2000Lossless)
    ds = dcmread(path)
    data = bytearray(ds.PixelData)
    data[16 + at % (len(data) - 16)] ^= flip
    ds.PixelData = bytes(data)
    ds.save_as(path)
    try:
        usual = dcmread(path).pixel_array
    except Exception:  # noqa: BLE001 - decoders raise anything on damaged bytes
        usual = None
    try:
        ours = decode_file(path)[0].pixels
    except IngestError:
        return
    assert usual is not None
    assert np.array_equal(ours, usual & (2**12 - 1)) or np.array_equal(ours, usual)
