"""Serves the harness page as the product serves its app: own pixel route, headers, one server."""

import gc
from pathlib import Path

import streamlit as st
from desk import LINE

from annotator.ui.pixel_route import PIXELS, middleware

app = st.App(
    Path(__file__).parent / "page.py",
    routes=[*PIXELS.routes(), *LINE.routes()],
    middleware=middleware(),
)
# Streamlit walks all objects after each run of a page; those of the program stay, as in the app.
gc.freeze()
