"""Messages that cannot be shown again: each stays until the person it is for dismisses it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from annotator.ui.session import workspace

_Content = TypeVar("_Content")
_KEPT: dict[tuple[uuid.UUID | None, str], object] = {}
"""By account (None in single-user mode) and place; in memory only, for it may hold a secret.

Of the server and not of ``st.session_state``, which a reload of the page empties.
"""


def keep_message(place: str, content: object) -> None:
    """Keep something for whoever is signed in, in place of what was kept there for them before.

    Parameters
    ----------
    place : str
        Where it is shown; with the id of its project, if it has one.
    content : object
    """
    _KEPT[workspace().person.account_id, place] = content


def show_message(place: str, kind: type[_Content], draw: Callable[[_Content], None]) -> None:
    """Draw what is kept in a place for whoever is signed in, with a button that dismisses it."""
    key = workspace().person.account_id, place
    content = _KEPT.get(key)
    if not isinstance(content, kind):
        return
    with st.container(border=True):
        draw(content)
        if st.button("Dismiss", key=f"dismiss-{place}", icon=":material/close:"):
            _KEPT.pop(key, None)
            st.rerun()
