"""DICOM: shown as the standard says, or refused in a sentence; never anything else."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_files import written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
)

from annotator.errors import IngestError
from annotator.ingest import DecodedPicture, decode_file, shown_with
from annotator.ingest.dicom import decode_dicom

PYDICOM_FILES = Path(pydicom.__file__).parent / "data"


def shown(picture: DecodedPicture) -> list:
    return shown_with(picture.pixels, picture.window).tolist()


# --- the pipeline, step by step ----------------------------------------------------------------


def test_hounsfield_window(tmp_path):
    """PS3.3 C.11.2.1.2.1, its own example of width 4096 aside: centre 40, width 400."""
    values = np.array([[0, 863, 1064, 1263, 4095]], np.uint16)  # HU: -1024 -161 40 239 3071
    path = written(
        tmp_path,
        values,
        RescaleSlope=1,
        RescaleIntercept=-1024,
        WindowCenter=40,
        WindowWidth=400,
        BitsStored=12,
    )
    picture, _ = decode_file(path)
    assert np.array_equal(picture.pixels, values)
    assert picture.window == (864.0, 1263.0)
    assert shown(picture) == [[0, 0, 128, 255, 255]]


def test_linear_exact_and_sigmoid(tmp_path):
    values = np.array([[0, 100, 200, 300]], np.uint16)
    window = {"WindowCenter": 200, "WindowWidth": 200}
    exact = written(tmp_path, values, "e.dcm", VOILUTFunction="LINEAR_EXACT", **window)
    assert decode_file(exact)[0].window == (100.0, 300.0)
    sigmoid = written(tmp_path, values, "s.dcm", VOILUTFunction="SIGMOID", **window)
    curve = 255 / (1 + np.exp(-4 * (values - 200.0) / 200))
    assert np.abs(shown_with(*_pixels_and_window(sigmoid)) - curve).max() <= 0.51


def _pixels_and_window(path: Path):
    picture, _ = decode_file(path)
    return picture.pixels, picture.window


def test_first_of_several_windows(tmp_path):
    path = written(
        tmp_path, np.array([[0, 9]], np.uint16), WindowCenter=[5, 50], WindowWidth=[4, 40]
    )
    assert decode_file(path)[0].window == (3.0, 6.0)


def test_monochrome1_is_inverted_last(tmp_path):
    values = np.array([[0, 1000, 4095]], np.uint16)
    elements = {"BitsStored": 12, "WindowCenter": 1100.5, "WindowWidth": 2001}
    plain = shown(decode_file(written(tmp_path, values, "2.dcm", **elements))[0])
    inverted = written(
        tmp_path, values, "1.dcm", PhotometricInterpretation="MONOCHROME1", **elements
    )
    picture, _ = decode_file(inverted)
    assert picture.pixels.tolist() == [[4095, 3095, 0]]
    assert (255 - np.array(plain)).tolist() == shown(picture)


def test_falling_rescale_of_monochrome1_cancels(tmp_path):
    values = np.array([[0, 7]], np.uint16)
    path = written(
        tmp_path,
        values,
        RescaleSlope=-1,
        RescaleIntercept=0,
        PhotometricInterpretation="MONOCHROME1",
    )
    assert decode_file(path)[0].pixels.tolist() == [[0, 7]]


def test_signed_values_are_shifted_exactly(tmp_path):
    values = np.array([[-32768, -1, 0, 32767]], np.int16)
    picture, _ = decode_file(written(tmp_path, values, WindowCenter=0.5, WindowWidth=2))
    assert picture.pixels.tolist() == [[0, 32767, 32768, 65535]]
    assert picture.window == (32767.5, 32768.5)


def test_overlays_in_high_bits_are_cleared(tmp_path):
    values = np.array([[0xF123, 0x0FFF]], np.uint16)
    picture, _ = decode_file(written(tmp_path, values, BitsStored=12))
    assert picture.pixels.tolist() == [[0x123, 0xFFF]]
    signed = np.array([[0x7FFF - 0x10000 * 0, 0x07FF]], np.uint16).view(np.int16)
    picture, _ = decode_file(written(tmp_path, signed, "s.dcm", BitsStored=12))
    assert picture.pixels.tolist() == [[2047, 4095]]


def test_8_bits_without_a_window_stay_8_bits(tmp_path):
    values = np.array([[0, 128], [255, 3]], np.uint8)
    picture, _ = decode_file(written(tmp_path, values))
    assert picture.pixels.dtype == np.uint8
    assert np.array_equal(picture.pixels, values)
    full = written(tmp_path, values, "f.dcm", WindowCenter=128, WindowWidth=256)
    assert decode_file(full)[0].window is None
    narrow = written(tmp_path, values, "n.dcm", WindowCenter=64, WindowWidth=128)
    picture, _ = decode_file(narrow)
    assert np.array_equal(picture.pixels, values)  # nothing is clipped away
    assert picture.window == (0.0, 127.0)


def lookup_table(first: int, bits: int, entries: list[int]) -> list[Dataset]:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "US", entries)
    return [item]


def test_lookup_tables(tmp_path):
    values = np.array([[0, 10, 11, 12, 99]], np.uint16)
    table = lookup_table(10, 8, [200, 100, 0])
    voi = decode_file(written(tmp_path, values, "v.dcm", VOILUTSequence=table))[0]
    assert shown(voi) == [[200, 200, 100, 0, 0]]
    modality = decode_file(
        written(tmp_path, values, "m.dcm", ModalityLUTSequence=table, BitsStored=12)
    )[0]
    assert shown(modality) == [[200, 200, 100, 0, 0]]


def test_padding_does_not_widen_the_window(tmp_path):
    values = np.array([[0, 1000, 1100]], np.uint16)
    picture, _ = decode_file(written(tmp_path, values, PixelPaddingValue=0))
    assert picture.window == (1000.0, 1100.0)


def test_more_than_16_bits_are_scaled_and_said(tmp_path):
    values = np.array([[0, 2**31, 2**32 - 1]], np.uint32)
    picture, _ = decode_file(written(tmp_path, values))
    assert picture.pixels.tolist() == [[0, 32768, 65535]]
    assert picture.warnings == ("Grey values need more than 16 bits and were scaled to 16.",)


@pytest.mark.parametrize(
    ("elements", "warning"),
    [
        ({"WindowCenter": 5, "WindowWidth": 0}, "The window in the header is no window"),
        ({"WindowCenter": 5, "WindowWidth": 5, "VOILUTFunction": "CUBIC"}, "is no window"),
        ({"RescaleSlope": 0, "RescaleIntercept": 5}, "rescale in the header is no rescale"),
    ],
)
def test_senseless_headers_are_said(tmp_path, elements, warning):
    picture, _ = decode_file(written(tmp_path, np.array([[1, 9]], np.uint16), **elements))
    assert warning in picture.warnings[0]
    assert shown(picture) == [[0, 255]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.integers(-32768, 32767), min_size=1, max_size=20),
    slope=st.floats(0.01, 100),
    intercept=st.floats(-5000, 5000),
    centre=st.floats(-40000, 40000),
    width=st.floats(1.01, 80000),
    inverted=st.booleans(),
)
def test_any_window_shows_what_the_formula_says(
    tmp_path, values, slope, intercept, centre, width, inverted
):
    texts = [f"{number:.9g}" for number in (slope, intercept, centre, width)]
    path = written(
        tmp_path,
        np.array([values], np.int16),
        RescaleSlope=texts[0],
        RescaleIntercept=texts[1],
        WindowCenter=texts[2],
        WindowWidth=texts[3],
        PhotometricInterpretation="MONOCHROME1" if inverted else "MONOCHROME2",
    )
    slope, intercept, centre, width = map(float, texts)
    quantity = np.array([values]) * slope + intercept
    grey = np.clip((quantity - (centre - 0.5)) / (width - 1) + 0.5, 0, 1) * 255
    expected = 255 - grey if inverted else grey
    picture, _ = decode_file(path)
    assert np.abs(shown_with(picture.pixels, picture.window) - expected).max() <= 0.501


# --- frames, sizes, syntaxes, identity ---------------------------------------------------------


def test_report_without_a_picture(tmp_path):
    path = written(tmp_path, np.zeros((2, 2), np.uint8), Rows=None, Columns=None)
    with pytest.raises(IngestError, match=r"a\.dcm is DICOM without a picture"):
        decode_file(path)


def test_huge_frame_is_refused_from_its_header(tmp_path):
    path = written(tmp_path, np.zeros((2, 2), np.uint8), Rows=30000, Columns=30000)
    with pytest.raises(IngestError, match=r"a\.dcm is 30000 x 30000 px \(900 megapixels\)"):
        decode_file(path)


def test_huge_codestream_behind_a_small_header(tmp_path):
    """The header says 2 x 2 px; the JPEG 2000 stream inside says 60,000 x 60,000."""
    ds = pydicom.dcmread(PYDICOM_FILES / "test_files" / "MR_small_jp2klossless.dcm")
    start = ds.PixelData.index(b"\xff\x4f\xff\x51") + 8
    planted = struct.pack(">II", 60_000, 60_000)
    ds.PixelData = ds.PixelData[:start] + planted + ds.PixelData[start + 8 :]
    assert ds.file_meta.TransferSyntaxUID == JPEG2000Lossless
    ds.save_as(tmp_path / "bomb.dcm")
    with pytest.raises(IngestError, match=r"bomb\.dcm is 60000 x 60000 px"):
        decode_file(tmp_path / "bomb.dcm")


def test_deflated_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr("annotator.ingest.dicom.MAX_WHOLE_BYTES", 10_000_000)
    path = written(tmp_path, np.zeros((2, 2), np.uint8), syntax=DeflatedExplicitVRLittleEndian)
    start = 144 + int.from_bytes(path.read_bytes()[140:144], "little")
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = b"".join(deflater.compress(bytes(1 << 20)) for _ in range(40)) + deflater.flush()
    path.write_bytes(path.read_bytes()[:start] + bomb)
    with (
        path.open("rb") as stream,
        pytest.raises(IngestError, match=r"a\.dcm unpacks to more than"),
    ):
        next(decode_dicom(stream, path.name))


def test_unreadable_transfer_syntax_names_its_reader(tmp_path):
    path = written(tmp_path, np.zeros((2, 2), np.uint8))
    ds = pydicom.dcmread(path)
    ds.PixelData = pydicom.encaps.encapsulate([b"\0" * 10])
    ds.file_meta.TransferSyntaxUID = MPEG2MPML
    ds.save_as(path)
    with pytest.raises(IngestError, match=r"compressed as MPEG2 Main Profile.*ffmpeg reads it"):
        decode_file(path)


def test_missing_decoder_names_its_package(tmp_path, monkeypatch):
    class Missing:
        is_available = False
        missing_dependencies = ("pylibjpeg - requires pylibjpeg-openjpeg>=2.0",)

    monkeypatch.setattr("annotator.ingest.dicom.get_decoder", lambda syntax: Missing())
    path = PYDICOM_FILES / "test_files" / "MR_small_jp2klossless.dcm"
    asked = r"install a package that reads it \(pylibjpeg - "
    with path.open("rb") as stream, pytest.raises(IngestError, match=asked):
        next(decode_dicom(stream, path.name))


@pytest.mark.parametrize(
    "elements",
    [
        {"Rows": None},
        {"BitsAllocated": 77},
        {"PhotometricInterpretation": "PLANTED"},
        {"Modality": "PLANTED"},
        {"WindowCenter": "1", "WindowWidth": "1", "VOILUTFunction": "PLANTED"},
        {"SamplesPerPixel": 3},
    ],
)
def test_nothing_identifying_in_messages(tmp_path, elements, capfd):
    path = written(tmp_path, np.zeros((3, 5), np.uint16), **elements)
    said = []
    try:
        picture, _ = decode_file(path)
        said += [*picture.warnings, picture.modality]
    except IngestError as error:
        said += [str(error), str(error.__cause__)]
    said += capfd.readouterr()
    assert "planted" not in "".join(said).lower()
