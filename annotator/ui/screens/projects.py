"""Projects: see how far they are, create one, take files in, compute suggestions."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import partial

import streamlit as st

from annotator.domain import SUGGESTION_GEOMETRIES, SUGGESTIONS_FIRST, JobKind, Permission, Project
from annotator.domain.plurals import counted
from annotator.ui.absent_weights import absent_classifiers
from annotator.ui.classifier_card import classifier_card
from annotator.ui.import_panel import add_images, show_sheet
from annotator.ui.job_panel import own_jobs, say_what_runs, show_jobs
from annotator.ui.plain_text import plain_text
from annotator.ui.project_settings import archived_projects, manage_project
from annotator.ui.protocol_form import protocol_fields, protocol_in_words
from annotator.ui.reading_settings import reading_settings
from annotator.ui.rights_form import SHOWN
from annotator.ui.session import errors_shown, may, rater, workspace
from annotator.workflows.blinding import may_see_machine
from annotator.workflows.exporting import state_shows
from annotator.workflows.jobs import list_jobs, projects_at_work, start_job, suggest_job
from annotator.workflows.networks import list_cards
from annotator.workflows.projects import create_project, list_projects
from annotator.workflows.reading import check_protocol, set_protocol

_OWN_LABELS = "none (labels of my own)"


def _show_projects(projects: Sequence[Project]) -> None:
    every, at_work = list_jobs(workspace()), projects_at_work(workspace())
    for project in projects:
        with st.container(border=True):
            jobs = own_jobs(every, project, (JobKind.IMPORT, JobKind.SUGGEST))
            busy = {job.kind for job in jobs if job.state.is_open}
            _show_project(project, busy)
            if project.id in at_work:
                say_what_runs(project, [job.id for job in jobs])
            show_jobs(project, jobs, partial(show_sheet, project))


def _show_project(project: Project, busy: Set[JobKind]) -> None:
    counts = project.counts
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain_text(project.name), anchor=False)
        if may(Permission.READ, project.id) and st.button(
            "Annotate",
            key=f"annotate-{project.id}",
            type="primary",
            icon=":material/draw:",
            disabled=not counts.images,
        ):
            st.session_state["project_id"] = project.id
            st.switch_page("screens/annotate.py")
    st.caption(plain_text(" · ".join(_project_in_words(project))))
    if counts.images:
        said = f"{counts.decided} of {counted(counts.images, 'images')} reviewed"
        st.progress(counts.decided / counts.images, said)
    with st.container(horizontal=True):
        _lesser_actions(project, busy)


def _project_in_words(project: Project) -> list[str]:
    counts = project.counts
    said = [project.model_name or "no classifier", protocol_in_words(project.protocol).lower()]
    if not counts.images:
        return ["no images yet", *said]
    if project.model_name and counts.with_suggestions:
        said.insert(1, f"{counts.with_suggestions} with suggestions")
    return said


def _lesser_actions(project: Project, busy: Set[JobKind]) -> None:
    counts = project.counts
    if may(Permission.ADD_IMAGES, project.id):
        add_images(project, disabled=JobKind.IMPORT in busy)
    if may(Permission.MANAGE, project.id):
        if st.button("Reading", key=f"reading-{project.id}", icon=":material/rule:"):
            reading_settings(project)
        if st.button("Manage", key=f"manage-{project.id}", icon=":material/settings:"):
            manage_project(project)
    shows_card = may_see_machine(workspace(), project.id, rater() or None)
    if (
        project.model_name is not None
        and shows_card
        and st.button("Classifier", key=f"classifier-{project.id}", icon=":material/fact_check:")
    ):
        classifier_card(project.model_name, project.id)
    misses = project.model_name is not None and counts.suggested < counts.images
    if misses and may(Permission.SUGGEST, project.id):
        _suggest(project, starts=JobKind.SUGGEST not in busy)


def _suggest(project: Project, *, starts: bool) -> None:
    asked = st.button(
        "Compute suggestions",
        key=f"suggest-{project.id}",
        icon=":material/auto_awesome:",
        disabled=not starts,
    )
    checks = st.checkbox(
        "Check each one",
        True,
        key=f"check-{project.id}",
        help="Fits outlines to edges, and asks the classifier again without each region and on "
        "the mirrored image. Takes a few times as long.",
        disabled=not starts,
    )
    if not asked:
        return
    with errors_shown():
        job = suggest_job(workspace(), project.name, check=checks, actor=rater() or None)
        start_job(workspace(), job)
        st.rerun()


def _create_form() -> None:
    cards = {
        card["name"]: card
        for card in list_cards(workspace().settings)
        if card["trained"] and card["ready"]
    }
    with st.form("create", clear_on_submit=True):
        st.subheader("New project", anchor=False)
        name = st.text_input("Name")
        model = st.selectbox(
            "Classifier that makes the suggestions",
            [*cards, _OWN_LABELS],
            format_func=lambda key: cards[key]["title"] if key in cards else key,
        )
        with (
            st.expander("Intended use and limitations"),
            st.container(key="limits-of-classifiers"),
        ):
            for card in cards.values():
                st.markdown(f"**{plain_text(card['title'])}**")
                st.text(f"{card['intended_use']}\n\n{card['limits']}")
        labels = st.text_input(
            "Labels, separated by commas",
            help="Leave empty to use all of the classifier's labels.",
        )
        geometry = st.segmented_control(
            "Suggestions are drawn as",
            SUGGESTION_GEOMETRIES,
            default="box",
            required=True,
            help="Box: around the part of the map. Polygon: its outline, with few corners. Mask: "
            "its pixels, to be painted on.",
        )
        shows = st.selectbox(
            "Photographs and films show",
            list(SHOWN),
            index=None,
            format_func=SHOWN.__getitem__,
            placeholder="as the classifier's card states",
            help="Until it is stated, by the card or by you, none of them can be exported. DICOM "
            "files are not concerned.",
        )
        with st.expander("How it is read"):
            protocol = protocol_fields("create", SUGGESTIONS_FIRST)
        if st.form_submit_button("Create project", type="primary"):
            with errors_shown():
                check_protocol(protocol)
                project = create_project(
                    workspace(),
                    name,
                    model=None if model == _OWN_LABELS else model,
                    labels=[label.strip() for label in labels.split(",") if label.strip()],
                    geometry=geometry or "box",
                    actor=rater() or None,
                )
                if shows is not None:
                    state_shows(workspace(), project.name, shows, actor=rater() or None)
                if protocol != project.protocol:
                    set_protocol(workspace(), project.id, protocol, actor=rater() or "unstated")
                st.session_state["project_id"] = project.id
                st.rerun()


def _page() -> None:
    st.title("Projects", anchor=False)
    listed, new = st.columns([2, 1], gap="large")
    with errors_shown():
        projects = list_projects(workspace(), rater() or None)
        with listed:
            if not projects and may(Permission.CREATE_PROJECT):
                st.info("There is no project yet; create one beside.")
            elif not projects:
                st.info("You have no role in a project yet; ask an admin or a manager for one.")
            _show_projects(projects)
            archived_projects()
        if may(Permission.CREATE_PROJECT):
            with new:
                _create_form()
                absent_classifiers()


_page()
