"""Jobs on a page: how far each is, what came of it, and the buttons that pause or cancel it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from annotator.domain import Job, JobKind, JobState, Permission, Project
from annotator.ui.pixel_route import PIXELS, PixelContent
from annotator.ui.plain_text import plain_text
from annotator.ui.session import errors_shown, workspace
from annotator.workflows.jobs import ask_job, file_to_fetch, jobs_under_way, list_jobs, note_fetched
from annotator.workflows.workspace import Workspace

KIND_WORDS = {
    JobKind.IMPORT: "Import",
    JobKind.SUGGEST: "Suggestions",
    JobKind.EXPORT: "Export",
    JobKind.PACK: "Zip file for download",
    JobKind.TAKE_OVER: "Annotations from a file",
    JobKind.FETCH: "Weights",
}
_DOING = {
    JobKind.IMPORT: "Images are being imported",
    JobKind.SUGGEST: "Suggestions are being computed",
    JobKind.EXPORT: "The project is being exported",
    JobKind.PACK: "A zip file is being made for download",
    JobKind.TAKE_OVER: "Annotations are being taken over from a file",
    JobKind.FETCH: "Weights are being fetched",
}
_STATE_WORDS = {
    JobState.WAITING: "waits for its turn",
    JobState.RUNNING: "running",
    JobState.PAUSED: "paused",
    JobState.CANCELLED: "cancelled",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
}
_WISHES = {
    JobState.WAITING: "Resume",
    JobState.PAUSED: "Pause",
    JobState.CANCELLED: "Cancel",
}
_WISH_ICONS = {
    JobState.WAITING: ":material/play_arrow:",
    JobState.PAUSED: ":material/pause:",
    JobState.CANCELLED: ":material/close:",
}
_ICONS = {
    JobState.WAITING: ":material/schedule:",
    JobState.RUNNING: ":material/progress_activity:",
    JobState.PAUSED: ":material/pause_circle:",
    JobState.CANCELLED: ":material/cancel:",
    JobState.DONE: ":material/check_circle:",
    JobState.FAILED: ":material/error:",
}
_SHOWN_FOR = timedelta(days=1)
_LOOK_S = 1.0

Drawn = Callable[[Job], None]
"""Draws more of a job that ended."""


@st.cache_resource(show_spinner=False)
def _dismissed() -> set[uuid.UUID]:
    """Return the ended jobs that nobody wants to see on the pages of projects any more."""
    return set()


def own_jobs(jobs: Iterable[Job], project: Project, kinds: Collection[JobKind]) -> list[Job]:
    """Return those of the listed jobs that a project's pages show whoever is signed in.

    Of their own, these are open ones and, of each kind, the last one that ended within a day. An
    export and its zip file are shown as one.
    """
    account_id = workspace().person.account_id
    shown: list[Job] = []
    newer: set[JobKind] = set()
    for job in jobs:
        if job.project_id != project.id or job.kind not in kinds or job.account_id != account_id:
            continue
        recent = (job.ended_at or job.created_at) > datetime.now(UTC) - _SHOWN_FOR
        if job.state.is_open or (job.kind not in newer and recent and job.id not in _dismissed()):
            shown.append(job)
        if job.kind is JobKind.PACK or not job.state.is_open:
            newer |= {JobKind.EXPORT, JobKind.PACK} if job.kind is JobKind.PACK else {job.kind}
    return shown


def _took(job: Job) -> str:
    """Return how long a job that ended took from when it was started, in words."""
    if job.ended_at is None:
        return ""
    minutes, seconds = divmod(round((job.ended_at - job.created_at).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def show_jobs(project: Project, jobs: Sequence[Job], more: Drawn | None = None) -> None:
    """Draw jobs of a project's page: what goes on by itself, and what came of others."""
    open_ids = tuple(job.id for job in jobs if job.state.is_open)
    if open_ids:
        _follow(project.id, open_ids)
    for job in jobs:
        if not job.state.is_open:
            _show_end(job, more)


@st.fragment(run_every=_LOOK_S)
def _follow(project_id: uuid.UUID, job_ids: tuple[uuid.UUID, ...]) -> None:
    with errors_shown():
        jobs = [job for job in list_jobs(workspace(), str(project_id)) if job.id in job_ids]
        if any(not job.state.is_open for job in jobs):
            st.rerun()
        for job in jobs:
            with st.container(border=True):
                job_line(job)


def job_line(job: Job, project_name: str = "") -> None:
    """Draw a job: what it is, how far, why it waits, and its buttons."""
    with st.container(horizontal=True, vertical_alignment="center"):
        named = f" · {plain_text(project_name)}" if project_name else ""
        st.markdown(
            f"{_ICONS[job.state]} **{plain_text(KIND_WORDS[job.kind])}**{named} · "
            f"{plain_text(state_in_words(job))} · {plain_text(job.started_by)}",
            width="stretch",
        )
        if job.state.is_open:
            _buttons(job)
    if job.state.is_open:
        st.progress(min(1.0, job.done / max(1, job.total)), plain_text(_steps(job)))
    if job.sentence:
        st.caption(plain_text(job.sentence))
    if job.ended_at is not None:
        st.caption(plain_text(f"{job.ended_at:%Y-%m-%d %H:%M} UTC, took {_took(job)}"))


def _steps(job: Job) -> str:
    if not job.total:
        return "starting" if job.state is JobState.RUNNING else "not begun yet"
    if job.kind is JobKind.FETCH:  # its steps are bytes
        return f"{job.done / 1e6:.1f} of {job.total / 1e6:.1f} MB"
    return f"{job.done} of {job.total}"


def state_in_words(job: Job) -> str:
    """Return what a job does, and what it was asked to do."""
    if job.asked is JobState.PAUSED:
        return "pausing"
    return "being cancelled" if job.asked is JobState.CANCELLED else _STATE_WORDS[job.state]


def _buttons(job: Job) -> None:
    rests = job.state is JobState.PAUSED or job.asked is JobState.PAUSED
    for wish in (JobState.WAITING if rests else JobState.PAUSED, JobState.CANCELLED):
        if st.button(
            _WISHES[wish],
            key=f"{_WISHES[wish]}-{job.id}",
            icon=_WISH_ICONS[wish],
            disabled=job.asked is JobState.CANCELLED,
        ):
            with errors_shown():
                ask_job(workspace(), job.id, wish)
                st.rerun()


def log_of(job: Job) -> None:
    """Draw the log of a job, folded."""
    if job.log:
        with st.expander(f"Log ({len(job.log)})"):
            st.dataframe({"": list(job.log)}, hide_index=True, width="stretch")


def _show_end(job: Job, more: Drawn | None) -> None:
    with st.container(border=True):
        job_line(job)
        log_of(job)
        download_link(job)
        if more is not None:
            more(job)
        if st.button("Dismiss", key=f"dismiss-{job.id}", icon=":material/close:"):
            _dismissed().add(job.id)
            st.rerun()


def download_link(job: Job) -> None:
    """Draw the link to the file that a job of one's own made, while it is there."""
    if "file" not in job.options or job.account_id != workspace().person.account_id:
        return
    url = PIXELS.url(f"download:{job.id}", _download(workspace(), job.id))
    st.link_button("Download as zip", url, icon=":material/download:")


def _download(within: Workspace, job_id: uuid.UUID) -> Callable[[], PixelContent]:
    def produce() -> PixelContent:
        file = file_to_fetch(within, job_id)
        note_fetched(within, job_id)
        return PixelContent(b"", "application/zip", file_name=file.name, file=file)

    return produce


def say_what_runs(project: Project, besides: Collection[uuid.UUID] = ()) -> None:
    """Draw a line for each job under way in a project, whoever started it."""
    if not workspace().person.may(Permission.SEE, project.id):
        return
    for line in jobs_under_way(workspace(), project.id):
        if line.id not in besides:
            steps = f": {line.done} of {line.total}" if line.total else ""
            st.caption(f":material/progress_activity: {_DOING[line.kind]}{steps}.")
