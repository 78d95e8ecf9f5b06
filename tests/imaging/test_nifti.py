"""Volumes in NIfTI files: slices as radiologists look at them, exact values, no texts."""

from __future__ import annotations

import contextlib
import gzip
import struct
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import IngestError
from annotator.ingest import IngestStatus, PixelStore, ingest
from annotator.ingest.importing import decode_pictures
from annotator.ingest.nifti import (
    MAX_VOLUME_BYTES,
    NO_NUMBERS,
    ROUNDED,
    UNPLACED,
    decode_nifti,
)

_RNG = np.random.default_rng(0)


def written(path: Path, values: np.ndarray, affine: np.ndarray | None = None, **header) -> Path:
    image = nib.Nifti1Image(values, affine)
    image.header.set_xyzt_units("mm")
    for key, value in header.items():
        image.header[key] = value
    nib.save(image, path)
    return path


def slices(path: Path) -> list:
    return [picture for picture, _ in decode_pictures(path)]


def quantity(picture) -> np.ndarray:
    return picture.display.slope * picture.pixels.astype(float) + picture.display.intercept


@given(
    order=st.permutations(range(3)),
    signs=st.tuples(*[st.sampled_from((-1, 1))] * 3),
    packed=st.booleans(),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_axial_slices_are_those_of_simpleitk(tmp_path, order, signs, packed):
    # World axes are 0.9, 0.8 and 5 mm apart, whichever axis of the file follows each.
    affine = np.zeros((4, 4))
    for axis, (world, sign) in enumerate(zip(order, signs, strict=True)):
        affine[world, axis] = sign * (0.9, 0.8, 5.0)[world]
    affine[:, 3] = (3, -7, 11, 1)
    shape = [(4, 5, 6)[world] for world in order]
    values = _RNG.integers(-300, 3000, shape).astype(np.int16)
    # Of two names, for SimpleITK would take v.nii where v.nii.gz is asked for.
    path = written(tmp_path / ("packed.nii.gz" if packed else "plain.nii"), values, affine)
    found = slices(path)
    oracle = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(path)), "LPS")
    assert np.array_equal(
        np.stack([quantity(one) for one in found]), SimpleITK.GetArrayFromImage(oracle)
    )
    assert [one.frame for one in found] == list(range(6))
    assert found[0].display.volume["plane"] == "axial"
    assert found[0].display.spacing_mm == pytest.approx((0.8, 0.9))
    assert {one.window for one in found} == {found[0].window}


@pytest.mark.parametrize(("thick", "plane"), [(0, "sagittal"), (1, "coronal"), (2, "axial")])
def test_a_mark_lies_where_the_picture_says(tmp_path, thick, plane):
    spacing = [1.0, 1.0, 1.0]
    spacing[thick] = 4.0
    values = np.zeros((5, 6, 7), np.uint8)
    values[1, 4, 2] = 200
    # To the left, to the front, up: the file's first axis runs against the world's.
    path = written(tmp_path / "v.nii", values, np.diag([-spacing[0], *spacing[1:], 1.0]))
    (bright,) = [one for one in slices(path) if quantity(one).max() == 200]
    said = bright.display.volume
    assert said["plane"] == plane
    at = dict(zip("ijk", (1, 4, 2), strict=True))
    assert said["slice"] == at[said["slices"]]
    row, column = np.argwhere(quantity(bright) == 200)[0]
    for where, name in ((row, "rows"), (column, "columns")):
        sign, axis = said[name]
        size = dict(zip("ijk", values.shape, strict=True))[axis]
        assert at[axis] == (where if sign == "+" else size - 1 - where)


def test_scale_and_values_beyond_16_bits(tmp_path):
    scaled = nib.Nifti1Image(_RNG.integers(0, 99, (3, 4, 2)).astype(np.int16), np.eye(4))
    scaled.header.set_slope_inter(0.5, -20)
    nib.save(scaled, tmp_path / "scaled.nii")
    expected = nib.load(tmp_path / "scaled.nii").get_fdata()
    found = np.stack([quantity(one) for one in slices(tmp_path / "scaled.nii")])
    assert found.min() == expected.min()
    assert np.array_equal(np.sort(found, axis=None), np.sort(expected, axis=None))

    fractions = _RNG.normal(0, 1, (3, 4, 2)).astype(np.float32)
    fractions[0, 0, 0] = np.nan
    (one, *_) = pictures = slices(written(tmp_path / "f.nii", fractions, np.eye(4)))
    assert one.warnings == (ROUNDED, NO_NUMBERS)
    step = one.display.slope
    known = np.sort(fractions[np.isfinite(fractions)])
    shown = np.sort(np.concatenate([quantity(p).ravel() for p in pictures]))[1:]
    assert np.abs(shown - known).max() <= step


def test_a_volume_that_does_not_say_how_it_lies_is_taken_as_stored(tmp_path):
    image = nib.Nifti1Image(_RNG.integers(0, 9, (3, 4, 2)).astype(np.uint8), None)
    nib.save(image, tmp_path / "v.nii")
    found = slices(tmp_path / "v.nii")
    assert found[0].warnings == (UNPLACED,)
    assert found[0].display.volume["plane"] is None


def test_texts_and_extensions_stay_outside(tmp_path):
    image = nib.Nifti1Image(np.ones((3, 3, 3), np.int16), np.eye(4))
    image.header["descrip"] = b"Zacharias Quux"
    image.header["aux_file"] = b"quux.txt"
    image.header["db_name"] = b"quux"
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"Zacharias Quux"))
    nib.save(image, tmp_path / "v.nii")
    (outcome,) = ingest([tmp_path / "v.nii"], PixelStore(tmp_path / "store"))
    assert outcome.status is IngestStatus.IMPORTED
    said = repr(outcome.images).lower()
    stored = b"".join(p.read_bytes() for p in (tmp_path / "store").rglob("*") if p.is_file())
    assert "quux" not in said
    assert b"quux" not in stored.lower()


def _series(path: Path) -> None:
    written(path, np.zeros((2, 2, 2, 3), np.int16), np.eye(4))


def _colours(path: Path) -> None:
    kind = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    written(path, np.zeros((2, 2, 2), kind), np.eye(4))


def _cut(path: Path) -> None:
    written(path, np.zeros((9, 9, 9), np.int16), np.eye(4))
    path.write_bytes(path.read_bytes()[:900])


def _pair(path: Path) -> None:
    written(path, np.zeros((2, 2, 2), np.int16), np.eye(4))
    data = bytearray(path.read_bytes())
    data[344:348] = b"ni1\0"
    path.write_bytes(data)


def _huge(path: Path) -> None:
    written(path, np.zeros((2, 2, 2), np.int16), np.eye(4))
    data = bytearray(path.read_bytes())
    data[42:48] = struct.pack("<3h", 30_000, 30_000, 30_000)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_series, "split a series over time"),
        (_colours, "grey values are read"),
        (_cut, "cannot be read"),
        (_pair, "save the volume as one"),
        (_huge, "unpacks to more than 1 GB"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path, make, said):
    make(tmp_path / "v.nii")
    with pytest.raises(IngestError, match=said):
        slices(tmp_path / "v.nii")


def test_a_file_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("annotator.ingest.nifti.MAX_VOLUME_BYTES", 100_000)
    written(tmp_path / "v.nii", np.zeros((60, 60, 60), np.int16), np.eye(4))
    packed = gzip.compress((tmp_path / "v.nii").read_bytes())
    (tmp_path / "v.nii.gz").write_bytes(packed)
    assert len(packed) < 100_000 < MAX_VOLUME_BYTES
    with (
        (tmp_path / "v.nii.gz").open("rb") as stream,
        pytest.raises(IngestError, match="unpacks to more"),
    ):
        next(decode_nifti(stream, "v.nii.gz"))


@given(at=st.integers(0, 351), byte=st.integers(0, 255))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damaged_header_is_read_or_refused(tmp_path, at, byte):
    path = written(tmp_path / "v.nii", np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.eye(4))
    data = bytearray(path.read_bytes())
    data[at] = byte
    path.write_bytes(data)
    with contextlib.suppress(IngestError):
        assert all(one.pixels.dtype == np.uint16 for one in slices(path))


def test_spacing_across_and_down_are_not_each_other(tmp_path):
    """Each picture's (row, column) spacing is that between its own rows and columns."""
    path = written(tmp_path / "v.nii", np.zeros((4, 5, 6), np.int16), np.diag([0.5, 2.0, 7.0, 1]))
    (picture, *_) = slices(path)
    rows, columns = picture.pixels.shape
    between = {4: 0.5, 5: 2.0, 6: 7.0}
    assert picture.display.spacing_mm == pytest.approx((between[rows], between[columns]))


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_values_said_to_begin_within_the_header(tmp_path, kind):
    """`vox_offset` 0, as some writers leave it: values are behind the header all the same."""
    values = _RNG.integers(0, 3000, (4, 5, 6)).astype(np.int16)
    nib.save(kind(values, np.diag([1.0, 1, 5, 1])), tmp_path / "v.nii")
    right = np.stack([one.pixels for one in slices(tmp_path / "v.nii")])
    content = bytearray((tmp_path / "v.nii").read_bytes())
    at, size = (108, 4) if kind is nib.Nifti1Image else (168, 8)
    content[at : at + size] = bytes(size)
    (tmp_path / "v.nii").write_bytes(content)
    assert np.array_equal(np.stack([one.pixels for one in slices(tmp_path / "v.nii")]), right)


@pytest.mark.parametrize("size", [np.nan, np.inf])
def test_a_size_that_is_no_number_does_not_turn_the_slices(tmp_path, size):
    values = _RNG.integers(0, 3000, (4, 5, 6)).astype(np.int16)
    path = written(tmp_path / "v.nii", values, np.diag([0.8, 0.9, 5.0, 1]))
    right = slices(path)
    content = bytearray(path.read_bytes())
    # pixdim[1] to [3]; the affine says the sizes, too.
    content[80:92] = struct.pack("<3f", size, size, size)
    path.write_bytes(content)
    found = slices(path)
    assert [one.display.volume for one in found] == [one.display.volume for one in right]
    assert found[0].display.spacing_mm == pytest.approx(right[0].display.spacing_mm)
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(found, right, strict=True))
