"""How far a project is, counted from what was suggested and done."""

from __future__ import annotations

import pytest

from annotator.domain import Decision, ProjectCounts


@pytest.fixture
def queue(record, project, make):
    """Three images in the project."""
    assets = [make.asset() for _ in range(3)]
    return record.add_images(project.id, assets).added


def test_an_empty_project_counts_nothing(record, project):
    assert record.project(project.id).counts == ProjectCounts(0, 0, 0, 0, 0)
    assert record.queue.first(project.id) is None


def test_images_are_counted_by_what_was_suggested(record, project, queue, make):
    record.record_run(make.run(queue[0]))
    record.record_run(make.run(queue[1], 0))
    expected = ProjectCounts(images=3, suggested=2, with_suggestions=1, touched=0, decided=0)
    assert record.project(project.id).counts == expected


def test_reviewed_without_done_no_act_makes_an_image_reviewed(record, project, queue, make):
    run = make.run(queue[0])
    record.record_run(run)
    accepted = make.decided(run.suggestions[0], queue[0], "accepted")
    rejected = make.decided(run.suggestions[1], queue[0], "rejected")
    taken_back = make.again(accepted, decision=Decision.UNDECIDED)
    for acts in ([make.drawn(queue[0])], [accepted], [rejected], [taken_back], None):
        if acts is None:
            record.readings.sign(queue[0].id, "Ada", "")
        else:
            record.record_acts(acts)
        counts = record.project(project.id).counts
        reviewed = int(acts is None)
        assert (counts.touched, counts.decided) == (1, reviewed)
        assert record.queue.first(project.id) == queue[reviewed].id


def test_when_all_is_signed_the_first_image_opens(record, project, queue, make):
    for image in queue:
        record.readings.sign(image.id, "Ada", "")
    assert record.project(project.id).counts.decided == 3
    assert record.queue.first(project.id) == queue[0].id


def test_projects_are_counted_apart(record, project, queue, make):
    second = record.create_project("second", project.label_set)
    record.record_acts([make.drawn(queue[0])])
    assert record.project(second.id).counts == ProjectCounts()


def test_the_stream_has_all_of_each_image_in_order(record, project, make):
    many = record.add_images(project.id, [make.asset() for _ in range(230)]).added
    run, act = make.run(many[120]), make.drawn(many[229])
    later = make.again(act, decision=Decision.WITHDRAWN)
    record.record_run(run)
    record.record_acts([act, later])
    found = list(record.image_records(project.id))
    assert [one.image for one in found] == list(many)
    assert [len(one.runs) for one in found] == [int(n == 120) for n in range(230)]
    assert found[120].runs[0].suggestions == run.suggestions
    assert found[120].runs[0].maps == ()
    assert [make.timeless(one) for one in found[229].annotations] == [make.timeless(later)]


def test_the_stream_sees_one_moment(record, project, make):
    many = record.add_images(project.id, [make.asset() for _ in range(150)]).added
    stream = record.image_records(project.id)
    assert next(stream).image == many[0]
    record.record_acts([make.drawn(many[149])])
    record.add_images(project.id, [make.asset()])
    rest = list(stream)
    assert len(rest) == 149
    assert rest[-1].annotations == ()
    assert len(list(record.image_records(project.id))) == 151


def test_a_wrong_state_is_found(url, record, project, queue, execute):
    assert record.problems() == []
    execute(url, "UPDATE image_states SET acts = 7 WHERE position = 1")
    (problem,) = record.problems()
    assert str(queue[1].id) in problem
