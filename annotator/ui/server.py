"""What ``annotator app`` serves: the Streamlit app, the route of the pixels, safe headers.

Run by ``streamlit run``; the app's own script is ``app.py`` beside this file.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from annotator.ui.pixel_route import PIXELS, middleware

app = st.App(
    Path(__file__).with_name("app.py"),
    routes=PIXELS.routes(),
    middleware=middleware(),
)
