"""Beside the editor: in which round one reads, how far one is, and what can be asked."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Annotation, Decision, Mode, Project, Review, Round
from annotator.domain.queues import QueueChoice
from annotator.ui.plain_text import plain_text
from annotator.ui.queue_choice import order_in_words
from annotator.ui.session import errors_shown, rater, workspace
from annotator.workflows.annotating import OpenImage
from annotator.workflows.reading import (
    my_issues,
    raise_issue,
    reader_progress,
    reopen_reading,
)


def reading_bar(project: Project, view: OpenImage, choice: QueueChoice) -> None:
    """Draw it into the side bar."""
    with st.sidebar:
        st.divider()
        for line in _round_in_words(project, view):
            st.caption(plain_text(line))
        if not view.editable:
            _reopening(view)
        _progress(project)
        st.page_link(
            "screens/queue.py",
            label=f"Queue: {plain_text(order_in_words(choice))}",
            icon=":material/format_list_numbered:",
        )
        waiting = len(my_issues(workspace(), project.id, rater()))
        if waiting:
            what = "question is" if waiting == 1 else "questions are"
            st.page_link(
                "screens/queue.py", label=f"{waiting} {what} waiting", icon=":material/help:"
            )
        _asking(view)


def _round_in_words(project: Project, view: OpenImage) -> list[str]:
    reading = view.reading
    if reading is not None and reading.signed_at is not None and view.review is Review.REVIEWED:
        signed = f"Signed by {reading.rater} on {reading.signed_at:%Y-%m-%d %H:%M} UTC."
        return [signed] if project.protocol.isolated else [signed, "The next act opens it again."]
    if reading is None or not project.protocol.isolated:
        return [] if view.review is Review.REVIEWED else _what_done_says(view)
    if reading.round is Round.REVEALED:
        said = "Second look, with what the model says; your first read is kept as it was."
    elif reading.arm is Mode.BLIND_THEN_REVEAL:
        said = "First read, blind: what the model says is shown after you signed."
    else:
        said = _SHOWN[reading.arm]
    return [said, *_what_done_says(view)]


def _what_done_says(view: OpenImage) -> list[str]:
    """Say what pressing Done would state, where that is not what is on the image."""
    decided = {act.region_id for act in view.annotations if act.decision is not Decision.UNDECIDED}
    suggestions = view.run.suggestions if view.run else ()
    waiting = sum(suggestion.id not in decided for suggestion in suggestions)
    if waiting:
        wait = "1 suggestion waits" if waiting == 1 else f"{waiting} suggestions wait"
        return [f"{wait} for a decision. Done (Ctrl Enter) accepts none of them."]
    return [] if _stated(view) else ["No region is stated. Done (Ctrl Enter) signs: nothing here."]


_SHOWN = {
    Mode.SUGGESTIONS_FIRST: "You read by yourself, with what the model says.",
    Mode.LABELS_ONLY: "You read by yourself, with the model's labels and scores.",
    Mode.LABELS_AND_MAPS: "You read by yourself, with the model's labels, scores and maps.",
    Mode.UNAIDED: "You read by yourself, without the model.",
}


def _stated(view: OpenImage) -> bool:
    return bool(view.label_values) or any(act.decision.is_claim for act in view.annotations)


def _reopening(view: OpenImage) -> None:
    with (
        st.popover("Open it again", icon=":material/lock_open:", width="stretch"),
        st.form(f"reopen-{view.asset.id}", border=False),
    ):
        reason = st.text_input("Reason", autocomplete="off")
        if st.form_submit_button("Open the reading again", type="primary"):
            with errors_shown():
                reopen_reading(workspace(), view.asset.id, rater(), reason)
                st.rerun()


def _progress(project: Project) -> None:
    counts = project.counts
    if not project.protocol.isolated:
        if counts.images:
            share = counts.decided / counts.images
            st.progress(share, f"{counts.decided} of {counts.images} reviewed")
        return
    for one in reader_progress(workspace(), project.id):
        if one.rater == rater() and one.assigned:
            st.progress(one.signed / one.assigned, f"{one.signed} of {one.assigned} signed")


def _asking(view: OpenImage) -> None:
    """Let a reviewer ask about what somebody else stated; it goes back to them by itself."""
    others = [act for act in view.annotations if act.rater != rater() and act.decision.is_claim]
    if not others:
        return
    with (
        st.popover("Ask about a region", icon=":material/help:", width="stretch"),
        st.form(f"ask-{view.asset.id}", border=False, clear_on_submit=True),
    ):
        act: Annotation = st.selectbox("Region", others, format_func=_region_in_words)
        text = st.text_area("Question", height=80)
        if st.form_submit_button("Send it to its rater", type="primary"):
            with errors_shown():
                raise_issue(
                    workspace(), view.asset.id, act.region_id, text.strip(), reviewer=rater()
                )
                st.toast(f"The question is in the queue of {plain_text(act.rater)}.")


def _region_in_words(act: Annotation) -> str:
    box = act.region.bounds
    place = f"at {box.x:.0f}, {box.y:.0f}"
    return f"{act.label} {act.decision.value} by {act.rater}, {place}"
