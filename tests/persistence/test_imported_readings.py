"""Tables that are taken over stand beside what people state, in an open project and in a study."""

from __future__ import annotations

import pytest

from annotator.dataset.items import export_item
from annotator.dataset.selection import Consensus, Selection
from annotator.domain import Adjudication, Presence, Protocol, Review
from annotator.workflows.adjudicating import disagreements

TABLE = "imported by tester (Béla)"


def of_label(record, project) -> list[tuple[str, Presence]]:
    (image,) = record.image_records(project.id)
    return [(value.rater, value.value) for value in image.label_values]


def test_a_second_coders_table_stands_beside_the_first(record, project, image, make):
    """192 equal lines once came too late, "changed meanwhile"."""
    own = make.value(image, value=Presence.PRESENT)
    record.record_acts([own])
    second = make.value(image, rater=TABLE, value=Presence.ABSENT)
    record.import_acts([second], actor="tester")
    assert of_label(record, project) == [(own.rater, Presence.PRESENT)]
    (whole,) = record.image_records(project.id)
    by_reading = {one.reading.rater: one.label_values for one in whole.readings}
    assert [value.id for value in by_reading[TABLE]] == [second.id]
    view = record.readings.view(image.id, None, own.rater)
    assert [value.id for value in view.label_values] == [own.id]


def test_a_person_goes_on_from_a_table_where_nobody_stated_anything(record, project, image, make):
    first = make.value(image, rater=TABLE, value=Presence.PRESENT)
    record.import_acts([first], actor="tester")
    assert of_label(record, project) == [(TABLE, Presence.PRESENT)]
    other = make.value(image, rater=f"{TABLE} 2", value=Presence.ABSENT)
    record.import_acts([other], actor="tester")
    assert of_label(record, project) == [(f"{TABLE} 2", Presence.ABSENT)]
    mine = make.value(image, value=Presence.UNCERTAIN, supersedes=other.id)
    assert record.save_acts([mine]).recorded == (mine.id,)
    third = make.value(image, rater=f"{TABLE} 3", value=Presence.ABSENT)
    record.import_acts([third], actor="tester")
    assert of_label(record, project) == [(mine.rater, Presence.UNCERTAIN)]
    again = make.value(image, value=Presence.PRESENT, supersedes=mine.id)
    assert record.save_acts([again]).recorded == (again.id,)


@pytest.mark.parametrize("overrules", [True, False])
def test_a_signature_stands_unless_the_table_adds_something(
    record, project, image, make, overrules
):
    own = make.value(image, value=Presence.PRESENT)
    record.record_acts([own])
    record.readings.sign(image.id, own.rater, "")
    label = own.label if overrules else next(c for c in project.label_set.codes if c != own.label)
    record.import_acts(
        [make.value(image, rater=TABLE, label=label, value=Presence.ABSENT)], actor="tester"
    )
    (whole,) = record.image_records(project.id)
    assert (whole.review is Review.REVIEWED) == overrules


@pytest.mark.parametrize("counts", [True, False])
def test_tables_are_readers_of_a_consensus_where_that_is_asked_for(
    record, project, image, make, counts
):
    own = make.value(image, value=Presence.PRESENT)
    record.record_acts([own])
    for number in (1, 2):
        table = make.value(image, rater=f"{TABLE} {number}", value=Presence.ABSENT)
        record.import_acts([table], actor="tester")
    selection = Selection(consensus=Consensus.MAJORITY, imported=counts)
    item = export_item(1, record.image_record(image.id), copied=False, selection=selection)
    values = {value.label: value.value for read in item.reads for value in read.values}
    assert values[own.label] is (Presence.ABSENT if counts else Presence.PRESENT)


def test_the_same_table_twice_is_one_reading(record, project, image, make):
    act = make.value(image, rater=TABLE, value=Presence.PRESENT)
    record.import_acts([act], actor="tester")
    record.import_acts([act], actor="tester")
    (whole,) = record.image_records(project.id)
    assert len(whole.readings) == 1


@pytest.mark.parametrize(
    ("label", "value", "differing"),
    [("happy", Presence.ABSENT, ("happy",)), ("happy", Presence.PRESENT, ()), (None, None, ())],
)
def test_a_table_is_a_reader_of_an_adjudication_of_what_it_names(
    record, make, label, value, differing
):
    protocol = Protocol(readers=2, adjudication=Adjudication.DISAGREEMENT)
    study = record.create_project("study", make.labels(), protocol=protocol)
    (image,) = record.add_images(study.id, [make.asset()]).added
    for rater in ("Ada", "Bea"):
        reading = record.readings.open(image.id, rater)
        record.record_acts([make.value(image, rater=rater, reading_id=reading.id)])
        record.readings.sign(image.id, rater, "", reading.id)
    other = next(code for code in study.label_set.codes if code != "happy")
    of_table = make.value(image, rater=TABLE, label=label or other, value=value or Presence.PRESENT)
    record.import_acts([of_table], actor="tester")
    expected = differing if label else (other,)
    assert disagreements(record.image_record(image.id)) == expected
    assert record.image_record(image.id).review is Review.REVIEWED
    # What counts of the image is what its readers said.
    counting = {(v.rater, v.label) for v in record.image_record(image.id).label_values}
    assert counting == {("Ada", "happy"), ("Bea", "happy")}
