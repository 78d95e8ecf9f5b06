"""The gate: middleware that lets nobody reach the app, its files or pixels who is not signed in.

Streamlit answers whoever knows an address (pages, uploads, media). So the check lies before all
of it, and each request asks the record anew: a session that was ended opens nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response

from annotator.settings import SignIn
from annotator.ui.installation import installation
from annotator.ui.sign_in.browser_token import base_path, token_of
from annotator.ui.sign_in.turns import LOOK_UPS
from annotator.workflows.signing_in import person_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ACCOUNT = "/account"
"""Where people sign in and out; nothing of the record is there."""

_OPEN = {"/_stcore/health"} | {
    f"{ACCOUNT}/{page}" for page in ("", "sign-in", "sign-out", "join", "password")
}
_PRIVATE = {"pixels", "line", "media", "upload_file"}
"""What an identity provider's sign-in keeps closed; the rest draws the page that leads there."""


class Gate:
    """Asks for a session before anything is answered.

    Parameters
    ----------
    app : ASGI application
    mode : SignIn
        ``accounts`` or ``oidc``.
    """

    def __init__(self, app: ASGIApp, mode: SignIn) -> None:
        self._app = app
        self._mode = mode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or send it to where one signs in."""
        if scope["type"] not in ("http", "websocket") or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        token = token_of(cookie_parser(headers.get("cookie", "")), self._mode)
        person = None
        if token:
            person = await anyio.to_thread.run_sync(
                person_of, installation(), token, limiter=LOOK_UPS
            )
        if person is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4401, "reason": "not signed in"})
        else:
            await self._turned_away(scope, headers)(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        inside = path.removeprefix(base_path())
        if self._mode is SignIn.OIDC:
            return _PRIVATE.isdisjoint(inside.split("/"))
        # By their whole names: no way round by ``..``. Streamlit's own scripts are everybody's.
        return inside in _OPEN or (inside.startswith("/static/") and ".." not in inside)

    def _turned_away(self, scope: Scope, headers: Headers) -> Response:
        never = {"Cache-Control": "no-store"}
        is_page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        if is_page and self._mode is SignIn.ACCOUNTS:
            # Path and question only, and of this server: never somebody else's address.
            wanted = quote(scope["path"] + "?" + scope["query_string"].decode("latin-1"), safe="")
            to = f"{base_path()}{ACCOUNT}/sign-in?next={wanted}"
            return RedirectResponse(to, status_code=303, headers=never)
        return Response(status_code=401, headers=never)


def gate(mode: SignIn) -> Middleware:
    """Return the middleware to hand to ``st.App(middleware=...)`` for a way of signing in.

    For a single user it is the name by which the server is called: a page of another site that
    had its name lead to this machine would otherwise be answered.
    """
    if mode is SignIn.SINGLE_USER:
        own = ["localhost", "127.0.0.1", "::1", "[::1]"]
        return Middleware(TrustedHostMiddleware, allowed_hosts=own, www_redirect=False)
    return Middleware(Gate, mode=mode)
