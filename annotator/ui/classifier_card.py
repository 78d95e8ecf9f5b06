"""The card of a classifier: intended use, limitations, and what was measured; a dialog."""

from __future__ import annotations

import uuid

import streamlit as st

from annotator.ui.absent_weights import NOT_FETCHED, offer_weights
from annotator.ui.plain_text import plain_text
from annotator.ui.session import errors_shown, workspace
from annotator.workflows.networks import show_card
from annotator.workflows.suggesting import suggested_otherwise


@st.dialog("The classifier", width="large")
def classifier_card(model: str, project_id: uuid.UUID) -> None:
    """Show the card of a project's classifier, so that nobody has to trust it unread."""
    with errors_shown():
        others = suggested_otherwise(workspace(), project_id)
        card = show_card(model, workspace().settings)
        st.text(f"{card['title']} ({card['name']} {card['version']})")
        if others:
            st.warning(
                f"The suggestions on {others} of the project's images were made by another version "
                "of it, or by another classifier: what is said here is not said of those. "
                "`annotator suggest` makes them anew; what people decided stays."
            )
        for heading, key in (
            ("What it is for", "intended_use"),
            ("Limitations", "limits"),
            ("What it is", "description"),
            ("What it learned from", "training_data"),
        ):
            st.markdown(f"**{plain_text(heading)}**")
            st.text(card[key])
        st.markdown("**Labels**")
        st.text(", ".join(label["code"] for label in card["labels"]))
        st.markdown("**Weights**")
        st.text(f"{card['weights']['state']}, {card['weights']['licence']}")
        if card["weights"]["state"] == NOT_FETCHED:
            offer_weights(card)
        st.markdown("**What was measured**")
        if not card["measured"]:
            st.text("Nothing: the card has no figures.")
            return
        st.table(
            {
                "Figure": [plain_text(figure["figure"]) for figure in card["measured"]],
                "Value": [f"{figure['value']:.3f}" for figure in card["measured"]],
                "95 %": [
                    " to ".join(f"{end:.3f}" for end in figure["interval"])
                    for figure in card["measured"]
                ],
                "n": [plain_text(figure["n"]) for figure in card["measured"]],
                "On": [plain_text(figure["data"]) for figure in card["measured"]],
            }
        )
