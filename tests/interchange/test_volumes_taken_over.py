"""Label maps of volumes land on a project's slices voxel for voxel, or are refused in words."""

from __future__ import annotations

import contextlib
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import nibabel as nib
import nrrd
import numpy as np
import pytest
import SimpleITK
from dicom_files import written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nibabel.affines import from_matvec
from own_home import opened_home

from annotator.domain import Annotation, Decision, ImageAsset, Label, LabelSet, Mask
from annotator.errors import IngestError
from annotator.export import EVERYTHING
from annotator.formats import import_format
from annotator.workflows.exporting import export_project
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.take_over_report import TakeOverReport
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

_RNG = np.random.default_rng(11)
_SHEARED = from_matvec([[0.8, 0.1, 0.4], [-0.1, 0.9, 0.2], [0.05, -0.15, 3.1]], (-31.5, 12.25, 88))
_BY_PLACE = "slices found by their place alone"
_BY_NUMBER = "label maps whose numbers nothing names"


@pytest.fixture
def workspace(tmp_path: Path):
    with opened_home(tmp_path, "R") as opened:
        create_project(opened, "p", labels=["organ", "lesion", "Läsion"])
        yield opened


def images(workspace: Workspace, *paths: Path) -> list[ImageAsset]:
    report = import_paths(workspace, "p", list(paths))
    assert not report.refused.first
    return workspace.record.images(workspace.record.project("p").id)


def taken(workspace: Workspace, path: Path, **more) -> TakeOverReport:
    return take_over(workspace, "p", path, format_name="masks", reference_of="somebody", **more)


def stated(workspace: Workspace, asset: ImageAsset, label: str) -> np.ndarray:
    """The pixels that the record has for a label."""
    pixels = np.zeros((asset.height, asset.width), bool)
    for act in workspace.record.history(asset.id):
        if act.label == label:
            pixels |= act.region.mask(*pixels.shape)
    return pixels


def of_volume(workspace: Workspace, assets: list[ImageAsset], label: str) -> np.ndarray:
    """What the record has on the slices of a volume, on the volume's grid."""
    back = np.zeros(assets[0].volume[0].shape, bool)
    for asset in assets:
        asset.volume[1].view(back)[...] = stated(workspace, asset, label)
    return back


def notes(report: TakeOverReport, begin: str) -> int:
    return sum(count for note, count in report.notes.items() if note.startswith(begin))


def case(folder: Path, affine: np.ndarray | None = _SHEARED) -> np.ndarray:
    """An image and a label map as nnU-Net has them; the labels by number."""
    for name in ("imagesTr", "labelsTr"):
        (folder / name).mkdir(parents=True)
    values = _RNG.integers(0, 1000, (9, 8, 7)).astype(np.int16)
    labels = _RNG.integers(0, 3, values.shape).astype(np.uint8)
    nib.save(nib.Nifti1Image(values, affine), folder / "imagesTr/case_1_0000.nii.gz")
    nib.save(nib.Nifti1Image(labels, affine), folder / "labelsTr/case_1.nii.gz")
    named = {"background": 0, "lesion": 1, "organ": 2}
    (folder / "dataset.json").write_text(json.dumps({"labels": named}))
    return labels


@pytest.mark.parametrize("affine", [_SHEARED, np.diag([-2, 1, 1, 1]), None], ids=str)
def test_nnunets_volumes_land_by_the_hash_of_their_image(tmp_path, workspace, affine):
    labels = case(tmp_path / "set", affine)
    assets = images(workspace, tmp_path / "set/imagesTr")
    report = taken(workspace, tmp_path / "set")
    assert report.faults == []
    assert (notes(report, _BY_PLACE), notes(report, _BY_NUMBER)) == (0, 0)
    for number, label in ((1, "lesion"), (2, "organ")):
        assert np.array_equal(of_volume(workspace, assets, label), labels == number)


def test_a_label_map_alone_lands_by_its_name_or_by_where_it_lies(tmp_path, workspace):
    labels = case(tmp_path / "set")
    assets = images(workspace, tmp_path / "set/imagesTr")
    alone = tmp_path / "case_1_0000_seg.nii.gz"
    (tmp_path / "set/labelsTr/case_1.nii.gz").rename(alone)
    named = taken(workspace, alone, originals=[tmp_path / "set/imagesTr"])
    assert (named.faults, notes(named, _BY_PLACE), notes(named, _BY_NUMBER)) == ([], 0, 7)
    # Numbers without names are the places of the project's labels.
    assert np.array_equal(of_volume(workspace, assets, "organ"), labels == 1)
    by_place = taken(workspace, alone.rename(tmp_path / "of_nothing_known.nii.gz"))
    assert (by_place.faults, notes(by_place, _BY_PLACE)) == ([], 7)
    assert by_place.known == 7


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.json", '{"labels": {"1": "lesion", "0": "none"}}'),
        ("labels.txt", '# ITK-SNAP\n  0 0 0 0 0 0 0 "Clear"\n  1 255 0 0 1 1 1 "lesion"\n'),
        ("m.ctbl", "# Color table\n0 none 0 0 0 0\n1 lesion 221 130 101 255\n"),
    ],
)
def test_a_table_beside_a_label_map_names_its_numbers(tmp_path, workspace, name, text):
    values = _RNG.integers(0, 1000, (9, 8, 7)).astype(np.int16)
    nib.save(nib.Nifti1Image(values, _SHEARED), tmp_path / "v.nii.gz")
    assets = images(workspace, tmp_path / "v.nii.gz")
    (tmp_path / "masks").mkdir()
    marked = (values > 500).astype(np.float64)
    nib.save(nib.Nifti1Image(marked, _SHEARED), tmp_path / "masks/m.nii.gz")
    (tmp_path / "masks" / name).write_text(text)
    report = taken(workspace, tmp_path / "masks")
    assert (report.faults, notes(report, _BY_NUMBER)) == ([], 0)
    assert np.array_equal(of_volume(workspace, assets, "lesion"), values > 500)


SAGITTAL = {
    "space": "left-posterior-superior",
    "space directions": [[0, 0.5, 0], [0, 0, -0.7], [3, 0, 0]],
    "kinds": ["domain", "domain", "domain"],
}


def sagittal(folder: Path, count: int = 6) -> np.ndarray:
    """Slices along the patient's left, 3 mm apart."""
    folder.mkdir()
    values = _RNG.integers(0, 1000, (12, 10, count)).astype(np.uint16)
    for k, number in enumerate(_RNG.permutation(count)):
        written(
            folder,
            np.ascontiguousarray(values[:, :, k].T),
            f"{number:03}.dcm",
            Modality="CT",
            SOPClassUID="1.2.840.10008.5.1.4.1.1.2",
            SOPInstanceUID=f"1.2.3.{folder.name}.{number}".replace("s", "9"),
            SeriesInstanceUID=f"1.2.4.{len(folder.name)}",
            StudyInstanceUID="1.2.5",
            FrameOfReferenceUID="1.2.6",
            InstanceNumber=int(number) + 1,
            ImagePositionPatient=[-30.5 + 3 * k, 20.25, 8],
            ImageOrientationPatient=[0, 1, 0, 0, 0, -1],
            PixelSpacing=[0.7, 0.5],
            SliceThickness=3,
        )
    return values


def slicer(path: Path, layers: np.ndarray, corner: tuple[int, int, int], **segments) -> Path:
    """Write what 3D Slicer does: segments by name, label value and layer, cut to their extent."""
    fields = {}
    for number, (name, (layer, value)) in enumerate(segments.items()):
        fields |= {
            f"Segment{number}_Name": name,
            f"Segment{number}_LabelValue": str(value),
            f"Segment{number}_Layer": str(layer),
        }
    origin = np.array([-30.5, 20.25, 8]) + np.array(corner) @ SAGITTAL["space directions"]
    about = SAGITTAL | {"space origin": origin}
    if layers.ndim == 4:
        directions = [[np.nan] * 3, *SAGITTAL["space directions"]]
        about |= {"kinds": ["list", *SAGITTAL["kinds"]], "space directions": np.array(directions)}
    nrrd.write(str(path), layers, about | {"encoding": "gzip"} | fields)
    # pynrrd writes ASCII, Slicer UTF-8.
    path.write_bytes(path.read_bytes().replace(b"Laesion", "Läsion".encode(), 1))
    return path


def by_depth(workspace: Workspace, assets: list[ImageAsset], label: str) -> np.ndarray:
    """What the record has on the slices of a series, from the patient's right to the left."""
    ordered = sorted(assets, key=lambda asset: asset.geometry.position_mm[0])
    return np.stack([stated(workspace, asset, label).T for asset in ordered], axis=2)


def test_slicers_segmentation_of_a_series_lands_by_where_it_lies(tmp_path, workspace):
    sagittal(tmp_path / "s")
    assets = images(workspace, tmp_path / "s")
    small = _RNG.integers(0, 3, (5, 4, 3)).astype(np.uint8)
    path = slicer(tmp_path / "a.seg.nrrd", small, (2, 3, 1), Laesion=(0, 1), organ=(0, 2))
    report = taken(workspace, path)
    assert (report.faults, notes(report, _BY_PLACE), notes(report, _BY_NUMBER)) == ([], 3, 0)
    for number, label in ((1, "Läsion"), (2, "organ")):
        expected = np.zeros((12, 10, 6), bool)
        expected[2:7, 3:7, 1:4] = small == number
        assert np.array_equal(by_depth(workspace, assets, label), expected)


def test_slicers_segments_that_overlap_are_in_layers(tmp_path, workspace):
    sagittal(tmp_path / "s")
    assets = images(workspace, tmp_path / "s")
    layers = _RNG.integers(0, 2, (2, 12, 10, 6)).astype(np.uint8)
    path = slicer(tmp_path / "a.seg.nrrd", layers, (0, 0, 0), lesion=(0, 1), organ=(1, 1))
    assert taken(workspace, path).faults == []
    for layer, label in enumerate(("lesion", "organ")):
        assert np.array_equal(by_depth(workspace, assets, label), layers[layer] > 0)


def test_a_label_map_of_simpleitk_lands_where_simpleitk_put_it(tmp_path, workspace):
    """On the grid of the series that SimpleITK reads, turned and with its slices the other way."""
    values = sagittal(tmp_path / "s")
    assets = images(workspace, tmp_path / "s")
    files = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path / "s"))
    marked = SimpleITK.Cast(SimpleITK.ReadImage(files) >= 700, SimpleITK.sitkUInt8)
    turned = SimpleITK.PermuteAxes(SimpleITK.Flip(marked, [True, False, True]), [2, 0, 1])
    SimpleITK.WriteImage(turned, str(tmp_path / "m.nrrd"), useCompression=True)
    (tmp_path / "m.json").write_text('{"labels": {"lesion": 1}}')
    assert taken(workspace, tmp_path / "m.nrrd").faults == []
    assert np.array_equal(by_depth(workspace, assets, "lesion"), values >= 700)


def test_two_series_at_one_place_are_not_told_apart(tmp_path, workspace):
    sagittal(tmp_path / "s")
    sagittal(tmp_path / "ss")
    images(workspace, tmp_path / "s", tmp_path / "ss")
    path = slicer(tmp_path / "a.seg.nrrd", np.ones((3, 3, 3), np.uint8), (0, 0, 0), organ=(0, 1))
    report = taken(workspace, path)
    assert report.nothing
    assert any("lies on the slices of 2 volumes or series" in fault for fault in report.faults)


def test_voxels_beyond_the_projects_slices_are_counted(tmp_path, workspace):
    sagittal(tmp_path / "s", 3)
    images(workspace, tmp_path / "s")
    marked = np.ones((12, 10, 5), np.uint8)
    report = taken(workspace, slicer(tmp_path / "a.nrrd", marked, (0, 0, 0), organ=(0, 1)))
    assert report.faults == [
        "240 voxels of the label map of a lie on no slice of the project; left out."
    ]


@pytest.mark.parametrize("wrong", ["elsewhere", "shape", "half"])
def test_a_label_map_that_does_not_lie_on_its_volume_is_refused(tmp_path, workspace, wrong):
    case(tmp_path / "set", np.diag([1.0, 1, 3, 1]))
    images(workspace, tmp_path / "set/imagesTr")
    affine, shape = np.diag([1.0, 1, 3, 1]), (9, 8, 7)
    if wrong == "elsewhere":
        affine[:3, 3] = 500
    if wrong == "half":
        affine[:3, 3] = 0.5
    if wrong == "shape":
        affine, shape = None, (9, 8, 6)
    ones = nib.Nifti1Image(np.ones(shape, np.uint8), affine)
    nib.save(ones, tmp_path / "set/labelsTr/case_1.nii.gz")
    report = taken(workspace, tmp_path / "set")
    assert report.nothing
    assert any("lies elsewhere than the slices" in fault for fault in report.faults)


def test_fractions_and_films_are_no_label_maps(tmp_path, workspace):
    images_of_labels = {
        "a.nii.gz": (np.full((3, 3, 3), 0.5, np.float32), "no label map"),
        "b.nii.gz": (np.zeros((3, 3, 3, 2), np.uint8), "3 x 3 x 3 x 2"),
    }
    for name, (values, said) in images_of_labels.items():
        nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / name)
        report = taken(workspace, tmp_path / name)
        assert report.nothing
        assert said in report.faults[0]
    detached = tmp_path / "c.nhdr"
    nrrd.write(str(detached), np.zeros((3, 3, 3), np.uint8))
    detached.rename(tmp_path / "c.nrrd")
    assert "in another file" in taken(workspace, tmp_path / "c.nrrd").faults[0]


LABELS = LabelSet((Label("x", "organ", ""),))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(["a.seg.nrrd", "b.nii"]), st.integers(0, 700), st.integers(0, 255))
def test_any_damaged_volume_is_read_or_refused(tmp_path, name, at, byte):
    path = tmp_path / name
    if name.endswith("nrrd"):
        slicer(path, np.ones((3, 3, 3), np.uint8), (0, 0, 0), organ=(0, 1))
    else:
        nib.save(nib.Nifti1Image(np.ones((3, 3, 3), np.uint8), _SHEARED), path)
    data = bytearray(path.read_bytes())
    data[at % len(data)] = byte
    path.write_bytes(data)
    with contextlib.suppress(IngestError):
        for entry in import_format("masks").read(path, LABELS, lambda _: None):
            assert entry.faults or entry.grid.shape


@pytest.mark.parametrize("name", ["nifti", "png-masks"])
def test_masks_go_to_a_colleagues_project_by_their_pixels(tmp_path, workspace, name):
    """The other project has the same volume under other identities, its labels turned round."""
    values = _RNG.integers(0, 1000, (6, 8, 7)).astype(np.int16)
    nib.save(nib.Nifti1Image(values, _SHEARED), tmp_path / "v.nii.gz")
    drawn, acts = {}, []
    for asset in images(workspace, tmp_path / "v.nii.gz")[:4]:
        drawn[asset.pixels_sha256] = pixels = _RNG.random((asset.height, asset.width)) < 0.4
        act = uuid.uuid4()
        made = (act, asset.id, act, "R", Decision.ADDED, "lesion", Mask.of(pixels))
        acts.append(Annotation(*made, created_at=datetime.now(UTC)))
    workspace.record.record_acts(acts)
    out = tmp_path / "out"
    export_project(workspace, "p", out, format_name=name, with_images=False, selection=EVERYTHING)
    create_project(workspace, "q", labels=["lesion", "organ"])
    (tmp_path / "renamed").mkdir()
    (tmp_path / "v.nii.gz").rename(tmp_path / "renamed/w.nii.gz")
    import_paths(workspace, "q", [tmp_path / "renamed"])
    report = take_over(workspace, "q", out, format_name="masks", reference_of="a colleague")
    assert (report.faults, report.regions) == ([], 4)
    for asset in workspace.record.images(workspace.record.project("q").id):
        pixels = drawn.get(asset.pixels_sha256, np.zeros((asset.height, asset.width), bool))
        assert np.array_equal(stated(workspace, asset, "lesion"), pixels)
