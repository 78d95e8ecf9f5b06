"""Write a project as a data set."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain import ImageAsset, Project
from ..export import (
    EVERYTHING,
    ExportReport,
    PlacedMap,
    Selection,
    Source,
    export_formats,
    export_items,
    verify_dataset,
)
from ..suggest.overlays import place_grid
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


def export_project(
    workspace: Workspace,
    project_name: str,
    output: Path,
    *,
    format_name: str = "coco",
    with_images: bool = True,
    selection: Selection = EVERYTHING,
    progress: Progress = silent,
) -> ExportReport:
    """Write a project as a data set; the folder appears whole, after a check, or not at all.

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
    progress : callable, optional
        Called with the images done and all images; what it raises cancels the export.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ExportError
        If the data set cannot be written, or does not read back as it was written.
    """
    project = workspace.record.project(project_name)
    total = project.counts.images

    def png(asset: ImageAsset) -> bytes:
        return workspace.pixels.encoded(asset.pixels_sha256)

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
            png if with_images else None,
            maps,
            _about(workspace, project),
        )
        return export_items(
            source,
            output,
            format_name=format_name,
            selection=selection,
            progress=lambda done: progress(done, max(done, total)),
        )


def _about(workspace: Workspace, project: Project) -> dict[str, Any]:
    """Return what the manifest says of the project beside the counts."""
    number, head = workspace.record.safekeeping.head(project.id)
    return {
        "protocol": project.protocol.to_json(),
        "event_log": {"events": number, "head_sha256": head},
        "rights": {
            "licence": "not stated in the record; the project's owners must state it",
            "consent": "not stated in the record; pictures of people need their consent to be "
            "handed on",
        },
    }


def verify_export(folder: Path) -> list[str]:
    """Return a sentence for each file of a data set that is not as it was exported.

    Raises
    ------
    ExportError
        If the folder is none of a data set.
    """
    return verify_dataset(folder)
