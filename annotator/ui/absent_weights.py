"""Weights that are not on this machine: where they are from, and the button that downloads them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from annotator.domain import JobKind, Permission
from annotator.ui.plain_text import plain_text
from annotator.ui.session import errors_shown, may, rater, workspace
from annotator.workflows.jobs import fetch_job, list_jobs, start_job
from annotator.workflows.networks import list_cards, show_card

NOT_FETCHED = "not fetched"


def absent_classifiers() -> None:
    """Draw, folded, the classifiers whose weights are not here, for who may bring them here."""
    settings = workspace().settings
    absent = {c["name"]: c["title"] for c in list_cards(settings) if c["weights"] == NOT_FETCHED}
    if not absent or not may(Permission.SERVER_FILES):
        return
    with st.expander(f"More classifiers, to be downloaded ({len(absent)})"):
        name = st.selectbox("Classifier", list(absent), format_func=absent.__getitem__)
        card = show_card(name, settings)
        st.text(f"{card['intended_use']}\n\n{card['limits']}")
        offer_weights(card)


def offer_weights(card: dict[str, Any]) -> None:
    """Draw what a download would bring for a card of `show_card`, and its button.

    Nothing is asked of the network before somebody presses it.
    """
    weights, name = card["weights"], card["name"]
    size = f", {weights['size_bytes'] / 1e6:.0f} MB" if weights["size_bytes"] else ""
    st.caption(
        plain_text(
            f"The weights come from {urlsplit(weights['address']).hostname}{size}, under this "
            f"licence: {weights['licence']}. Nothing of yours is sent there."
        )
    )
    if weights["to_be_converted"]:
        st.caption("They have to be converted by hand; this command says how:")
        st.code(f"annotator models fetch {name}", language=None)
        return
    if not may(Permission.SERVER_FILES):
        st.caption("An admin can download them.")
        return
    accept = ""
    if weights["to_be_accepted"]:
        accept = st.text_input(
            "SHA-256 that you accept",
            key=f"accept-{name}",
            help="Nobody has published what they must hash to. Left empty, the download says what "
            "it found; compare that with what somebody you trust has, and enter it here.",
            autocomplete="off",
        )
    under_way = any(
        job.kind is JobKind.FETCH and job.state.is_open for job in list_jobs(workspace())
    )
    if under_way:
        st.caption("Weights are being downloaded; *Jobs* shows how far that is.")
    if st.button(
        "Download the weights",
        key=f"fetch-{name}",
        icon=":material/download:",
        disabled=under_way,
    ):
        with errors_shown():
            accepted = accept.strip() or None
            job = fetch_job(workspace(), name, accept=accepted, actor=rater() or None)
            start_job(workspace(), job)
            st.switch_page("screens/jobs.py")
