"""What a classifier is for, whom it is not for, and what was measured of it: a dialog."""

from __future__ import annotations

import streamlit as st

from annotator.ui.session import errors_shown, workspace
from annotator.workflows.networks import show_card


@st.dialog("The classifier", width="large")
def classifier_card(model: str) -> None:
    """Show the card of a project's classifier, so that nobody has to trust it unread."""
    with errors_shown():
        card = show_card(model, workspace().settings)
        st.text(f"{card['title']} ({card['name']} {card['version']})")
        for heading, key in (
            ("What it is for", "intended_use"),
            ("Limits, and whom it is not for", "limits"),
            ("What it is", "description"),
            ("What it learned from", "training_data"),
        ):
            st.markdown(f"**{heading}**")
            st.text(card[key])
        st.markdown("**What was measured**")
        if not card["measured"]:
            st.text("Nothing: the card has no figures.")
            return
        st.table(
            {
                "Figure": [figure["figure"] for figure in card["measured"]],
                "Value": [f"{figure['value']:.3f}" for figure in card["measured"]],
                "95 %": [
                    " to ".join(f"{end:.3f}" for end in figure["interval"])
                    for figure in card["measured"]
                ],
                "n": [figure["n"] for figure in card["measured"]],
                "On": [figure["data"] for figure in card["measured"]],
            }
        )
