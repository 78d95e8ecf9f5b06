"""Write a project as a data set."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..dataset.volumes import Volumes
from ..domain import ImageAsset, ImageRecord, Permission, Project
from ..domain.rights import Consent, Refusal, Rights, Shows
from ..errors import ExportError
from ..export import (
    FINISHED,
    Comparison,
    ExportReport,
    PlacedMap,
    Selection,
    Source,
    compare_datasets,
    export_formats,
    export_items,
    verify_dataset,
)
from ..export.manifest import FILE_NAME, read
from ..ingest.pictures import full_window, shown_with
from ..ingest.png import encoded_png
from ..suggest.canvas import place_grid
from .authority import needs, require_place
from .blinding import require_unblinded
from .original_files import OriginalFiles
from .progress import Progress, silent
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """A format as it is offered.

    Attributes
    ----------
    name, title : str
    needs_pictures : bool
    """

    name: str
    title: str
    needs_pictures: bool


def list_formats() -> list[FormatChoice]:
    """Return the formats that a project can be written in."""
    forms = export_formats().values()
    return [FormatChoice(form.name, form.title, form.needs_pictures) for form in forms]


@needs(Permission.EXPORT)
def list_readers(workspace: Workspace, project_name: str) -> list[str]:
    """Return the names of those who read a project, or are to.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    project = workspace.record.project(project_name)
    return [reader.rater for reader in workspace.record.readings.progress(project.id)]


@needs(Permission.EXPORT)
def export_project(
    workspace: Workspace,
    project_name: str,
    output: Path,
    *,
    format_name: str = "coco",
    with_images: bool = True,
    selection: Selection = FINISHED,
    actor: str | None = None,
    progress: Progress = silent,
) -> ExportReport:
    """Write a project as a data set; the folder appears whole, after a check, or not at all.

    Who took what out is an event of the record's own chain; no row changes. Pictures whose
    people do not consent, as far as the project's rights go, stay out (`leaving`).

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    output : Path
        A folder that does not exist or is empty.
    format_name : str
        Of `list_formats`.
    with_images : bool
        Whether the pictures are copied into the data set.
    selection : Selection
        Whose word goes in, and on what.
    actor : str, optional
        Who exports, for the log; the person of the workspace if not given.
    progress : callable, optional
        Called with the images done and all images, an image being half done when it is written
        and done when it is checked; what it raises cancels the export.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ExportError
        If the data set cannot be written, or does not read back as it was written.
    NotAllowedError
        If it is not a folder among the exports, or originals are none among the uploads, and the
        person may not name others.
    ProtocolError
        If the person still has images of the project to read by themselves.
    """
    require_place(workspace, output, within=workspace.settings.export_folder)
    require_place(workspace, *selection.originals, within=workspace.settings.upload_folder)
    project = workspace.record.project(project_name)
    require_unblinded(workspace, project.id)
    rights = workspace.record.rights.of(project.id)
    total = project.counts.images

    def png(asset: ImageAsset) -> bytes:
        return workspace.pixels.encoded(asset.pixels_sha256)

    def windowed(asset: ImageAsset) -> tuple[bytes, float, float]:
        pixels = workspace.pixels.get(asset.pixels_sha256)
        black, white = asset.window or full_window(pixels)
        return encoded_png(shown_with(pixels, (black, white))), black, white

    def maps(asset: ImageAsset) -> list[PlacedMap]:
        run = workspace.record.latest_run(asset.id)
        return [
            PlacedMap(found, place_grid(found.grid, found.extent, asset.height, asset.width))
            for found in (run.maps if run else ())
        ]

    with closing(workspace.record.image_records(project.id)) as records:
        source = Source(
            records,
            project.label_set,
            project.name,
            project.id,
            image_png=png if with_images else None,
            permitted=leaving(project, rights),
            maps=maps,
            about=_about(workspace, project, rights),
            windowed=windowed,
            licence=rights.licence,
            changed_at=workspace.record.safekeeping.changed_at(project.id),
            offers=workspace.record.offers(project.id),
            volumes=Volumes(lambda: workspace.record.images(project.id)),
            original=OriginalFiles(selection.originals).of if selection.originals else None,
        )
        report = export_items(
            source,
            output,
            format_name=format_name,
            selection=selection,
            progress=lambda steps: progress(steps // 2, max(steps // 2, total)),
        )
    _note(workspace, project, report, actor or workspace.person.name)
    return report


@needs(Permission.EXPORT)
def export_that_ended(
    workspace: Workspace, project_name: str, output: Path, *, actor: str | None = None
) -> ExportReport | None:
    """Return the data set that an interrupted export had written already; None where it had not.

    Parameters as of `export_project`. That it was exported may be on record twice.
    """
    require_place(workspace, output, within=workspace.settings.export_folder)
    project = workspace.record.project(project_name)
    require_unblinded(workspace, project.id)
    if not (output / FILE_NAME).is_file():  # the folder appears whole
        return None
    report = ExportReport(output, dict(read(output)))
    _note(workspace, project, report, actor or workspace.person.name)
    return report


def leaving(project: Project, rights: Rights) -> Callable[[ImageRecord], bool]:
    """Return what tells of a project's images whether the picture of each may be handed on.

    It raises `ExportError` at the first picture on which that depends on what nobody stated yet.
    """

    def permitted(record: ImageRecord) -> bool:
        refusal = rights.refusal(record, project.label_set)
        if refusal is Refusal.UNANSWERED:
            raise ExportError(
                f"Nobody has stated whether the photographs and films of {project.name!r} show "
                "recognisable persons, so none of them leaves. State it, once: annotator rights "
                f'"{project.name}" --shows nobody (or persons), or on the page Export.'
            )
        return refusal is None

    return permitted


def _about(workspace: Workspace, project: Project, rights: Rights) -> dict[str, Any]:
    """Return what the manifest says of the project beside the counts."""
    number, head = workspace.record.safekeeping.head(project.id)
    said = Counter(consent.value for consent in rights.subjects.values())
    return {
        "protocol": project.protocol.to_json(),
        "decided_before_signatures": workspace.record.readings.decided_before(project.id),
        "event_log": {"events": number, "head_sha256": head},
        "rights": {
            "licence": rights.licence or "not stated; the project's owners must state it",
            "shows": rights.shows.value,
            "consent": rights.consent.value,
            "subjects_stated": {consent.value: said[consent.value] for consent in Consent},
        },
    }


def _note(workspace: Workspace, project: Project, report: ExportReport, actor: str) -> None:
    """Record who took what out, in the record's own chain: the project's stays as exported."""
    about = {
        "project": str(project.id),
        **{key: report.manifest[key] for key in ("format", "selection", "pictures")},
        "images": report.manifest["counts"]["images"]["all"],
        "manifest_sha256": hashlib.sha256((report.folder / FILE_NAME).read_bytes()).hexdigest(),
    }
    workspace.record.safekeeping.note_event("data set exported", actor, about=about)


@needs(Permission.SEE)
def project_rights(workspace: Workspace, project_name: str) -> Rights:
    """Return what people stated of a project's licence and consent.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    return workspace.record.rights.of(workspace.record.project(project_name).id)


@needs(Permission.MANAGE)
def state_rights(
    workspace: Workspace,
    project_name: str,
    rights: Rights,
    *,
    actor: str | None = None,
    reason: str = "",
) -> None:
    """State a project's licence and consent anew; what they were stays in its chain.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    project = workspace.record.project(project_name)
    who = actor or workspace.person.name
    workspace.record.rights.state(project.id, rights, actor=who, reason=reason)


@needs(Permission.MANAGE)
def state_shows(
    workspace: Workspace, project_name: str, shows: Shows, *, actor: str | None = None
) -> None:
    """State whether a project's raster pictures show recognisable persons.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    rights = replace(project_rights(workspace, project_name), shows=shows)
    state_rights(workspace, project_name, rights, actor=actor)


def verify_export(folder: Path) -> list[str]:
    """Return a sentence for each file of a data set that is not as it was exported.

    Raises
    ------
    ExportError
        If the folder is none of a data set.
    """
    return verify_dataset(folder)


def compare_exports(first: Path, second: Path) -> Comparison:
    """Return what two data sets state differently, whatever format they are in.

    Raises
    ------
    ExportError
        If a folder is none of a data set, or its record was changed after the export.
    """
    return compare_datasets(first, second)
