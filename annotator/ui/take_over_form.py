"""Take another tool's file over: as suggestions, or as imported annotations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from annotator.domain import Permission, Person, Project
from annotator.ui.import_panel import write_uploads
from annotator.ui.session import errors_shown, may, rater, workspace
from annotator.workflows.jobs import (
    TakeOverTask,
    own_table_job,
    start_job,
    take_over_job,
    upload_folder_of,
)
from annotator.workflows.taking_over import list_import_formats

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile


_AS_YOURS = (
    "They are recorded as yours, in your first reading of each image, and you sign the images as "
    "any other. What is signed already stays as it is."
)


def take_over_form(project: Project) -> None:
    """Draw the form; taking a file over goes on by itself."""
    titles = list_import_formats()
    with st.form("take-over", border=False):
        form = st.selectbox("Format of the file", list(titles), format_func=titles.__getitem__)
        uploads = st.file_uploader("File, or all files of its folder", accept_multiple_files=True)
        path = ""
        if may(Permission.SERVER_FILES):
            path = st.text_input(
                "Or its path on this machine",
                placeholder="/data/annotations.json",
                autocomplete="off",
            )
        person, own = "", True
        if may(Permission.ADD_IMAGES, project.id):
            person = st.text_input(
                "Source, to record them as imported annotations",
                placeholder="name of a tool or person; empty: record as suggestions",
                help="Imported annotations stand as a reading of their own and sign nothing; "
                "suggestions wait for somebody to accept or reject them.",
                autocomplete="off",
            )
            own = may(Permission.READ, project.id) and st.checkbox(
                "These are my own annotations", help=_AS_YOURS
            )
        else:
            st.caption(_AS_YOURS)
        if st.form_submit_button("Take over", icon=":material/input:"):
            _take_over(project, str(form), uploads or [], path.strip(), person.strip(), own)


def _take_over(
    project: Project, form: str, uploads: Sequence[UploadedFile], path: str, person: str, own: bool
) -> None:
    if not uploads and not path:
        st.warning("Choose a file, or name one.")
        return
    if own and (person or not rater()):
        st.warning(
            "Leave the source empty for your own annotations, or untick the box."
            if person
            else "Enter your name under “Annotating as”: your annotations are recorded with it."
        )
        return
    with errors_shown():
        job_id = uuid.uuid4()
        file = Path(path).expanduser() if path else _sent(uploads, job_id)
        task = TakeOverTask(file, form, person or None)
        if own:
            signed_in = workspace().person
            myself = Person(rater()) if signed_in.is_operator else signed_in
            within = workspace().as_person(myself)
            job = own_table_job(within, project.name, task, job_id=job_id)
        else:
            job = take_over_job(
                workspace(), project.name, task, actor=rater() or None, job_id=job_id
            )
        start_job(workspace(), job)
        st.rerun()


def _sent(uploads: Sequence[UploadedFile], job_id: uuid.UUID) -> Path:
    folder = upload_folder_of(workspace(), job_id)
    write_uploads(uploads, folder)
    return sent_together(folder)


def sent_together(folder: Path) -> Path:
    """Return the one file that was sent, or a folder of all: they explain each other's numbers.

    Parameters
    ----------
    folder : Path
        With a folder for each file, of which several may have one name.
    """
    files = sorted(folder.glob("*/*"))
    if len(files) == 1:
        return files[0]
    if len({file.name for file in files}) < len(files):
        return folder
    together = folder / "files"
    together.mkdir()
    for file in files:
        file.rename(together / file.name)
    return together
