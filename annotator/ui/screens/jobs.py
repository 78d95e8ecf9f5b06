"""Jobs: long work, how far it is, and what came of it."""

from __future__ import annotations

import streamlit as st

from annotator.ui.job_panel import download_link, job_line, log_of
from annotator.ui.session import errors_shown, workspace
from annotator.workflows.jobs import list_jobs
from annotator.workflows.projects import list_projects

_MOST = 50


@st.fragment(run_every=1.0)
def _jobs() -> None:
    with errors_shown():
        jobs = list_jobs(workspace())
        names = {project.id: project.name for project in list_projects(workspace())}
        under_way = [job for job in jobs if job.state.is_open]
        ended = [job for job in jobs if not job.state.is_open]
        if not jobs:
            st.info("No import, export or computation of suggestions has been started yet.")
        for job in under_way:
            with st.container(border=True):
                job_line(job, names.get(job.project_id, "") if job.project_id else "")
                log_of(job)
        if ended:
            st.subheader("Ended", anchor=False)
        for job in ended[:_MOST]:
            with st.container(border=True):
                job_line(job, names.get(job.project_id, "") if job.project_id else "")
                log_of(job)
                download_link(job)


def _page() -> None:
    st.title("Jobs", anchor=False)
    st.caption(
        "They go on when you leave the page or close the browser, and after the app was ended, "
        "once it runs again."
    )
    _jobs()


_page()
