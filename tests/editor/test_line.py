"""The editor's line answers the right page of the right browser, and everything in sentences."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from annotator.errors import ProtocolError, SignInError, StorageError
from annotator.ui.region_editor import (
    AnyAct,
    EditorConflict,
    EditorContent,
    EditorImage,
    EditorLine,
    EditorRefusal,
    LinePass,
    Saved,
)
from annotator.ui.region_editor import line as line_module
from annotator.ui.region_editor import verdicts as verdicts_module

BROWSER = "the-cookie-of-this-browser"
PASS = LinePass("project", "Ann", "order")


def act(**more: Any) -> dict[str, Any]:
    return {
        "kind": "label",
        "id": str(uuid.uuid4()),
        "document": str(uuid.uuid4()),
        "rater": "Ann",
        "reading_id": None,
        "label": "AU12",
        "value": "present",
        "intensity": None,
        "side": None,
        "supersedes": None,
        **more,
    }


class FakeDesk:
    """Says what it was asked; an act's label says what becomes of it."""

    # Never reached: messages that lack a field are refused before.
    frame = why = fit = faces = choose_face = reopen = question = None

    def __init__(self) -> None:
        self.opened: list[tuple[LinePass, str]] = []
        self.saved: list[AnyAct] = []
        self.signed_out = False

    def open(self, opened: LinePass, cookies: Mapping[str, str]) -> Any:
        if self.signed_out:
            raise SignInError("You are not signed in; sign in again.")
        self.opened.append((opened, cookies["annotator_browser"]))
        return self

    def save(self, acts: Sequence[AnyAct]) -> Saved:
        if any(getattr(a, "label", "") == "full" for a in acts):
            raise StorageError("The disk is full; make room.")
        if any(getattr(a, "label", "") == "fault" for a in acts):
            raise RuntimeError(f"of {acts}")
        self.saved += acts
        late = [a.id for a in acts if getattr(a, "label", "") == "late"]
        never = [a.id for a in acts if getattr(a, "label", "") == "never"]
        return Saved(
            frozenset(a.id for a in acts if a.id not in (*late, *never)),
            tuple(EditorConflict(key, "Bob", {"id": "theirs"}) for key in late),
            tuple(EditorRefusal(key, "It is signed.") for key in never),
        )

    def image(self, document: str) -> EditorContent:
        if document == "another's":
            raise ProtocolError("This image is not yours to read.")
        return EditorContent(document, EditorImage("/pixels/x", "content", 3, 2), [], [])

    def sign(self, document: str, _reading: str | None, then: str | None, *_: Any) -> EditorContent:
        return self.image(then or document)


class Client:
    """A browser at a server with the line."""

    def __init__(self) -> None:
        self.desk = FakeDesk()
        self.line = EditorLine(self.desk.open, lambda *_: ())
        app = Starlette(routes=list(self.line.routes()))
        self.http = TestClient(app, cookies={"annotator_browser": BROWSER})
        self.token = self.line.open(PASS, BROWSER)["token"]

    def post(self, what: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        given = {
            "X-Annotator-Line": self.token,
            "Origin": "http://testserver",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        kept = {key: value for key, value in given.items() if value}
        answer = self.http.post(f"/line/{what}", json=body, headers=kept)
        return answer.status_code, answer.json()


@pytest.fixture
def client() -> Client:
    return Client()


def test_each_act_has_a_verdict_of_its_own(client: Client) -> None:
    good, late, never = act(), act(label="late"), act(label="never")
    torn = {"id": "torn", "kind": "label"}
    status, content = client.post("acts", {"acts": [good, torn, late, never]})
    assert status == 200
    verdicts = {one["id"]: one for one in content["verdicts"]}
    assert verdicts[good["id"]]["verdict"] == "recorded"
    assert verdicts[late["id"]] == {
        "id": late["id"],
        "verdict": "conflict",
        "by": "Bob",
        "current": {"id": "theirs"},
    }
    assert verdicts[never["id"]]["reason"] == "It is signed."
    assert "lacks a field" in verdicts["torn"]["reason"]
    assert client.desk.opened == [(PASS, BROWSER)]


def test_an_act_that_the_program_fails_on_is_refused_alone(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, fault, late, last = act(), act(label="fault"), act(label="late"), act()
    status, content = client.post("acts", {"acts": [first, fault, late, last]})
    assert status == 200
    verdicts = {one["id"]: one["verdict"] for one in content["verdicts"]}
    assert [verdicts[one["id"]] for one in (first, fault, late, last)] == [
        "recorded", "refused", "conflict", "recorded",
    ]  # fmt: skip
    assert [saved.id for saved in client.desk.saved] == [first["id"], late["id"], last["id"]]
    assert "RuntimeError" in caplog.text
    assert "in save" in caplog.text, "the log says where"
    assert fault["id"] not in caplog.text, "and not what"

    def unreadable(value: Any) -> AnyAct:
        raise RecursionError(f"of {value}")

    monkeypatch.setattr(verdicts_module, "act_from_json", unreadable)
    (one,) = client.post("acts", {"acts": [first]})[1]["verdicts"]
    assert (one["id"], one["verdict"]) == (first["id"], "refused")
    assert first["id"] not in caplog.text


def test_an_image_comes_with_all_that_the_editor_shows(client: Client) -> None:
    status, content = client.post("image", {"image": "one"})
    assert (status, content["content"]["document"]) == (200, "one")
    assert client.post("sign", {"image": "one", "then": "two"})[1]["content"]["document"] == "two"
    assert client.post("sign", {"image": "one", "then": None})[1]["content"]["document"] == "one"


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("acts", {}),
        ("acts", {"acts": "all"}),
        ("acts", {"acts": [act() for _ in range(51)]}),
        ("image", {}),
        ("image", {"image": 7}),
        ("image", []),
        ("sign", {"then": "two"}),
        ("sign", {"image": "one", "then": 2}),
        ("frame", {"image": "one"}),
        ("frame", {"image": "one", "place": True}),
        ("why", {"image": "one", "label": "a"}),
        ("face", {"image": "one", "box": {"type": "box"}}),
        ("face", {"image": "one"}),
        ("reopen", {"image": "one"}),
        ("question", {"image": "one", "act": "x"}),
        ("image", {"image": "another's"}),
        ("acts", {"acts": [act(label="full")]}),
    ],
)
def test_messages_that_lack_a_field_end_in_sentences(client: Client, what: str, body: Any) -> None:
    status, content = client.post(what, body)
    assert status == 200
    assert content["error"].endswith(".")
    assert not any(word in content["error"] for word in ("Error", "Traceback", "NoneType"))


def test_what_is_no_json_ends_in_a_sentence(client: Client) -> None:
    headers = {"X-Annotator-Line": client.token, "Origin": "http://testserver"}
    for body in (b"", b"{", b"\xff\xfe"):
        answer = client.http.post("/line/acts", content=body, headers=headers)
        assert answer.json()["error"].startswith("The browser sent a message")
    huge = b"[" + b" " * (32 * 2**20)
    assert client.http.post("/line/acts", content=huge, headers=headers).status_code == 413


def test_a_page_of_another_site_reaches_nothing(client: Client) -> None:
    for headers in (
        {"X_Annotator_Line": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "", "Sec_Fetch_Site": ""},
    ):
        assert client.post("acts", {"acts": [act()]}, **headers)[0] == 403
    assert client.http.get("/line/acts").status_code == 405
    assert client.desk.saved == []
    own = {"Origin": "", "Sec_Fetch_Site": "same-origin"}
    assert client.post("acts", {"acts": [act()]}, **own)[0] == 200


def test_a_token_is_good_for_its_browser_its_server_and_its_time_only(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = client.token
    payload, _, signature = good.partition(".")
    theirs = EditorLine(client.desk.open, lambda *_: ())
    forged = theirs.open(LinePass("project", "Bob"), BROWSER)["token"]
    other = client.line.open(PASS, "another-browser")["token"]
    mixed = client.line.open(LinePass("project", "Bob"), BROWSER)["token"].partition(".")[0]
    for token in (forged, other, f"{mixed}.{signature}", f"{payload}.", "x", f".{signature}"):
        client.token = token
        assert client.post("image", {"image": "one"}) == (
            409,
            {"error": "The page is out of date; reload it.", "stale": True},
        )
    client.token = good
    now = line_module.time.time()
    monkeypatch.setattr(line_module.time, "time", lambda: now + 3 * 24 * 3600)
    assert client.post("image", {"image": "one"})[0] == 409
    assert client.desk.opened == []


def test_who_is_signed_out_is_told_so(client: Client) -> None:
    client.desk.signed_out = True
    status, content = client.post("acts", {"acts": [act()]})
    assert (status, content["error"]) == (401, "You are not signed in; sign in again.")
