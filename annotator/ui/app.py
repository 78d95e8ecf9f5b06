"""The app's script: what every page shares, and the way between the pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from annotator.domain import Permission
from annotator.settings import SignIn
from annotator.ui.installation import installation
from annotator.ui.session import forget_person
from annotator.ui.signed_in import let_in, may_anywhere, say_who

_HERE = Path(__file__).parent

st.set_page_config(
    page_title="Annotator",
    # A picture of our own: Streamlit fetches its icons for the browser's tab from the internet.
    page_icon=str(_HERE / "icon.svg"),
    layout="wide",
    menu_items={"about": "For research and for making data sets. Not a medical device."},
)

st.html(_HERE / "app.css")


def _pages() -> list[StreamlitPage]:
    """Return the pages of whoever is signed in; what they may do is asked again in each."""
    # Not in a folder called `pages`: Streamlit would run what lies there as an app of its own
    # whenever a fresh server is asked for a page by its address.
    offered = [
        (None, "projects", "Projects", ":material/folder_open:"),
        (None, "queue", "Queue", ":material/format_list_numbered:"),
        (Permission.READ, "annotate", "Annotate", ":material/draw:"),
        (Permission.ADJUDICATE, "adjudicate", "Adjudicate", ":material/balance:"),
        (Permission.MANAGE, "study", "Study", ":material/insights:"),
        (Permission.EXPORT, "export", "Export", ":material/ios_share:"),
        (Permission.SUGGEST, "jobs", "Jobs", ":material/pending_actions:"),
    ]
    if installation().settings.sign_in is not SignIn.SINGLE_USER:
        offered.append((Permission.MEMBERS, "people", "People", ":material/group:"))
    return [
        st.Page(f"screens/{name}.py", title=title, icon=icon, default=name == "projects")
        for permission, name, title, icon in offered
        if permission is None or may_anywhere(permission)
    ]


if let_in():
    try:
        page = st.navigation(_pages())
        say_who()
        page.run()
    finally:
        forget_person()
else:
    st.navigation([st.Page(lambda: None, title="Sign in")], position="hidden").run()
