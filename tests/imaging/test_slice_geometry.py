"""Import keeps where a slice lies: position, orientation and spacing, or a volume's affine."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from dicom_files import written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nibabel.affines import from_matvec
from own_home import opened_home
from pydicom.dataset import Dataset

from annotator.domain import ImageAsset, SliceGeometry
from annotator.ingest.importing import decode_pictures
from annotator.workflows.blinding import without_name
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

_RNG = np.random.default_rng(0)
_SPACE = "1.2.840.99999.4711"
_TILTED = [0.8, 0.6, 0.0, 0.0, 0.0, -1.0]
_PLANE = {
    "ImagePositionPatient": [-12.5, 3.25, 40.125],
    "ImageOrientationPatient": _TILTED,
    "PixelSpacing": [0.7, 0.5],
    "SliceThickness": 3,
    "SpacingBetweenSlices": 3.3,
    "FrameOfReferenceUID": _SPACE,
}


def geometry_of_file(path: Path) -> SliceGeometry | None:
    (picture,) = [picture for picture, _ in decode_pictures(path)]
    return picture.display.geometry if picture.display else None


@pytest.fixture
def workspace(tmp_path: Path):
    with opened_home(tmp_path) as opened:
        for name in ("p", "q"):
            create_project(opened, name, labels=["x"])
        yield opened


def recorded(workspace: Workspace, project: str, *paths: Path) -> list[ImageAsset]:
    import_paths(workspace, project, list(paths))
    return workspace.record.images(workspace.record.project(project).id)


def test_a_dicom_slice_keeps_where_it_lies(tmp_path, workspace):
    values = _RNG.integers(0, 99, (4, 6)).astype(np.uint16)
    path = written(tmp_path, values, Modality="CT", **_PLANE)
    (asset,) = recorded(workspace, "p", path)
    geometry = asset.geometry
    assert geometry.position_mm == (-12.5, 3.25, 40.125)
    assert geometry.row_direction + geometry.column_direction == tuple(_TILTED)
    assert geometry.spacing_mm == (0.7, 0.5)
    assert (geometry.thickness_mm, geometry.between_mm) == (3.0, 3.3)
    # Column 5 and row 2, as PS3.3 C.7.6.2.1.1 (equation C.7.6.2.1-1) has it.
    place = np.add(_PLANE["ImagePositionPatient"], np.multiply(_TILTED[:3], 5 * 0.5))
    place += np.multiply(_TILTED[3:], 2 * 0.7)
    assert (geometry.affine @ [5, 2, 0, 1])[:3] == pytest.approx(place)
    assert asset.volume is None


def test_the_frame_of_reference_is_a_pseudonym_of_the_project(tmp_path, workspace):
    def planes(folder: str, space: str) -> list[Path]:
        (tmp_path / folder).mkdir()
        return [
            written(
                tmp_path / folder,
                _RNG.integers(0, 99, (4, 4)).astype(np.uint16),
                f"{number}.dcm",
                **_PLANE | {"FrameOfReferenceUID": space},
            )
            for number in range(2)
        ]

    own, other = planes("own", _SPACE), planes("other", _SPACE + ".1")
    names = [one.geometry.frame_of_reference for one in recorded(workspace, "p", *own, *other)]
    assert names[0] == names[1] != names[2] == names[3]
    assert names[0].startswith("space-")
    assert _SPACE not in str(names)
    elsewhere = recorded(workspace, "q", *own)
    assert elsewhere[0].geometry.frame_of_reference not in names


@pytest.mark.parametrize(
    "wrong",
    [
        {"ImagePositionPatient": None},
        {"ImagePositionPatient": [1, 2]},
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
        {"ImageOrientationPatient": [2, 0, 0, 0, 1, 0]},
        {"PixelSpacing": [0, 1]},
    ],
    ids=str,
)
def test_a_header_that_does_not_say_where_places_nothing(tmp_path, wrong):
    elements = {k: v for k, v in (_PLANE | wrong).items() if v is not None}
    path = written(tmp_path, np.zeros((4, 4), np.uint16), **elements)
    assert geometry_of_file(path) is None


def group(keyword: str, **elements) -> dict[str, list[Dataset]]:
    item = Dataset()
    for key, value in elements.items():
        setattr(item, key, value)
    return {keyword: [item]}


def test_frames_of_an_enhanced_object_have_a_place_each(tmp_path):
    shared, frames = Dataset(), [Dataset() for _ in range(3)]
    for keyword, value in (
        *group("PlaneOrientationSequence", ImageOrientationPatient=[1, 0, 0, 0, 1, 0]).items(),
        *group("PixelMeasuresSequence", PixelSpacing=[2, 1], SliceThickness=4).items(),
    ):
        setattr(shared, keyword, value)
    for z, frame in zip((8, 0, 4), frames, strict=True):
        (place,) = group("PlanePositionSequence", ImagePositionPatient=[5, 6, z]).items()
        setattr(frame, *place)
    path = written(
        tmp_path,
        np.zeros((3, 4, 4), np.uint16),
        Rows=4,
        Columns=4,
        NumberOfFrames=3,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )
    found = {p.frame: p.display.geometry for p, _ in decode_pictures(path)}
    assert {frame: one.position_mm for frame, one in found.items()} == {
        0: (5.0, 6.0, 8.0),
        1: (5.0, 6.0, 0.0),
        2: (5.0, 6.0, 4.0),
    }
    assert {one.spacing_mm for one in found.values()} == {(2.0, 1.0)}
    assert {one.thickness_mm for one in found.values()} == {4.0}


def test_one_position_of_many_frames_is_none_of_theirs(tmp_path):
    path = written(
        tmp_path, np.zeros((2, 4, 4), np.uint16), Rows=4, Columns=4, NumberOfFrames=2, **_PLANE
    )
    assert [p.display.geometry for p, _ in decode_pictures(path)] == [None, None]


def affines():
    """Any axes and signs, oblique and sheared."""
    slant = st.floats(-0.3, 0.3).map(lambda x: round(x, 3))
    return st.builds(
        lambda order, signs, slants, origin: from_matvec(
            (np.diag([0.9, 1.1, 3.0]) * signs + np.reshape(slants, (3, 3)))[:, order], origin
        ),
        st.permutations(range(3)),
        st.tuples(*[st.sampled_from((-1, 1))] * 3),
        st.lists(slant, min_size=9, max_size=9),
        st.tuples(*[st.floats(-99, 99).map(lambda x: round(x, 2))] * 3),
    )


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(affine=affines())
def test_slices_of_a_volume_go_back_onto_its_grid(tmp_path, affine):
    """Voxel for voxel, by the array and by the place in the patient."""
    values = _RNG.integers(0, 3000, (4, 5, 6)).astype(np.int16)
    nib.save(nib.Nifti1Image(values, affine), tmp_path / "v.nii")
    source = nib.load(tmp_path / "v.nii")
    back = np.zeros_like(values)
    for picture, sha256 in decode_pictures(tmp_path / "v.nii"):
        height, width = picture.pixels.shape
        display = picture.display.to_json()
        asset = ImageAsset("v.nii", width, height, "", sha256, display=display)
        grid, place = asset.volume
        place.view(back)[...] = picture.pixels + np.int16(values.min())
        assert np.array_equal(grid.affine, source.affine)
        assert grid.shape == source.shape
        indices = [place.view(axis) for axis in np.indices(values.shape)]
        geometry = asset.geometry
        if geometry is not None:
            rows, columns = np.indices((height, width))
            lps = geometry.affine @ [
                columns.ravel(),
                rows.ravel(),
                np.zeros(rows.size),
                np.ones(rows.size),
            ]
            ras = source.affine @ [*(axis.ravel() for axis in indices), np.ones(rows.size)]
            assert np.allclose(lps[:3].T * (-1, -1, 1), ras[:3].T, atol=0.02)
    assert np.array_equal(back, values)


def test_where_a_slice_of_a_volume_lies_is_what_simpleitk_says(tmp_path):
    values = _RNG.integers(0, 3000, (4, 5, 6)).astype(np.int16)
    affine = np.diag([0.9, -1.1, 3.0, 1.0])
    affine[:3, 3] = (10, 20, 30)
    nib.save(nib.Nifti1Image(values, affine), tmp_path / "v.nii")
    image = SimpleITK.ReadImage(str(tmp_path / "v.nii"))
    for picture, sha256 in decode_pictures(tmp_path / "v.nii"):
        asset = ImageAsset("v.nii", 4, 5, "", sha256, display=picture.display.to_json())
        _, place = asset.volume
        (i, j, k) = (int(place.view(axis)[0, 0]) for axis in np.indices(values.shape))
        found = asset.geometry
        assert found.position_mm == pytest.approx(image.TransformIndexToPhysicalPoint((i, j, k)))
        assert found.thickness_mm == found.between_mm == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("code", "unit", "factor"),
    [
        (0, "unknown", 1.0),
        (4, "unknown", 1.0),
        (2, "mm", 1.0),
        (3, "micron", 0.001),
        (1, "meter", 1000.0),
    ],
)
def test_a_volume_without_a_unit_is_in_millimetres(tmp_path, code, unit, factor):
    """Codes: NIfTI-1's xyzt_units; 4 is none."""
    volume = nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.diag([0.5, 0.75, 4.0, 1.0]))
    volume.header["xyzt_units"] = code
    nib.save(volume, tmp_path / "v.nii")
    picture, sha256 = next(decode_pictures(tmp_path / "v.nii"))
    asset = ImageAsset("v.nii", 4, 5, "", sha256, display=picture.display.to_json())
    assert picture.display.spacing_mm == pytest.approx((0.75 * factor, 0.5 * factor))
    assert asset.geometry.spacing_mm == pytest.approx((0.75 * factor, 0.5 * factor))
    assert asset.volume[0].unit == unit


def test_what_was_imported_before_has_no_place():
    old = {"volume": {"plane": "axial", "slice": 3, "slices": "k", "columns": "+i", "rows": "-j"}}
    asset = ImageAsset("v.nii", 4, 5, "", "", display=old)
    assert (asset.volume, asset.geometry) == (None, None)


def test_readers_who_must_not_know_are_not_told_where_a_slice_lies(tmp_path):
    path = written(tmp_path, np.zeros((4, 4), np.uint16), Modality="CT", **_PLANE)
    (picture,) = [picture for picture, _ in decode_pictures(path)]
    asset = ImageAsset("a.dcm", 4, 4, "", "", display=picture.display.to_json())
    assert asset.geometry is not None
    assert without_name(asset, 3).geometry is None
