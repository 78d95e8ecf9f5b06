"""DICOM files of all kinds, and damaged ones: decoded right, or refused in a sentence."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path

import dicom_table
import numpy as np
import pydicom
from dicom_table import FOLDERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ImplicitVRLittleEndian

from annotator.errors import IngestError
from annotator.ingest import decode_file, shown_with

PYDICOM_FILES = FOLDERS["pydicom"]
TABLE = Path(__file__).parents[2] / "docs" / "dicom-files.md"


def all_files() -> list[Path]:
    return [path for _, path in dicom_table.all_files()]


def test_every_file_of_pydicom_becomes_what_the_table_says():
    found = {row.file: row for row in dicom_table.rows()}
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| pydicom")]
    said = [line.strip("| ").replace("\\|", "\0").split(" | ") for line in lines]
    assert {name: became.replace("\0", "\\|") for name, became, _ in said} == {
        name: row.became for name, row in found.items()
    }
    refused = [row for row in found.values() if row.became.startswith("refused: ")]
    for row in refused:
        assert row.became.startswith(f"refused: {row.file.rpartition(' ')[2].rpartition('/')[2]} ")
    assert len(found) - len(refused) >= 165
    assert len(refused) >= 90  # reports, plans, indexes, texts, and the damaged ones


def reference_greys(path: Path) -> np.ndarray | None:
    """Grey shown by pydicom's own pipeline, 0 to 255 and unrounded; None without a window."""
    ds = pydicom.dcmread(path, force=True)
    if ds.get("SamplesPerPixel") != 1 or "PALETTE" in ds.PhotometricInterpretation:
        return None
    if "WindowWidth" not in ds and "VOILUTSequence" not in ds:
        return None
    ds.file_meta.setdefault("TransferSyntaxUID", ImplicitVRLittleEndian)
    values = apply_voi_lut(apply_modality_lut(pixel_array(ds, index=0), ds), ds).astype(float)
    for table in ("VOILUTSequence", "ModalityLUTSequence"):
        if ds.get(table):
            low, high = 0.0, 2.0 ** ds[table][0].LUTDescriptor[2] - 1
            break
    else:
        low = -(2.0 ** (ds.BitsStored - 1)) if ds.PixelRepresentation else 0.0
        slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
        high = (low + 2.0**ds.BitsStored - 1) * slope + intercept
        low = low * slope + intercept
    greys = 255 * (values - low) / (high - low)
    return 255 - greys if ds.PhotometricInterpretation == "MONOCHROME1" else greys


def test_grey_values_are_those_of_pydicoms_own_pipeline():
    compared = 0
    for path in all_files():
        try:
            picture, _ = decode_file(path)
        except IngestError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = reference_greys(path)
            except AttributeError:  # one file's pixel data can only be read from the open file
                continue
        if expected is not None:
            compared += 1
            difference = np.abs(shown_with(picture.pixels, picture.window) - expected)
            assert difference.max() <= 0.51, path.name
    assert compared >= 60


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
    name=st.sampled_from(
        ["CT_small.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm", "JPEGLSNearLossless_08.dcm"]
    ),
)
def test_changed_bytes_are_decoded_or_refused(tmp_path, changes, name):
    content = bytearray((PYDICOM_FILES / "test_files" / name).read_bytes())
    for place, byte in changes:
        content[int(place * (len(content) - 1))] = byte
    (tmp_path / "changed.dcm").write_bytes(content)
    try:
        picture, _ = decode_file(tmp_path / "changed.dcm")
    except IngestError as error:
        outcome = str(error).startswith("changed.dcm ")
    else:
        outcome = picture.pixels.dtype in (np.uint8, np.uint16)
    assert outcome


def test_eight_threads_decode_alike_and_leave_warnings_as_they_were():
    path = PYDICOM_FILES / "test_files" / "MR_small_RLE.dcm"
    expected, _ = decode_file(path)
    before = list(warnings.filters)
    alike: list[bool] = []

    def decode_often() -> None:
        decoded = (decode_file(path)[0].pixels for _ in range(20))
        alike.extend(np.array_equal(pixels, expected.pixels) for pixels in decoded)

    threads = [threading.Thread(target=decode_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert alike == [True] * 160
    assert warnings.filters == before
