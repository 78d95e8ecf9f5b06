"""Export: write a project as a data set, and hand it over."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from annotator.domain import Project
from annotator.export import ExportReport
from annotator.ui.pixel_route import PIXELS, PixelContent
from annotator.ui.session import choose_project, errors_shown, show_progress, workspace
from annotator.workflows.exporting import export_project, list_formats

_LARGEST_DOWNLOAD_BYTES = 500_000_000


def _target(project: Project) -> Path:
    name = re.sub(r"[^A-Za-z0-9]+", "-", project.name).strip("-").lower() or "project"
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return workspace().settings.home / "exports" / f"{name}-{moment}"


def _form(project: Project) -> None:
    with st.form("export"):
        form = st.selectbox("Format", list_formats(), format_func=lambda f: f.title)
        images = st.checkbox("Copy the pictures into the data set", value=True)
        folder = st.text_input(
            "Folder on this machine",
            placeholder="empty: a new folder among the project's data",
            autocomplete="off",
        )
        if not st.form_submit_button("Export", type="primary", icon=":material/ios_share:"):
            return
    target = Path(folder.strip()).expanduser() if folder.strip() else _target(project)
    st.session_state.pop("export_report", None)
    bar = st.progress(0.0, "Exporting")
    with errors_shown():
        report = export_project(
            workspace(),
            project.name,
            target,
            format_name=form.name,
            with_images=images,
            progress=lambda done, total: show_progress(bar, "Exporting", done, total),
        )
        st.session_state["export_report"] = (project.id, report)
    bar.empty()


def _show_report(report: ExportReport) -> None:
    st.success(report.summary(), icon=":material/check_circle:")
    size = sum(path.stat().st_size for path in report.folder.rglob("*") if path.is_file())
    if size <= _LARGEST_DOWNLOAD_BYTES:
        st.link_button(
            f"Download as zip ({size / 1e6:.1f} MB)",
            PIXELS.url(f"export:{report.folder}", lambda: _zipped(report.folder)),
            icon=":material/download:",
        )
    with st.expander("Manifest"):
        st.json(report.manifest, expanded=2)


def _zipped(folder: Path) -> PixelContent:
    archive = folder.with_name(f"{folder.name}.zip")
    if not archive.exists():
        made = shutil.make_archive(str(folder), "zip", folder.parent, folder.name)
        archive = Path(made)
    return PixelContent(archive.read_bytes(), "application/zip", file_name=archive.name)


def _page() -> None:
    st.title("Export", anchor=False)
    with errors_shown():
        project = choose_project()
        if project is None:
            return
        counts = project.counts
        st.caption(
            f"{project.name}: {counts.images} images, {counts.touched} worked on, "
            f"{counts.decided} decided. Regions that were accepted, edited or added are exported "
            "as findings; every decision, rejections included, goes into the record beside them."
        )
        _form(project)
        exported = st.session_state.get("export_report")
        if exported and exported[0] == project.id:
            _show_report(exported[1])


_page()
