"""What ``annotator app`` serves: the Streamlit app, routes of its own, the gate.

Run by ``streamlit run``; the app's own script is ``app.py`` beside this file.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from annotator.settings import Settings, SignIn
from annotator.ui.editor_desk import LINE
from annotator.ui.installation import installation
from annotator.ui.network_at_hand import NETWORKS
from annotator.ui.pixel_route import PIXELS, middleware
from annotator.ui.sign_in.account_routes import account_routes
from annotator.ui.sign_in.gate import gate
from annotator.workflows.jobs import supervise

_SETTINGS = Settings.from_environment()
_SETTINGS.check_address(str(st.get_option("server.address") or "0.0.0.0"))  # noqa: S104 - its default

app = st.App(
    Path(__file__).with_name("app.py"),
    routes=[
        *PIXELS.routes(),
        *LINE.routes(),
        *(account_routes() if _SETTINGS.sign_in is SignIn.ACCOUNTS else ()),
    ],
    middleware=[*middleware(), gate(_SETTINGS.sign_in)],
)
NETWORKS.prepare()
supervise(installation)
