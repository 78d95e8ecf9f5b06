"""Queue: which images wait, in which order, and what was asked of the person."""

from __future__ import annotations

import uuid

import streamlit as st

from annotator.domain import JobKind, Permission, Project, QueueRow
from annotator.domain.plurals import counted
from annotator.ui.drawn_image import drawn_image
from annotator.ui.job_panel import own_jobs, say_what_runs, show_jobs
from annotator.ui.plain_text import plain_text
from annotator.ui.queue_choice import choose_queue
from annotator.ui.session import choose_project, errors_shown, may, rater, workspace
from annotator.ui.take_over_form import take_over_form
from annotator.workflows.jobs import list_jobs
from annotator.workflows.queueing import first_in_order, look_at, ordered_page
from annotator.workflows.reading import my_issues, reader_progress

_ROWS = 50


def _open(image_id: uuid.UUID) -> None:
    st.switch_page("screens/annotate.py", query_params={"image": str(image_id)})


def _show_issues(project: Project) -> None:
    issues = my_issues(workspace(), project.id, rater()) if rater() else []
    if not issues:
        return
    st.subheader(f"Questions for you ({len(issues)})", anchor=False)
    for issue in issues:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/help: **{plain_text(issue.rater)}**", width="content")
            st.text(issue.text, width="stretch")
            if st.button("Answer", key=f"issue-{issue.id}", help="Open the image it is about"):
                _open(issue.image_id)


def _show_progress(project: Project) -> None:
    counts = project.counts
    if not project.protocol.isolated:
        share = counts.decided / counts.images if counts.images else 0.0
        st.progress(share, f"{counts.decided} of {counted(counts.images, 'images')} reviewed")
        return
    for one in reader_progress(workspace(), project.id):
        if one.rater == rater():
            share = one.signed / one.assigned if one.assigned else 0.0
            st.progress(share, f"{one.signed} of your {counted(one.assigned, 'images')} signed")


def _table(project: Project, rows: tuple[QueueRow, ...], first: int) -> None:
    state = st.dataframe(
        {
            "No.": [row.position for row in rows],
            "Image": [row.file_name for row in rows],
            "State": [_state(row) for row in rows],
            "Flag": ["second look" if row.flagged else "" for row in rows],
            "Suggestions": [row.suggestions for row in rows],
        },
        hide_index=True,
        width="stretch",
        height=min(620, 38 + 35 * max(1, len(rows))),
        on_select="rerun",
        selection_mode="single-row",
        key=f"rows-{project.id}-{first}",
        alt="Images of the queue; select a row to open it",
        column_config={
            "No.": st.column_config.NumberColumn(width="small"),
            "Image": st.column_config.TextColumn(width="large"),
            "Suggestions": st.column_config.NumberColumn(width="small"),
        },
        column_order=["No.", "Image", "State", "Flag"]
        + (["Suggestions"] if any(row.suggestions for row in rows) else []),
    )
    chosen = state["selection"]["rows"]
    if not chosen or chosen[0] >= len(rows):
        return
    if may(Permission.READ, project.id):
        _open(rows[chosen[0]].image_id)
    _look(rows[chosen[0]])


def _look(row: QueueRow) -> None:
    """Show an image, and the flags and notes on it, to somebody who reads nothing here."""
    asset, remarks = look_at(workspace(), row.image_id)
    st.subheader(plain_text(f"No. {row.position}: {asset.file_name}"), anchor=False)
    drawn_image(workspace(), asset, (), "nobody")
    if not remarks:
        st.caption("No flags or notes.")
    for remark in remarks:
        when = f"{remark.created_at:%Y-%m-%d %H:%M} UTC"
        st.text(" · ".join(filter(None, (remark.kind.value, remark.text, remark.rater, when))))


def _state(row: QueueRow) -> str:
    return f"{row.review.value}, skipped" if row.skipped else row.review.value


def _pages(project: Project, total: int, shown: int) -> None:
    slot = f"page-{project.id}"
    first = st.session_state.get(slot, 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        back = st.button(
            "Earlier rows", disabled=not first, icon=":material/chevron_left:", shortcut="Alt+Left"
        )
        more = st.button(
            "Later rows",
            disabled=first + shown >= total,
            icon=":material/chevron_right:",
            shortcut="Alt+Right",
        )
        words = f"{first + 1} to {first + shown} of {counted(total, 'images')}"
        st.caption(words if shown else "No such image")
    if back or more:
        st.session_state[slot] = max(0, first + (_ROWS if more else -_ROWS))
        st.rerun()


def _page() -> None:
    st.title("Queue", anchor=False)
    with errors_shown():
        project = choose_project()
        if project is None:
            return
        if not rater():
            st.warning("State your name in the side bar: it is recorded with each annotation.")
            return
        _show_issues(project)
        _show_progress(project)
        # Who may bring in what others state as well finds both on the page Export.
        brings_own = may(Permission.READ, project.id) and not may(Permission.ADD_IMAGES, project.id)
        listed = list_jobs(workspace(), str(project.id)) if brings_own else []
        jobs = own_jobs(listed, project, (JobKind.TAKE_OVER,))
        say_what_runs(project, [job.id for job in jobs])
        choice = choose_queue(project)
        if st.session_state.get("rows-of") != (project.id, choice):
            st.session_state["rows-of"] = (project.id, choice)
            st.session_state[f"page-{project.id}"] = 0
        first = st.session_state[f"page-{project.id}"]
        page = ordered_page(workspace(), project.id, rater(), choice, offset=first, limit=_ROWS)
        if may(Permission.READ, project.id) and st.button(
            "Annotate in this order",
            type="primary",
            icon=":material/draw:",
            shortcut="Alt+O",
            disabled=not page.total,
        ):
            begin = first_in_order(workspace(), project.id, rater(), choice)
            if begin is not None:
                _open(begin)
        if page.rows:
            _table(project, page.rows, first)
        _pages(project, page.total, len(page.rows))
        if brings_own:
            with st.expander("Bring in your own annotations", icon=":material/input:"):
                take_over_form(project)
            show_jobs(project, jobs)


_page()
