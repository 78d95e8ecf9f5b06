"""What managers change of a project: its name, labels and images, and whether it is archived."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Permission, Project
from annotator.domain.plurals import counted
from annotator.ui.operating_points import operating_points
from annotator.ui.plain_text import plain_text
from annotator.ui.session import errors_shown, may, workspace
from annotator.workflows.erasing import delete_project
from annotator.workflows.projects import (
    add_label,
    archive_project,
    list_projects,
    remove_images,
    removed_images,
    rename_label,
    rename_project,
    retire_label,
)
from annotator.workflows.queueing import images_between


@st.dialog("Manage project", width="large")
def manage_project(project: Project) -> None:
    """Show what managers may change; each change is recorded with its reason."""
    st.subheader(plain_text(project.name), anchor=False)
    tabs = ["Name", "Labels", "Images", "Archive"]
    if project.model_name is not None:
        tabs.append("Operating points")
    names, labels, images, archive, *points = st.tabs(tabs)
    with names:
        _name(project)
    with labels:
        _labels(project)
    with images:
        _images(project)
    with archive:
        _archive(project)
    for tab in points:
        with tab:
            operating_points(project)


def archived_projects() -> None:
    """Draw the archived projects, which whoever manages them may restore."""
    projects = list_projects(workspace(), archived=True)
    if not projects:
        return
    with st.expander(f"Archived projects ({len(projects)})"):
        for project in projects:
            st.markdown(f"**{plain_text(project.name)}**")
            if not may(Permission.MANAGE, project.id):
                continue
            with st.form(f"restore-{project.id}", border=False):
                reason, sure = _reason(), False
                with st.container(horizontal=True, vertical_alignment="center"):
                    restores = st.form_submit_button("Restore project")
                    if may(Permission.ERASE, project.id):
                        deletes = st.form_submit_button("Delete project")
                        sure = st.checkbox("for ever, with all images and annotations") and deletes
            with errors_shown():
                if restores:
                    archive_project(workspace(), project.id, archived=False, reason=reason)
                if sure:
                    who = workspace().person.name
                    delete_project(workspace(), project.name, actor=who, reason=reason)
                if restores or sure:
                    st.rerun()


def _reason() -> str:
    return st.text_input("Reason", autocomplete="off", help="Recorded with the change")


def _name(project: Project) -> None:
    with st.form(f"rename-{project.id}", border=False):
        name, reason = st.text_input("Name", project.name, autocomplete="off"), _reason()
        if st.form_submit_button("Rename project", type="primary"):
            with errors_shown():
                rename_project(workspace(), project.id, name, reason=reason)
                st.rerun()


def _labels(project: Project) -> None:
    labels = {label.code: label for label in project.label_set}
    st.table(
        {
            "Code": [plain_text(code) for code in labels],
            "Name": [plain_text(label.meaning) for label in labels.values()],
            "": ["retired" if label.retired else "" for label in labels.values()],
        }
    )
    with st.form(f"add-label-{project.id}", clear_on_submit=True):
        code = st.text_input("Code of a new label", autocomplete="off")
        meaning, reason = st.text_input("Name in words", autocomplete="off"), _reason()
        if st.form_submit_button("Add label"):
            with errors_shown():
                add_label(workspace(), project.id, code, meaning, reason=reason)
                st.rerun()
    with st.form(f"change-label-{project.id}", clear_on_submit=True):
        code = st.selectbox("Label", list(labels))
        meaning, reason = st.text_input("Its new name in words", autocomplete="off"), _reason()
        st.caption("A retired label is not offered any more; what was stated with it stays.")
        with st.container(horizontal=True):
            renames = st.form_submit_button("Rename label")
            retires = st.form_submit_button("Retire label")
            offers = st.form_submit_button("Offer label again")
        with errors_shown():
            if renames:
                rename_label(workspace(), project.id, code, meaning, reason=reason)
            if retires or offers:
                retire_label(workspace(), project.id, code, retired=retires, reason=reason)
            if renames or retires or offers:
                st.rerun()


def _images(project: Project) -> None:
    st.caption(
        "A removed image is left out of the queue, of counts and of exports. What was stated of "
        "it stays in the record."
    )
    if project.counts.images:
        with st.form(f"remove-{project.id}"):
            left, right = st.columns(2)
            first = left.number_input("From image", 1, step=1)
            last, reason = right.number_input("to image", 1, step=1), _reason()
            if st.form_submit_button("Remove images"):
                with errors_shown():
                    ids = images_between(workspace(), project.id, int(first), int(last))
                    count = remove_images(workspace(), project.id, ids, reason=reason)
                    st.success(f"{counted(count, 'images were')} removed.")
    removed = {image.id: image for image in removed_images(workspace(), project.id)}
    if removed:
        with st.form(f"put-back-{project.id}"):
            chosen = st.multiselect(
                "Removed images", list(removed), format_func=lambda key: removed[key].file_name
            )
            reason = _reason()
            if st.form_submit_button("Put images back"):
                with errors_shown():
                    remove_images(workspace(), project.id, chosen, removed=False, reason=reason)
                    st.rerun()


def _archive(project: Project) -> None:
    st.caption("An archived project is not listed and can be read only. It can be restored.")
    with st.form(f"archive-{project.id}", border=False):
        reason = _reason()
        if st.form_submit_button("Archive project", type="primary"):
            with errors_shown():
                archive_project(workspace(), project.id, reason=reason)
                st.rerun()
