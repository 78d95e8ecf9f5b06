"""The editor's line in the product: whose acts, which session, which role."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from annotator.domain import (
    Assignment,
    BoundingBox,
    Mode,
    Polygon,
    Protocol,
    Provenance,
    Role,
    SuggestionRun,
    label_facts,
)
from annotator.domain.queues import FIRST_OPEN
from annotator.errors import NotAllowedError, NotFoundError, ProtocolError, SignInError
from annotator.record.checking import KnownOfImage
from annotator.ui import editor_desk
from annotator.ui.drawn_image import with_regions
from annotator.ui.editor_desk import ReaderDesk, open_desk
from annotator.ui.region_editor import EditorContent, LinePass, act_from_json
from annotator.ui.region_editor.verdicts import verdicts
from annotator.workflows.adjudicating import disagreements
from annotator.workflows.people import account_named, set_role
from annotator.workflows.reading import set_protocol
from annotator.workflows.side_by_side import merged, places

ANN = "the rater"
MADE = Provenance("m", "1", "0" * 64, "ebp", {}, "0")
BLIND = Protocol(Mode.BLIND_THEN_REVEAL, readers=2, assignment=Assignment.OPEN)


def desk_of(team: Any) -> ReaderDesk:
    return ReaderDesk(team.as_role("rater"), team.project.id, ANN, FIRST_OPEN, "browser")


def drawn(content: EditorContent, **more: Any) -> dict[str, Any]:
    return {
        "kind": "region",
        "id": str(uuid.uuid4()),
        "document": content.document,
        "rater": ANN,
        "reading_id": content.reading_id,
        "region_id": str(uuid.uuid4()),
        "action": "add",
        "decision": "added",
        "label": "node",
        "region": {"type": "box", "x": 1.0, "y": 2.0, "width": 5.0, "height": 6.0},
        "derived_from": None,
        "supersedes": None,
        **more,
    }


def said(desk: ReaderDesk, *sent: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in verdicts(sent, desk.save)}


def test_an_act_that_can_never_be_recorded_holds_up_nothing(team: Any) -> None:
    desk = desk_of(team)
    first, second = (str(key) for key in team.image_ids)
    content = desk.image(first)
    late = drawn(content)
    desk.sign(first, content.reading_id, None)
    good = drawn(desk.image(second))
    lost = drawn(content, document=str(uuid.uuid4()))
    odd = drawn(content, document="face")
    ofbob = drawn(content, rater="Bob")
    answer = said(desk, late, lost, odd, ofbob, good, {"id": "torn"})
    assert {key for key, one in answer.items() if one["verdict"] == "recorded"} == {good["id"]}
    refused = [answer[key]["reason"] for key in (late["id"], lost["id"], odd["id"], ofbob["id"])]
    assert all(reason.endswith(".") for reason in refused), refused
    assert said(desk, good)[good["id"]]["verdict"] == "recorded"
    (kept,) = team.workspace.record.history(uuid.UUID(second))
    assert (str(kept.id), kept.rater) == (good["id"], ANN)
    assert team.workspace.record.history(uuid.UUID(first)) == []


def test_a_role_that_was_taken_refuses_acts_with_its_reason(team: Any) -> None:
    desk = desk_of(team)
    act = drawn(desk.image(str(team.image_ids[0])))
    account = account_named(team.workspace, ANN)
    set_role(team.workspace, team.project.id, account.id, Role.RATER, False)
    without = desk_of(team)
    assert said(without, act)[act["id"]]["verdict"] == "refused"
    assert "roles do not allow" in said(without, act)[act["id"]]["reason"]
    with pytest.raises(NotAllowedError):
        without.image(str(team.image_ids[0]))
    set_role(team.workspace, team.project.id, account.id, Role.RATER, True)
    assert said(desk_of(team), act)[act["id"]]["verdict"] == "recorded"


def test_what_is_on_record_is_so_also_for_whom_lost_the_answer_and_then_the_role(team: Any) -> None:
    desk = desk_of(team)
    content = desk.image(str(team.image_ids[0]))
    kept, other = drawn(content), drawn(content)
    assert said(desk, kept)[kept["id"]]["verdict"] == "recorded"
    account = account_named(team.workspace, ANN)
    set_role(team.workspace, team.project.id, account.id, Role.RATER, False)
    on_it = drawn(content, region_id=kept["region_id"], supersedes=kept["id"])
    answer = said(desk_of(team), kept, on_it, other)
    assert answer[kept["id"]]["verdict"] == "recorded"
    for lost in (on_it, other):
        assert "roles do not allow" in answer[lost["id"]]["reason"]


def test_whoever_runs_the_app_alone_records_under_their_own_name_only(team: Any) -> None:
    """Where nobody signs in, roles refuse nothing: what another's page left is refused here."""
    alone = ReaderDesk(team.workspace, team.project.id, ANN, FIRST_OPEN, "browser")
    content = alone.image(str(team.image_ids[0]))
    own, others = drawn(content), drawn(content, rater="Bob")
    answer = said(alone, own, others)
    assert answer[own["id"]]["verdict"] == "recorded"
    assert answer[others["id"]]["reason"].startswith("This change was made under the name Bob")


def test_done_signs_every_time_and_goes_on(team: Any) -> None:
    desk = desk_of(team)
    first, second = (str(key) for key in team.image_ids)
    content = desk.image(first)
    assert content.next == second
    assert desk.sign(first, content.reading_id, second).document == second
    # Its answer was lost on the way, say.
    assert desk.sign(first, content.reading_id, second).document == second
    assert desk.image(first).bar.round[0].startswith(f"Signed by {ANN}")
    with pytest.raises(NotFoundError):
        desk.image("not-an-id")


def test_a_blind_read_that_is_signed_comes_back_revealed(team: Any) -> None:
    set_protocol(team.workspace, team.project.id, BLIND, actor="operator")
    desk = desk_of(team)
    first, second = (str(key) for key in team.image_ids)
    blind = desk.image(first)
    assert "blind" in blind.bar.round[0]
    for _ in range(2):  # the second as if the first one's answer had been lost
        revealed = desk.sign(first, blind.reading_id, second)
        assert revealed.document == first
        assert revealed.bar.round[0].startswith("Second look")
        assert "Signed" not in revealed.bar.round[0]
    assert desk.sign(first, revealed.reading_id, second).document == second


def test_the_session_says_who_it_is_and_not_the_browser(
    team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor_desk, "installation", lambda: team.workspace)
    account = account_named(team.workspace, ANN)
    token = "t" * 43
    team.workspace.record.signing_in.begin_session(account.id, token, now=datetime.now(UTC))
    cookies = {"annotator_browser": "browser", "annotator_session": token}
    own = LinePass(str(team.project.id), ANN)
    desk = open_desk(own, cookies)
    act = drawn(desk.image(str(team.image_ids[0])))
    (saved,) = desk.save([act_from_json(act)]).recorded
    assert saved == act["id"]
    for opened, held in (
        (LinePass(str(team.project.id), "the manager"), cookies),
        (own, {"annotator_browser": "browser"}),
        (own, {**cookies, "annotator_session": "x" * 43}),
    ):
        with pytest.raises(SignInError, match="sign in again"):
            open_desk(opened, held)
    team.workspace.record.signing_in.end_session(token)
    with pytest.raises(SignInError, match="sign in again"):
        open_desk(own, cookies)


BY: dict[str, str] = {"actor": "operator", "reason": "asked for"}


def test_done_is_done_also_where_the_next_image_was_removed_or_erased(team: Any) -> None:
    desk, record = desk_of(team), team.workspace.record
    first, second = (str(key) for key in team.image_ids)
    content = desk.image(first)
    record.remove_images(team.project.id, [team.image_ids[1]], **BY)
    after = desk.sign(first, content.reading_id, second)
    assert (after.document, after.next) == (first, None)
    record.erasing.erase(team.project.id, None, [team.image_ids[1]], **BY)
    assert desk.sign(first, content.reading_id, second).document == first
    assert record.image_record(team.image_ids[0]).readings[0].reading.signed_at is not None


def test_a_removed_image_and_an_archived_project_can_only_be_looked_at(team: Any) -> None:
    desk, record = desk_of(team), team.workspace.record
    first, second = (str(key) for key in team.image_ids)
    assert all(desk.image(key).can_sign for key in (first, second))
    record.remove_images(team.project.id, [team.image_ids[0]], **BY)
    removed = desk.image(first)
    assert removed.readonly
    assert not removed.can_sign
    assert "removed from the project" in removed.notices[0]
    assert not desk.image(second).readonly
    record.archive_project(team.project.id, True, **BY)
    assert desk.image(second).readonly
    assert "archived" in desk.image(second).notices[0]


def test_an_act_on_an_erased_image_is_not_blamed_on_roles(team: Any) -> None:
    desk = desk_of(team)
    act = drawn(desk.image(str(team.image_ids[0])))
    team.workspace.record.erasing.erase(team.project.id, None, [team.image_ids[0]], **BY)
    answer = said(desk, act)[act["id"]]
    assert answer["verdict"] == "refused"
    assert answer["reason"].startswith("There is no image")


@pytest.mark.parametrize(
    "region",
    [
        {"type": "box", "x": 10**400, "y": 1, "width": 2, "height": 2},
        {"type": "polygon", "points": [[1.0, 1.0], [2.0, 1.0], [3.0, 1.0]]},
    ],
)
def test_a_region_that_is_none_holds_up_no_other(team: Any, region: dict[str, Any]) -> None:
    desk = desk_of(team)
    content = desk.image(str(team.image_ids[0]))
    bad, good = drawn(content, region=region), drawn(content)
    answer = said(desk, bad, good)
    assert [answer[act["id"]]["verdict"] for act in (bad, good)] == ["refused", "recorded"]
    assert answer[bad["id"]]["reason"].endswith(".")


def test_a_line_that_an_earlier_version_took_for_a_polygon_is_shown_and_told(
    team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may record one any more; what is recorded is read as it is."""
    desk, record = desk_of(team), team.workspace.record
    content = desk.image(str(team.image_ids[0]))
    line = {"type": "polygon", "points": [[1.0, 4.0], [9.0, 4.0], [5.0, 4.0]]}
    act = drawn(content, region=line)
    assert said(desk, act)[act["id"]]["verdict"] == "refused"
    with monkeypatch.context() as earlier:
        earlier.setattr(KnownOfImage, "check", lambda *_: None)
        earlier.setattr(Polygon, "check", lambda *_: None)
        assert said(desk, act)[act["id"]]["verdict"] == "recorded"
    (shown,) = desk.image(content.document).regions
    assert shown.region["points"] == line["points"]
    desk.sign(content.document, content.reading_id, None)
    kept = record.image_record(team.image_ids[0])
    (stated,) = kept.annotations
    assert with_regions(Image.new("RGB", (30, 20)), kept.annotations).size == (720, 480)
    again = replace(kept.readings[0], reading=replace(kept.readings[0].reading, rater="Bob"))
    theirs = replace(stated, rater="Bob", region_id=uuid.uuid4())
    both = replace(kept, readings=(*kept.readings, replace(again, annotations=(theirs,))))
    assert disagreements(both) == ()
    (place,) = places(both.readings)
    assert place.agreed
    assert (merged(place.acts).width, merged(place.acts).height) == (8.0, 1.0)
    face = SuggestionRun(kept.image.id, MADE, {}, face=BoundingBox(0, 0, 4, 4))
    assert label_facts(kept.annotations, (), face)["node"].regions == (stated,)


def test_in_an_open_project_done_signs_nothing_that_others_stated_unseen(team: Any) -> None:
    alone = Protocol()
    set_protocol(team.workspace, team.project.id, alone, actor="operator")
    desk = desk_of(team)
    other = ReaderDesk(
        team.as_role("reviewer"), team.project.id, "the reviewer", FIRST_OPEN, "browser"
    )
    first, second = (str(key) for key in team.image_ids)
    content = desk.image(first)
    theirs = drawn(other.image(first), rater="the reviewer")
    assert said(other, theirs)[theirs["id"]]["verdict"] == "recorded"
    mine = drawn(content)
    assert said(desk, mine)[mine["id"]]["verdict"] == "recorded"
    with pytest.raises(ProtocolError, match="the reviewer changed this image"):
        desk.sign(first, content.reading_id, second, [mine["id"]])
    shown = desk.image(first)
    acts = [region.last_act for region in shown.regions if region.last_act]
    assert set(acts) == {mine["id"], theirs["id"]}
    assert desk.sign(first, content.reading_id, second, acts).document == second
    # Pressed again, as where its answer was lost, it is not held against what was seen.
    assert desk.sign(first, content.reading_id, second, []).document == second
