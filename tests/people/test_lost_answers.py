"""What is on record is so, whatever came after it: an act whose answer was lost comes again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from annotator.domain import Role
from annotator.ui import editor_desk
from annotator.ui.editor_desk import LINE
from annotator.ui.pixel_route import browser_of
from annotator.ui.region_editor import LinePass
from annotator.workflows.people import account_named, set_active, set_role
from annotator.workflows.reading import reopen_reading, sign_reading, withdraw_assignments

ANN, REV = "the rater", "the reviewer"
BY: dict[str, str] = {"actor": "operator", "reason": "asked for"}


class Pages:
    """The pages of a rater and of a reviewer, each in a browser of their own."""

    def __init__(self, team: Any) -> None:
        self.team = team
        self.image = str(team.image_ids[0])
        self.cookies: dict[str, dict[str, str]] = {}
        for name in (ANN, REV):
            session = (name[4:] * 10)[:43]
            account = account_named(team.workspace, name)
            now = datetime.now(UTC)
            team.workspace.record.signing_in.begin_session(account.id, session, now=now)
            self.cookies[name] = {"annotator_browser": name[4:], "annotator_session": session}
        self.reading = self.ask(ANN, "image", {"image": self.image})[1]["content"]["reading_id"]

    def ask(self, name: str, what: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        opened, cookies = LinePass(str(self.team.project.id), name), self.cookies[name]
        token = LINE.open(opened, browser_of(cookies))["token"]
        headers = {"X-Annotator-Line": token, "Origin": "http://testserver"}
        http = TestClient(Starlette(routes=LINE.routes()), cookies=cookies, headers=headers)
        answer = http.post(f"/line/{what}", json=body)
        return answer.status_code, answer.json()

    def records(self, name: str, what: str, body: dict[str, Any]) -> bool:
        """Whether the server says that all that it was asked is on record."""
        status, answer = self.ask(name, what, body)
        verdicts = {one["id"]: one["verdict"] for one in answer.get("verdicts", ())}
        if what == "acts":
            return all(verdicts.get(act["id"]) == "recorded" for act in body["acts"])
        return status == 200 and "error" not in answer

    def act(self, kind: str, **more: Any) -> dict[str, Any]:
        head = {"id": str(uuid.uuid4()), "document": self.image, "rater": ANN}
        return {"kind": kind, **head, "reading_id": self.reading, **more}

    def drawn(self) -> dict[str, Any]:
        box = {"type": "box", "x": 1.0, "y": 2.0, "width": 5.0, "height": 6.0}
        what = {"action": "add", "decision": "added", "label": "node", "region": box}
        before = {"derived_from": None, "supersedes": None}
        return self.act("region", region_id=str(uuid.uuid4()), **what, **before)

    def done(self) -> dict[str, Any]:
        head = {"id": str(uuid.uuid4()), "image": self.image}
        return {**head, "reading": self.reading, "then": None, "seen": []}


def _region(pages: Pages) -> tuple[str, str, dict[str, Any]]:
    return ANN, "acts", {"acts": [pages.drawn(), pages.drawn()]}


def _label(pages: Pages) -> tuple[str, str, dict[str, Any]]:
    value = {"value": "present", "intensity": None, "side": None, "supersedes": None}
    return ANN, "acts", {"acts": [pages.act("label", label="node", **value)]}


def _remark(pages: Pages) -> tuple[str, str, dict[str, Any]]:
    note = {"remark": "note", "text": "Blurred.", "region_id": None, "answers": None}
    return ANN, "acts", {"acts": [pages.act("remark", **note)]}


def _done(pages: Pages) -> tuple[str, str, dict[str, Any]]:
    return ANN, "sign", pages.done()


def _opened_again(pages: Pages) -> tuple[str, str, dict[str, Any]]:
    assert pages.records(ANN, "sign", pages.done())
    return ANN, "reopen", {"id": str(uuid.uuid4()), "image": pages.image, "reason": "Missed one."}


def _question(pages: Pages) -> tuple[str, str, dict[str, Any]]:
    act = pages.drawn()
    assert pages.records(ANN, "acts", {"acts": [act]})
    assert pages.records(ANN, "sign", pages.done())
    about = {"image": pages.image, "act": act["id"], "text": "Why?"}
    return REV, "question", {"id": str(uuid.uuid4()), **about}


KINDS = {
    "region": _region,
    "label": _label,
    "remark": _remark,
    "Done": _done,
    "reading opened again": _opened_again,
    "question": _question,
}


def _take_role(team: Any, name: str) -> None:
    role = Role.RATER if name == ANN else Role.REVIEWER
    set_role(team.workspace, team.project.id, account_named(team.workspace, name).id, role, False)


def _withdraw(team: Any, _name: str) -> None:
    withdraw_assignments(team.workspace, team.image_ids[:1], ANN, **BY)


def _close_account(team: Any, name: str) -> None:
    set_active(team.workspace, account_named(team.workspace, name).id, False)


def _remove(team: Any, _name: str) -> None:
    team.workspace.record.remove_images(team.project.id, team.image_ids[:1], **BY)


def _archive(team: Any, _name: str) -> None:
    team.workspace.record.archive_project(team.project.id, True, **BY)


def _sign(team: Any, _name: str) -> None:
    sign_reading(team.as_role("rater"), team.image_ids[0], ANN)


def _open_again(team: Any, name: str) -> None:
    _sign(team, name)
    reopen_reading(team.as_role("rater"), team.image_ids[0], ANN, "Missed one.")


AFTER: dict[str, Callable[[Any, str], None]] = {
    "nothing": lambda _team, _name: None,
    "the role was taken": _take_role,
    "the image was withdrawn": _withdraw,
    "the account was closed": _close_account,
    "the image was removed": _remove,
    "the project was archived": _archive,
    "the image was signed in another tab": _sign,
    "the image was opened again": _open_again,
}


@pytest.fixture
def pages(team: Any, monkeypatch: pytest.MonkeyPatch) -> Pages:
    monkeypatch.setattr(editor_desk, "installation", lambda: team.workspace)
    return Pages(team)


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("kind", KINDS)
def test_an_act_whose_answer_was_lost_is_recorded_whatever_came_after(
    team: Any, pages: Pages, kind: str, after: str
) -> None:
    name, what, body = KINDS[kind](pages)
    assert pages.records(name, what, body)
    AFTER[after](team, name)
    head = team.workspace.record.safekeeping.head(team.project.id)
    for _ in range(2):
        assert pages.records(name, what, body)
    assert team.workspace.record.safekeeping.head(team.project.id) == head, "and it is so once"


@pytest.mark.parametrize("after", ["the role was taken", "the account was closed"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_act_that_never_arrived_is_not_recorded_by_its_name_alone(
    team: Any, pages: Pages, kind: str, after: str
) -> None:
    name, what, body = KINDS[kind](pages)
    AFTER[after](team, name)
    head = team.workspace.record.safekeeping.head(team.project.id)
    assert not pages.records(name, what, body)
    assert team.workspace.record.safekeeping.head(team.project.id) == head


def test_who_is_signed_out_learns_which_of_a_parcel_is_recorded_and_keeps_the_rest(
    team: Any, pages: Pages
) -> None:
    arrived, waiting = pages.drawn(), pages.drawn()
    assert pages.records(ANN, "acts", {"acts": [arrived]})
    _close_account(team, ANN)
    status, answer = pages.ask(ANN, "acts", {"acts": [arrived, waiting]})
    assert (status, answer["verdicts"]) == (200, [{"id": arrived["id"], "verdict": "recorded"}])
    assert pages.ask(ANN, "acts", {"acts": [waiting]})[0] == 401


def test_nobody_learns_of_anothers_acts(team: Any, pages: Pages) -> None:
    act = pages.drawn()
    assert pages.records(ANN, "acts", {"acts": [act]})
    assert pages.ask(ANN, "sign", pages.done())[0] == 200
    assert not pages.records(REV, "acts", {"acts": [act]})
    _take_role(team, REV)
    assert not pages.records(REV, "sign", pages.done())
