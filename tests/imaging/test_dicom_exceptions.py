"""DICOM as devices really write it: the right picture, with a word on what was assumed."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import jpeg_ls
import numpy as np
import pydicom
import pytest
from dicom_files import encapsulated, written
from pydicom.dataset import Dataset
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGLSLossless

from annotator.errors import IngestError
from annotator.ingest import decode_file, decode_pictures, shown_with

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
WIDE = np.arange(0, 4096, 16, dtype=np.uint16).reshape(16, 16)


def shown(path: Path) -> np.ndarray:
    picture, _ = decode_file(path)
    return shown_with(picture.pixels, picture.window)


def table(first: int, entries: list[int], bits: int = 12, vr: str = "US") -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", vr, [len(entries), first, bits])
    item.add_new("LUTData", "OW", struct.pack(f"<{len(entries)}H", *entries))
    return item


@pytest.mark.parametrize(("first", "vr"), [(64512, "US"), (-1024, "SS")])
def test_the_first_value_of_a_voi_lut_has_the_sign_of_the_rescaled_values(tmp_path, first, vr):
    """PS3.3 C.11.2.1.1: Hounsfield units begin at -1024, whatever the VR of the descriptor."""
    lut = table(first, list(range(4096)), vr=vr)
    elements = {"BitsStored": 12, "RescaleSlope": 1, "RescaleIntercept": -1024}
    path = written(tmp_path, WIDE, VOILUTSequence=[lut], syntax=ImplicitVRLittleEndian, **elements)
    assert np.array_equal(decode_file(path)[0].pixels, WIDE)


def test_table_entries_beyond_32767_said_to_be_signed(tmp_path):
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [4, 0, 16])
    item.add_new("LUTData", "SS", [0, 20000, -25536, -1])
    path = written(tmp_path, np.array([[0, 1, 2, 3]], np.uint16), VOILUTSequence=[item])
    assert decode_file(path)[0].pixels.tolist() == [[0, 20000, 40000, 65535]]


def test_an_empty_table_is_ignored_and_said(tmp_path):
    window = {"WindowCenter": 2048, "WindowWidth": 4096}
    path = written(tmp_path, WIDE, VOILUTSequence=[Dataset()], **window)
    picture, _ = decode_file(path)
    assert "The lookup table in the header is empty and was ignored." in picture.warnings
    assert picture.display.windows[0].name == "W 4096 L 2048"


def test_422_is_said_and_every_pixel_has_its_colours(tmp_path):
    rng = np.random.default_rng(0)
    stored = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    colour = {"SamplesPerPixel": 3, "PlanarConfiguration": 0}
    path = written(tmp_path, stored, PhotometricInterpretation="YBR_FULL_422", **colour)
    picture, _ = decode_file(path)
    assert np.array_equal(picture.pixels, convert_color_space(stored, "YBR_FULL", "RGB"))
    assert "each pixel has its own colours" in picture.warnings[0]


def test_full_is_said_and_pixels_share_their_colours(tmp_path):
    stored = np.random.default_rng(0).integers(0, 256, (4, 4, 2), dtype=np.uint8)
    colour = {"SamplesPerPixel": 3, "PlanarConfiguration": 0}
    said = written(tmp_path, stored, PhotometricInterpretation="YBR_FULL", **colour)
    right = written(tmp_path, stored, "r.dcm", PhotometricInterpretation="YBR_FULL_422", **colour)
    assert np.array_equal(decode_file(said)[0].pixels, decode_file(right)[0].pixels)


def test_an_overlay_in_the_unused_bits_of_jpeg_ls(tmp_path):
    values = WIDE.copy()
    values[3:6] |= 0x1000
    codestream = bytes(jpeg_ls.encode_array(values))
    path = encapsulated(tmp_path, values, codestream, BitsStored=12, syntax=JPEGLSLossless)
    picture, _ = decode_file(path)
    assert np.array_equal(picture.pixels, WIDE)
    assert picture.warnings[0].startswith("Bits above those")


@pytest.mark.parametrize("vr", ["US", "SS"])
def test_padding_has_the_sign_of_the_pixels(tmp_path, vr):
    values = np.full((16, 16), -2000, np.int16)
    values[4:12, 4:12] = np.arange(64).reshape(8, 8)
    path = written(tmp_path, values)
    ds = pydicom.dcmread(path)
    ds.add_new("PixelPaddingValue", vr, 63536 if vr == "US" else -2000)
    ds.save_as(path)
    assert decode_file(path)[0].window == (32768.0, 32831.0)


def test_a_range_of_padding(tmp_path):
    values = np.array([[0, 1, 2, 3, 900, 1000]], np.uint16)
    elements = {"PixelPaddingValue": 3, "PixelPaddingRangeLimit": 0}
    path = written(tmp_path, values, **elements)
    assert decode_file(path)[0].window == (900.0, 1000.0)


def palette(kind: str, red: bytes, green: bytes, blue: bytes, bits: int = 16) -> dict:
    elements = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour, data in (("Red", red), ("Green", green), ("Blue", blue)):
        elements[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        elements[f"{kind}{colour}PaletteColorLookupTableData"] = data
    return elements


def test_a_segmented_palette(tmp_path):
    """PS3.3 C.7.9.2: one entry, then 255 in a line to the last."""

    def line(begin: int, end: int) -> bytes:
        return struct.pack("<6H", 0, 1, begin, 1, 255, end)

    elements = palette("Segmented", line(0, 65535), line(65535, 0), line(32896, 32896))
    pixels = decode_file(written(tmp_path, RAMP, **elements))[0].pixels
    assert np.array_equal(pixels[..., 0], RAMP)
    assert np.array_equal(pixels[..., 1], 255 - RAMP)
    assert (pixels[..., 2] == 128).all()


def test_tables_of_a_big_endian_file(tmp_path):
    rising = struct.pack(">256H", *(257 * n for n in range(256)))
    elements = palette("", rising, rising, rising)
    path = written(tmp_path, RAMP, syntax=ExplicitVRBigEndian, **elements)
    assert np.array_equal(decode_file(path)[0].pixels[..., 0], RAMP)
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [256, 0, 16])
    item.add_new("LUTData", "OW", rising)
    path = written(tmp_path, RAMP, "v.dcm", syntax=ExplicitVRBigEndian, VOILUTSequence=[item])
    assert np.array_equal(decode_file(path)[0].pixels, RAMP * np.uint16(257))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("width", ["B", "H"])
def test_palettes_whose_entries_have_8_bits_whatever_is_said(tmp_path, bits, width):
    rising = struct.pack(f"<256{width}", *range(256))
    elements = palette("", rising, rising[::1], bytes(len(rising)), bits)
    pixels = decode_file(written(tmp_path, RAMP, **elements))[0].pixels
    assert np.array_equal(pixels[..., 0], RAMP)
    assert np.array_equal(pixels[..., 1], RAMP)


def plane(z: float, **content) -> Dataset:
    position, frame = Dataset(), Dataset()
    position.ImagePositionPatient = [0, 0, z]
    frame.PlanePositionSequence = [position]
    if content:
        frame.FrameContentSequence = [Dataset()]
        for keyword, value in content.items():
            setattr(frame.FrameContentSequence[0], keyword, value)
    return frame


def enhanced(folder: Path, frames: list[Dataset], **elements) -> Path:
    orientation, shared = Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PlaneOrientationSequence = [orientation]
    return written(
        folder,
        np.zeros((len(frames), 2, 2), np.uint8)
        + np.arange(len(frames), dtype=np.uint8)[:, None, None],
        Rows=2,
        Columns=2,
        NumberOfFrames=len(frames),
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
        **elements,
    )


def frames_of(path: Path) -> list[int]:
    pictures = [picture for picture, _ in decode_pictures(path)]
    assert [int(picture.pixels[0, 0]) for picture in pictures] == [p.frame for p in pictures]
    return [picture.frame for picture in pictures]


def test_enhanced_frames_come_along_their_normal(tmp_path):
    assert frames_of(enhanced(tmp_path, [plane(z) for z in (5, -2.5, 0, 2.5)])) == [1, 2, 3, 0]


def test_enhanced_frames_of_several_times_stay_together(tmp_path):
    def dimension(keyword: str) -> Dataset:
        item = Dataset()
        item.DimensionIndexPointer = pydicom.datadict.tag_for_keyword(keyword)
        return item

    dimensions = [dimension("TemporalPositionIndex"), dimension("InStackPositionNumber")]
    stored = [(2, 0), (1, 3), (2, 3), (1, 0)]
    frames = [plane(z, DimensionIndexValues=[time, 1 + int(z)]) for time, z in stored]
    path = enhanced(tmp_path, frames, DimensionIndexSequence=dimensions)
    assert frames_of(path) == [3, 1, 0, 2]


def test_frames_that_nothing_tells_apart_stay_as_stored(tmp_path):
    assert frames_of(enhanced(tmp_path, [plane(z) for z in (5, 0, 5, 0)])) == [0, 1, 2, 3]


def region(delta_cm: float, units: int = 3, kind: int = 1) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType = kind, 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta_cm, delta_cm * 2
    item.RegionLocationMinX0 = item.RegionLocationMinY0 = 0
    item.RegionLocationMaxX1 = item.RegionLocationMaxY1 = 15
    return item


@pytest.mark.parametrize(
    ("regions", "mm"),
    [
        ([region(0.02)], (0.4, 0.2)),
        ([region(0.02), region(0.001, units=4, kind=3)], (0.4, 0.2)),  # beside a trace in seconds
        ([region(0.02), region(0.03)], None),  # two scales: neither is the picture's
        ([region(0.02, units=0)], None),
    ],
)
def test_ultrasound_regions_say_the_spacing(tmp_path, regions, mm):
    path = written(tmp_path, RAMP, Modality="US", SequenceOfUltrasoundRegions=regions)
    picture, _ = decode_file(path)
    spacing = picture.display and picture.display.spacing_mm
    assert spacing == (pytest.approx(mm) if mm else None)


@pytest.mark.parametrize(
    ("missing", "assumed"),
    [
        ("PhotometricInterpretation", "MONOCHROME2, more is brighter"),
        ("PixelRepresentation", "values without a sign"),
        ("SamplesPerPixel", "1 a pixel"),
    ],
)
def test_what_a_header_leaves_out_is_assumed_and_said(tmp_path, missing, assumed):
    picture, _ = decode_file(written(tmp_path, RAMP, **{missing: None}))
    assert np.array_equal(picture.pixels, RAMP)
    assert picture.warnings == (
        f"{missing} is missing in the header, or none that exists; assumed: {assumed}.",
    )


@pytest.mark.parametrize("missing", ["BitsStored", "BitsAllocated", "HighBit"])
def test_bits_that_a_header_leaves_out(tmp_path, missing):
    path = written(tmp_path, WIDE * 16)
    ds = pydicom.dcmread(path)
    delattr(ds, missing)
    ds.save_as(path)
    assert np.array_equal(decode_file(path)[0].pixels, WIDE * 16)


def test_colours_without_their_order(tmp_path):
    stored = np.random.default_rng(0).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    path = written(tmp_path, stored, SamplesPerPixel=3, PhotometricInterpretation="RGB")
    picture, _ = decode_file(path)
    assert np.array_equal(picture.pixels, stored)
    assert "PlanarConfiguration is missing" in picture.warnings[0]


def test_a_high_bit_beyond_what_is_allocated(tmp_path):
    path = written(tmp_path, WIDE, BitsStored=12)
    ds = pydicom.dcmread(path)
    ds.HighBit = 31
    ds.save_as(path)
    picture, _ = decode_file(path)
    assert np.array_equal(picture.pixels, WIDE)
    assert "assumed: the lowest 12 bits" in picture.warnings[0]


def test_a_decimal_comma(tmp_path):
    path = written(tmp_path, WIDE, RescaleSlope="1.5", RescaleIntercept="-10.25")
    path.write_bytes(path.read_bytes().replace(b"-10.25", b"-10,25").replace(b"1.5 ", b"1,5 "))
    picture, _ = decode_file(path)
    assert (picture.display.slope, picture.display.intercept) == (1.5, -10.25)
    assert "decimal commas" in picture.warnings[0]


@pytest.mark.parametrize("slope", ["1e308", "-1e308", "1e-300"])
def test_a_slope_beyond_numbers_is_ignored_and_said(tmp_path, slope):
    picture, _ = decode_file(written(tmp_path, WIDE, RescaleSlope=slope, RescaleIntercept="0"))
    assert picture.display.slope == 1.0
    assert picture.warnings == ("The rescale in the header is no rescale and was ignored.",)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, None])
def test_no_pixel_data_is_no_picture(tmp_path, syntax):
    path = written(tmp_path, RAMP, **({"syntax": syntax} if syntax else {}))
    ds = pydicom.dcmread(path)
    del ds.PixelData
    held = io.BytesIO()
    ds.save_as(held)
    path.write_bytes(held.getvalue())
    with pytest.raises(IngestError, match=r"a\.dcm is DICOM without a picture"):
        decode_file(path)
