"""Every role tries every use case: what it may do goes through, all else is refused."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from use_case_caller import WHO, Call, opened
from use_case_calls import CELLS

from annotator import workflows
from annotator.domain import (
    PERMISSIONS,
    Annotation,
    LabelValue,
    Permission,
    Presence,
    Remark,
    RemarkKind,
    Role,
)
from annotator.domain.queues import FIRST_OPEN
from annotator.errors import AnnotatorError, NotAllowedError, NotFoundError
from annotator.workflows import (
    annotating,
    authority,
    demo,
    exporting,
    importing,
    pictures,
    projects,
    queueing,
    reading,
)

for _module in pkgutil.iter_modules(workflows.__path__):
    importlib.import_module(f"annotator.workflows.{_module.name}")


def _ends(team) -> list[tuple[int, str]]:
    keeping = team.workspace.record.safekeeping
    return [keeping.head(uuid.UUID(int=0)), keeping.head(team.project.id)]


def _use_cases() -> dict[str, object]:
    """All public functions of workflows that work on a workspace."""
    return {
        f"{module.removeprefix('annotator.workflows.')}.{name}": found
        for module, loaded in inspect.sys.modules.items()
        if module.startswith("annotator.workflows.")
        for name, found in inspect.getmembers(loaded, inspect.isfunction)
        if found.__module__ == module
        and not name.startswith("_")
        and next(iter(inspect.signature(found).parameters), "") == "workspace"
    }


def test_every_use_case_on_a_workspace_says_what_it_asks():
    shortened = {name.removeprefix("annotator.workflows.") for name in authority.DECLARED}
    open_to_all = {name.removeprefix("annotator.workflows.") for name in authority.OPEN}
    undeclared = set(_use_cases()) - shortened - open_to_all - NOT_USE_CASES
    assert not undeclared, f"declare with @needs(Permission...): {sorted(undeclared)}"
    assert open_to_all == {
        f"signing_in.{name}"
        for name in (
            "join_with_password", "join_with_subject", "name_of_code", "person_of", "proven",
            "set_up_code", "sign_in", "sign_in_with_subject", "sign_out", "slowed_s",
        )
    }  # fmt: skip
    assert shortened == set(CELLS), "a use case without its row of cells"


NOT_USE_CASES = (
    {"authority.require", "authority.require_place"}
    | {
        "taking_over.note_taken_over",
        "taking_over.on_images",
    }
    | {
        f"blinding.{name}"
        for name in ("as_told", "own_progress", "require_machine", "require_unblinded")
    }
)


@pytest.mark.parametrize("use_case", sorted(CELLS))
def test_every_role_tries_it(same_team, tmp_path, monkeypatch, use_case):
    team = same_team
    monkeypatch.setattr(demo, "DEMOS", ())  # what the demo makes takes long; who may make it, not
    allowed, call = CELLS[use_case]
    team.workspace.settings.upload_folder.mkdir(exist_ok=True)
    for who in WHO:
        before = _ends(team)
        folder = tmp_path / who
        folder.mkdir()
        made = Call(team, who, folder)
        if use_case == "queueing.run_ahead":
            opened(made)  # opened before the count
            before = _ends(team)
        try:
            call(made)
            refused = False
        except NotAllowedError:
            refused = True
            assert _ends(team) == before, f"{who} was refused and yet something is recorded"
        except AnnotatorError:
            refused = False  # it went through the gate and met another limit
        assert refused == (who not in allowed.split()), f"{who} on {use_case}"


def test_the_table_is_what_the_cells_found():
    for name, (allowed, _) in CELLS.items():
        asked = authority.DECLARED[f"annotator.workflows.{name}"]
        holders = {role.value for role in Role if asked in PERMISSIONS[role]}
        assert holders | {"other", "nobody"} >= set(allowed.split()) >= holders, name


def test_nobody_acts_under_anothers_name(team):
    call = Call(team, "rater", Path())
    mine = call.drawn()
    forged = [
        lambda: annotating.record_acts(call.workspace, [_of(mine, "")]),
        lambda: annotating.open_image(call.workspace, call.project_id, call.image_id),
        lambda: annotating.open_image(call.workspace, call.project_id, call.image_id, "the admin"),
        lambda: reading.sign_reading(call.workspace, call.image_id, "the reviewer"),
        lambda: queueing.ordered_page(call.workspace, call.project_id, "Ada", FIRST_OPEN),
        lambda: reading.my_issues(call.workspace, call.project_id, "the reviewer"),
    ]
    before = _ends(team)
    for attempt in forged:
        with pytest.raises(NotAllowedError, match="under the name of somebody else"):
            attempt()
    assert _ends(team) == before
    opened(call)
    forged_act = _of(mine, "the reviewer")
    report = annotating.save_acts(call.workspace, [forged_act, mine])
    assert report.recorded == (mine.id,)
    assert [refusal.act for refusal in report.refused] == [forged_act]
    assert "under the name of somebody else" in report.refused[0].reason
    assert "the reviewer" not in {act.rater for act in team.workspace.record.history(mine.image_id)}


def test_poisoned_outbox_an_act_on_an_image_that_one_may_not_read_is_refused_alone(team):
    call = Call(team, "rater", Path())
    opened(call)
    stranger = team.as_role(WHO["other"])
    theirs = Call(team, "other", Path())
    mine, unknown = call.drawn(), replace(call.drawn(), image_id=uuid.uuid4())
    report = annotating.save_acts(call.workspace, [unknown, mine])
    assert report.recorded == (mine.id,)
    assert [refusal.act for refusal in report.refused] == [unknown]
    report = annotating.save_acts(stranger, [theirs.drawn()])
    assert report.recorded == ()
    assert "Your roles do not allow you" in report.refused[0].reason


def _of(act: Annotation, rater: str) -> Annotation:
    return Annotation(
        uuid.uuid4(), act.image_id, uuid.uuid4(), rater, act.decision, act.label, act.region
    )


def test_a_rater_cannot_pass_a_question_off_as_an_act(team):
    call = Call(team, "rater", Path())
    issue = Remark(
        uuid.uuid4(), call.image_id, call.me, RemarkKind.ISSUE, "why?", act_id=uuid.uuid4()
    )
    value = LabelValue(uuid.uuid4(), call.image_id, call.me, "node", Presence.ABSENT)
    opened(call)
    report = annotating.save_acts(call.workspace, [issue, value])
    assert report.recorded == (value.id,)
    assert [refusal.act for refusal in report.refused] == [issue]
    assert "to ask raters" in report.refused[0].reason
    with pytest.raises(NotAllowedError, match="to ask raters"):
        annotating.record_acts(call.workspace, [issue])


def test_an_image_of_another_project_is_no_way_in(team):
    stranger = team.as_role(WHO["other"])
    own = projects.list_projects(stranger)
    assert [project.name for project in own] == ["another"]
    asset = team.workspace.record.image(team.image_ids[0])
    with pytest.raises(NotAllowedError):
        pictures.shown_pixels(stranger, asset)
    with pytest.raises(NotAllowedError):
        annotating.explain_why(stranger, own[0], asset.id, "node", "dual", stranger.person.name)
    with pytest.raises(NotAllowedError):
        reading.assign(stranger, own[0].id, ["x"], actor=stranger.person.name, image_ids=[asset.id])
    with pytest.raises(NotFoundError):
        reading.sign_reading(stranger, uuid.uuid4(), stranger.person.name)


@pytest.mark.parametrize(
    "way_out", ["../../etc", "../exports-elsewhere", "/etc", "inside/../../..", "link/x"]
)
def test_a_manager_stays_inside_the_folders_of_the_app(team, tmp_path, way_out):
    manager = team.as_role("manager")
    for folder in (manager.settings.upload_folder, manager.settings.export_folder):
        folder.mkdir(exist_ok=True)
        (folder / "link").symlink_to(tmp_path)
    taken = [manager.settings.upload_folder / way_out]
    with pytest.raises(NotAllowedError, match="files and folders of the server"):
        importing.import_paths(manager, "films", taken)
    with pytest.raises(NotAllowedError, match="files and folders of the server"):
        exporting.export_project(manager, "films", manager.settings.export_folder / way_out)


def test_readers_are_told_of_their_own_progress_alone(team):
    raters = ["the rater", "the reviewer"]
    reading.assign(team.workspace, team.project.id, raters, actor="operator")
    for who, seen in (("rater", 1), ("reviewer", 1), ("manager", 2)):
        told = reading.reader_progress(team.as_role(who), team.project.id)
        assert len(told) == seen
        assert who != "rater" or told[0].rater == "the rater"


def test_the_operator_may_do_everything():
    from annotator.domain import Person

    assert all(Person("operator").may(permission) for permission in Permission)
