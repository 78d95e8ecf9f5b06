"""Images decided before signatures were kept: to sign, to look through, or to leave."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Project
from annotator.domain.plurals import counted
from annotator.ui.session import errors_shown, name_in_address, rater, workspace
from annotator.workflows.reading import (
    decided_before_signatures,
    leave_decided,
    sign_decided,
)


def decided_images(project: Project) -> None:
    """Show them to whoever decided them, until they are signed or left."""
    if project.protocol.isolated:
        return
    waiting = decided_before_signatures(workspace(), project.id, rater())
    if not waiting:
        return
    with st.container(border=True):
        st.markdown(
            f"**{counted(len(waiting), 'images')} decided before signatures were kept.** "
            "Only Done makes an image reviewed now; without your signature it is in progress."
        )
        sign, look, leave = st.columns(3)
        with errors_shown():
            if sign.button("Sign all", type="primary", width="stretch"):
                count = sign_decided(workspace(), project.id, rater())
                st.toast(f"{counted(count, 'images are')} signed.")
                st.rerun()
            if look.button("Look through", width="stretch"):
                name_in_address("image", str(waiting[0]))
                st.rerun()
            if leave.button("Leave", width="stretch"):
                leave_decided(workspace(), project.id, rater())
                st.rerun()
