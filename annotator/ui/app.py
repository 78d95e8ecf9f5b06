"""The app's script: what every page shares, and the way between the pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from annotator.ui.session import keep_rater

_HERE = Path(__file__).parent

st.set_page_config(
    page_title="Annotator",
    # A picture of our own: Streamlit fetches its icons for the browser's tab from the internet.
    page_icon=str(_HERE / "icon.svg"),
    layout="wide",
    menu_items={"about": "For research and for making data sets. Not a medical device."},
)

# Not in a folder called `pages`: Streamlit would run what lies there as an app of its own
# whenever a fresh server is asked for a page by its address.
page = st.navigation(
    [
        st.Page(
            "screens/projects.py", title="Projects", icon=":material/folder_open:", default=True
        ),
        st.Page("screens/queue.py", title="Queue", icon=":material/format_list_numbered:"),
        st.Page("screens/annotate.py", title="Annotate", icon=":material/draw:"),
        st.Page("screens/adjudicate.py", title="Adjudicate", icon=":material/balance:"),
        st.Page("screens/export.py", title="Export", icon=":material/ios_share:"),
    ]
)
st.html(_HERE / "app.css")
keep_rater()
page.run()
