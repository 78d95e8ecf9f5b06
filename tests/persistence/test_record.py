"""What goes into the record comes out of it, on both databases."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, timedelta

import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from annotator.domain import BoundingBox, Label, LabelSet
from annotator.errors import NotFoundError, StorageError


def test_a_project_is_read_back_by_name_and_by_id(record, project):
    assert record.project("faces") == project
    assert record.project(project.id) == project
    assert record.project(str(project.id)) == project
    assert record.projects() == [project]
    assert project.created_at.tzinfo is UTC
    assert record.project("faces").created_at.utcoffset() == timedelta(0)


def test_labels_keep_their_order(record):
    labels = LabelSet(tuple(Label("s", code, f"meaning of {code}") for code in "zyxab"))
    record.create_project("p", labels)
    assert record.project("p").label_set == labels


def test_projects_come_by_name(record, project):
    record.create_project("another", project.label_set)
    assert [found.name for found in record.projects()] == ["another", "faces"]


def test_a_project_name_is_taken_once(record, project):
    with pytest.raises(StorageError, match="'faces' exists already"):
        record.create_project("faces", project.label_set)


@pytest.mark.parametrize(("name", "labels"), [("  ", True), ("p", False)])
def test_a_project_without_name_or_labels_is_refused(record, project, name, labels):
    with pytest.raises(StorageError, match="needs a name" if labels else "at least one label"):
        record.create_project(name, project.label_set if labels else LabelSet(()))


def test_an_unknown_project_is_named_with_those_that_exist(record, project):
    with pytest.raises(NotFoundError, match=r"no project 'face'; there are faces"):
        record.project("face")
    with pytest.raises(NotFoundError, match="no project with the id"):
        record.project(uuid.uuid4())
    with pytest.raises(NotFoundError, match="no project with the id"):
        record.add_images(uuid.uuid4(), [])


def test_images_keep_their_order_and_every_value(record, project, make):
    assets = [make.asset(f"{n}.png", 10 + n, 20 + n) for n in range(7)]
    assert record.add_images(project.id, assets[:3]).added == tuple(assets[:3])
    assert record.add_images(project.id, assets[3:]).added == tuple(assets[3:])
    assert record.images(project.id) == assets
    assert record.images(project.id, 2, 3) == assets[2:5]
    assert record.image_ids(project.id) == [asset.id for asset in assets]
    assert record.image(assets[4].id) == assets[4]


def test_a_16_bit_image_keeps_its_window(record, project, make):
    film = make.asset(modality="DX", bits=16, channels=1, window=(-0.1, 4095.3))
    record.add_images(project.id, [film])
    assert record.image(film.id) == film


def test_the_same_picture_joins_a_project_once(record, project, make):
    first, other = make.asset("a.png"), make.asset("b.png")
    again = make.asset("copy of a.png", pixels_sha256=first.pixels_sha256)
    within = make.asset("copy of b.png", pixels_sha256=other.pixels_sha256)
    assert record.add_images(project.id, [first]).duplicates == ()
    outcome = record.add_images(project.id, [again, other, within])
    assert outcome.added == (other,)
    assert outcome.duplicates == ((again, first.id), (within, other.id))
    assert record.images(project.id) == [first, other]


def test_the_same_picture_may_be_in_two_projects(record, project, make):
    second = record.create_project("second", project.label_set)
    first = make.asset()
    record.add_images(project.id, [first])
    twin = make.asset(pixels_sha256=first.pixels_sha256)
    assert record.add_images(second.id, [twin]).added == (twin,)


def test_an_image_id_is_taken_once(record, project, make):
    first = make.asset()
    record.add_images(project.id, [first])
    with pytest.raises(StorageError, match="contradicts"):
        record.add_images(project.id, [make.asset(), make.asset(id=first.id)])
    assert record.images(project.id) == [first]


def test_an_image_knows_its_neighbours(record, project, make):
    a, b, c = (make.asset(), make.asset(), make.asset())
    record.add_images(project.id, [a, b, c])
    place = record.queue.place(project.id, b.id)
    assert (place.position, place.total) == (2, 3)
    assert (place.previous_id, place.next_id) == (a.id, c.id)
    assert record.queue.place(project.id, a.id).previous_id is None
    assert record.queue.place(project.id, a.id).next_id == b.id
    assert record.queue.place(project.id, c.id).next_id is None
    second = record.create_project("second", project.label_set)
    with pytest.raises(NotFoundError, match="another project"):
        record.queue.place(second.id, b.id)
    with pytest.raises(NotFoundError, match="no image with the id"):
        record.queue.place(project.id, uuid.uuid4())


def test_a_run_is_read_back_whole(record, image, make):
    run = make.run(image)
    assert record.latest_run(image.id) is None
    record.record_run(run)
    found = record.latest_run(image.id)
    for ours, theirs in zip(run.maps, found.maps, strict=True):
        np.testing.assert_array_equal(theirs.grid, ours.grid)
        assert theirs.grid.dtype == np.float32
        assert (theirs.label, theirs.against, theirs.layer) == (ours.label, "dual", "conv")
        assert (theirs.extent, theirs.explained_mass) == (ours.extent, ours.explained_mass)
    for name in ("id", "provenance", "scores", "suggestions", "notices", "face", "created_at"):
        assert getattr(found, name) == getattr(run, name), name


def test_the_latest_run_counts_and_the_earlier_ones_stay(record, project, image, make):
    first, second = make.run(image), make.run(image, 0, face=None)
    record.record_run(first)
    record.record_run(second)
    assert record.latest_run(image.id).id == second.id
    assert record.latest_run(image.id).face is None
    (found,) = record.image_records(project.id)
    assert [run.id for run in found.runs] == [first.id, second.id]
    assert found.runs[0].suggestions == first.suggestions


def test_a_run_is_recorded_once(record, image, make):
    run = make.run(image)
    record.record_run(run)
    with pytest.raises(StorageError, match="contradicts"):
        record.record_run(run)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "sad"}, "no label 'sad'"),
        ({"region": BoundingBox(390, 0, 10.5, 1)}, "0.5 px beyond the edge"),
        ({"score": 1.01}, "score is 1.01"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"explained_mass": -0.2}, "explained mass is -0.2"),
    ],
)
def test_a_run_that_cannot_be_is_refused_whole(record, image, make, changes, message):
    good = make.run(image)
    wrong = make.suggestion(**changes)
    run = make.run(image, suggestions=(*good.suggestions, wrong))
    with pytest.raises(StorageError, match=message):
        record.record_run(run)
    assert record.latest_run(image.id) is None


def test_a_score_that_is_no_number_is_refused(record, image, make):
    with pytest.raises(StorageError, match="not a finite number"):
        record.record_run(make.run(image, scores={"happy": float("inf")}))


def test_rounding_of_a_share_is_put_right(record, image, make):
    record.record_run(make.run(image, suggestions=(make.suggestion(strength=1.0000002),)))
    assert record.latest_run(image.id).suggestions[0].strength == 1.0


def test_a_run_of_an_unknown_image_is_refused(record, project, make):
    with pytest.raises(NotFoundError, match="no image with the id"):
        record.record_run(make.run(make.asset()))


def test_images_wait_for_the_model_that_is_asked_for(record, project, make):
    a, b, c = make.asset(), make.asset(), make.asset()
    record.add_images(project.id, [a, b, c])
    record.record_run(make.run(a))
    record.record_run(make.run(b))
    record.record_run(make.run(b, model_sha256="cd" * 32))
    wanted = (project.id, "face-expression")
    assert record.images_without_run(*wanted, "ab" * 32) == [b.id, c.id]
    assert record.images_without_run(*wanted, "cd" * 32) == [a.id, c.id]
    assert record.images_without_run(project.id, "other", "ab" * 32) == [a.id, b.id, c.id]


def test_a_setting_of_a_later_version_keeps_nobody_from_the_project(url, record, project, execute):
    later = json.dumps({"colour": 1, "model_name": "m"})
    execute(url, f"UPDATE projects SET settings = '{later}'")  # noqa: S608 - a test's own text
    read = record.project(project.id)
    assert (read.model_name, read.suggestion_geometry) == ("m", "box")
    execute(url, "UPDATE projects SET settings = '{}'")
    assert record.projects()[0].model_name is None


def test_projects_are_listed_in_a_constant_number_of_statements(record, project):
    """Fault 12: it was two statements a project, on every run of every page."""
    statements = []
    event.listen(Engine, "before_cursor_execute", lambda *sent: statements.append(sent[2]))
    record.projects()
    few = len(statements)
    for n in range(12):
        record.create_project(f"project {n}", project.label_set)
    statements.clear()
    assert len(record.projects()) == 13
    assert len(statements) == few
