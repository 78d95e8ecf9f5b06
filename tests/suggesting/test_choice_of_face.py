"""Which face of a picture is read: the choice, what it is recorded as, and where its maps lie."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import annotator
from annotator.domain import (
    Annotation,
    BoundingBox,
    ChosenFace,
    Decision,
    FaceChoice,
    FacePoints,
    ImageAsset,
    Mode,
    Protocol,
)
from annotator.errors import ProtocolError, SuggestError
from annotator.ingest import decode_file
from annotator.settings import Settings
from annotator.ui.editor_content import ContentOfImage
from annotator.workflows.annotating import explain_why, open_image, record_acts
from annotator.workflows.faces import choose_face, faces_in
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.queueing import frame_of_file
from annotator.workflows.reading import assign, set_protocol, sign_reading
from annotator.workflows.suggesting import (
    face_to_read,
    run_on_image,
    shared_suggester,
    suggest_project,
)
from models.face_api.detector import FaceDetector
from models.face_api.landmarks import FaceLandmarks

DEMO = Path(annotator.__file__).parent / "demo"
SMALL_AT, SMALL_PX = (620, 40), 200
"""Where the smaller of the two portraits lies, and how large it is."""


@pytest.fixture(scope="module")
def two_faces(tmp_path_factory) -> Path:
    """A photograph of two people, one of them small and in a corner."""
    astronaut = decode_file(DEMO / "astronaut.jpg")[0].pixels
    head = cv2.resize(astronaut[20:260, 110:350], (SMALL_PX, SMALL_PX))
    picture = np.full((512, 900, 3), 127, np.uint8)
    picture[:, :512] = astronaut
    x, y = SMALL_AT
    picture[y : y + SMALL_PX, x : x + SMALL_PX] = head
    path = tmp_path_factory.mktemp("photograph") / "two.png"
    assert cv2.imwrite(str(path), picture[..., ::-1])
    return path


def project_of(workspace, picture, protocol=None):
    project = create_project(workspace, "faces", model="face-expression")
    if protocol is not None:
        set_protocol(workspace, project.id, protocol, actor="boss")
    import_paths(workspace, "faces", [picture])
    suggest_project(workspace, "faces")
    return project, workspace.record.image_ids(project.id)[0]


def detector():
    return shared_suggester("face-expression", Settings.from_environment({})).detector_sha256


def middle(box):
    return box.x + box.width / 2, box.y + box.height / 2


def in_small_portrait(box):
    x, y = middle(box)
    return SMALL_AT[0] < x < SMALL_AT[0] + SMALL_PX and SMALL_AT[1] < y < SMALL_AT[1] + SMALL_PX


def test_a_chosen_face_is_read_stays_chosen_and_keeps_what_was_said_before(workspace, two_faces):
    project, image_id = project_of(workspace, two_faces)
    first = workspace.record.latest_run(image_id)
    assert first.chosen_face.how is FaceChoice.PROMINENT
    assert first.notices[0].startswith("2 faces were found")
    was = first.suggestions[0]
    accepted = Annotation(
        uuid.uuid4(), image_id, was.id, "ann", Decision.ACCEPTED, was.label, was.region,
        derived_from=was.id,
    )  # fmt: skip
    record_acts(workspace, [accepted])

    faces = faces_in(workspace, project, image_id, "ann")
    small = next(face.box for face in faces if in_small_portrait(face.box))
    run = choose_face(workspace, project, image_id, small, "ann")
    assert (run.face, run.chosen_face.how) == (small, FaceChoice.RATER)
    # The crop is a transform: what was found in it lies in the photograph's pixels.
    assert run.suggestions
    for suggestion in run.suggestions:
        assert in_small_portrait(suggestion.region.bounds)
    for record in run.maps:
        assert middle(record.extent) == pytest.approx(middle(small), abs=small.width / 4)
    why = explain_why(workspace, project, image_id, "happy", "none", "ann")
    assert middle(why.extent) == pytest.approx(middle(small), abs=small.width / 4)

    view = open_image(workspace, project.id, image_id, "ann")
    assert view.run.id == run.id
    assert [(act.id, act.decision) for act in view.annotations] == [
        (accepted.id, Decision.ACCEPTED)
    ]
    assert [s.id for s in view.decided_suggestions] == [was.id]
    shown = ContentOfImage(workspace, project, view, "ann", "").content()
    earlier = {region.id: region.proposed_before for region in shown.regions}
    assert earlier == {str(s.id): s.id == was.id for s in (*run.suggestions, was)}
    suggest_project(workspace, "faces", again=True)
    again = workspace.record.latest_run(image_id)
    assert again.id != run.id
    assert (again.face, again.chosen_face.how) == (small, FaceChoice.RATER)


def test_faces_are_looked_for_once(workspace, two_faces, tmp_path, monkeypatch):
    """Later runs, another classifier, the list of faces and questions read them off the record."""
    empty = tmp_path / "nobody.png"
    assert cv2.imwrite(str(empty), np.full((300, 300, 3), 90, np.uint8))
    project = create_project(workspace, "faces", model="face-expression")
    import_paths(workspace, "faces", [two_faces, empty])
    suggest_project(workspace, "faces")
    first = [workspace.record.latest_run(i) for i in workspace.record.image_ids(project.id)]
    faces = [run.faces for run in first]
    assert [len(found) for found in faces] == [2, 0]
    shared_suggester("face-action-units", workspace.settings)  # loads outside of what is watched

    def never(self, images):
        assert not images, "a picture was looked at again"
        return []

    monkeypatch.setattr(FaceDetector, "detect_all", never)
    suggest_project(workspace, "faces", again=True)
    again = [workspace.record.latest_run(i) for i in workspace.record.image_ids(project.id)]
    assert [run.id for run in again] != [run.id for run in first]
    for run, was in zip(again, first, strict=True):
        assert (run.face, run.faces, run.notices) == (was.face, was.faces, was.notices)
        assert run.scores == was.scores
        assert faces_in(workspace, project, run.image_id, "ann") == was.faces
    suggester = shared_suggester("face-action-units", workspace.settings)
    other = run_on_image(suggester, workspace, project, first[0].image_id)
    assert other.face == first[0].face
    assert [one.box for one in other.faces] == [one.box for one in first[0].faces]


def test_another_detectors_faces_are_looked_for_anew(workspace, two_faces):
    _, image_id = project_of(workspace, two_faces)
    assert set(workspace.record.faces_found([image_id, uuid.uuid4()], detector())) == {image_id}
    assert workspace.record.faces_found([image_id], "0" * 64) == {}


def test_a_face_drawn_by_hand_is_read_and_what_is_none_is_refused(workspace, two_faces):
    project, image_id = project_of(workspace, two_faces)
    drawn = BoundingBox(SMALL_AT[0] + 60.5, SMALL_AT[1] + 40.25, 90, 100)
    assert choose_face(workspace, project, image_id, drawn, "ann").face == drawn
    for wrong in (BoundingBox(10, 10, 15, 80), BoundingBox(880, 100, 200, 200)):
        with pytest.raises(SuggestError, match="larger box"):
            choose_face(workspace, project, image_id, wrong, "ann")
    assert workspace.record.latest_run(image_id).face == drawn


def test_suggestions_and_maps_move_with_the_face_to_the_pixel():
    """A planted face: the same one elsewhere has the same regions, moved by as much."""
    suggester = shared_suggester("face-expression", Settings.from_environment({}))
    head = decode_file(DEMO / "astronaut.jpg")[0].pixels[0:300, 80:380]
    runs, maps = [], []
    # Moved by an even number of pixels: crops begin at whole ones.
    corners = [(40, 60), (276, 152)]
    for x, y in corners:
        picture = np.full((500, 640, 3), 127, np.uint8)
        picture[y : y + 300, x : x + 300] = head
        face = ChosenFace(BoundingBox(x + 90, y + 70, 120, 125), FaceChoice.RATER)
        runs.append(suggester.suggest(uuid.uuid4(), picture, face=face))
        maps.append(suggester.explain(picture, ["happy"], None, face.box)[0].values)
    (dx, dy) = np.subtract(corners[1], corners[0])
    assert len(runs[0].suggestions) == len(runs[1].suggestions) > 0
    for here, there in zip(runs[0].suggestions, runs[1].suggestions, strict=True):
        a, b = here.region.bounds, there.region.bounds
        assert (b.x - a.x, b.y - a.y) == pytest.approx((dx, dy), abs=0.05)
        assert (b.width, b.height) == pytest.approx((a.width, a.height), abs=0.05)
    one = maps[0][60:360, 40:340]
    other = maps[1][152:452, 276:576]
    assert one.sum() > 0.9
    np.testing.assert_allclose(other, one, atol=1e-3 * one.max())


def test_a_tracked_person_is_read_unless_somebody_chose_another(workspace, two_faces):
    project, image_id = project_of(workspace, two_faces)
    asset = workspace.record.image(image_id)
    followed = {"face": {"box_px": [650.0, 60.0, 100.0, 110.0], "person": "person 1"}}
    tracked = replace(asset, display={**(asset.display or {}), **followed})
    chosen = face_to_read(tracked, workspace, detector())
    assert (chosen.box, chosen.how) == (BoundingBox(650, 60, 100, 110), FaceChoice.TRACKED)
    large = workspace.record.latest_run(image_id).face
    choose_face(workspace, project, image_id, large, "ann")
    assert face_to_read(tracked, workspace, detector()).box == large


def test_who_reads_blind_or_beside_others_chooses_no_face(workspace, two_faces):
    blind = Protocol(mode=Mode.BLIND_THEN_REVEAL)
    project, image_id = project_of(workspace, two_faces, blind)
    face = workspace.record.latest_run(image_id).face
    assign(workspace, project.id, ["ann"], actor="boss")
    view = open_image(workspace, project.id, image_id, "ann")
    assert not view.face_is_open
    for act in (
        lambda: faces_in(workspace, project, image_id, "ann"),
        lambda: choose_face(workspace, project, image_id, face, "ann"),
    ):
        with pytest.raises(ProtocolError, match="suggestions of one face"):
            act()
    sign_reading(workspace, image_id, "ann")
    assert open_image(workspace, project.id, image_id, "ann").face_is_open
    assert len(faces_in(workspace, project, image_id, "ann")) == 2


def frames(workspace, project, numbers):
    assets = [
        ImageAsset("clip.avi", 64, 48, f"{n:064x}", "f" * 64, frame=n, display={"time_s": n / 5})
        for n in numbers
    ]
    workspace.record.add_images(project.id, assets)
    return {asset.frame: asset.id for asset in assets}


def test_frames_of_a_file_stand_in_their_order_whatever_the_queue(workspace):
    project = create_project(workspace, "clips", labels=["node"])
    ids = frames(workspace, project, [30, 0, 10])
    other = ImageAsset("film.png", 64, 48, "a" * 64, "b" * 64)
    workspace.record.add_images(project.id, [other])
    view = open_image(workspace, project.id, ids[10], "ann")
    place = view.frames
    assert (place.position, place.total) == (2, 3)
    assert (place.previous_id, place.next_id) == (ids[0], ids[30])
    assert [asset.frame for asset in view.near_frames] == [0, 30]
    found = [frame_of_file(workspace, project.id, ids[10], "ann", n) for n in (1, 2, 3, 4)]
    assert found == [ids[0], ids[10], ids[30], None]
    assert open_image(workspace, project.id, other.id, "ann").frames is None


def test_an_isolated_reader_has_their_own_frames_only(workspace):
    two = Protocol(readers=2)
    project = create_project(workspace, "clips", labels=["node"])
    set_protocol(workspace, project.id, two, actor="boss")
    ids = frames(workspace, project, range(6))
    assign(workspace, project.id, ["ann", "ben"], actor="boss", image_ids=[ids[1], ids[4]])
    assign(workspace, project.id, ["ben", "cas"], actor="boss", image_ids=[ids[0], ids[2]])
    view = open_image(workspace, project.id, ids[4], "ann")
    assert (view.frames.position, view.frames.total) == (2, 2)
    assert view.frames.previous_id == ids[1]
    assert frame_of_file(workspace, project.id, ids[4], "ann", 1) == ids[1]
    assert frame_of_file(workspace, project.id, ids[4], "nobody", 1) is None


def test_landmarks_of_a_face_on_record_are_located_once(workspace, two_faces, monkeypatch):
    """They stay with the face that was read: a later run has the same maps and cuts by them."""
    project = create_project(workspace, "muscles", model="face-action-units")
    import_paths(workspace, "muscles", [two_faces])
    suggest_project(workspace, "muscles")
    (image_id,) = workspace.record.image_ids(project.id)
    first = workspace.record.latest_run(image_id)
    located = [face.points is not None for face in first.faces]
    assert located == [True, False]  # of the one that was read

    def never(self, images, boxes):
        raise AssertionError("the landmarks of a face on record were located again")

    monkeypatch.setattr(FaceLandmarks, "locate_all", never)
    suggest_project(workspace, "muscles", again=True)
    again = workspace.record.latest_run(image_id)

    assert again.id != first.id
    assert again.faces == first.faces
    assert again.scores == first.scores
    assert [(one.label, one.region) for one in again.suggestions] == [
        (one.label, one.region) for one in first.suggestions
    ]


def test_landmarks_of_another_network_are_located_again(workspace, two_faces):
    suggester = shared_suggester("face-action-units", workspace.settings)
    pixels = cv2.cvtColor(cv2.imread(str(two_faces)), cv2.COLOR_BGR2RGB)
    (found,) = suggester.find_faces([pixels], [None])
    stale = replace(found.faces[0], points=FacePoints(bytes(68 * 8), "another network's"))

    run = suggester.suggest(uuid.uuid4(), pixels, face=(stale, *found.faces[1:]))

    points = run.faces[0].points
    assert points.network_sha256 != "another network's"
    assert any(points.values)
