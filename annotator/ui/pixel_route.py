"""The way pixels reach the browser: never by Streamlit's open media path.

Streamlit serves ``/media/...`` to whoever knows the address. A picture of a person goes by
``/pixels/<token>`` instead: the token is signed with a secret that lives as long as this
process, runs out, and opens only in the browser that the page was drawn for, which is told by a
cookie that scripts cannot read. Bytes are made when they are asked for, not when a page is
drawn, and are named by their content, so the browser keeps them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from annotator.errors import AnnotatorError
from annotator.settings import SignIn
from annotator.ui.sign_in.browser_token import base_path, token_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)
_COOKIE = "annotator_browser"


@dataclass(frozen=True, slots=True)
class PixelContent:
    """What is sent: the bytes, their media type, how they are compressed if they are.

    With a `file_name` (of plain letters), the browser saves them under it instead of showing
    them. A `file` is sent in the place of the bytes, and kept by no cache.
    """

    body: bytes
    media_type: str
    content_encoding: str = ""
    file_name: str = ""
    file: Path | None = None


class PixelRoute:
    """Signed addresses of pixels, and the route that answers them.

    Parameters
    ----------
    lifetime_s : int
        An address works for at least this long and at most twice as long.
    capacity : int
        How many pictures can be on offer; the longest unused goes first.
    """

    def __init__(self, lifetime_s: int = 6 * 3600, capacity: int = 4096) -> None:
        self._secret = secrets.token_bytes(32)
        self._lifetime_s = lifetime_s
        self._capacity = capacity
        self._offered: OrderedDict[str, Callable[[], PixelContent]] = OrderedDict()
        self._lock = threading.Lock()

    def url(self, name: str, produce: Callable[[], PixelContent]) -> str:
        """Offer pixels to the browser that this page is drawn for.

        Parameters
        ----------
        name : str
            Names the content, for example ``image:<sha256>``: the same name stands for the
            same bytes. It is not part of the address.
        produce : callable
            Makes the bytes; runs in a worker thread, outside of any Streamlit session.

        Returns
        -------
        str
            An absolute path, the same for the same name, browser and stretch of time.
        """
        return self.url_for(name, produce, browser_key())

    def url_for(self, name: str, produce: Callable[[], PixelContent], browser: str) -> str:
        """Offer pixels to the browser that holds this cookie value."""
        handle = hashlib.sha256(self._secret + name.encode()).hexdigest()[:32]
        with self._lock:
            self._offered[handle] = produce
            self._offered.move_to_end(handle)
            while len(self._offered) > self._capacity:
                self._offered.popitem(last=False)
        # Whole stretches of time, so that the address stays and the browser's cache holds.
        expires = (int(time.time()) // self._lifetime_s + 2) * self._lifetime_s
        token = f"{handle}.{expires}.{self._signature(handle, expires, browser)}"
        return f"{base_path()}/pixels/{token}"

    def routes(self) -> list[Route]:
        """Return the routes to hand to ``st.App(routes=...)``."""
        return [Route(f"{base_path()}/pixels/{{token}}", self._answer, methods=["GET"])]

    def _signature(self, handle: str, expires: int, browser: str) -> str:
        said = f"{handle}.{expires}.{browser}".encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()

    def _opened(self, token: str, browser: str) -> str | None:
        """Return the handle a token opens, or None where it opens nothing."""
        match = re.fullmatch(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})", token)
        if match is None:
            return None
        handle, expires, signature = match[1], int(match[2]), match[3]
        genuine = hmac.compare_digest(signature, self._signature(handle, expires, browser))
        return handle if genuine and time.time() < expires else None

    async def _answer(self, request: Request) -> Response:
        browser = browser_of(request.cookies)
        handle = self._opened(request.path_params["token"], browser)
        with self._lock:
            produce = self._offered.get(handle or "")
        if handle is None or produce is None:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        headers = {
            "ETag": f'"{handle}"',
            "Cache-Control": f"private, max-age={self._lifetime_s}, immutable",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        try:
            content = await anyio.to_thread.run_sync(produce)
        except AnnotatorError as error:
            # The sentence may name a file; the type says enough for a log.
            _LOG.warning("pixels could not be read: %s", type(error).__name__)
            return Response(status_code=503, headers={"Cache-Control": "no-store"})
        if content.content_encoding:
            headers["Content-Encoding"] = content.content_encoding
        if content.file_name:
            headers["Content-Disposition"] = f'attachment; filename="{content.file_name}"'
        if content.file is not None:
            headers["Cache-Control"] = "no-store"
            return FileResponse(content.file, media_type=content.media_type, headers=headers)
        return Response(content.body, media_type=content.media_type, headers=headers)


PIXELS = PixelRoute()
"""The route of this process: the server mounts it, pages ask it for addresses."""


def browser_key() -> str:
    """Return what names the browser that this page is drawn for; empty if nothing does."""
    return browser_of(st.context.cookies)


def browser_of(cookies: Mapping[str, str]) -> str:
    """Return a browser by its cookie and, where people sign in, by who is signed in in it.

    An address that was drawn for one of them opens nothing for the next.
    """
    browser = cookies.get(_COOKIE, "")
    tokens = [token_of(cookies, mode) for mode in (SignIn.ACCOUNTS, SignIn.OIDC)]
    return ":".join([browser, *(hashlib.sha256(t.encode()).hexdigest() for t in tokens if t)])


def content_security_policy() -> str:
    """Return a policy that Streamlit works under and that reaches nothing but this server.

    Scripts: this server's files, and Streamlit's one inline script by its hash; no ``eval``.
    Styles stay ``unsafe-inline``, because Streamlit's own styling inserts style elements.
    """
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in inline]
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class BrowserGuard:
    """Middleware: security headers on every response, and the cookie that names a browser.

    Parameters
    ----------
    app : ASGI application
    policy : str
        The Content-Security-Policy to serve.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of Streamlit's or ours."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self._policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                if not _is_known(scope) and headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", _new_cookie(scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, guarded)


def _is_known(scope: Scope) -> bool:
    return _COOKIE in SimpleCookie(Headers(scope=scope).get("cookie", ""))


def _new_cookie(secure: bool) -> str:
    value = secrets.token_urlsafe(24)
    flags = "; Secure" if secure else ""
    year_s = 365 * 24 * 3600
    return f"{_COOKIE}={value}; Path=/; Max-Age={year_s}; HttpOnly; SameSite=Strict{flags}"


def middleware() -> list[Middleware]:
    """Return the middleware to hand to ``st.App(middleware=...)``."""
    return [Middleware(BrowserGuard, policy=content_security_policy())]
