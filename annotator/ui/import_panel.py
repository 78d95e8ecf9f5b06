"""Taking files into a project: the form, and how far the import is, which goes on by itself."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from annotator.domain import Job, JobKind, JobState, Permission, Project
from annotator.ingest import BurnedInText, Deidentification, FrameChoice
from annotator.ui.pixel_route import PIXELS, PixelContent
from annotator.ui.region_editor import encode_image
from annotator.ui.session import errors_shown, may, rater, workspace
from annotator.workflows.contact_sheet import contact_sheet
from annotator.workflows.importing import ImportOptions
from annotator.workflows.jobs import import_job, remove_left_behind, start_job, upload_folder_of

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_TEXT_CHOICES = {
    BurnedInText.MASK: "is masked",
    BurnedInText.KEEP: "stays",
    BurnedInText.REFUSE: "refuses the file",
}
_BY_RATE, _BY_SCENE, _EVERY_FRAME = "by rate", "the first of each scene", "every frame"
_FRAME_CHOICES = (_BY_RATE, _BY_SCENE, _EVERY_FRAME)


def add_images(project: Project, *, disabled: bool) -> None:
    """Draw the way to the form that starts an import."""
    if disabled:
        # In place of the form, which would stay open over what the import says.
        st.button(
            "Add images",
            key=f"importing-{project.id}",
            icon=":material/add_photo_alternate:",
            disabled=True,
        )
        return
    with st.popover("Add images", icon=":material/add_photo_alternate:"):
        _form(project)


def _form(project: Project) -> None:
    # Enter in the folder's field would import before anybody saw the options below it.
    with st.form(f"import-{project.id}", clear_on_submit=True, enter_to_submit=False, border=False):
        uploads = st.file_uploader(
            "Image files (photographs, DICOM or videos)", accept_multiple_files=True
        )
        folder = ""
        if may(Permission.SERVER_FILES):
            folder = st.text_input(
                "or a file or folder on this machine", placeholder="/data/films", autocomplete="off"
            )
        videos, identity = _videos(), _identity()
        joins = False
        if workspace().record.joins_running_study(project.id):
            joins = st.checkbox("Reading has begun: let these images join the running study")
        if st.form_submit_button("Import", type="primary"):
            with errors_shown():
                options = replace(videos(), deidentification=identity, join_running_study=joins)
                _start(project, uploads or [], folder.strip(), options)


def _videos() -> Callable[[], ImportOptions]:
    """Draw which frames of videos are taken; return what reads it, which may refuse it."""
    with st.expander("Videos"):
        which = st.selectbox("Frames that are taken", _FRAME_CHOICES)
        rate = st.number_input("Frames a second", 0.01, 1000.0, 1.0)
        left, right = st.columns(2)
        from_s = left.number_input("From (s)", 0.0)
        to_s = right.number_input("To (s)", 0.0, value=None, placeholder="the end")
        follow = st.checkbox("Follow one person's face through the frames", value=True)
        person = st.number_input("Person (1 is seen longest)", 1)
    per_second = {_EVERY_FRAME: None}.get(which, rate)
    return lambda: ImportOptions(
        frames=FrameChoice(
            per_second, int(which == _BY_SCENE), from_s, math.inf if to_s is None else to_s
        ),
        follow_faces=follow,
        person=person,
    )


def _identity() -> Deidentification:
    with st.expander("Identity"):
        st.caption(
            "Of DICOM files only pixels and what describes them are taken; people, studies and "
            "files get pseudonyms. Photographs and videos lose everything but their pixels, their "
            "times and their name."
        )
        text = st.selectbox(
            "Text that seems to be drawn into a DICOM picture",
            list(_TEXT_CHOICES),
            format_func=_TEXT_CHOICES.__getitem__,
        )
        photographs = st.checkbox("Photographs and videos get new names, too")
        dates = st.checkbox("Keep days, moved by an offset of each person")
        device = st.checkbox("Keep the device's manufacturer and model")
    return Deidentification(
        burned_in_text=text or BurnedInText.MASK,
        photograph_names=not photographs,
        retain_dates=dates,
        retain_device=device,
    )


def _start(
    project: Project, uploads: Sequence[UploadedFile], folder: str, options: ImportOptions
) -> None:
    if not uploads and not folder:
        st.warning("Choose files, or name a folder.")
        return
    job_id = uuid.uuid4()
    paths = [Path(folder).expanduser()] if folder else []
    if uploads:
        sent = upload_folder_of(workspace(), job_id)
        write_uploads(uploads, sent)
        paths += sorted(sent.glob("*/*"))
    suggests = bool(project.model_name) and may(Permission.SUGGEST, project.id)
    job = import_job(
        workspace(),
        project.name,
        paths,
        options,
        actor=rater() or None,
        job_id=job_id,
        then_suggest=suggests,
    )
    start_job(workspace(), job)
    st.rerun()


def write_uploads(uploads: Sequence[UploadedFile], folder: Path) -> None:
    """Write what a browser sent into a folder, which is made."""
    remove_left_behind(workspace())
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    for number, upload in enumerate(uploads):
        # A folder each, for two files may have one name; and only the name's last part.
        target = folder / f"{number:06d}" / (PurePosixPath(upload.name).name or "file")
        target.parent.mkdir()
        target.write_bytes(upload.getbuffer())


def show_sheet(project: Project, job: Job) -> None:
    """Draw, folded, the pictures of a project that an import brought something to."""
    if job.kind is JobKind.IMPORT and job.state is JobState.DONE:
        with st.expander("Contact sheet"):
            _sheet(project, job.id)


def _sheet(project: Project, job_id: uuid.UUID) -> None:
    """Draw the project's pictures, small; they are read when the browser asks for them."""
    within = workspace()

    def produce() -> PixelContent:
        return encode_image(np.asarray(contact_sheet(within, project.name)))

    count = len(within.record.image_ids(project.id))
    url = PIXELS.url(f"sheet:{project.id}:{count}:{job_id}", produce)
    st.html(
        f'<img src="{url}" alt="Contact sheet of the project" loading="lazy" style="width: 100%">'
    )
