"""The fields in which a project's protocol is stated."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Adjudication, Assignment, Mode, Protocol
from annotator.domain.queues import Order

_MODES = {
    Mode.SUGGESTIONS_FIRST: "Suggestions first",
    Mode.BLIND_THEN_REVEAL: "Blind first read, then reveal",
    Mode.LABELS_ONLY: "The model's labels and scores only",
    Mode.LABELS_AND_MAPS: "The model's labels, scores and maps",
    Mode.UNAIDED: "Without the model",
}
_ASSIGNMENTS = {
    Assignment.OPEN: "Whoever opens an image takes it",
    Assignment.BY_HAND: "By hand",
    Assignment.ROUND_ROBIN: "In turn",
    Assignment.LEAST_LOADED: "To whoever has the fewest",
}
_ORDERS = {
    Order.IMPORTED: "In the order of import",
    Order.RANDOM: "In a random order, each in their own",
}
_ADJUDICATIONS = {
    Adjudication.NONE: "None",
    Adjudication.DISAGREEMENT: "Where readers disagree",
    Adjudication.ALL: "Every image",
}


def protocol_fields(key: str, now: Protocol) -> Protocol:
    """Draw the fields inside a form, filled in as the protocol is now; return what they say.

    Parameters
    ----------
    key : str
        Names the fields on the page.
    now : Protocol
    """
    mode = st.selectbox(
        "What readers see",
        tuple(_MODES),
        index=tuple(_MODES).index(now.mode),
        format_func=_MODES.__getitem__,
        key=f"{key}-mode",
        help="Anything but suggestions first with one reader keeps readers apart: each sees "
        "their own work only.",
    )
    arms = st.multiselect(
        "or at random, image by image",
        tuple(_MODES),
        default=now.arms,
        format_func=_MODES.__getitem__,
        placeholder="no arms",
        key=f"{key}-arms",
        help="Two or more arms of a reading study; they are shared out in balanced blocks.",
    )
    order = st.selectbox(
        "Readers who are kept apart read",
        tuple(_ORDERS),
        index=tuple(_ORDERS).index(now.order),
        format_func=_ORDERS.__getitem__,
        key=f"{key}-order",
    )
    seed = st.text_input(
        "Seed of the arms and orders", now.seed, autocomplete="off", key=f"{key}-seed",
        help="Recorded; the same seed gives the same arms and orders.",
    )  # fmt: skip
    readers = st.number_input("Readers of each image", 1, 100, now.readers, key=f"{key}-readers")
    assignment = st.selectbox(
        "Images come to readers",
        tuple(_ASSIGNMENTS),
        index=tuple(_ASSIGNMENTS).index(now.assignment),
        format_func=_ASSIGNMENTS.__getitem__,
        key=f"{key}-assignment",
    )
    adjudication = st.selectbox(
        "Adjudication",
        tuple(_ADJUDICATIONS),
        index=tuple(_ADJUDICATIONS).index(now.adjudication),
        format_func=_ADJUDICATIONS.__getitem__,
        key=f"{key}-adjudication",
    )
    decide_all = st.checkbox(
        "Require a decision on every suggestion",
        now.decide_all,
        key=f"{key}-decide-all",
        help="Done is refused while a suggestion is undecided.",
    )
    overlap = st.checkbox(
        "Masks may overlap",
        now.masks_may_overlap,
        key=f"{key}-overlap",
        help="If not, painting one label's mask takes the pixels out of the other labels'.",
    )
    return Protocol(
        *(mode, tuple(arms), seed.strip(), int(readers), assignment, adjudication, order),
        decide_all=decide_all,
        masks_may_overlap=overlap,
    )


def protocol_in_words(protocol: Protocol) -> str:
    """Return a protocol in a line."""
    parts = [" or ".join(_MODES[mode] for mode in protocol.arms) or _MODES[protocol.mode]]
    if protocol.readers > 1:
        parts.append(f"{protocol.readers} readers")
    if protocol.adjudication is not Adjudication.NONE:
        parts.append("adjudicated")
    if protocol.decide_all:
        parts.append("every suggestion decided")
    if not protocol.masks_may_overlap:
        parts.append("masks do not overlap")
    return " · ".join(parts)
