"""Series, volumes and clips come in as sequences: in the order of geometry, split where they are
several, with a sentence for whatever ails them."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from ct_series import DOWN, NORMAL, ct_study
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from video_files import numbered, write_video

from annotator.cli import main
from annotator.domain import Assignment, Mode, Protocol
from annotator.domain.queues import FIRST_OPEN
from annotator.settings import Settings
from annotator.ui.editor_desk import ReaderDesk
from annotator.ui.region_editor.values import EditorFrames
from annotator.workflows.importing import ImportOptions, import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.reading import set_protocol
from annotator.workflows.sequences import list_sequences
from annotator.workflows.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    settings = Settings.from_environment(
        {"ANNOTATOR_HOME": str(tmp_path / "home"), "ANNOTATOR_SECRETS": str(tmp_path / "secrets")}
    )
    with Workspace.open(settings, upgrade=True) as opened:
        create_project(opened, "p", labels=["nodule"])
        yield opened


@pytest.fixture
def series(tmp_path):
    """Twelve slices of one series, 2.5 mm apart; their names run against their positions."""
    return ct_study(tmp_path / "ct", (12,))


def changed(path: Path, name: str = "", **elements) -> Path:
    """Write a file again with other elements; under another name as another instance."""
    ds = pydicom.dcmread(path)
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    if name:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        pixels = np.frombuffer(ds.PixelData, np.int16) + 1
        ds.PixelData = pixels.astype(np.int16).tobytes()
    target = path.with_name(name) if name else path
    ds.save_as(target, enforce_file_format=True)
    return target


def taken_in(workspace: Workspace, *paths: Path):
    report = import_paths(workspace, "p", paths)
    return list_sequences(workspace, "p"), "\n".join(report.lines())


def at(number: int) -> list[float]:
    return [round(float(x), 4) for x in np.array([-20.0, 5, 7]) + NORMAL * 2.5 * number]


def test_a_shuffled_series_is_one_sequence_along_its_normal(workspace, series):
    rng = np.random.default_rng(3)
    for path, instance in zip(series, rng.permutation(12), strict=True):
        changed(path, InstanceNumber=int(instance) + 1)
    (sequence,), lines = taken_in(workspace, series[0].parent)
    assert (sequence["kind"], sequence["axis"]) == ("series", "position_mm")
    places = [frame["place"] for frame in sequence["frames"]]
    assert len(places) == 12
    np.testing.assert_allclose(np.diff(places), 2.5, atol=2e-3)
    assert sequence["spacing_mm"] == [0.75, 0.5, 2.5]
    np.testing.assert_allclose(sequence["orientation"], [1, 0, 0, *DOWN], atol=1e-5)
    assert "which is not that of their instance numbers" in lines
    project = workspace.record.project("p")
    queue = [str(image_id) for image_id in workspace.record.image_ids(project.id)]
    assert queue == [frame["image_uuid"] for frame in sequence["frames"]]


def test_a_regular_series_is_taken_in_without_a_word(workspace, series):
    (sequence,), lines = taken_in(workspace, series[0].parent)
    assert [frame["number"] for frame in sequence["frames"]] == list(range(1, 13))
    assert "lice" not in lines


def test_a_missing_slice_is_named(workspace, series):
    series[5].unlink()
    (sequence,), lines = taken_in(workspace, series[0].parent)
    assert len(sequence["frames"]) == 11
    assert sequence["spacing_mm"][2] == 2.5
    before, after = (sequence["frames"][n]["place"] for n in (4, 5))
    assert after - before == pytest.approx(5, abs=2e-3)
    assert f"A slice is missing between {before:g} and {after:g} mm." in lines


def test_slices_that_come_later_close_the_gap(workspace, series, tmp_path):
    late = series[5].rename(tmp_path / "late.dcm")
    taken_in(workspace, series[0].parent)
    (sequence,), lines = taken_in(workspace, late)
    assert len(sequence["frames"]) == 12
    assert "missing" not in lines


def test_changing_distances_are_named(workspace, series):
    for path in series[:4]:
        ds = pydicom.dcmread(path)
        moved = np.array(ds.ImagePositionPatient, float) + NORMAL * 1.1 * (ds.InstanceNumber - 5)
        changed(path, ImagePositionPatient=[round(float(x), 4) for x in moved])
    (sequence,), lines = taken_in(workspace, series[0].parent)
    assert sequence["spacing_mm"][2] is None
    assert "The distance of its slices changes, from 2.5 to 3.6 mm." in lines


def test_a_second_slice_at_one_place_is_set_apart(workspace, series):
    changed(series[4], "again.dcm", InstanceNumber=90)
    (whole, repeat), lines = taken_in(workspace, series[0].parent)
    assert [len(one["frames"]) for one in (whole, repeat)] == [12, 1]
    assert repeat["name"] == f"{whole['name']} · repeat 2"
    assert repeat["frames"][0]["place"] in [frame["place"] for frame in whole["frames"]]
    assert "taken in as 2 sequences (12 + 1 slices)" in lines
    assert "at the same places" in lines


def test_time_points_that_only_trigger_time_tells_apart_stay_whole(workspace, series):
    for number, path in enumerate(series):
        changed(path, TriggerTime="0", InstanceNumber=2 * number + 2)
        changed(path, f"late{number}.dcm", TriggerTime="400", InstanceNumber=2 * number + 1)
    early, late = taken_in(workspace, series[0].parent)[0]
    assert [len(one["frames"]) for one in (early, late)] == [12, 12]
    project = workspace.record.project("p")
    assets = workspace.record.images(project.id)
    assert {image.origin["instance"] % 2 for image in assets[:12]} == {0}
    assert [str(image.id) for image in assets[12:]] == [f["image_uuid"] for f in late["frames"]]


@pytest.mark.parametrize(
    ("elements", "word"),
    [
        ({"ImageOrientationPatient": [0, 0, 1, 1, 0, 0]}, "orientation"),
        ({"Rows": 24, "PixelData": bytes(64 * 24 * 2)}, "size"),
        ({"EchoTime": "80"}, "echo time"),
        ({"TemporalPositionIdentifier": 2}, "time point"),
        ({"DiffusionBValue": 1000.0}, "b-value"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "image type"),
        ({"PixelSpacing": [2, 2]}, "pixel spacing"),
    ],
)
def test_what_is_another_stack_is_split_and_said(workspace, series, elements, word):
    for path in series[:2]:
        changed(path, **elements)
    sequences, lines = taken_in(workspace, series[0].parent)
    assert sorted(len(one["frames"]) for one in sequences) == [2, 10]
    assert f"which differ in {word}." in lines


def test_a_tilted_gantry_keeps_its_shear(workspace, series):
    for path in series:
        ds = pydicom.dcmread(path)
        sheared = np.array(ds.ImagePositionPatient, float) + DOWN * 0.5 * ds.InstanceNumber
        changed(path, ImagePositionPatient=[round(float(x), 4) for x in sheared])
    (sequence,), lines = taken_in(workspace, series[0].parent)
    assert sequence["spacing_mm"][2] == pytest.approx(2.5, abs=2e-3)
    assert "lice" not in lines
    images = workspace.record.images(workspace.record.project("p").id)
    step = np.subtract(images[1].geometry.position_mm, images[0].geometry.position_mm)
    assert abs(float(np.dot(step, DOWN))) == pytest.approx(0.5, abs=1e-3)


def test_equal_slices_at_two_places_are_two_frames(workspace, series):
    for path in series[:3]:
        changed(path, PixelData=bytes(64 * 48 * 2))
    (sequence,), _ = taken_in(workspace, series[0].parent)
    assert len(sequence["frames"]) == 12
    report = import_paths(workspace, "p", [series[0].parent], options=ImportOptions(again=True))
    assert (report.imported, report.duplicates) == (0, 12)


def test_a_volume_is_a_sequence_with_its_places(workspace, tmp_path):
    values = np.random.default_rng(0).integers(0, 900, (20, 24, 10), np.int16)
    values[:, :, 3:5] = 0
    affine = np.array([[1.5, 0, 0, -10], [0, 1.5, 0, 4], [0, 0, 4, -34.5], [0, 0, 0, 1]])
    nib.save(nib.Nifti1Image(values, affine), tmp_path / "vol.nii.gz")
    (sequence,), lines = taken_in(workspace, tmp_path / "vol.nii.gz")
    assert (sequence["kind"], sequence["axis"]) == ("volume", "position_mm")
    assert [frame["place"] for frame in sequence["frames"]] == [-34.5 + 4 * k for k in range(10)]
    assert sequence["spacing_mm"] == [1.5, 1.5, 4.0]
    assert sequence["orientation"] == [1, 0, 0, 0, 1, 0]
    assert "lice" not in lines


def test_frames_of_a_film_have_their_times(workspace, tmp_path):
    frames = [numbered(n % 2) for n in range(8)]
    write_video(tmp_path / "film.mkv", frames, [1000 * n for n in range(8)])
    (sequence,), _ = taken_in(workspace, tmp_path / "film.mkv")
    assert (sequence["kind"], sequence["axis"]) == ("clip", "time_s")
    places = [frame["place"] for frame in sequence["frames"]]
    assert places == [float(n) for n in range(8)]


def test_an_enhanced_object_is_split_by_its_functional_groups(workspace, series):
    """Two echoes of three slices, stored from above to below."""
    ds = pydicom.dcmread(series[0])
    frames = []
    for echo_ms in (20.0, 80.0):
        for number in (2, 0, 1):
            place, orientation, measures, echo, frame = (Dataset() for _ in range(5))
            place.ImagePositionPatient = at(number)
            orientation.ImageOrientationPatient = ds.ImageOrientationPatient
            measures.PixelSpacing = [0.75, 0.5]
            echo.EffectiveEchoTime = echo_ms
            frame.PlanePositionSequence, frame.PlaneOrientationSequence = [place], [orientation]
            frame.PixelMeasuresSequence, frame.MREchoSequence = [measures], [echo]
            frames.append(frame)
    ds.Modality, ds.NumberOfFrames, ds.PerFrameFunctionalGroupsSequence = "MR", 6, frames
    ds.PixelData = np.random.default_rng(0).integers(0, 9, 6 * 48 * 64, np.int16).tobytes()
    path = series[0].with_name("enhanced.dcm")
    ds.save_as(path, enforce_file_format=True)
    sequences, lines = taken_in(workspace, path)
    assert [one["name"].split(" · ")[1] for one in sequences] == ["TE 20 ms", "TE 80 ms"]
    for one in sequences:
        places = [frame["place"] for frame in one["frames"]]
        np.testing.assert_allclose(np.diff(places), 2.5, atol=2e-3)
        assert len(places) == 3
    assert "which differ in echo time." in lines


def test_a_photograph_stands_by_itself(workspace, tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 30), "red").save(tmp_path / "a.png")
    assert taken_in(workspace, tmp_path / "a.png")[0] == []


def test_the_command_lists_them(workspace, series, tmp_path, monkeypatch, capsys):
    taken_in(workspace, series[0].parent)
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    assert main(["sequences", "p", "--json"]) == 0
    (sequence,) = json.loads(capsys.readouterr().out)
    assert set(sequence) == {
        *("id", "kind", "name", "axis", "frames", "spacing_mm", "orientation"),
    }
    assert set(sequence["frames"][0]) >= {"number", "place", "file_name", "source_sha256"}
    assert main(["sequences", "p"]) == 0
    assert "12 frames\tposition_mm" in capsys.readouterr().out


def test_the_editor_goes_along_the_series_and_says_where_a_slice_lies(workspace, series):
    changed(series[7], InstanceNumber=1)
    (sequence,), _ = taken_in(workspace, series[0].parent)
    project, rater = workspace.record.project("p"), workspace.person.name
    desk = ReaderDesk(workspace, project.id, rater, FIRST_OPEN, "browser")
    content = desk.image(sequence["frames"][4]["image_uuid"])
    at_mm = f"{sequence['frames'][4]['place']:.1f} mm".replace("-", "\N{MINUS SIGN}")
    assert content.frames == EditorFrames(5, 12, at_mm, "slice")
    assert content.next == sequence["frames"][5]["image_uuid"]
    other = desk.frame(content.document, 9)
    assert other.document == sequence["frames"][8]["image_uuid"]
    assert other.image.series == content.image.series is not None


def test_who_reads_apart_is_not_told_which_files_are_of_one_series(workspace, series):
    taken_in(workspace, series[0].parent)
    project, rater = workspace.record.project("p"), workspace.person.name
    apart = Protocol(Mode.BLIND_THEN_REVEAL, readers=2, assignment=Assignment.OPEN)
    set_protocol(workspace, project.id, apart, actor=rater, reason="a study")
    first = workspace.record.image_ids(project.id)[0]
    content = ReaderDesk(workspace, project.id, rater, FIRST_OPEN, "browser").image(str(first))
    assert content.frames is None
    assert content.image.series is None
