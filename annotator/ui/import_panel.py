"""Taking files into a project: the form, and how far the import is, which goes on by itself."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from annotator.domain import Permission, Project
from annotator.ingest import BurnedInText, Deidentification, FrameChoice
from annotator.ui.pixel_route import PIXELS, PixelContent
from annotator.ui.plain_text import plain_text
from annotator.ui.region_editor import encode_image
from annotator.ui.session import errors_shown, may, rater, show_progress, workspace
from annotator.workflows.contact_sheet import contact_sheet
from annotator.workflows.import_jobs import ImportJob, JobState
from annotator.workflows.importing import ImportOptions

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_TEXT_CHOICES = {
    BurnedInText.MASK: "is masked",
    BurnedInText.KEEP: "stays",
    BurnedInText.REFUSE: "refuses the file",
}
_BY_RATE, _BY_SCENE, _EVERY_FRAME = "by rate", "the first of each scene", "every frame"
_FRAME_CHOICES = (_BY_RATE, _BY_SCENE, _EVERY_FRAME)
_STALE_S = 24 * 3600
_Key = tuple[uuid.UUID, uuid.UUID | None]


@st.cache_resource(show_spinner=False)
def _jobs() -> dict[_Key, ImportJob]:
    """Return the imports of this server: of each project, the last one of each person."""
    return {}


def _key(project: Project) -> _Key:
    """Return where the import of whoever is signed in is kept: nobody else is told of it."""
    return project.id, workspace().person.account_id


@st.cache_resource(show_spinner=False)
def _ended() -> set[ImportJob]:
    """Return the imports whose end was told."""
    return set()


def import_runs(project: Project) -> bool:
    """Tell whether an import into the project is under way, also one that rests."""
    return any(
        key[0] == project.id and job.state in (JobState.RUNNING, JobState.PAUSED)
        for key, job in list(_jobs().items())
    )


def add_images(project: Project) -> None:
    """Draw the way to the form that starts an import; `import_progress` goes elsewhere."""
    if import_runs(project):
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
    with errors_shown():
        held = held_uploads(uploads) if uploads else None
        paths = [Path(folder).expanduser()] if folder else []
        paths += sorted(Path(held.name).glob("*/*")) if held else []
        _jobs()[_key(project)] = ImportJob(
            workspace(),
            project.name,
            paths,
            options,
            actor=rater() or None,
            afterwards=held.cleanup if held else None,
        )
        st.rerun()


def held_uploads(uploads: Sequence[UploadedFile]) -> tempfile.TemporaryDirectory[str]:
    """Write what a browser sent where whoever may add images may take it from."""
    folder = workspace().settings.upload_folder
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.iterdir():
        # Of a server that was killed: it must not lie about, it names people.
        if time.time() - left.stat().st_mtime > _STALE_S:
            shutil.rmtree(left, ignore_errors=True)
    held = tempfile.TemporaryDirectory(dir=folder)
    for number, upload in enumerate(uploads):
        # A folder each, for two files may have one name; and only the name's last part.
        target = Path(held.name) / f"{number:06d}" / (PurePosixPath(upload.name).name or "file")
        target.parent.mkdir()
        target.write_bytes(upload.getbuffer())
    return held


def import_progress(project: Project) -> bool:
    """Draw how far the project's import is, or what became of it.

    Returns
    -------
    bool
        True once, after an import that brought images: suggestions can be computed now.
    """
    job = _jobs().get(_key(project))
    if job is None:
        return False
    if job.state in (JobState.RUNNING, JobState.PAUSED):
        _follow(project)
        return False
    _show_end(project, job)
    new = job not in _ended()
    _ended().add(job)
    return new and job.report is not None and bool(job.report.imported)


@st.fragment(run_every=0.7)
def _follow(project: Project) -> None:
    job = _jobs()[_key(project)]
    if job.state not in (JobState.RUNNING, JobState.PAUSED):
        st.rerun()
    show_progress(st.progress(0.0), "Importing", job.done, job.total)
    left, right = st.columns(2)
    paused = job.state is JobState.PAUSED
    if left.button(
        "Resume" if paused else "Pause",
        key=f"pause-import-{project.id}",
        icon=":material/play_arrow:" if paused else ":material/pause:",
        width="stretch",
    ):
        (job.resume if paused else job.pause)()
        st.rerun(scope="fragment")
    if right.button(
        "Stop", key=f"stop-import-{project.id}", icon=":material/stop:", width="stretch"
    ):
        job.stop()


def _show_end(project: Project, job: ImportJob) -> None:
    report = job.report
    if report is None:
        st.error(plain_text(job.fault), icon=":material/error:")
    else:
        (st.warning if report.refused or report.stopped else st.success)(
            plain_text(report.summary())
        )
        lines = list(report.lines())
        if lines:
            with st.expander("What became of the files"):
                st.dataframe({"": lines}, hide_index=True, width="stretch")
        if report.imported:
            with st.expander("Contact sheet"):
                _sheet(project, report.imported)
    if st.button("Dismiss", key=f"dismiss-import-{project.id}", type="tertiary"):
        _jobs().pop(_key(project), None)
        _ended().discard(job)
        st.rerun()


def _sheet(project: Project, imported: int) -> None:
    """Draw the project's pictures, small; they are read when the browser asks for them."""
    within = workspace()

    def produce() -> PixelContent:
        return encode_image(np.asarray(contact_sheet(within, project.name)))

    count = len(within.record.image_ids(project.id))
    url = PIXELS.url(f"sheet:{project.id}:{count}:{imported}", produce)
    st.html(
        f'<img src="{url}" alt="Contact sheet of the project" loading="lazy" style="width: 100%">'
    )
