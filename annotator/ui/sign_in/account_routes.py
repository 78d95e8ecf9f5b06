"""The routes by which one signs in and out, joins by a one-time link, and changes a password.

What changes something comes by POST, and only from a page of this server: browsers say where a
form was sent from (``Origin``, ``Sec-Fetch-Site``), and send the session's cookie along from
nowhere else (``SameSite=Strict``).
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio.to_thread
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from annotator.errors import AnnotatorError
from annotator.settings import SignIn
from annotator.ui.installation import installation
from annotator.ui.sign_in.account_pages import (
    NEW_PASSWORDS,
    PASSWORD_RULE,
    Field,
    Form,
    account_page,
)
from annotator.ui.sign_in.browser_token import (
    base_path,
    is_from_this_server,
    signed_in_cookie,
    signed_out_cookie,
    token_of,
)
from annotator.ui.sign_in.gate import ACCOUNT
from annotator.ui.sign_in.turns import LOOK_UPS, Turns, address_of
from annotator.workflows.signing_in import (
    BarredError,
    change_password,
    join_with_password,
    name_of_code,
    person_of,
    sign_in,
    sign_out,
    slowed_s,
)

if TYPE_CHECKING:
    from starlette.requests import Request

_LARGEST_FORM_BYTES = 8192
_TURNS = Turns(at_once=2, queue=128, share=96)
_RETRY_S = 10
_BUSY = f"The server cannot take more at the moment. Go back and try again in {_RETRY_S} seconds."
_Handler = Callable[["Request", dict[str, str]], Response]


def account_routes() -> list[Route]:
    """Return the routes to hand to ``st.App(routes=...)`` where people have accounts."""
    start = f"{base_path()}{ACCOUNT}"
    return [
        Route(f"{start}/", _page(_account), methods=["GET"]),
        Route(f"{start}/sign-in", _page(_sign_in_page), methods=["GET"]),
        Route(f"{start}/sign-in", _form(_sign_in, hashes=True), methods=["POST"]),
        Route(f"{start}/join", _page(_join_page), methods=["GET"]),
        Route(f"{start}/join", _form(_join, hashes=True), methods=["POST"]),
        Route(f"{start}/password", _form(_password, hashes=True), methods=["POST"]),
        Route(f"{start}/sign-out", _form(_sign_out), methods=["POST"]),
    ]


def _page(handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
    @functools.wraps(handler)
    async def answer(request: Request) -> Response:
        given = dict(request.query_params)
        return await anyio.to_thread.run_sync(handler, request, given, limiter=LOOK_UPS)

    return answer


def _form(handler: _Handler, *, hashes: bool = False) -> Callable[[Request], Awaitable[Response]]:
    @functools.wraps(handler)
    async def answer(request: Request) -> Response:
        if not is_from_this_server(request.headers):
            return Response("This form was not sent from a page of this server.", 403)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST_FORM_BYTES:
                return Response("This form is too long.", 413)
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        given = {name: values[-1] for name, values in fields.items()}
        if not hashes:
            return await anyio.to_thread.run_sync(handler, request, given, limiter=LOOK_UPS)
        served = await _TURNS.take(
            request, lambda: handler(request, given), lambda: _delay_s(given.get("name"))
        )
        return served or _busy()

    return answer


def _delay_s(name: str | None) -> float:
    return slowed_s(installation(), name) if name else 0.0


def _busy() -> Response:
    page = account_page("Many people are signing in", wrong=_BUSY, status=429)
    page.headers["Retry-After"] = str(_RETRY_S)
    return page


# ---- in ---------------------------------------------------------------------------------------


def _sign_in_page(
    _request: Request, given: dict[str, str], wrong: str = "", status: int = 200
) -> Response:
    to = _own_address(given.get("next", ""))
    form = Form(
        f"{base_path()}{ACCOUNT}/sign-in",
        "Sign in",
        (
            Field("name", "Name", "text", "username", given.get("name", "")),
            Field("password", "Password"),
        ),
        hidden={"next": to},
    )
    # A link on another site leads here without the cookie, which is not sent from there.
    signed_in = (to, "Already signed in? Continue.")
    return account_page("Sign in", form, wrong=wrong, link=signed_in, status=status)


def _sign_in(request: Request, given: dict[str, str]) -> Response:
    try:
        token = sign_in(
            installation(),
            given.get("name", ""),
            given.get("password", ""),
            address=address_of(request),
        )
    except BarredError as error:
        barred = _sign_in_page(request, given, str(error), 429)
        barred.headers["Retry-After"] = str(error.wait_s)
        return barred
    except AnnotatorError as error:
        return _sign_in_page(request, given, str(error), 401)
    return _in(request, token, _own_address(given.get("next", "")))


def _join_page(
    _request: Request, given: dict[str, str], wrong: str = "", status: int = 200
) -> Response:
    code = given.get("code", "")
    try:
        name = name_of_code(installation(), code)
    except AnnotatorError as error:
        way = (f"{base_path()}{ACCOUNT}/sign-in", "Sign in")
        return account_page("This link does not work", wrong=str(error), link=way, status=410)
    of_name = Field("name", "Name", "text", "username", name or given.get("name", ""), bool(name))
    said = (
        "Choose a password. From then on you sign in with it."
        if name
        else "This installation has no admin yet. Create the first admin account."
    )
    form = Form(
        f"{base_path()}{ACCOUNT}/join",
        "Go on",
        (of_name, *NEW_PASSWORDS),
        rule=PASSWORD_RULE,
        hidden={"code": code},
    )
    title = "Welcome" if name else "Set up"
    return account_page(title, form, said=said, wrong=wrong, status=status)


def _join(request: Request, given: dict[str, str]) -> Response:
    if given.get("password") != given.get("again"):
        return _join_page(request, given, "The two passwords are not the same.", 400)
    try:
        token = join_with_password(
            installation(), given.get("code", ""), given.get("name", ""), given.get("password", "")
        )
    except AnnotatorError as error:
        return _join_page(request, given, str(error), 400)
    return _in(request, token, f"{base_path()}/")


def _in(request: Request, token: str, to: str) -> Response:
    sign_out(installation(), _token(request))  # whoever was signed in here before
    answer = RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})
    answer.headers.append(
        "Set-Cookie", signed_in_cookie(token, secure=request.url.scheme == "https")
    )
    return answer


def _own_address(wanted: str) -> str:
    """Return a path of this server; its start where the address could lead elsewhere."""
    parts = urlsplit(wanted)
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    if not is_path or parts.scheme or parts.netloc or not wanted.isprintable():
        return f"{base_path()}/"
    return wanted


# ---- once in ----------------------------------------------------------------------------------


def _account(
    request: Request, _given: dict[str, str], wrong: str = "", status: int = 200
) -> Response:
    person = person_of(installation(), _token(request))
    if person is None:
        return _to_sign_in()
    fields = (Field("old", "Current password"), *NEW_PASSWORDS)
    start = f"{base_path()}{ACCOUNT}"
    return account_page(
        person.name,
        Form(f"{start}/sign-out", "Sign out"),
        Form(
            f"{start}/password",
            "Change the password",
            fields,
            "Another password",
            f"{PASSWORD_RULE} You are signed out everywhere.",
            quiet=True,
        ),
        said="You are signed in.",
        wrong=wrong,
        link=(f"{base_path()}/", "Back to the projects"),
        status=status,
    )


def _password(request: Request, given: dict[str, str]) -> Response:
    person = person_of(installation(), _token(request))
    if person is None:
        return _to_sign_in()
    if given.get("password") != given.get("again"):
        return _account(request, given, "The two passwords are not the same.", 400)
    try:
        change_password(
            installation().as_person(person),
            given.get("old", ""),
            given.get("password", ""),
            address=address_of(request),
        )
    except AnnotatorError as error:
        return _account(request, given, str(error), 400)
    return _to_sign_in()


def _sign_out(request: Request, _given: dict[str, str]) -> Response:
    sign_out(installation(), _token(request))
    return _to_sign_in()


def _to_sign_in() -> Response:
    query = urlencode({"next": f"{base_path()}/"})
    answer = RedirectResponse(
        f"{base_path()}{ACCOUNT}/sign-in?{query}", 303, headers={"Cache-Control": "no-store"}
    )
    answer.headers.append("Set-Cookie", signed_out_cookie())
    return answer


def _token(request: Request) -> str:
    return token_of(request.cookies, SignIn.ACCOUNTS)
