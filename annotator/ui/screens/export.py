"""Export: write a project as a data set, and hand it over."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st

from annotator.domain import Job, JobKind, Permission, Project
from annotator.domain.plurals import counted
from annotator.export import Consensus, Selection, Take, read_shares
from annotator.ui.job_panel import own_jobs, show_jobs
from annotator.ui.plain_text import plain_text
from annotator.ui.rights_form import ask_what_pictures_show, rights_form
from annotator.ui.session import (
    choose_project,
    errors_shown,
    may,
    rater,
    workspace,
)
from annotator.ui.take_over_form import take_over_form
from annotator.workflows.exporting import list_formats, list_readers
from annotator.workflows.jobs import ExportTask, export_job, list_jobs, start_job


def _target(project: Project) -> Path:
    name = re.sub(r"[^A-Za-z0-9]+", "-", project.name).strip("-").lower() or "project"
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return workspace().settings.export_folder / f"{name}-{moment}"


def _form(project: Project) -> None:
    with st.form("export"):
        form = st.selectbox("Format", list_formats(), format_func=lambda f: f.title)
        images = st.checkbox(
            "Copy the pictures into the data set",
            value=True,
            help="DICOM and Hugging Face data sets need them.",
        )
        with st.expander("What goes in"):
            selection = _selection(project)
        folder = ""
        if may(Permission.SERVER_FILES):
            folder = st.text_input(
                "Folder on this machine",
                placeholder="empty: a zip file to download",
                autocomplete="off",
            )
        if not st.form_submit_button("Export", type="primary", icon=":material/ios_share:"):
            return
    target = Path(folder.strip()).expanduser() if folder.strip() else _target(project)
    with errors_shown():
        task = ExportTask(target, form.name, images, selection(), then_pack=not folder.strip())
        start_job(workspace(), export_job(workspace(), project.name, task, actor=rater() or None))
        st.rerun()


_KINDS = (JobKind.EXPORT, JobKind.PACK, JobKind.TAKE_OVER)
_TAKES = {
    Take.FINAL: "final: the adjudication, else each reader's last word",
    Take.FIRST: "first reads",
    Take.ADJUDICATED: "adjudications only",
    Take.SUGGESTIONS: "the machine's suggestions",
}


_TOGETHER = {
    Consensus.NONE: "keep each reader's regions",
    Consensus.MAJORITY: "combine them by majority",
    Consensus.STAPLE: "combine them by STAPLE",
}
_PICTURES = {
    "": "as the format expects",
    "windowed-8bit": "8 bits, as displayed",
    "16bit": "16 bits, as stored",
}


def _selection(project: Project) -> Callable[[], Selection]:
    """Draw the fields of a selection; return what reads them."""
    take = st.selectbox("Which annotations", list(_TAKES), format_func=lambda t: _TAKES[t])
    readers = st.multiselect(
        "Readers",
        list_readers(workspace(), project.name),
        placeholder="all",
        accept_new_options=True,
    )
    consensus = st.selectbox(
        "Where several readers drew",
        list(Consensus),
        format_func=_TOGETHER.__getitem__,
        help="A format with one list of regions for each image takes one reader, or a combination.",
    )
    labels = st.multiselect("Labels", project.label_set.codes, placeholder="all")
    splits = st.text_input(
        "Splits", placeholder="none; for example train=0.8, val=0.2", autocomplete="off"
    )
    seed = st.text_input("Seed of the splits", placeholder="none", autocomplete="off")
    st.caption("Images of one subject stay in one split; another seed divides them anew.")
    since, until = st.columns(2)
    from_day = since.date_input("Stated on or after (UTC)", None)
    to_day = until.date_input("Stated before (UTC)", None)
    unfinished = st.checkbox(
        "Include unfinished images",
        help="Images without the signatures that the protocol asks for, and reads that nobody "
        "signed. That nothing is marked on them does not mean that nothing is there.",
    )
    imported = st.checkbox("Count annotations taken over from files as readers")
    pictures = st.selectbox(
        "16-bit greyscale pictures",
        list(_PICTURES),
        format_func=_PICTURES.__getitem__,
        help="DICOM, NIfTI, nnU-Net and MONAI expect 16 bits. Usual readers of other formats show "
        "16 bits as white, so that these get 8 bits through the window in which an image is shown.",
    )
    prefix = st.text_input(
        "Address of the pictures, before their names",
        placeholder="none; for example https://pictures.example/skin/",
        autocomplete="off",
        help="For Label Studio, CVAT and COCO, where the pictures lie on a server.",
    )
    scores = st.checkbox("Include the classifier's scores for each image (classifier_scores.csv)")
    pseudonyms = st.checkbox("Leave out names of raters and files, and free text")

    originals = ""
    if may(Permission.SERVER_FILES):
        originals = st.text_input(
            "Folder of the original files, for DICOM formats",
            placeholder="empty: the data set refers to no originals",
            autocomplete="off",
            help="Segmentations, reports and maps then refer to the originals and are of their "
            "patient and study: they name the patient as the originals do.",
        ).strip()

    def read() -> Selection:
        return Selection(
            take=Take(take),
            consensus=Consensus(consensus or Consensus.NONE),
            unfinished=unfinished,
            imported=imported,
            scores=scores,
            pictures=pictures or "",
            labels=frozenset(labels),
            raters=frozenset(readers),
            pseudonyms=pseudonyms,
            since=_first_moment(from_day),
            until=_first_moment(to_day),
            splits=read_shares(splits),
            seed=seed.strip(),
            image_prefix=prefix.strip(),
            originals=(Path(originals).expanduser(),) if originals else (),
        )

    return read


def _first_moment(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def _hint(job: Job) -> None:
    if job.options.get("left_out"):
        st.caption(
            "To include these images, tick *Include unfinished images* in *What goes in*, then "
            "export again."
        )
    if job.options.get("losses"):
        st.caption("decisions.jsonl in the data set keeps all that was stated.")


def _page() -> None:
    st.title("Export", anchor=False)
    with errors_shown():
        project = choose_project()
        if project is None:
            return
        counts = project.counts
        st.caption(
            f"{plain_text(project.name)}: {counted(counts.images, 'images')}, "
            f"{counts.touched} worked on, {counts.decided} reviewed. Reviewed images are exported; "
            "regions that were accepted, edited or added are their findings. decisions.jsonl "
            "beside them keeps every decision, rejections included."
        )
        if may(Permission.MANAGE, project.id):
            ask_what_pictures_show(project)
        _form(project)
        jobs = list_jobs(workspace(), str(project.id))
        show_jobs(project, own_jobs(jobs, project, _KINDS), _hint)
        if may(Permission.MANAGE, project.id):
            with st.expander("Licence and consent", icon=":material/gavel:"):
                rights_form(project)
        if may(Permission.ADD_IMAGES, project.id):
            with st.expander("Take over another tool's file", icon=":material/input:"):
                take_over_form(project)


_page()
