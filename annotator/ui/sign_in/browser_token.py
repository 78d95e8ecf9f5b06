"""What a browser proves with that it is signed in: a cookie that scripts cannot read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

from annotator.settings import SignIn

_COOKIE = "annotator_session"
_OF_PROVIDER = re.compile(r"_streamlit_user(_+\d+)?")


def token_of(cookies: Mapping[str, str], mode: SignIn) -> str:
    """Return the token among a browser's cookies; empty if there is none.

    With an identity provider it is the signed statement that Streamlit keeps, in one cookie or
    in pieces: each signing in makes another one.
    """
    if mode is SignIn.ACCOUNTS:
        return cookies.get(_COOKIE, "")
    if mode is SignIn.OIDC:
        pieces = (cookies[name] for name in sorted(cookies) if _OF_PROVIDER.fullmatch(name))
        return "".join(pieces)
    return ""


def signed_in_cookie(token: str, *, secure: bool) -> str:
    """Return the header that gives a browser its token, until it is closed."""
    return f"{_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"


def signed_out_cookie() -> str:
    """Return the header that takes it away."""
    return f"{_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"


def base_path() -> str:
    """Return the path that this server's addresses begin with; empty or ``/something``."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def is_from_this_server(headers: Mapping[str, str]) -> bool:
    """Tell whether a page of this server sent a request; a browser that does not say did not."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    return urlsplit(origin).netloc == headers.get("host")
