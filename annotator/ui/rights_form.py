"""State a project's licence, and who consents to handing pictures on."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Project
from annotator.domain.rights import Consent, Rights
from annotator.ui.session import errors_shown, rater, workspace
from annotator.workflows.exporting import project_rights, state_rights

_WORDS = {
    Consent.GRANTED: "consent to handing pictures on",
    Consent.WITHHELD: "do not consent",
    Consent.NOT_STATED: "not stated: pictures of faces stay here",
}


def rights_form(project: Project) -> None:
    """Draw what is stated, to be changed."""
    stated = project_rights(workspace(), project.name)
    with st.form("rights", border=False):
        licence = st.text_input("Licence", stated.licence, placeholder="for example CC-BY-4.0")
        consent = st.selectbox(
            "The persons shown",
            list(_WORDS),
            index=list(_WORDS).index(stated.consent),
            format_func=_WORDS.__getitem__,
        )
        others = st.data_editor(
            [{"subject": s, "consent": c.value} for s, c in sorted(stated.subjects.items())]
            or [{"subject": "", "consent": Consent.WITHHELD.value}],
            column_config={
                "subject": st.column_config.TextColumn("Subject (pseudonym)"),
                "consent": st.column_config.SelectboxColumn(
                    "Consent", options=[c.value for c in Consent], required=True
                ),
            },
            num_rows="dynamic",
            hide_index=True,
            width="stretch",
        )
        reason = st.text_input("Reason", placeholder="kept in the project's log")
        if not st.form_submit_button("State", icon=":material/gavel:"):
            return
    subjects = {
        row["subject"].strip(): Consent(row["consent"])
        for row in others
        if (row["subject"] or "").strip()
    }
    with errors_shown():
        rights = Rights(licence.strip(), Consent(consent), subjects)
        state_rights(
            workspace(), project.name, rights, actor=rater() or None, reason=reason.strip()
        )
        st.toast("Stated.")
