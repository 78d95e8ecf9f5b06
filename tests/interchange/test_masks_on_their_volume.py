"""Masks go back voxel for voxel onto the volume, or the series, that their slices are of."""

from __future__ import annotations

import csv
import uuid
from datetime import UTC, datetime
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from dicom_files import written
from nibabel.affines import from_matvec
from own_home import opened_home

from annotator.domain import Annotation, Decision, ImageAsset, Mask
from annotator.errors import ExportError
from annotator.export import EVERYTHING, ExportReport
from annotator.formats import import_format
from annotator.workflows.exporting import export_project
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

_RNG = np.random.default_rng(7)
_SHEARED = from_matvec([[0.8, 0.1, 0.4], [-0.1, 0.9, 0.2], [0.05, -0.15, 3.1]], (-31.5, 12.25, 88))
_OBLIQUE = from_matvec([[-0.8, 0.09, 0.0], [0.08, 0.7, 1.0], [0.0, -0.1, 3.9]], (3, -7, 11))


@pytest.fixture
def workspace(tmp_path: Path):
    with opened_home(tmp_path, "R") as opened:
        create_project(opened, "p", labels=["lesion", "organ"])
        yield opened


def images(workspace: Workspace, *paths: Path) -> list[ImageAsset]:
    report = import_paths(workspace, "p", list(paths))
    assert not report.refused.first
    return workspace.record.images(workspace.record.project("p").id)


def mark(workspace: Workspace, asset: ImageAsset, label: str, pixels: np.ndarray) -> None:
    act = uuid.uuid4()
    now = datetime.now(UTC)
    mask = Mask.of(pixels)
    workspace.record.record_acts(
        [Annotation(act, asset.id, act, "R", Decision.ADDED, label, mask, created_at=now)]
    )


def exported(workspace: Workspace, target: Path) -> ExportReport:
    return export_project(
        workspace, "p", target, format_name="nifti", with_images=False, selection=EVERYTHING
    )


def nifti(workspace: Workspace, target: Path) -> Path:
    return exported(workspace, target).folder


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def bright(values: np.ndarray, low: int) -> np.ndarray:
    return values >= low


@pytest.mark.parametrize("affine", [_SHEARED, _OBLIQUE, np.diag([1.5, 1.5, 4, 1])], ids=str)
@pytest.mark.parametrize("unit", [0, 2, 3])
def test_a_volume_has_one_mask_on_its_grid(tmp_path, workspace, affine, unit):
    """What is marked is what is bright in the source, so the source itself is the oracle."""
    values = _RNG.integers(0, 1000, (9, 8, 7)).astype(np.int16)
    volume = nib.Nifti1Image(values, affine)
    volume.header["xyzt_units"] = unit
    nib.save(volume, tmp_path / "patient.nii.gz")
    assets = images(workspace, tmp_path / "patient.nii.gz")
    marked = [asset for asset in assets if asset.volume[1].slice in (2, 3, 5)]
    for asset in marked:
        shown = workspace.pixels.get(asset.pixels_sha256).astype(int) + int(values.min())
        mark(workspace, asset, "lesion", bright(shown, 700))
        if asset is marked[0]:
            mark(workspace, asset, "organ", bright(shown, 300))
    folder = nifti(workspace, tmp_path / "out")
    source = nib.load(tmp_path / "patient.nii.gz")
    lesion, organ = (nib.load(path) for path in sorted((folder / "masks").iterdir()))
    axis = "ijk".index(marked[0].volume[1].slices)
    expected = bright(values, 700)
    expected[tuple(np.s_[[0, 1, 4, 6]] if a == axis else np.s_[:] for a in range(3))] = False
    assert np.array_equal(np.asarray(lesion.dataobj), expected)
    assert np.asarray(organ.dataobj).sum() == (
        bright(np.take(values, marked[0].volume[1].slice, axis), 300).sum()
    )
    for one in (lesion, organ):
        assert np.array_equal(one.affine, source.affine)
        assert one.shape == source.shape
        assert one.header["xyzt_units"] & 7 == unit
        assert one.header["sform_code"] == source.header["sform_code"]
    (counted,) = rows(folder / "volumes.csv")
    assert counted["source"] == assets[0].source_sha256
    assert (counted["slices"], counted["annotated"]) == ("7", "3")


def series(folder: Path, positions: np.ndarray, orientation: list[float]) -> np.ndarray:
    """Slices under shuffled numbers and names; a bar says which is which."""
    folder.mkdir()
    numbers = _RNG.permutation(len(positions))
    values = _RNG.integers(0, 1000, (len(positions), 10, 12)).astype(np.uint16)
    for k, (number, position) in enumerate(zip(numbers, positions, strict=True)):
        written(
            folder,
            values[k],
            f"IM{number:03}.dcm",
            Modality="CT",
            SOPClassUID="1.2.840.10008.5.1.4.1.1.2",
            SOPInstanceUID=f"1.2.3.{number}",
            SeriesInstanceUID="1.2.4",
            StudyInstanceUID="1.2.5",
            FrameOfReferenceUID="1.2.6",
            InstanceNumber=int(number) + 1,
            ImagePositionPatient=[round(float(x), 4) for x in position],
            ImageOrientationPatient=orientation,
            PixelSpacing=[0.7, 0.5],
            SliceThickness=5,
            RescaleSlope=1,
            RescaleIntercept=0,
        )
    return values


@pytest.mark.parametrize(
    ("orientation", "step"),
    [
        ([1, 0, 0, 0, 1, 0], (0, 0, 5)),
        ([1, 0, 0, 0, 1, 0], (0, 0, -2.5)),
        ([0, 1, 0, 0, 0, -1], (3, 0, 0)),
        ([0.8, 0.6, 0, 0, 0, -1], (-1.8, 2.4, 0)),
    ],
    ids=str,
)
def test_a_series_has_one_mask_that_lies_where_simpleitk_puts_the_series(
    tmp_path, workspace, orientation, step
):
    positions = np.array([-30.0, 20, 7]) + np.outer(np.arange(20), step)
    values = series(tmp_path / "ct", positions, orientation)
    assets = images(workspace, tmp_path / "ct")
    for asset in assets:
        pixels = workspace.pixels.get(asset.pixels_sha256)
        mark(workspace, asset, "lesion", bright(pixels, 700))
    folder = nifti(workspace, tmp_path / "out")
    (path,) = (folder / "masks").iterdir()
    mask = SimpleITK.ReadImage(str(path))
    files = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path / "ct"))
    source = SimpleITK.ReadImage(files)
    assert SimpleITK.GetArrayFromImage(source).sum() == values.sum()
    onto = SimpleITK.Resample(mask, source, SimpleITK.Transform(), SimpleITK.sitkNearestNeighbor)
    assert np.array_equal(
        SimpleITK.GetArrayFromImage(onto) > 0, SimpleITK.GetArrayFromImage(source) >= 700
    )
    assert mask.GetSpacing() == pytest.approx(source.GetSpacing(), abs=1e-3)
    assert sorted(mask.GetSize()) == sorted(source.GetSize())


def test_a_tilted_gantry_gives_a_sheared_affine(tmp_path, workspace):
    positions = np.outer(np.arange(6), (0, 1.0, 4.0))
    series(tmp_path / "ct", positions, [1, 0, 0, 0, 1, 0])
    for asset in images(workspace, tmp_path / "ct"):
        mark(workspace, asset, "lesion", np.ones((10, 12), bool))
    folder = nifti(workspace, tmp_path / "out")
    (path,) = (folder / "masks").iterdir()
    affine = nib.load(path).affine
    for k, position in enumerate(positions):
        assert affine @ (0, 0, k, 1) == pytest.approx([*(position * (-1, -1, 1)), 1], abs=1e-4)


def test_slices_that_the_project_lacks_leave_their_place_empty(tmp_path, workspace):
    positions = np.outer(np.arange(8), (0, 0, 3.0))
    series(tmp_path / "ct", positions, [1, 0, 0, 0, 1, 0])
    assets = {round(a.geometry.position_mm[2] / 3): a for a in images(workspace, tmp_path / "ct")}
    gone = [assets.pop(k).id for k in (2, 5)]
    project = workspace.record.project("p").id
    workspace.record.remove_images(project, gone, actor="R", reason="")
    for asset in assets.values():
        mark(workspace, asset, "lesion", np.ones((10, 12), bool))
    report = exported(workspace, tmp_path / "out")
    (path,) = (report.folder / "masks").iterdir()
    mask = np.asarray(nib.load(path).dataobj)
    assert [bool(mask[:, :, k].any()) for k in range(8)] == [k not in (2, 5) for k in range(8)]
    key = "slices of volumes that are not in the data set, 0 in the masks of their volume"
    assert report.manifest["losses"][key] == 2


@pytest.mark.parametrize(
    ("depths", "volumes", "by_itself"),
    [((0, 3, 7.4, 9), [0, 3, 7.4, 9], 4), ((0, 3, 3, 6), [0, 3], 0)],
    ids=["uneven", "two at one place"],
)
def test_slices_that_make_no_grid_are_volumes_by_themselves(
    tmp_path, workspace, depths, volumes, by_itself
):
    positions = np.array([(0, 0, z) for z in depths])
    series(tmp_path / "ct", positions, [1, 0, 0, 0, 1, 0])
    for asset in images(workspace, tmp_path / "ct"):
        mark(workspace, asset, "lesion", np.ones((10, 12), bool))
    report = exported(workspace, tmp_path / "out")
    written = [nib.load(path) for path in (report.folder / "masks").iterdir()]
    assert sorted(round(float(v.affine[2, 3]), 3) for v in written) == volumes
    key = "slices at uneven distances: each a volume by itself"
    assert report.manifest["losses"].get(key, 0) == by_itself


def test_masks_on_slices_of_equal_pixels_lie_where_they_were_drawn(tmp_path, workspace):
    """Without the original at hand: its grid is kept."""
    values = _RNG.integers(0, 1000, (6, 8, 7)).astype(np.int16)
    values[:, :, (0, 1, 5, 6)] = 0
    affine = np.diag([1.5, 1.5, 4, 1])
    nib.save(nib.Nifti1Image(values, affine), tmp_path / "v.nii.gz")
    drawn = np.zeros(values.shape, bool)
    for asset in images(workspace, tmp_path / "v.nii.gz"):
        _, place = asset.volume
        pixels = _RNG.random((asset.height, asset.width)) < 0.4
        place.view(drawn)[...] = pixels
        mark(workspace, asset, "lesion", pixels)
    (tmp_path / "v.nii.gz").unlink()
    (path,) = (nifti(workspace, tmp_path / "out") / "masks").iterdir()
    volume = nib.load(path)
    assert np.array_equal(volume.affine, affine)
    assert np.array_equal(np.asarray(volume.dataobj), drawn)


def test_masks_of_volumes_come_back_slice_by_slice(tmp_path, workspace):
    values = _RNG.integers(0, 1000, (6, 8, 7)).astype(np.int16)
    nib.save(nib.Nifti1Image(values, _SHEARED), tmp_path / "v.nii.gz")
    assets = images(workspace, tmp_path / "v.nii.gz")
    drawn = {}
    for asset in assets[:4]:
        drawn[str(asset.id)] = _RNG.random((asset.height, asset.width)) < 0.4
        mark(workspace, asset, "lesion", drawn[str(asset.id)])
    folder = nifti(workspace, tmp_path / "out")
    labels = workspace.record.project("p").label_set
    back = {i.marks[0]: i for i in import_format("masks").read(folder, labels, lambda _: None)}
    for identity, pixels in drawn.items():
        (region,) = back[identity].regions
        assert np.array_equal(region.region.mask(*pixels.shape), pixels)
    assert sum(len(image.regions) for image in back.values()) == 4


def test_a_mask_that_is_not_as_recorded_is_not_exported(tmp_path, workspace, monkeypatch):
    """A voxel in a slice of which nobody said anything is found by the self-check."""
    values = _RNG.integers(0, 1000, (6, 8, 7)).astype(np.int16)
    nib.save(nib.Nifti1Image(values, _SHEARED), tmp_path / "v.nii.gz")
    asset = images(workspace, tmp_path / "v.nii.gz")[0]
    mark(workspace, asset, "lesion", np.ones((asset.height, asset.width), bool))
    to_bytes = nib.Nifti1Image.to_bytes

    def with_a_voxel_more(self):
        self.dataobj[0, 0, :] = 1
        return to_bytes(self)

    monkeypatch.setattr(nib.Nifti1Image, "to_bytes", with_a_voxel_more)
    with pytest.raises(ExportError, match="self-check"):
        nifti(workspace, tmp_path / "out")
