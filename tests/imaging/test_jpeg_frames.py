"""JPEG in DICOM: the encoded values, or a refusal; what ends the decoder ends no import."""

from __future__ import annotations

import itertools
import random
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_files import encapsulated
from lossless_jpeg import encoded
from pydicom.uid import JPEGBaseline8Bit, JPEGLossless, JPEGLosslessSV1

from annotator.errors import IngestError
from annotator.ingest import decode_file, decode_pictures, jpeg_frames
from annotator.ingest.dicom import decode_dicom

PYDICOM_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def values_of(precision: int, shift: int, colours: int = 0) -> np.ndarray:
    shape = (9, 13, colours) if colours else (9, 13)
    kind = np.uint8 if precision <= 8 else np.uint16
    rng = np.random.default_rng(precision)
    return ((rng.integers(0, 1 << precision, shape) >> shift) << shift).astype(kind)


def lossless(folder: Path, values: np.ndarray, precision: int, **how) -> Path:
    elements = {"BitsStored": precision, "syntax": JPEGLossless} | how.pop("elements", {})
    return encapsulated(folder, values, encoded(values, precision, **how), **elements)


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("precision", [8, 10, 12, 16])
def test_lossless_values_are_those_encoded(tmp_path, precision, predictor):
    for shift in (0, 1, 3):
        values = values_of(precision, shift)
        path = lossless(tmp_path, values, precision, predictor=predictor, shift=shift)
        assert np.array_equal(decode_file(path)[0].pixels, values)


@pytest.mark.parametrize("predictor", [1, 2, 3, 4])
@pytest.mark.parametrize("precision", [8, 12, 15, 16])
def test_differences_that_wrap_around(tmp_path, precision, predictor):
    """Ultrasound devices write them so (T.81 H.1.2.1: differences are modulo 65,536)."""
    values = values_of(precision, 0)
    path = lossless(tmp_path, values, precision, predictor=predictor, wraps=True)
    assert np.array_equal(decode_file(path)[0].pixels, values)


@pytest.mark.parametrize("predictor", range(1, 8))
def test_lossless_colours(tmp_path, predictor):
    values = values_of(8, 0, colours=3)
    path = lossless(tmp_path, values, 8, predictor=predictor)
    assert np.array_equal(decode_file(path)[0].pixels, values)


def test_8_bits_in_16_allocated(tmp_path):
    values = values_of(8, 0)
    elements = {"BitsAllocated": 16, "syntax": JPEGLosslessSV1}
    picture, _ = decode_file(lossless(tmp_path, values, 8, elements=elements))
    assert np.array_equal(picture.pixels, values)


def test_signed_values_keep_their_sign(tmp_path):
    values = values_of(12, 0)
    path = lossless(tmp_path, values, 12, elements={"PixelRepresentation": 1})
    picture, _ = decode_file(path)
    quantity = picture.pixels * picture.display.slope + picture.display.intercept
    assert np.array_equal(quantity, (values.astype(int) ^ 2048) - 2048)


def test_another_size_in_the_codestream_is_refused(tmp_path):
    values = values_of(8, 0)
    path = lossless(tmp_path, values, 8, elements={"Rows": 13, "Columns": 9})
    with pytest.raises(IngestError, match=r"picture is 9 x 13 px, and .* in it is 13 x 9 px"):
        decode_file(path)


@pytest.mark.parametrize("share", [0.4, 0.9, 0.99])
def test_a_cut_codestream_is_refused(tmp_path, share):
    values = values_of(12, 0)
    whole = encoded(values, 12)
    path = encapsulated(
        tmp_path, values, whole[: int(len(whole) * share)], BitsStored=12, syntax=JPEGLossless
    )
    with pytest.raises(IngestError, match="cannot be decoded"):
        decode_file(path)


def test_values_that_libjpeg_made_up_are_refused(tmp_path):
    """It complains of corrupt data, fills in, and goes on."""
    ds = pydicom.dcmread(PYDICOM_FILES / "SC_rgb_small_odd_jpeg.dcm")
    (frame,) = pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=1)
    scan = frame.index(b"\xff\xda")
    assert jpeg_frames.jpeg_frame(frame) is not None
    cut = frame[: scan + 14 + (len(frame) - scan) // 3] + b"\xff\xd9"
    ds.PixelData = pydicom.encaps.encapsulate([cut + b"\0" * (len(cut) % 2)])
    ds.save_as(tmp_path / "cut.dcm")
    assert ds.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    with pytest.raises(IngestError, match="cannot be decoded"):
        decode_file(tmp_path / "cut.dcm")


def decoded_here(path):
    with path.open("rb") as stream, closing(decode_dicom(stream, path.name)) as pictures:
        return next(pictures).pixels


@pytest.mark.parametrize("deed", ["sys.exit(1)", "time.sleep(60)"])
def test_a_frame_that_ends_its_decoder_is_refused_and_the_next_is_not(tmp_path, monkeypatch, deed):
    values = values_of(8, 0)
    path = lossless(tmp_path, values, 8)
    (tmp_path / "child.py").write_text(f"import sys, time\nsys.stdin.buffer.read(9)\n{deed}\n")
    with monkeypatch.context() as patched:
        patched.setattr(jpeg_frames, "_idle", [])
        patched.setattr(jpeg_frames, "LIMIT_S", 0.5)
        patched.setattr(jpeg_frames.gdcm_child, "__file__", str(tmp_path / "child.py"))
        with pytest.raises(IngestError, match="cannot be decoded"):
            decoded_here(path)
    assert np.array_equal(decoded_here(path), values)
    jpeg_frames._idle[-1]._process.kill()
    jpeg_frames._idle[-1]._process.wait()
    assert np.array_equal(decoded_here(path), values)


def test_a_cut_jpeg_ls_frame_is_refused_soon(tmp_path):
    ds = pydicom.dcmread(PYDICOM_FILES / "MR_small_jpeg_ls_lossless.dcm")
    (frame,) = pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=1)
    ds.PixelData = pydicom.encaps.encapsulate([frame[:1328]])
    ds.save_as(tmp_path / "cut.dcm")
    begun = time.process_time()
    with pytest.raises(IngestError, match="cannot be decoded"):
        decoded_here(tmp_path / "cut.dcm")
    assert time.process_time() - begun < 2


MUTATED = (
    "JPGExtended.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "JPEG2000.dcm",
    "MR_small_jp2klossless.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "JPEGLSNearLossless_08.dcm",
)


def mutated(content: bytes, start: int, rng: random.Random) -> bytes:
    if rng.random() < 0.15:
        return content[: rng.randrange(start, len(content))]
    changed = bytearray(content)
    end = min(len(content), start + rng.choice([60, 200, 700, len(content)]))
    for _ in range(rng.choice([1, 1, 2, 4, 10, 50])):
        at = rng.randrange(start, end)
        if rng.random() < 0.5:
            changed[at] = rng.choice([0, 1, 2, 17, 0x7F, 0x80, 0xFE, 0xFF])
        else:
            changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("name", MUTATED)
def test_damaged_codestreams_are_decoded_or_refused(tmp_path, name):
    """Some of the 3,000 of docs/decisions/0019; what crashes ends this process."""
    rng = random.Random(name)  # noqa: S311
    content = (PYDICOM_FILES / name).read_bytes()
    start = content.rindex(b"\xe0\x7f\x10\x00") + 20
    sentences = []
    for _ in range(12):
        (tmp_path / "m.dcm").write_bytes(mutated(content, start, rng))
        try:
            with closing(decode_pictures(tmp_path / "m.dcm")) as pictures:
                list(itertools.islice(pictures, 2))
        except IngestError as error:
            sentences.append(str(error))
    assert sentences
    assert all(sentence.startswith("m.dcm") for sentence in sentences)
