"""DICOM quantities beside GDCM's; units, spacing and presets as recorded; damaged frames."""

from __future__ import annotations

from pathlib import Path

import data_store
import numpy as np
import pydicom
import pytest
import SimpleITK

from annotator.domain import ImageAsset
from annotator.errors import IngestError
from annotator.ingest import DecodedPicture, PixelStore, decode_file, decode_pictures, ingest_file

FOLDERS = (Path(pydicom.__file__).parent / "data", Path(data_store.__file__).parent / "data")
CT = FOLDERS[0] / "test_files" / "CT_small.dcm"

APART = {
    "mlut_18.dcm": "GDCM leaves the modality LUT out",
    "rtdose_expb.dcm": "GDCM does not swap the bytes of 32 bits; rtdose.dcm is the same picture",
}


def quantity(picture: DecodedPicture) -> np.ndarray:
    return picture.pixels * picture.display.slope + picture.display.intercept


def by_gdcm(path: Path) -> np.ndarray | None:
    """Read values after the rescale; None if GDCM reads no grey picture in the file."""
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    try:
        image = reader.Execute()
    except RuntimeError:
        return None
    if image.GetNumberOfComponentsPerPixel() > 1:
        return None
    values = SimpleITK.GetArrayFromImage(image)
    return values if values.ndim == 3 else values[None]


def as_gdcm_means(path: Path, pictures: list[DecodedPicture]) -> np.ndarray | None:
    """Return our quantities by GDCM's conventions; None after a VOI LUT, which GDCM leaves out."""
    header = pydicom.dcmread(path, stop_before_pixels=True)
    if "VOILUTSequence" in header:
        return None
    values = np.stack([quantity(picture) for picture in pictures])
    if header.BitsAllocated == 1:
        return values * 255
    if header.PhotometricInterpretation == "MONOCHROME1":
        # GDCM turns the values over in the range of the header's depth; we keep what they mean.
        slope, intercept = header.get("RescaleSlope", 1), header.get("RescaleIntercept", 0)
        return (2**header.BitsStored - 1) * float(slope) + 2 * float(intercept) - values
    return values


def test_quantities_of_all_files_are_gdcms():
    compared = 0
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    for path in sorted(p for folder in FOLDERS for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as stream:
            if stream.read(132)[128:] != b"DICM" or path.name in APART:
                continue
        try:
            decoded = (picture for picture, _ in decode_pictures(path))
            # GDCM has frames as they are stored; ours come along their normal.
            pictures = sorted(decoded, key=lambda picture: picture.frame or 0)
        except IngestError:
            continue
        if pictures[0].pixels.ndim == 3 or (theirs := by_gdcm(path)) is None:
            continue
        ours = as_gdcm_means(path, pictures)
        if ours is None:
            continue
        scaled = any("scaled to 16" in warning for warning in pictures[0].warnings)
        step = 0.51 * abs(pictures[0].display.slope) if scaled else 1e-4
        assert np.abs(ours - theirs).max() <= step, path.name
        compared += 1
    assert compared >= 85


# --- what reaches the record -------------------------------------------------------------------


def changed(folder: Path, source: Path = CT, **elements) -> Path:
    """Write a file with elements replaced or, with None, removed."""
    ds = pydicom.dcmread(source)
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    ds.save_as(folder / "a.dcm")
    return folder / "a.dcm"


def asset_of(path: Path) -> ImageAsset:
    (image,) = ingest_file(path, PixelStore(path.parent / "store")).images
    return image.asset


def test_ct_in_hounsfield_units_with_the_headers_windows(tmp_path):
    path = changed(tmp_path, WindowCenter=[40, -600], WindowWidth=[400, 1500])
    asset = asset_of(path)
    display, ds = asset.display, pydicom.dcmread(path)
    assert display["unit"] == "HU"
    assert [w["name"] for w in display["windows"]] == ["W 400 L 40", "W 1500 L -600"]
    assert display["spacing_mm"] == [0.661468, 0.661468]
    pixels = PixelStore(tmp_path / "store").get(asset.pixels_sha256)
    assert np.array_equal(
        pixels * display["slope"] + display["intercept"],
        ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept),
    )
    # The editor begins with the first preset, the networks with `window`: the same.
    first = display["windows"][0]
    ends = [first["center"] + side * first["width"] / 2 for side in (-1, 1)]
    stored = [(end - display["intercept"]) / display["slope"] for end in ends]
    assert stored == pytest.approx(asset.window)


@pytest.mark.parametrize(
    ("elements", "unit"),
    [
        ({"RescaleType": "HU"}, "HU"),
        ({"RescaleType": "US"}, None),
        ({"RescaleType": "Planted^Identity"}, None),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, None),
        ({"Modality": "PT", "Units": "BQML"}, "Bq/ml"),
        ({"Modality": "MR"}, None),
    ],
)
def test_units(tmp_path, elements, unit):
    assert asset_of(changed(tmp_path, **elements)).display["unit"] == unit


@pytest.mark.parametrize(
    ("elements", "spacing", "aspect", "at_detector"),
    [
        ({"PixelSpacing": [0.5, 0.25]}, [0.5, 0.25], 2.0, False),
        ({"Modality": "DX", "ImagerPixelSpacing": [0.2, 0.2]}, [0.2, 0.2], 1.0, True),
        (
            {
                "Modality": "DX",
                "ImagerPixelSpacing": [0.2, 0.2],
                "EstimatedRadiographicMagnificationFactor": 1.25,
            },
            [0.16, 0.16],
            1.0,
            False,
        ),
        ({"NominalScannedPixelSpacing": [0.1, 0.1]}, [0.1, 0.1], 1.0, False),
        ({"PixelAspectRatio": [3, 2]}, None, 1.5, False),
        ({"PixelSpacing": [0, 1]}, None, 1.0, False),
    ],
)
def test_spacing(tmp_path, elements, spacing, aspect, at_detector):
    path = changed(tmp_path, **({"PixelSpacing": None} | elements))
    (image,) = ingest_file(path, PixelStore(tmp_path / "store")).images
    stated = image.asset.display["spacing_mm"]
    assert stated == (spacing and pytest.approx(spacing))
    assert image.asset.display["aspect"] == aspect
    assert any("at the detector" in warning for warning in image.warnings) == at_detector


def test_damaged_frames_are_named_and_the_others_kept(tmp_path):
    ds = pydicom.dcmread(FOLDERS[0] / "test_files" / "SC_rgb_rle_2frame.dcm")
    first, _ = pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=2)
    ds.PixelData = pydicom.encaps.encapsulate([first, b"\0" * 10])
    ds.save_as(tmp_path / "a.dcm")
    outcome = ingest_file(tmp_path / "a.dcm", PixelStore(tmp_path / "store"))
    assert [image.asset.frame for image in outcome.images] == [0]
    assert outcome.reason.startswith("a.dcm: of its 2 frames these cannot be decoded (RLE")
    assert "): 2; export it again" in outcome.reason


def test_a_thousand_million_frames_that_are_not_there(tmp_path):
    path = changed(tmp_path, NumberOfFrames=10**9)
    with pytest.raises(IngestError, match=r"not tried: 9999999\d\d"):
        list(decode_pictures(path))


def test_private_transfer_syntax_is_named(tmp_path):
    ds = pydicom.dcmread(CT)
    ds.PixelData = pydicom.encaps.encapsulate([b"\0" * 10])
    ds.file_meta.TransferSyntaxUID = pydicom.uid.UID("1.2.3.4.5")
    pydicom.dcmwrite(tmp_path / "p.dcm", ds, implicit_vr=False, little_endian=True)
    with pytest.raises(IngestError, match=r"the private transfer syntax 1\.2\.3\.4\.5"):
        decode_file(tmp_path / "p.dcm")
