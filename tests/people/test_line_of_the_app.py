"""The editor's line behind the gate: whose session, which browser, which site, and who waits."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import pytest
from account_server import Browser, signed_in
from patience import PATIENCE_S

from annotator.ui import editor_desk
from annotator.ui.editor_desk import LINE, ReaderDesk
from annotator.ui.pixel_route import browser_of
from annotator.ui.region_editor import LinePass, MapOverlay
from annotator.workflows.people import account_named, set_active

ANN = "the rater"


def token_of(team: Any, browser: Browser, rater: str = ANN) -> str:
    """The token that a page of this project is drawn with in a browser."""
    return LINE.open(LinePass(str(team.project.id), rater), browser_of(browser.cookies))["token"]


def drawn(team: Any, rater: str = ANN) -> dict[str, Any]:
    return {
        "kind": "label",
        "id": str(uuid.uuid4()),
        "document": str(team.image_ids[0]),
        "rater": rater,
        "reading_id": None,
        "label": "node",
        "value": "present",
        "intensity": None,
        "side": None,
        "supersedes": None,
    }


def ask(
    browser: Browser, what: str, body: Any, token: str, **headers: str
) -> tuple[int, dict[str, Any]]:
    given = {"Origin": f"http://127.0.0.1:{browser.port}", "X_Annotator_Line": token, **headers}
    path = f"/line/{what}"
    status, _, text = browser.ask(
        "POST", path, json.dumps(body), Content_Type="application/json", **given
    )
    return status, json.loads(text) if text else {}


def recorded(team: Any) -> int:
    return len(team.workspace.record.image_record(team.image_ids[0]).label_values)


@pytest.fixture
def ann(team: Any, browser: Browser) -> Browser:
    """The rater's browser, with the image open."""
    inside = signed_in(team, browser, "rater")
    status, content = ask(
        inside, "image", {"image": str(team.image_ids[0])}, token_of(team, inside)
    )
    assert (status, content["content"]["document"]) == (200, str(team.image_ids[0]))
    return inside


def test_only_a_page_of_this_server_in_the_browser_it_was_drawn_for_records(
    team: Any, browser: Browser, ann: Browser
) -> None:
    token, body = token_of(team, ann), {"acts": [drawn(team)]}
    for origin in ("https://evil.example", "null", f"http://127.0.0.1.evil.example:{ann.port}"):
        assert ask(ann, "acts", body, token, Origin=origin)[0] == 403, origin
    for site in ("cross-site", "same-site", ""):
        assert ask(ann, "acts", body, token, Origin="", Sec_Fetch_Site=site)[0] == 403, site
    assert ask(ann, "acts", body, "")[0] == 403, "a form cannot set the header"

    nobody = Browser(ann.port, {"annotator_browser": ann.cookies["annotator_browser"]})
    assert ask(nobody, "acts", body, token)[0] == 401, "the token alone opens nothing"
    thief = signed_in(team, browser, "reviewer")
    assert ask(thief, "acts", body, token)[0] == 409, "it is good in its own browser only"
    thief.cookies["annotator_browser"] = ann.cookies["annotator_browser"]
    assert ask(thief, "acts", body, token)[0] == 409, "nor for somebody else who signs in there"
    theirs = token_of(team, thief)  # if a page were ever drawn for a name that is not theirs
    status, content = ask(thief, "acts", body, theirs)
    assert status == 401
    assert "sign in again" in content["error"]
    assert recorded(team) == 0

    assert ask(ann, "acts", body, token)[1]["verdicts"][0]["verdict"] == "recorded"
    assert recorded(team) == 1


def test_a_session_that_ended_records_no_more(team: Any, ann: Browser) -> None:
    token, kept = token_of(team, ann), dict(ann.cookies)
    ann.post("/account/sign-out")
    ann.cookies = kept
    assert ask(ann, "acts", {"acts": [drawn(team)]}, token)[0] == 401
    again = signed_in(team, ann, "rater")
    again.cookies["annotator_browser"] = kept["annotator_browser"]
    assert ask(again, "acts", {"acts": [drawn(team)]}, token)[0] == 409, "the page is drawn anew"
    token = token_of(team, again)
    assert ask(again, "acts", {"acts": [drawn(team)]}, token)[0] == 200
    set_active(team.workspace, account_named(team.workspace, ANN).id, False)
    assert ask(again, "acts", {"acts": [drawn(team)]}, token)[0] == 401
    assert recorded(team) == 1


def test_acts_do_not_wait_behind_networks(
    team: Any, ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line has places of its own for what takes seconds; all of them are taken here."""
    begun, over = threading.Semaphore(0), threading.Event()

    def slow(_desk: ReaderDesk, *_asked: str) -> MapOverlay:
        begun.release()
        over.wait(PATIENCE_S)
        raise editor_desk.ProtocolError("There is no map.")

    monkeypatch.setattr(ReaderDesk, "why", slow)
    token = token_of(team, ann)
    question = {"image": str(team.image_ids[0]), "label": "node", "against": "dual"}
    asking = [threading.Thread(target=ask, args=(ann, "why", question, token)) for _ in range(12)]
    for thread in asking:
        thread.start()
    try:
        assert begun.acquire(timeout=PATIENCE_S)
        assert begun.acquire(timeout=PATIENCE_S)
        status, content = ask(ann, "acts", {"acts": [drawn(team)]}, token)
        assert (status, content["verdicts"][0]["verdict"]) == (200, "recorded")
        assert not begun.acquire(timeout=0.2), "no more than two at once"
    finally:
        over.set()
        for thread in asking:
            thread.join(PATIENCE_S)
