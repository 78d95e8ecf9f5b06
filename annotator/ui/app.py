"""The app's script: what every page shares, and the way between the pages."""

from __future__ import annotations

import streamlit as st

from annotator.ui.session import keep_rater

st.set_page_config(
    page_title="Annotator",
    page_icon=":material/draw:",
    layout="wide",
    menu_items={"about": "For research and for making data sets. Not a medical device."},
)

page = st.navigation(
    [
        st.Page("pages/projects.py", title="Projects", icon=":material/folder_open:", default=True),
        st.Page("pages/annotate.py", title="Annotate", icon=":material/draw:"),
        st.Page("pages/export.py", title="Export", icon=":material/ios_share:"),
    ]
)
keep_rater()
page.run()
