"""RT structure sets and segmentations land on the slice that they were drawn on, or on none."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from ct_series import COLUMNS, NORMAL, ROWS, ct_study
from drawn_series import drawn_on, exported
from structure_sets import contour, in_mm, structure_set

from annotator.domain import BoundingBox, ImageAsset, Landmark, Polygon
from annotator.domain.regions.outlines import filled
from annotator.settings import Settings
from annotator.workflows.importing import ImportOptions, import_paths
from annotator.workflows.known_paths import KnownPaths
from annotator.workflows.projects import create_project
from annotator.workflows.take_over_report import TakeOverReport
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

_TURNS = np.linspace(0, 2 * np.pi, 60, endpoint=False)


def circle(x: float, y: float, radius: float) -> np.ndarray:
    return np.column_stack([x + radius * np.cos(_TURNS), y + radius * np.sin(_TURNS)])


OUTER, INNER, OTHER = circle(30.1, 22.3, 15), circle(32.2, 20.1, 5), circle(55.3, 36.1, 6)
KEYHOLE = np.vstack([OUTER, OUTER[:1], INNER[0], INNER[::-1], OUTER[:1]])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One series; its slices in the order of their positions."""
    return ct_study(tmp_path_factory.mktemp("study") / "ct", (6,))


@pytest.fixture
def workspace(study: list[Path], tmp_path: Path) -> Iterator[Workspace]:
    home = {"ANNOTATOR_HOME": str(tmp_path / "a"), "ANNOTATOR_SECRETS": str(tmp_path / "a" / "s")}
    with Workspace.open(Settings.from_environment(home), upgrade=True) as opened:
        create_project(opened, "p", labels=["other", "tumour"])
        import_paths(opened, "p", [study[0].parent])
        yield opened


def header(path: Path) -> pydicom.Dataset:
    return pydicom.dcmread(path, stop_before_pixels=True)


def taken(workspace: Workspace, path: Path, name: str = "dicom-rtstruct", **how) -> TakeOverReport:
    return take_over(workspace, "p", path, format_name=name, reference_of="A", **how)


def regions(workspace: Workspace) -> dict[str, list]:
    """Return the regions of each image that has some, by the SHA-256 of its file."""
    records = workspace.record.image_records(workspace.record.project("p").id)
    return {
        record.image.source_sha256: [act.region for act in record.annotations]
        for record in records
        if record.annotations
    }


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("refers", [True, False], ids=["by reference", "by position"])
def test_a_circle_lands_on_its_slice_without_originals(workspace, study, tmp_path, refers):
    contours = []
    for path in study[1:4]:
        ds = header(path)
        contours.append(contour(in_mm(ds, OUTER), instance=refers * str(ds.SOPInstanceUID)))
    report = taken(workspace, structure_set(tmp_path / "rt.dcm", study, {" Tumour": contours}))
    assert (report.faults, report.unknown_images) == ([], 0)
    assert report.regions == 3
    drawn = regions(workspace)
    assert set(drawn) == {sha256(path) for path in study[1:4]}
    for (region,) in drawn.values():
        assert isinstance(region, Polygon)
        # Three decimals of a millimetre, of pixels of half a millimetre.
        assert np.allclose(sorted(region.points), sorted(map(tuple, OUTER)), atol=0.003)
    placed = any("placed by their position" in line for line in report.lines())
    assert placed == (not refers)
    again = taken(workspace, tmp_path / "rt.dcm")
    assert (again.known, len(regions(workspace))) == (3, 3)


@pytest.mark.parametrize("drawn", ["nested", "keyhole", "pieces"])
def test_the_outlines_of_one_roi_on_a_slice_are_one_region_with_its_holes(
    workspace, study, tmp_path, drawn
):
    outlines = {
        "nested": [OUTER, INNER],
        "keyhole": [KEYHOLE],
        "pieces": [OUTER, INNER, OTHER],
    }[drawn]
    ds = header(study[2])
    contours = [contour(in_mm(ds, outline)) for outline in outlines]
    taken(workspace, structure_set(tmp_path / "rt.dcm", study, {"tumour": contours}))
    ((region,),) = regions(workspace).values()
    rings = [OUTER, INNER] + [OTHER] * (drawn == "pieces")
    expected = filled([tuple(map(tuple, ring)) for ring in rings], ROWS, COLUMNS)
    assert np.count_nonzero(region.mask(ROWS, COLUMNS) != expected) <= 2
    assert region.kind == ("mask" if drawn == "pieces" else "polygon")
    if drawn != "pieces":
        assert len(region.holes) == 1


def test_points_are_points_and_what_encloses_nothing_is_named(workspace, study, tmp_path):
    ds = header(study[0])
    point, line = in_mm(ds, np.array([[12.5, 30.25]])), in_mm(ds, OUTER[:9])
    short = contour(in_mm(ds, OUTER))
    short.NumberOfContourPoints = 7
    contours = [contour(point, "POINT"), contour(line, "OPEN_PLANAR"), short]
    report = taken(workspace, structure_set(tmp_path / "rt.dcm", study, {"tumour": contours}))
    ((region,),) = regions(workspace).values()
    assert isinstance(region, Landmark)
    assert np.allclose((region.x, region.y), (12.5, 30.25), atol=0.003)
    assert len(report.faults) == 2
    assert "1 of the contours of 'tumour': of type OPEN_PLANAR, which" in report.faults[0]
    assert "1 of the contours of 'tumour': the numbers of their" in report.faults[1]


def test_what_lies_on_no_slice_is_left_out_with_its_reason(workspace, study, tmp_path):
    ds = header(study[2])
    lying = in_mm(ds, OUTER)
    depth = np.outer(np.linspace(-2, 2, len(lying)), NORMAL)
    contours = {
        "between": [contour(lying + 1.2 * NORMAL)],
        "beyond": [contour(lying + 200 * NORMAL)],
        "oblique": [contour(lying + depth)],
        "elsewhere": [contour(lying, instance=str(header(study[4]).SOPInstanceUID))],
    }
    reasons = {}
    for name, own in contours.items():
        path = structure_set(tmp_path / f"{name}.dcm", study, {"tumour": own})
        report = taken(workspace, path)
        assert report.nothing
        (reasons[name],) = report.faults
    assert "lie between the slices" in reasons["between"]
    assert "or beyond them" in reasons["beyond"]
    assert "oblique to the slices" in reasons["oblique"]
    assert "do not lie in its plane" in reasons["elsewhere"]
    other = structure_set(tmp_path / "o.dcm", study, {"tumour": [contour(lying)]})
    changed = pydicom.dcmread(other)
    changed.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3"
    changed.save_as(other)
    assert (
        "no image of the project has their frame of reference" in taken(workspace, other).faults[0]
    )
    changed.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = ds.FrameOfReferenceUID
    changed.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[
        0
    ].RTReferencedSeriesSequence[0].SeriesInstanceUID = "1.2.4"
    changed.save_as(other)
    assert "another series of the same patient" in taken(workspace, other).faults[0]
    assert regions(workspace) == {}


def test_two_series_on_the_same_planes_are_told_apart_by_the_series_that_the_file_names(
    study, tmp_path
):
    both = ct_study(tmp_path / "both", (3, 3))
    home = {"ANNOTATOR_HOME": str(tmp_path / "a"), "ANNOTATOR_SECRETS": str(tmp_path / "a" / "s")}
    with Workspace.open(Settings.from_environment(home), upgrade=True) as workspace:
        create_project(workspace, "p", labels=["tumour"])
        import_paths(workspace, "p", [both[0].parent])
        lying = in_mm(header(both[4]), OUTER)
        path = structure_set(tmp_path / "rt.dcm", both[3:], {"tumour": [contour(lying)]})
        dataset = pydicom.dcmread(path)
        dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence = []
        dataset.save_as(tmp_path / "unsaid.dcm")
        report = taken(workspace, tmp_path / "unsaid.dcm")
        assert report.nothing
        assert "may be 2 images of the project" in report.faults[0]
        assert taken(workspace, path).faults == []
        assert set(regions(workspace)) == {sha256(both[4])}


def test_a_machines_contours_are_proposals(workspace, study, tmp_path):
    drawn = {"tumour": [contour(in_mm(header(study[0]), OUTER))]}
    path = structure_set(tmp_path / "rt.dcm", study, drawn, ROIGenerationAlgorithm="AUTOMATIC")
    report = taken(workspace, path)
    assert report.regions == 1
    assert regions(workspace) == {}


def without_references(dataset: pydicom.Dataset) -> None:
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        if "DerivationImageSequence" in groups:
            del groups.DerivationImageSequence
    for item in dataset.SharedFunctionalGroupsSequence:
        if "DerivationImageSequence" in item:
            del item.DerivationImageSequence


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("refers", [True, False], ids=["by reference", "by position"])
def test_a_lone_segmentation_lands_without_originals(tmp_path, study, workspace, refers, turned):
    """Of another installation, on the original instances, one file in a folder of its own."""
    box = BoundingBox(3, 4, 11, 7), BoundingBox(20, 10, 30, 20)
    for opened in drawn_on(study[0].parent, tmp_path / "b", box):
        exported(opened, tmp_path, "dicom-seg", study[0].parent)
    (file,) = (tmp_path / "dicom-seg").rglob("segmentation.dcm")
    lone = tmp_path / "lone" / "seg.dcm"
    lone.parent.mkdir()
    shutil.copy(file, lone)
    dataset = pydicom.dcmread(lone)
    if not refers:
        without_references(dataset)
    if turned and not refers:  # the same pixels from the other end of the rows
        turn_about(dataset)
    dataset.SegmentSequence[0].SegmentLabel = "tumour"
    dataset.SegmentSequence[1].SegmentLabel = "other"
    dataset.save_as(lone)
    report = taken(workspace, lone, "dicom-seg")
    assert (report.faults, report.unknown_images, report.images) == ([], 0, 5)
    drawn = regions(workspace)
    assert len(drawn) == 5
    for own in drawn.values():
        masks = {region.mask(ROWS, COLUMNS).tobytes() for region in own}
        assert masks == {one.mask(ROWS, COLUMNS).tobytes() for one in box}


def turn_about(dataset: pydicom.Dataset) -> None:
    """Number the columns from the other end."""
    flipped = dataset.pixel_array[:, :, ::-1]
    dataset.PixelData = np.packbits(flipped.ravel(), bitorder="little").tobytes()
    shared = dataset.SharedFunctionalGroupsSequence[0]
    axes = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float)
    across = axes[:3] * float(shared.PixelMeasuresSequence[0].PixelSpacing[1]) * (COLUMNS - 1)
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [*-axes[:3], *axes[3:]]
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        place = groups.PlanePositionSequence[0]
        moved = np.array(place.ImagePositionPatient, float) + across
        place.ImagePositionPatient = [f"{number:.6f}" for number in moved]


def as_before(asset: ImageAsset) -> ImageAsset:
    """As import described a slice before positions and what other files call it were kept."""
    added = ("geometry", "endings")
    return replace(asset, display={k: v for k, v in asset.display.items() if k not in added})


def test_of_images_imported_before_originals_or_importing_again_tells_the_instance(
    study, tmp_path, monkeypatch
):
    home = {"ANNOTATOR_HOME": str(tmp_path / "a"), "ANNOTATOR_SECRETS": str(tmp_path / "a" / "s")}
    ds = header(study[1])
    drawn = {"tumour": [contour(in_mm(ds, OUTER), instance=str(ds.SOPInstanceUID))]}
    path = structure_set(tmp_path / "rt.dcm", study, drawn)
    folder = study[0].parent
    with Workspace.open(Settings.from_environment(home), upgrade=True) as workspace:
        create_project(workspace, "p", labels=["tumour"])
        with monkeypatch.context() as before:
            before.setattr(KnownPaths, "of", lambda _self, assets, _path: [*map(as_before, assets)])
            import_paths(workspace, "p", [folder])
        assert "name the files that were imported as originals" in taken(workspace, path).faults[0]
        report = taken(workspace, path, originals=[folder])
        assert "not known where this slice lies in the patient" in report.faults[0]
        import_paths(workspace, "p", [folder], options=ImportOptions(again=True))
        assert taken(workspace, path).faults == report.faults


def test_the_record_has_no_uid_of_the_files(workspace, study):
    ds = header(study[0])
    uids = (ds.SOPInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID)
    project = workspace.record.project("p")
    images = repr(workspace.record.images(project.id))
    assert not any(
        uid in images or uid in workspace.record.kept_endings(project.id) for uid in uids
    )
