"""The HTTP surface: nothing without a session, nothing sent from elsewhere, no way round."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from account_server import WORDS, Browser, Served, signed_in

from annotator.domain import Role
from annotator.settings import SignIn
from annotator.ui import installation as opened
from annotator.ui.pixel_route import PixelContent, browser_of
from annotator.workflows.people import account_named, new_link, set_active, set_role
from annotator.workflows.pictures import shown_pixels
from annotator.workflows.signing_in import person_of, sign_in

PRIVATE = ("/", "/annotate", "/media/abc.png", "/_stcore/stream", "/_stcore/upload_file/1/2")


# ---- the gate -----------------------------------------------------------------------------------


def test_without_a_session_nothing_is_answered(browser):
    for path in PRIVATE:
        status, headers, body = browser.get(path)
        assert (status, body) == (401, ""), path
        assert headers["Cache-Control"] == "no-store"
        status, headers, _ = browser.get(path, Accept="text/html")
        assert status == 303
        assert headers["Location"].startswith("/account/sign-in?next=%2F")


def test_there_is_no_way_round_the_gate(browser):
    for path in (
        "/account/../media/x", "/account/%2e%2e/media/x", "//media/x", "/account//../",
        "/account/sign-in/../../annotate", "/account/sign-in%00", "/ACCOUNT/", "/account/x",
        "/_stcore/health/../upload_file/1", "/%61ccount/../queue", "/account/sign-in/",
        "/static/../media/x", "/static/%2e%2e/media/x", "/app/static/x", "/static",
    ):  # fmt: skip
        status, _, body = browser.get(path)
        assert (status, body) == (401, ""), path


def test_the_socket_is_behind_the_gate(team, browser):
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec_WebSocket_Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec_WebSocket_Version": "13",
    }
    assert browser.get("/_stcore/stream", **upgrade)[0] == 403
    assert signed_in(team, browser, "rater").get("/_stcore/stream", **upgrade)[0] == 101


def test_what_is_no_secret_needs_no_session(browser):
    for path in ("/_stcore/health", "/static/js/index.js"):
        assert browser.get(path)[0] == 200


@pytest.mark.parametrize("who", [role.value for role in Role])
def test_whoever_signed_in_gets_through_until_they_sign_out(team, browser, who):
    inside = signed_in(team, browser, who)
    assert inside.get("/annotate")[::2] == (200, "inside")
    kept = dict(inside.cookies)
    assert inside.post("/account/sign-out")[0] == 303
    assert inside.cookies["annotator_session"] == ""
    inside.cookies = kept  # a copy of the cookie opens nothing either
    assert inside.get("/annotate")[0] == 401


def test_sessions_that_end_at_the_server_end_here(team, browser):
    account = account_named(team.workspace, "the rater")
    ends = [
        lambda: set_active(team.workspace, account.id, False),
        lambda: set_role(team.workspace, team.project.id, account.id, Role.RATER, False),
    ]
    for end in ends:
        inside = signed_in(team, browser, "rater")
        assert inside.get("/annotate")[0] == 200
        end()
        assert inside.get("/annotate")[0] == 401
        set_active(team.workspace, account.id, True)


# ---- pixels, for each role ----------------------------------------------------------------------


@pytest.mark.parametrize("who", [*(role.value for role in Role), "without a role"])
def test_pixels_go_to_whom_they_were_drawn_for(team, pixels, browser, who):
    inside = signed_in(team, browser, who)
    person = person_of(team.workspace, inside.cookies["annotator_session"])
    asset = team.workspace.record.image(team.image_ids[0])
    as_them = team.workspace.as_person(person)

    def produce() -> PixelContent:
        return PixelContent(shown_pixels(as_them, asset).tobytes()[:4], "image/png")

    url = pixels.url_for("image", produce, browser_of(inside.cookies))
    may_see = who != "without a role"
    assert inside.get(url)[0] == (200 if may_see else 503)
    assert browser.get(url)[0] == 401
    # Another person in the same browser, with the address from its history.
    other = signed_in(team, browser, "bystander")
    other.cookies["annotator_browser"] = inside.cookies["annotator_browser"]
    assert other.get(url)[0] == 404
    inside.post("/account/sign-out")
    assert inside.get(url)[0] == 401


def test_a_path_is_no_address_of_pixels(team, browser):
    inside = signed_in(team, browser, "rater")
    for name in (
        "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "a" * 5000, "..", "%2e%2e",
    ):  # fmt: skip
        status, _, body = inside.get(f"/pixels/{name}")
        assert "root:" not in body
        assert status == 404 or body == "inside", name  # what Streamlit answers to any address


# ---- signing in ---------------------------------------------------------------------------------


def test_the_cookie_is_for_this_server_alone(team, browser):
    code = new_link(team.workspace, account_named(team.workspace, "the rater").id).code
    page = browser.get(f"/account/join?{urlencode({'code': code})}")
    assert page[0] == 200
    assert 'value="the rater"' in page[2]
    status, headers, _ = browser.post("/account/join", code=code, password=WORDS, again=WORDS)
    assert status == 303
    flags = headers["Set-Cookie"].split("; ")[1:]
    assert flags == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert browser.get("/")[0] == 200
    assert browser.get(f"/account/join?{urlencode({'code': code})}")[0] == 410


FOREIGN = (
    "https://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1", "",
)  # fmt: skip


@pytest.mark.parametrize("form", ["sign-in", "sign-out", "join", "password"])
def test_a_form_of_another_site_does_nothing(team, browser, form):
    inside = signed_in(team, browser, "rater")
    fields = {"name": "the rater", "password": WORDS, "again": WORDS, "old": WORDS}
    for origin in FOREIGN:
        status, headers, _ = inside.post(f"/account/{form}", origin, **fields)
        assert status == 403, origin
        assert "Set-Cookie" not in headers
        assert inside.get("/")[0] == 200


def test_a_browser_that_tells_no_origin_says_what_site_it_was(browser):
    body = urlencode({"name": "the rater", "password": "wrong"})
    for site, status in (("same-origin", 401), ("same-site", 403), ("cross-site", 403), ("", 403)):
        assert browser.ask("POST", "/account/sign-in", body, Sec_Fetch_Site=site)[0] == status


def test_nothing_changes_by_a_link(team, browser):
    inside = signed_in(team, browser, "rater")
    for form in ("sign-out", "password"):
        assert inside.get(f"/account/{form}")[0] in (405, 200)
    assert inside.get("/annotate")[::2] == (200, "inside")


def test_one_is_led_to_this_server_and_nowhere_else(team, browser):
    signed_in(team, browser, "rater")
    for wanted, goes_to in (
        ("/annotate?image=1", "/annotate?image=1"), ("https://evil.example/", "/"),
        ("//evil.example", "/"), ("/\\evil.example", "/"), ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"), ("", "/"), ("evil", "/"),
    ):  # fmt: skip
        fields = {"name": "the rater", "password": WORDS, "next": wanted}
        status, headers, _ = browser.post("/account/sign-in", **fields)
        assert (status, headers["Location"]) == (303, goes_to)


def test_wrong_tries_are_told_how_long_they_wait(team, browser):
    signed_in(team, browser, "rater")
    for _ in range(5):
        status, _, page = browser.post("/account/sign-in", name="the rater", password="wrong")  # noqa: S106
        assert status == 401
        assert "Wrong user name or password" in page
    status, headers, page = browser.post("/account/sign-in", name="the rater", password=WORDS)
    assert status == 429
    assert 0 < int(headers["Retry-After"]) <= 30
    assert "Too many wrong user names" in page


def test_what_somebody_typed_is_text_on_the_page(browser):
    script = '"><script>alert(1)</script>'
    page = browser.post("/account/sign-in", name=script, password="x", next=script)[2]  # noqa: S106
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_form_too_long_is_not_read(browser):
    assert browser.post("/account/sign-in", name="x" * 9000)[0] == 413


def test_a_password_is_changed_by_its_owner_and_ends_the_sessions(team, browser):
    inside = signed_in(team, browser, "rater")
    new = {"password": "another long one", "again": "another long one"}
    assert inside.post("/account/password", old="wrong", **new)[0] == 400
    assert inside.post("/account/password", old=WORDS, password="a", again="b")[0] == 400  # noqa: S106
    assert inside.get("/account/")[0] == 200
    assert inside.post("/account/password", old=WORDS, **new)[0] == 303
    assert inside.get("/annotate")[0] == 401
    assert sign_in(team.workspace, "the rater", "another long one")


# ---- the machine's own mode ---------------------------------------------------------------------


def test_a_single_users_app_answers_to_this_machines_names_only(team, pixels):
    running = Served(pixels, SignIn.SINGLE_USER)
    try:
        browser = Browser(running.port)
        for host, status in (
            ("127.0.0.1:8501", 200), ("localhost", 200), ("[::1]:8501", 200),
            ("evil.example", 400), ("127.0.0.1.evil.example:8501", 400), ("192.168.1.5", 400),
        ):  # fmt: skip
            assert browser.get("/", Host=host)[0] == status, host
    finally:
        running.server.should_exit = True
        running.thread.join(10)


def test_with_an_identity_provider_pixels_and_files_need_the_session(team, pixels, monkeypatch):
    monkeypatch.setattr(opened, "_opened", lambda _settings: team.workspace)
    running = Served(pixels, SignIn.OIDC)
    try:
        browser = Browser(running.port, {"_streamlit_user": "statement", "_streamlit_user_1": "x"})
        for path in ("/pixels/x", "/media/x", "/_stcore/upload_file/1/2", "//media/x"):
            assert browser.get(path)[0] == 401, path
        assert browser.get("/")[0] == 200  # the page that leads to the provider
        account = account_named(team.workspace, "the rater")
        now = account.created_at
        team.workspace.record.signing_in.begin_session(account.id, "statementx", now=now)
        monkeypatch.setattr("annotator.workflows.signing_in._now", lambda: now)
        assert browser.get("/media/x")[0] == 200
    finally:
        running.server.should_exit = True
        running.thread.join(10)


@pytest.mark.parametrize("form", ["sign-in", "join", "password", "sign-out"])
@pytest.mark.parametrize("body", ["", "&&==;", "name", "name=%00&password=%ff", "next=%0d%0a"])
def test_a_form_that_lacks_fields_is_answered_by_a_sentence(team, browser, form, body):
    inside = signed_in(team, browser, "rater")
    own = f"http://127.0.0.1:{browser.port}"
    status, _, page = inside.ask("POST", f"/account/{form}", body, Origin=own)
    assert status in (303, 400, 401, 410), page
    for query in ("", "?code", "?code=%00", "?next=%00&next=//x", "?name=%ff"):
        for path in ("sign-in", "join", ""):
            status, _, page = inside.get(f"/account/{path}{query}")
            assert status in (200, 303, 410), page
            assert "Error" not in page
