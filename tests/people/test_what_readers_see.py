"""Faults 13, 14, 17: what somebody who still has to read may know of a project, by every door."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest
from watched_study import FOUND, IMAGES, NAME, PROTOCOLS, ROLES, Study

from annotator.dataset.selecting import select
from annotator.domain import (
    BoundingBox,
    Protocol,
    Remark,
    RemarkKind,
    Review,
    Role,
    Round,
)
from annotator.domain.queues import FIRST_OPEN, Order, QueueChoice
from annotator.errors import NotAllowedError, ProtocolError
from annotator.export import Selection, Take
from annotator.ui import editor_content
from annotator.ui.editor_desk import ReaderDesk
from annotator.workflows import (
    adjudicating,
    annotating,
    auditing,
    blinding,
    contact_sheet,
    exporting,
    projects,
    queueing,
    reading,
    recalibrating,
    study_agreement,
    study_effort,
    study_page,
    suggesting,
    taking_over,
)
from annotator.workflows.workspace import Workspace


def _card(workspace: Workspace, study: Study) -> str:
    suggesting.suggested_otherwise(workspace, study.project_id)
    return "AUC"


def _recalibration(workspace: Workspace, study: Study) -> str:
    recalibrating.recalibration(workspace, "study")
    return "AUC"


def _exported(take: Take) -> Callable[[Workspace, Study], str]:
    def export(workspace: Workspace, study: Study) -> str:
        folder = workspace.settings.export_folder / uuid.uuid4().hex
        selection = Selection(take=take, unfinished=True)
        exporting.export_project(workspace, "study", folder, selection=selection)
        return "".join(path.read_text() for path in folder.glob("*.json*"))

    return export


def _log(workspace: Workspace, study: Study) -> str:
    path = workspace.settings.export_folder / f"{uuid.uuid4().hex}.jsonl"
    path.parent.mkdir(exist_ok=True)
    auditing.write_log(workspace, "study", path)
    return path.read_text()


def _sheet(workspace: Workspace, study: Study) -> str:
    contact_sheet.contact_sheet(workspace, "study")
    return NAME  # it has the name below each picture


def _counts(workspace: Workspace, study: Study) -> str:
    counts = next(p for p in projects.list_projects(workspace) if p.name == "study").counts
    return f"with_suggestions={counts.with_suggestions} suggested={counts.suggested}"


def _queue(workspace: Workspace, study: Study) -> str:
    me = workspace.person.name
    return str(queueing.ordered_page(workspace, study.project_id, me, FIRST_OPEN).rows)


def _looked(workspace: Workspace, study: Study) -> str:
    return str(queueing.look_at(workspace, study.image_ids[0]))


def _adjudicated(workspace: Workspace, study: Study) -> str:
    adjudicating.adjudication_queue(workspace, study.project_id)
    return ""


def _agreement(workspace: Workspace, study: Study) -> str:
    return str([one.to_json() for one in study_agreement.study_agreement(workspace, "study")])


def _effort(workspace: Workspace, study: Study) -> str:
    return str([one.to_json() for one in study_effort.study_effort(workspace, "study")])


def _overview(workspace: Workspace, study: Study) -> str:
    project = next(one for one in projects.list_projects(workspace) if one.id == study.project_id)
    return f"'readers' {study_page.study_overview(workspace, project)}"


DOORS: dict[str, Callable[[Workspace, Study], str]] = {
    "counts": _counts,
    "queue": _queue,
    "card": _card,
    "operating points": _recalibration,
    "export": _exported(Take.FINAL),
    "export of suggestions": _exported(Take.SUGGESTIONS),
    "log": _log,
    "contact sheet": _sheet,
    "look at an image": _looked,
    "adjudication": _adjudicated,
    "agreement": _agreement,
    "effort": _effort,
    "study page": _overview,
}
OF_THE_OTHERS = ("'readers'",)
OF_THE_MACHINE = (f"with_suggestions={FOUND}", "AUC", "suggestions=1", '"glioma"')


@pytest.mark.parametrize("study", PROTOCOLS, indirect=True)
def test_fault_17_protocols_by_roles_by_doors(study: Study, request) -> None:
    protocol = study.workspace.record.protocol(study.project_id)
    (study.workspace.settings.export_folder).mkdir(exist_ok=True)
    hides = blinding.hides_machine(protocol)
    for who, roles in ROLES.items():
        workspace = study.as_person(who)
        reads = bool({Role.RATER, Role.REVIEWER} & set(roles))
        blinded = reads and protocol.isolated
        assert blinding.is_blinded(workspace, study.project_id) == blinded, who
        assert blinding.may_see_machine(workspace, study.project_id) == (not (blinded and hides))
        for door, go in DOORS.items():
            try:
                told = go(workspace, study)
            except (NotAllowedError, ProtocolError):
                told = ""
            assert not blinded or NAME not in told, f"{who}: {door}"
            assert not blinded or not any(word in told for word in OF_THE_OTHERS), door
            if blinded and hides:
                assert not any(word in told for word in OF_THE_MACHINE), f"{who}: {door}"
            if not reads and door in ("counts", "queue"):
                assert told.count(NAME) == (IMAGES if door == "queue" else 0), f"{who}: {door}"
                assert door != "counts" or f"with_suggestions={FOUND}" in told


@pytest.mark.parametrize("study", ["blind, then reveal", "arms"], indirect=True)
def test_fault_13_the_browser_of_a_blind_reader_is_sent_no_name(study: Study, monkeypatch) -> None:
    monkeypatch.setattr(editor_content.PIXELS, "url_for", lambda content, *_: content)
    desk = ReaderDesk(study.as_person("rater"), study.project_id, "rater", FIRST_OPEN, "browser")
    removed, *others = study.image_ids
    study.workspace.record.remove_images(study.project_id, [removed], actor="M", reason="double")
    for image_id in others:
        sent = desk.image(str(image_id))
        text = json.dumps(asdict(sent), default=str)
        assert NAME not in text
        number = study.image_ids.index(image_id) + 1
        assert sent.caption.startswith(f"Image {number} ")
        if "model says" not in text:
            assert "0.9" not in text


@pytest.mark.parametrize("study", ["unaided"], indirect=True)
def test_fault_17_who_has_signed_all_may_export(study: Study) -> None:
    workspace, me = study.as_person("rater and manager"), "rater and manager"
    study.workspace.settings.export_folder.mkdir(exist_ok=True)
    for image_id in study.image_ids:
        with pytest.raises(ProtocolError, match="images to read by yourself"):
            DOORS["export of suggestions"](workspace, study)
        annotating.open_image(workspace, study.project_id, image_id, me)
        reading.sign_reading(workspace, image_id, me)
    assert NAME in DOORS["export of suggestions"](workspace, study)
    assert NAME in DOORS["queue"](workspace, study)


@pytest.mark.parametrize("study", ["two readers"], indirect=True)
def test_fault_13_each_reads_in_an_order_of_their_own_that_the_protocol_gives(study: Study) -> None:
    protocol = replace(PROTOCOLS["two readers"], order=Order.RANDOM, seed="s")
    reading.set_protocol(study.workspace, study.project_id, protocol, actor="operator")
    assert Protocol.from_json(protocol.to_json()) == protocol
    orders, another = {}, QueueChoice(Order.RANDOM, "another")
    for who in ("rater", "reviewer", "rater and manager"):
        workspace = study.as_person(who)
        rows = queueing.ordered_page(workspace, study.project_id, who, FIRST_OPEN).rows
        orders[who] = [row.image_id for row in rows]
        again = queueing.ordered_page(workspace, study.project_id, who, FIRST_OPEN).rows
        assert [row.image_id for row in again] == orders[who]
        with pytest.raises(ProtocolError, match="in the order of its protocol"):
            queueing.ordered_page(workspace, study.project_id, who, another)
    assert len({tuple(order) for order in orders.values()}) > 1
    workspace, seen = study.as_person("rater"), []
    image_id = queueing.first_in_order(workspace, study.project_id, "rater", FIRST_OPEN)
    while image_id is not None and image_id not in seen:
        seen.append(image_id)
        annotating.open_image(workspace, study.project_id, image_id, "rater")
        reading.sign_reading(workspace, image_id, "rater")
        place = queueing.place_in_order(workspace, study.project_id, image_id, "rater", FIRST_OPEN)
        image_id = place.next_id
    assert seen == orders["rater"]
    with pytest.raises(ProtocolError, match="give a seed"):
        reading.check_protocol(Protocol(readers=2, order=Order.RANDOM))


@pytest.mark.parametrize("study", ["two readers"], indirect=True)
def test_fault_14_managers_and_adjudicators_see_images_flags_and_notes(study: Study) -> None:
    rater = study.as_person("rater")
    image_id = study.image_ids[1]
    annotating.open_image(rater, study.project_id, image_id, "rater")
    flag = Remark(uuid.uuid4(), image_id, "rater", RemarkKind.FLAG)
    note = Remark(uuid.uuid4(), image_id, "rater", RemarkKind.NOTE, "a notch")
    annotating.record_acts(rater, [flag, note])
    for who in ("manager", "adjudicator"):
        workspace = study.as_person(who)
        rows = queueing.ordered_page(workspace, study.project_id, who, FIRST_OPEN).rows
        assert len(rows) == IMAGES
        assert [row.flagged for row in rows].count(True) == 1
        asset, remarks = queueing.look_at(workspace, image_id)
        assert asset.file_name.startswith(NAME)
        assert [(r.kind, r.text, r.rater) for r in remarks] == [
            (RemarkKind.FLAG, "", "rater"),
            (RemarkKind.NOTE, "a notch", "rater"),
        ]
        with pytest.raises(NotAllowedError):
            annotating.record_acts(workspace, [note])
    other = study.as_person("reviewer")
    rows = queueing.ordered_page(other, study.project_id, "reviewer", FIRST_OPEN).rows
    assert not any(row.flagged for row in rows)
    with pytest.raises(ProtocolError):
        queueing.look_at(other, image_id)


@pytest.mark.parametrize("study", ["open", "unaided"], indirect=True)
def test_fault_16_a_table_is_imported_under_nobodys_account(study: Study, tmp_path) -> None:
    manager = study.as_person("manager")
    manager.settings.upload_folder.mkdir(exist_ok=True)
    path = manager.settings.upload_folder / "labels.csv"
    path.write_text(f"file,label,boxes_xywh_px,rater\n{NAME}_1.png,glioma,1 2 3 4,\n")
    taking_over.take_over(manager, "study", path, format_name="csv", reference_of="rater")
    record = list(study.workspace.record.image_records(study.project_id))[1]
    (read,) = record.readings
    assert read.reading.round is Round.IMPORTED
    assert read.reading.rater == "imported by manager (rater)"
    assert {act.rater for act in read.annotations} == {"imported by manager (rater)"}
    log = manager.settings.export_folder / "log.jsonl"
    log.parent.mkdir(exist_ok=True)
    auditing.write_log(manager, "study", log)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert {e["actor"] for e in events} <= {"operator", "manager"}
    assert record.review is not Review.REVIEWED

    rater = study.as_person("rater")
    view = annotating.open_image(rater, study.project_id, record.image.id, "rater")
    isolated = record.protocol.isolated
    assert len(view.annotations) == (0 if isolated else 1)
    if not isolated:
        imported = view.annotations[0]
        moved = replace(
            imported, id=uuid.uuid4(), rater="rater", supersedes=imported.id, reading_id=None,
            region=BoundingBox(2, 3, 4, 5),
        )  # fmt: skip
        annotating.record_acts(rater, [moved])
    selected = select(record, Selection())
    assert [stated.round for read in selected.reads for stated in read.regions] == (
        [] if isolated else ["imported"]
    )
    if isolated:
        selected = select(record, Selection(imported=True))
        assert [read.round for read in selected.reads] == ["imported"]
    assert study.workspace.record.safekeeping.faults() == []
