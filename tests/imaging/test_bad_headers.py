"""Headers with senseless values: the picture is decoded or refused in a sentence, soon."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from dicom_files import written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword
from pydicom.uid import ImplicitVRLittleEndian

from annotator.errors import IngestError
from annotator.ingest import (
    Deidentification,
    Deidentifier,
    Ingestion,
    PixelStore,
    Pseudonyms,
    ReadingLimits,
    decode_file,
    ingest_file,
)

WHOLE = [
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PlanarConfiguration",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "RedPaletteColorLookupTableDescriptor",
]
TEXTS = [
    "NumberOfFrames",
    "PhotometricInterpretation",
    "Modality",
    "RescaleSlope",
    "RescaleIntercept",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "PixelSpacing",
    "PixelAspectRatio",
    "BurnedInAnnotation",
    "InstanceNumber",
    "PatientID",
    "StudyDate",
    "AcquisitionDate",
    "SeriesInstanceUID",
    "BodyPartExamined",
]
NUMBERS = st.sampled_from([0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 64, 255, 256, 32767, 65535])
WORDS = st.sampled_from(
    [
        *("", "0", "-1", "18", "999999999", "1e308", "nan", "inf", "1\\2", "1\\x", "\\", "\0\0"),
        *("RGB", "YBR_FULL", "PALETTE COLOR", "MONOCHROME1", "YES", "20209999", "\u00e9\u4e2d"),
    ]
)
CHANGES = st.lists(
    st.one_of(st.tuples(st.sampled_from(WHOLE), NUMBERS), st.tuples(st.sampled_from(TEXTS), WORDS)),
    min_size=1,
    max_size=4,
)
MOST_BYTES = 400_000_000


SOUND: dict[str, str | int] = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
    "Modality": "CR",
    "Rows": 8,
    "Columns": 8,
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 0,
}


def file_of(prefix: bytes, elements: dict[str, str | int]) -> bytes:
    """Return an implicit VR file with just these elements, whatever they say."""
    encoded = {
        tag_for_keyword(keyword): struct.pack("<H", value)
        if isinstance(value, int)
        else value.encode()
        for keyword, value in elements.items()
    }
    encoded[tag_for_keyword("PixelData")] = bytes(range(128))
    padded = ((tag, value + b" " * (len(value) % 2)) for tag, value in sorted(encoded.items()))
    return prefix + b"".join(
        struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value for tag, value in padded
    )


@pytest.fixture(scope="module")
def prefix(tmp_path_factory) -> bytes:
    """The preamble and the file meta information of an implicit VR file."""
    folder = tmp_path_factory.mktemp("sound")
    content = written(folder, np.zeros((8, 8), np.uint16), syntax=ImplicitVRLittleEndian)
    whole = content.read_bytes()
    return whole[: 144 + int.from_bytes(whole[140:144], "little")]


def test_the_sound_header_is_decoded(tmp_path, prefix):
    (tmp_path / "sound.dcm").write_bytes(file_of(prefix, SOUND))
    picture, _ = decode_file(tmp_path / "sound.dcm")
    assert (picture.pixels.ravel() == np.arange(128, dtype=np.uint8).view("<u2")).all()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120)
@given(changes=CHANGES)
def test_senseless_values_are_decoded_or_refused(tmp_path, prefix, changes):
    path = tmp_path / "senseless.dcm"
    path.write_bytes(file_of(prefix, SOUND | dict(changes)))
    deidentifier = Deidentifier(Deidentification(), Pseudonyms(lambda: bytes(32)))
    how = Ingestion(deidentifier, limits=ReadingLimits(memory_bytes=MOST_BYTES))
    said, images = "", ()
    try:
        images = ingest_file(path, PixelStore(tmp_path / "store"), how).images
    except IngestError as error:
        said = str(error)
    assert bool(images) != said.startswith("dicom-")
    for image in images:
        assert image.asset.file_name.startswith("dicom-")
        assert image.asset.subject is None or image.asset.subject.startswith("subject-")
    assert "memory" not in said
