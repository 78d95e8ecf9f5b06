"""How a project is read, and who reads what: the dialog in which both are changed."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Assignment, Project
from annotator.domain.plurals import counted
from annotator.ui.plain_text import plain_text
from annotator.ui.protocol_form import protocol_fields
from annotator.ui.session import errors_shown, rater, workspace
from annotator.workflows.queueing import images_between
from annotator.workflows.reading import (
    assign,
    reader_progress,
    readers_to_choose,
    set_protocol,
    withdraw_assignments,
)


@st.dialog("Reading", width="large")
def reading_settings(project: Project) -> None:
    """Show and change the protocol and the assignments of a project."""
    st.subheader(plain_text(project.name), anchor=False)
    if not rater():
        st.warning("State your name in the side bar: changes are recorded under it.")
        return
    protocol, readers = st.tabs(["Protocol", "Readers"])
    with protocol:
        _protocol(project)
    with readers:
        _readers(project)


def _protocol(project: Project) -> None:
    with st.form(f"protocol-{project.id}", border=False):
        wanted = protocol_fields(f"protocol-{project.id}", project.protocol)
        reason = st.text_input("Reason of the change", autocomplete="off")
        if not st.form_submit_button("Change the protocol", type="primary"):
            return
    if wanted == project.protocol:
        st.info("Nothing was changed.")
        return
    if not reason.strip():
        st.error("Say why it is changed; the reason is recorded.", icon=":material/error:")
        return
    with errors_shown():
        set_protocol(workspace(), project.id, wanted, actor=rater(), reason=reason.strip())
        st.rerun()


def _readers(project: Project) -> None:
    if not project.protocol.isolated:
        st.info(
            "In this project people go on from each other's work, so that no image is assigned. "
            "Choose another protocol to keep readers apart."
        )
        return
    loads = reader_progress(workspace(), project.id)
    if loads:
        st.table(
            {
                "Reader": [plain_text(one.rater) for one in loads],
                "Assigned": [one.assigned for one in loads],
                "Signed": [one.signed for one in loads],
            }
        )
    if project.counts.images:
        _assign_form(project)
        if loads:
            _withdraw_form(project, [one.rater for one in loads])


def _assign_form(project: Project) -> None:
    by_hand = project.protocol.assignment is Assignment.BY_HAND
    with st.form(f"assign-{project.id}"):
        known = readers_to_choose(workspace(), project.id)
        named = st.multiselect(
            "Readers",
            known.names,
            accept_new_options=not known.with_accounts,
            placeholder="Choose readers",
        )
        first, last = _between(project, f"assign-{project.id}") if by_hand else (1, 0)
        if not st.form_submit_button("Assign images", type="primary"):
            return
    with errors_shown():
        chosen = images_between(workspace(), project.id, first, last) if by_hand else None
        new = assign(workspace(), project.id, named, actor=rater(), image_ids=chosen)
        st.success("1 assignment is new." if new == 1 else f"{new} assignments are new.")


def _withdraw_form(project: Project, readers: list[str]) -> None:
    with st.form(f"withdraw-{project.id}"):
        name = st.selectbox("Take back from", readers)
        first, last = _between(project, f"withdraw-{project.id}")
        reason = st.text_input("Reason", autocomplete="off")
        if not st.form_submit_button("Take these images back"):
            return
    if not reason.strip():
        st.error("Say why; the reason is recorded.", icon=":material/error:")
        return
    with errors_shown():
        chosen = images_between(workspace(), project.id, first, last)
        count = withdraw_assignments(
            workspace(), chosen, name, actor=rater(), reason=reason.strip()
        )
        whom = plain_text(name)
        others = len(chosen) - count
        rest = f" {counted(others, 'images of this range were')} not assigned to {whom}."
        st.success(
            f"{counted(count, 'images are')} taken back from {whom}; what was read stays on record."
            f"{rest if others else ''}"
        )


def _between(project: Project, key: str) -> tuple[int, int]:
    left, right = st.columns(2)
    count = project.counts.images
    first = left.number_input("From image", 1, count, 1, key=f"{key}-first")
    last = right.number_input("to image", 1, count, count, key=f"{key}-last")
    return int(first), int(last)
