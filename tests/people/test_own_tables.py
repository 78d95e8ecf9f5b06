"""A person's own finished table: their acts by their own hand, in their first reading, or none."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from account_server import WORDS
from PIL import Image

from annotator import cli
from annotator.domain import Mode, Presence, Protocol, Review, Role, Round
from annotator.errors import AnnotatorError, NotAllowedError
from annotator.workflows.importing import import_paths
from annotator.workflows.own_tables import take_over_own
from annotator.workflows.people import account_named, invite, set_role
from annotator.workflows.projects import create_project
from annotator.workflows.reading import set_protocol
from annotator.workflows.signing_in import join_with_password
from annotator.workflows.taking_over import take_over

OPEN = Protocol()
PROTOCOLS = {
    "open": OPEN,
    "two readers": Protocol(readers=2),
    "blind": Protocol(Mode.BLIND_THEN_REVEAL, readers=2),
    "unaided": Protocol(Mode.UNAIDED, readers=2),
}
ROUNDS = ("not opened", "begun", "signed", "revealed")
ME = "the rater"


def table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(("file,label,value", *rows)) + "\n")
    return path


@pytest.fixture
def study(team, tmp_path):
    """Makes a project of a protocol, whose rater the person of a role is."""

    def made(protocol: Protocol, *roles: Role) -> tuple[str, list]:
        record, name = team.workspace.record, f"study {protocol.mode} {protocol.readers}"
        pixels = np.full((20, 30), 9, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "a.png")
        project = create_project(team.workspace, name, labels=["node", "cyst"])
        import_paths(team.workspace, name, [tmp_path / "a.png"])
        if protocol != OPEN:
            set_protocol(team.workspace, project.id, protocol, actor="operator")
        account = account_named(team.workspace, ME)
        for role in roles:
            set_role(team.workspace, project.id, account.id, role, True)
        return name, record.image_ids(project.id)

    return made


def own(team, name, path, who=ME):
    person = account_named(team.workspace, who).person
    return take_over_own(team.workspace, name, path, format_name="csv", person=person)


def values(team, image) -> list:
    record = team.workspace.record.image_record(image)
    return [v for one in record.readings for v in one.label_values]


@pytest.mark.parametrize("roles", [(Role.RATER,), (Role.MANAGER,), ()], ids=str)
@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_protocol_round_and_role(team, study, tmp_path, protocol, round_, roles):
    name, (image,) = study(PROTOCOLS[protocol], *roles)
    readings = team.workspace.record.readings
    revealed = protocol == "blind" and round_ == "revealed"
    if round_ != "not opened":
        readings.open(image, ME)
    if round_ in ("signed", "revealed"):
        readings.sign(image, ME, "")
    if revealed:
        assert readings.open(image, ME).round is Round.REVEALED
    path = table(tmp_path / "mine.csv", "a.png,node,present", "a.png,cyst,absent")
    if Role.RATER not in roles:
        with pytest.raises(NotAllowedError):
            own(team, name, path)
        assert values(team, image) == []
        return
    report = own(team, name, path)
    if round_ in ("signed", "revealed"):
        assert report.nothing
        assert "is signed, and a file opens no signature again" in report.faults[0]
        assert values(team, image) == []
        return
    assert (report.faults, report.values) == ([], 2)
    stated = {(v.rater, v.label, v.value) for v in values(team, image)}
    assert stated == {(ME, "node", Presence.PRESENT), (ME, "cyst", Presence.ABSENT)}
    (record,) = [team.workspace.record.image_record(image)]
    assert [one.reading.round for one in record.readings] == [Round.FIRST]
    assert record.review is Review.IN_PROGRESS  # until they sign it
    again = own(team, name, path)
    assert (again.known, again.faults, len(values(team, image))) == (1, [], 2)
    assert {line["actor"] for line in log_of(team, name) if "value" in line["kind"]} == {ME}


def log_of(team, name) -> list[dict]:
    written = io.StringIO()
    project = team.workspace.record.project(name)
    team.workspace.record.safekeeping.write_log(project.id, written)
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_what_people_stated_stays_and_what_files_said_is_gone_on_from(team, study, tmp_path):
    name, (image,) = study(OPEN, Role.RATER)
    of_file = table(tmp_path / "old.csv", "a.png,node,absent")
    take_over(team.workspace, name, of_file, format_name="csv", reference_of="Old tool")
    assert own(team, name, table(tmp_path / "1.csv", "a.png,node,present")).faults == []
    report = own(team, name, table(tmp_path / "2.csv", "a.png,node,absent", "a.png,cyst,absent"))
    assert report.values == 1
    assert f"{ME} stated 'node' as present, and the file says absent" in report.faults[0]
    counting = team.workspace.record.image_record(image).label_values
    assert {(v.label, v.value) for v in counting} == {
        ("node", Presence.PRESENT),
        ("cyst", Presence.ABSENT),
    }


def test_nobody_brings_in_anothers_and_machines_and_colleagues_are_left_out(team, study, tmp_path):
    name, (image,) = study(OPEN, Role.RATER)
    person = account_named(team.workspace, ME).person
    for other in (team.as_role("manager"), team.as_role("reviewer")):
        with pytest.raises(NotAllowedError):
            take_over_own(other, name, tmp_path / "x", format_name="csv", person=person)
    rows = ["file,label,value,rater", "a.png,node,present,Bea", f"a.png,cyst,present,{ME}"]
    (tmp_path / "both.csv").write_text("\n".join(rows))
    report = own(team, name, tmp_path / "both.csv")
    assert [(v.label, v.rater) for v in values(team, image)] == [("cyst", ME)]
    assert any("other people's" in line for line in report.lines())
    rows[2] = "a.png,cyst,present,Cem"
    (tmp_path / "both.csv").write_text("\n".join(rows))
    with pytest.raises(AnnotatorError, match="of 2 people"):
        own(team, name, tmp_path / "both.csv")
    box = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "score": 0.5}
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "width": 30, "height": 20}],
        "categories": [{"id": 1, "name": "node"}],
        "annotations": [box],
    }
    (tmp_path / "c.json").write_text(json.dumps(coco))
    report = take_over_own(
        team.workspace, name, tmp_path / "c.json", format_name="coco", person=person
    )
    assert report.nothing
    assert any("machine proposed left out" in line for line in report.lines())


def test_on_the_command_line_the_password_is_the_proof(team, study, tmp_path, monkeypatch, capsys):
    name, (image,) = study(OPEN, Role.RATER)
    code = invite(team.workspace, "Ada").code
    join_with_password(team.workspace, code, "Ada", WORDS)
    project = team.workspace.record.project(name)
    set_role(team.workspace, project.id, account_named(team.workspace, "Ada").id, Role.RATER, True)
    monkeypatch.setenv("ANNOTATOR_HOME", str(team.workspace.settings.home))
    monkeypatch.setenv("ANNOTATOR_SECRETS", str(team.workspace.settings.secrets_folder))
    monkeypatch.setenv("ANNOTATOR_SIGN_IN", "accounts")
    path = table(tmp_path / "mine.csv", "a.png,node,present")
    command = ["take-over", name, str(path), "--format", "csv", "--rater", "Ada"]
    monkeypatch.setattr("getpass.getpass", lambda prompt: "something else")
    assert cli.main(command) == 1
    assert "Wrong user name or password" in capsys.readouterr().err
    assert values(team, image) == []
    monkeypatch.setattr("getpass.getpass", lambda prompt: WORDS)
    assert cli.main(command) == 0
    assert [v.rater for v in values(team, image)] == ["Ada"]
    assert cli.main([*command[:-1], "Nobody"]) == 1
    assert "There is no account 'Nobody'" in capsys.readouterr().err
    assert cli.main([*command, "--reference", "X"]) == 1
    monkeypatch.setenv("ANNOTATOR_SIGN_IN", "single-user")
    assert cli.main([*command[:-1], "Cem"]) == 1  # Ada stated the same: nothing new
    assert "stated already" in capsys.readouterr().err
