"""Many sign-ins at once: they hold up nobody else, and who hung up keeps no place."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from account_server import WORDS, Browser, signed_in
from patience import PATIENCE_S, wait_for

from annotator.ui.sign_in import account_routes as account_routes_module
from annotator.ui.sign_in.turns import Turns
from annotator.workflows.people import account_named, new_link
from annotator.workflows.signing_in import join_with_password


class Slow:
    """A hasher whose checks wait until they may go on."""

    def __init__(self) -> None:
        self.go_on, self.begun = threading.Event(), 0

    def __call__(self, *_arguments: object) -> bool:
        self.begun += 1
        assert self.go_on.wait(PATIENCE_S)
        return False


@pytest.fixture
def slow(monkeypatch) -> Iterator[Slow]:
    hasher = Slow()
    monkeypatch.setattr("annotator.workflows.signing_in.is_password", hasher)
    yield hasher
    hasher.go_on.set()


def browser_at(browser: Browser, number: int) -> Browser:
    """A browser at another address."""
    return Browser(browser.port, address=f"192.0.2.{number}")


def test_whoever_reaches_the_port_does_not_stop_the_app_for_all(team, browser, slow):
    code = new_link(team.workspace, account_named(team.workspace, "the rater").id).code
    inside = Browser(browser.port)
    inside.cookies["annotator_session"] = join_with_password(team.workspace, code, "", WORDS)
    tries = [
        threading.Thread(target=browser_at(browser, n).post, args=("/account/sign-in",),
                         kwargs={"name": f"somebody {n}", "password": "x"})
        for n in range(80)
    ]  # fmt: skip
    for thread in tries:
        thread.start()
    wait_for(lambda: slow.begun == 2, "two are looked at")
    # Answered while no password gets done: they would wait for ever in one pool with them.
    assert inside.get("/annotate")[0] == 200
    assert inside.get("/account/")[0] == 200
    assert slow.begun == 2, "no more than two at once"
    slow.go_on.set()
    for thread in tries:
        thread.join(PATIENCE_S)


def test_whoever_comes_when_the_queue_is_full_is_told_when_to_come_again(
    browser, slow, monkeypatch
):
    monkeypatch.setattr(account_routes_module, "_TURNS", Turns(at_once=1, queue=3, share=2))
    ask = {"name": "somebody", "password": "x"}
    first = [
        threading.Thread(target=browser_at(browser, 1).post, args=("/account/sign-in",), kwargs=ask)
        for _ in range(2)
    ]
    for thread in first:
        thread.start()
    wait_for(lambda: account_routes_module._TURNS._here.total() == 2, "both are here")
    status, headers, page = browser_at(browser, 1).post("/account/sign-in", **ask)
    assert (status, headers["Retry-After"]) == (429, "10")
    assert "try again in 10 seconds" in page
    slow.go_on.set()
    assert browser_at(browser, 2).post("/account/sign-in", **ask)[0] == 401
    for thread in first:
        thread.join(PATIENCE_S)


def test_who_hung_up_keeps_no_place(browser, slow, monkeypatch):
    turns = Turns(at_once=1, queue=50, share=50)
    monkeypatch.setattr(account_routes_module, "_TURNS", turns)
    body = urlencode({"name": "somebody", "password": "x"})
    head = (
        f"POST /account/sign-in HTTP/1.1\r\nHost: 127.0.0.1:{browser.port}\r\n"
        f"Origin: http://127.0.0.1:{browser.port}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    lines = [socket.create_connection(("127.0.0.1", browser.port)) for _ in range(20)]
    for line in lines:
        line.sendall(head.encode())
    wait_for(lambda: turns._here.total() == 20 and slow.begun == 1, "all are here")
    for line in lines:
        line.close()
    wait_for(lambda: turns._here.total() == 1, "their places are free")
    slow.go_on.set()
    wait_for(lambda: turns._here.total() == 0, "the last one is done")
    assert slow.begun == 1, "nobody's password is looked at who is gone"


def test_a_proxys_word_for_an_address_counts_from_this_machine(team, browser):
    signed_in(team, browser, "rater")
    for _ in range(6):
        status = browser_at(browser, 1).post("/account/sign-in", name="the rater", password="x")[0]  # noqa: S106
    assert status == 429
    ask = {"name": "the rater", "password": WORDS}
    assert browser_at(browser, 1).post("/account/sign-in", **ask)[0] == 429
    assert browser_at(browser, 2).post("/account/sign-in", **ask)[0] == 303
