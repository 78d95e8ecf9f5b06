"""DICOM objects of a series that is at hand: of its study, on its slices, read by others."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from child_process import output_of
from ct_series import NUMBER, PATIENT, ct_study
from dicom_files import complaints
from drawn_series import BOX, ELLIPSE, drawn_on, exported
from pydicom.data import get_testdata_file

from annotator.cli import main
from annotator.domain import Label, LabelSet
from annotator.domain.vocabularies import vocabulary
from annotator.errors import ExportError
from annotator.export import Selection
from annotator.formats.dicom.dicom_image import category, concept
from annotator.workflows.exporting import export_project
from annotator.workflows.original_files import OriginalFiles
from annotator.workflows.workspace import Workspace

KINDS = ("dicom-seg", "dicom-sr", "dicom-map")


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> list[Path]:
    return ct_study(tmp_path_factory.mktemp("study") / "ct")


@pytest.fixture(scope="module")
def workspace(study, tmp_path_factory) -> Iterator[Workspace]:
    yield from drawn_on(study[0].parent, tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("kind", KINDS)
def test_objects_are_of_the_originals_study_and_name_its_patient(workspace, study, tmp_path, kind):
    made = exported(workspace, tmp_path, kind, study[0].parent)
    original = pydicom.dcmread(study[0])
    assert {one.SOPClassUID for one in made} & {hd.UID("1.2.840.10008.5.1.4.1.1.7")} == set()
    series = defaultdict(set)
    for one in made:
        for keyword in (
            *("StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyID"),
            *("PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "StudyDescription"),
        ):
            assert one[keyword].value == original[keyword].value, keyword
        assert str(one.PatientName) == PATIENT
        assert "PatientIdentityRemoved" not in one
        series[one.Modality].add(one.SeriesInstanceUID)
    # One series more for each of the two that there are.
    assert [len(own) for own in series.values()] == [2]
    assert len({one.SOPInstanceUID for one in made}) == len(made)


def test_a_segmentation_for_each_series_lies_on_its_slices(workspace, study, tmp_path):
    made = exported(workspace, tmp_path, "dicom-seg", study[0].parent)
    originals = {one.SOPInstanceUID: one for one in map(pydicom.dcmread, study)}
    assert len(made) == 2
    frames = 0
    for path in sorted((tmp_path / "dicom-seg").rglob("*.dcm")):
        read = hd.seg.segread(path)
        named = {one.segment_label: one.segment_number for one in read.SegmentSequence}
        assert set(named) == {"nodule", "Größe / 影"}
        (listed,) = read.ReferencedSeriesSequence
        for reference in (*listed.ReferencedInstanceSequence, *read.SourceImageSequence):
            own = originals[reference.ReferencedSOPInstanceUID]
            assert reference.ReferencedSOPClassUID == own.SOPClassUID
            assert own.SeriesInstanceUID == listed.SeriesInstanceUID
        for number in range(1, read.number_of_frames + 1):
            groups = read.PerFrameFunctionalGroupsSequence[number - 1]
            (source,) = groups.DerivationImageSequence[0].SourceImageSequence
            original = originals[source.ReferencedSOPInstanceUID]
            mine, theirs = (
                hd.spatial.get_image_coordinate_system(original),
                read.FrameOfReferenceUID == original.FrameOfReferenceUID,
            )
            assert (mine, theirs) == (hd.CoordinateSystemNames.PATIENT, True)
            # Where the corners of the frame lie, by its own geometry and by the original's.
            here = hd.spatial.ImageToReferenceTransformer.for_image(read, frame_number=number)
            there = hd.spatial.ImageToReferenceTransformer.for_image(original)
            corners = np.array([[0, 0], [64, 0], [0, 48], [64, 48]], float)
            assert np.allclose(here(corners), there(corners), atol=1e-4)
            segment = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            region = BOX if segment == named["nodule"] else ELLIPSE
            got = read.get_stored_frame(number) > 0
            assert np.array_equal(got, region.mask(48, 64))
            frames += 1
    assert frames == 2 * 9


def test_highdicom_makes_the_very_volume_of_it(workspace, study, tmp_path):
    exported(workspace, tmp_path, "dicom-seg", study[0].parent)
    series = defaultdict(list)
    for path in study:
        one = pydicom.dcmread(path)
        series[one.SeriesInstanceUID].append(one)
    for path in (tmp_path / "dicom-seg").rglob("*.dcm"):
        read = hd.seg.segread(path)
        mine = read.get_volume(combine_segments=False, allow_missing_positions=True)
        own = series[read.ReferencedSeriesSequence[0].SeriesInstanceUID]
        theirs = hd.get_volume_from_series(own)
        assert np.allclose(mine.direction, theirs.direction, atol=1e-5)
        assert np.allclose(mine.spacing, theirs.spacing, atol=1e-3)
        origins = [slab.position for slab in (mine.get_geometry(), theirs.get_geometry())]
        away = np.linalg.inv(theirs.affine) @ [*origins[0], 1]
        assert np.allclose(away[1:3], 0, atol=1e-3)
        assert np.allclose(away[0], np.round(away[0]), atol=1e-3)


def test_without_originals_a_subject_is_one_study_and_one_series_a_kind(workspace, study, tmp_path):
    for kind in KINDS:
        made = exported(workspace, tmp_path, kind)
        assert len({one.StudyInstanceUID for one in made}) == 1
        series = defaultdict(set)
        for one in made:
            series[one.SOPClassUID].add(one.SeriesInstanceUID)
            assert NUMBER not in str(one)
            assert PATIENT not in str(one)
        assert [len(own) for own in series.values()] == [1, 1]
        if kind == "dicom-seg":
            segmentations = [one for one in made if one.Modality == "SEG"]
            assert len(segmentations) == 2  # two series were taken in
            for one in segmentations:
                (measures,) = one.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
                assert (measures.PixelSpacing, measures.SpacingBetweenSlices) == ([0.75, 0.5], 2.5)


def test_frames_of_many_and_pictures_that_lie_nowhere(tmp_path):
    """An enhanced object, a film of an ultrasound device, a film of a lung: all by highdicom."""
    folder = tmp_path / "in"
    folder.mkdir()
    names = (
        "eCT_Supplemental.dcm",
        "emri_small.dcm",
        "examples_ybr_color.dcm",
        "SC_rgb.dcm",
        "JPEG2000_UNC.dcm",
    )
    for name in names:
        shutil.copy(str(get_testdata_file(name)), folder / name)
    originals = {one.SOPInstanceUID: one for one in map(pydicom.dcmread, folder.glob("*.dcm"))}
    for workspace in drawn_on(folder, tmp_path / "home"):
        for kind in KINDS:
            for one in exported(workspace, tmp_path, kind, folder):
                assert one.StudyInstanceUID in {o.StudyInstanceUID for o in originals.values()}
        seen = set()
        for path in (tmp_path / "dicom-seg").rglob("*.dcm"):
            read = hd.seg.segread(path)
            for groups in read.PerFrameFunctionalGroupsSequence:
                (source,) = groups.DerivationImageSequence[0].SourceImageSequence
                original = originals[source.ReferencedSOPInstanceUID]
                assert source.ReferencedSOPClassUID == original.SOPClassUID
                number = source.get("ReferencedFrameNumber")
                many = int(original.get("NumberOfFrames") or 1) > 1
                assert (number is not None) == many
                seen.add((source.ReferencedSOPInstanceUID, number))
                if "PerFrameFunctionalGroupsSequence" in original:
                    stored = original.PerFrameFunctionalGroupsSequence[number - 1]
                    place = stored.PlanePositionSequence[0].ImagePositionPatient
                    got = groups.PlanePositionSequence[0].ImagePositionPatient
                    assert np.allclose(got, place, atol=1e-4)
        images = workspace.record.image_ids(workspace.record.project("p").id)
        assert len(seen) == len(images) - 1


def test_originals_that_are_missing_are_said_and_written_as_ours(
    workspace, study, tmp_path, monkeypatch, capsys
):
    folder = tmp_path / "some"
    folder.mkdir()
    for path in study[:-1]:
        shutil.copy(path, folder)
    monkeypatch.setenv("ANNOTATOR_HOME", str(workspace.settings.home))
    monkeypatch.setenv("ANNOTATOR_SECRETS", str(workspace.settings.home / "secrets"))
    arguments = [
        "export",
        "p",
        "--unfinished",
        "--format",
        "dicom-seg",
        "--output",
        str(tmp_path / "out"),
    ]
    assert main([*arguments, "--originals", str(folder)]) == 0
    assert "1 image without its original" in capsys.readouterr().err
    assert len(list((tmp_path / "out").rglob("image.dcm"))) == 1
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["selection"]["refers_to_originals"] is True
    card = (tmp_path / "out" / "README.md").read_text()
    assert "name the patient as the originals do" in card
    assert "- 1 image without its original" in card
    assert str(folder) not in (tmp_path / "out" / "manifest.json").read_text()


def test_originals_are_refused_where_they_make_no_sense(workspace, study, tmp_path):
    with pytest.raises(ExportError, match="refers to no originals"):
        exported(workspace, tmp_path, "coco", study[0].parent)
    selection = Selection(originals=(study[0].parent,), pseudonyms=True, unfinished=True)
    with pytest.raises(ExportError, match="names whom they name"):
        export_project(workspace, "p", tmp_path / "x", format_name="dicom-sr", selection=selection)


@pytest.mark.parametrize("at_hand", [True, False])
def test_dcmqi_rebuilds_the_segments(workspace, study, tmp_path, at_hand):
    """Each label is a volume on the grid of its series, its pixels where the slices have them."""
    import SimpleITK

    reader = shutil.which("segimage2itkimage", path=str(Path(sys.executable).parent))
    exported(workspace, tmp_path, "dicom-seg", *([study[0].parent] if at_hand else []))
    paths = list((tmp_path / "dicom-seg").rglob("segmentation.dcm"))
    assert len(paths) == 2
    for path in paths:
        out = tmp_path / f"itk-{path.parent.name}"
        out.mkdir()
        output_of([reader, "--inputDICOM", path, "--outputDirectory", out, "--outputType", "nrrd"])
        names = {
            segment[0]["SegmentLabel"]: segment[0]["labelID"]
            for segment in json.loads((out / "meta.json").read_text())["segmentAttributes"]
        }
        assert set(names) == {"nodule", "Größe / 影"}
        for label, region in (("nodule", BOX), ("Größe / 影", ELLIPSE)):
            image = SimpleITK.ReadImage(out / f"{names[label]}.nrrd")
            assert np.allclose(image.GetSpacing(), (0.5, 0.75, 2.5), atol=1e-3)
            slices = SimpleITK.GetArrayFromImage(image) > 0
            drawn = [one for one in slices if one.any()]
            assert len(drawn) in (4, 5)
            assert all(np.array_equal(one, region.mask(48, 64)) for one in drawn)


@pytest.mark.dciodvfy
@pytest.mark.parametrize("kind", KINDS)
def test_dciodvfy_is_content_with_objects_on_originals(workspace, study, tmp_path, kind):
    exported(workspace, tmp_path, kind, study[0].parent)
    for path in (tmp_path / kind).rglob("*.dcm"):
        assert complaints(path) == []


def test_labels_of_a_vocabulary_have_its_codes_where_they_stay_apart():
    chest, nih = vocabulary("chexpert").label_set, vocabulary("nih-chestxray14").label_set
    effusion = chest["Pleural Effusion"]
    assert concept(effusion, chest).scheme_designator == "SCT"
    assert concept(effusion, chest).value == "60046008"
    assert category(effusion).value == "49755003"
    both = LabelSet((effusion, nih["Effusion"]))
    assert [concept(one, both).scheme_designator for one in both] == ["99EXCITATION"] * 2
    own = Label("own", "x", "something")
    assert (concept(own, LabelSet((own,))).value, category(own).value) == ("x", "309825002")


def test_an_original_that_is_gone_during_an_export_is_named(workspace, study, tmp_path):
    for path in study:
        shutil.copy(path, tmp_path)
    images = workspace.record.images(workspace.record.project("p").id)
    files = OriginalFiles([tmp_path])
    digests = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in tmp_path.iterdir()}
    gone = digests[images[0].source_sha256]
    gone.unlink()
    with pytest.raises(ExportError, match=rf"The original .*{gone.name} cannot be read"):
        files.of(images[0])
