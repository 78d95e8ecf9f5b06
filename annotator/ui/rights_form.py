"""State a project's licence, and who consents to handing pictures on."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Project
from annotator.domain.rights import Consent, Rights, Shows
from annotator.ui.session import errors_shown, rater, workspace
from annotator.workflows.exporting import project_rights, state_rights, state_shows

_WORDS = {
    Consent.GRANTED: "granted: their pictures may be handed on",
    Consent.WITHHELD: "withheld: their pictures stay here",
    Consent.NOT_STATED: "not stated: pictures of persons stay here",
}
SHOWN = {
    Shows.NOBODY: "nobody recognisable",
    Shows.PERSONS: "recognisable persons",
}


def ask_what_pictures_show(project: Project) -> None:
    """Ask what a project's raster pictures show, once, where nobody has stated it yet."""
    rights = project_rights(workspace(), project.name)
    if rights.is_answered(project.label_set) or rights.consent is not Consent.NOT_STATED:
        return
    with st.form("shows"):
        st.markdown(
            "**What do this project's photographs and films show?** Until this is stated, none of "
            "them leaves. DICOM files are not concerned."
        )
        shows = st.radio("They show", list(SHOWN), index=None, format_func=SHOWN.__getitem__)
        if not st.form_submit_button("Save", icon=":material/gavel:") or shows is None:
            return
    with errors_shown():
        state_shows(workspace(), project.name, shows, actor=rater() or None)
        st.rerun()


def rights_form(project: Project) -> None:
    """Draw what is stated, to be changed."""
    stated = project_rights(workspace(), project.name)
    with st.form("rights", border=False):
        licence = st.text_input("Licence", stated.licence, placeholder="for example CC-BY-4.0")
        consent = st.selectbox(
            "Consent of the persons shown",
            list(_WORDS),
            index=list(_WORDS).index(stated.consent),
            format_func=_WORDS.__getitem__,
        )
        shown = st.selectbox(
            "Photographs and films show",
            list(SHOWN),
            index=list(SHOWN).index(stated.shows) if stated.shows in SHOWN else None,
            format_func=SHOWN.__getitem__,
            placeholder="not stated",
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
        if not st.form_submit_button("Save", icon=":material/gavel:"):
            return
    subjects = {
        row["subject"].strip(): Consent(row["consent"])
        for row in others
        if (row["subject"] or "").strip()
    }
    with errors_shown():
        rights = Rights(
            licence.strip(), Consent(consent), subjects, Shows(shown or Shows.NOT_STATED)
        )
        state_rights(
            workspace(), project.name, rights, actor=rater() or None, reason=reason.strip()
        )
        st.toast("Saved.")
