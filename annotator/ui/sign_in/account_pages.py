"""The pages on which one signs in: plain HTML without a script, on the app's own colours.

A password is typed here and goes nowhere else: never into Streamlit's session or its socket.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, Template
from starlette.responses import HTMLResponse

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Field:
    """A line to fill in; `completes` tells password managers what it is."""

    name: str
    label: str
    kind: str = "password"
    completes: str = "current-password"
    value: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent to an address of ours when its button is pressed."""

    action: str
    button: str
    fields: tuple[Field, ...] = ()
    title: str = ""
    rule: str = ""
    quiet: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)


PASSWORD_RULE = "At least 12 characters; three or four words in a row will do."  # noqa: S105
NEW_PASSWORDS = (
    Field("password", "New password", completes="new-password"),
    Field("again", "The same again", completes="new-password"),
)


def account_page(
    title: str,
    *forms: Form,
    said: str = "",
    wrong: str = "",
    link: tuple[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Return a page.

    Parameters
    ----------
    title : str
    *forms : Form
    said : str
        A sentence under the title.
    wrong : str
        What went wrong, if something did.
    link : (str, str), optional
        Address and words.
    status : int
        Of HTTP.
    """
    content = _template().render(
        title=title, forms=forms, said=said, wrong=wrong, link=link, icon=_icon()
    )
    return HTMLResponse(content, status, headers={"Cache-Control": "no-store"})


@lru_cache(maxsize=1)
def _template() -> Template:
    text = (_HERE / "account_page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True).from_string(text)


@lru_cache(maxsize=1)
def _icon() -> str:
    return base64.b64encode((_HERE.parent / "icon.svg").read_bytes()).decode()
