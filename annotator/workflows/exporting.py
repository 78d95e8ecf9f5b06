"""Write a project as a data set."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ..domain import ImageAsset
from ..export import FORMATS, ExportReport, export_items
from .progress import Progress, silent
from .workspace import Workspace

FORMAT_NAMES: tuple[str, ...] = tuple(FORMATS)
"""The formats that a project can be written in."""


def export_project(
    workspace: Workspace,
    project_name: str,
    output: Path,
    *,
    format_name: str = "coco",
    with_images: bool = True,
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
        One of `FORMAT_NAMES`.
    with_images : bool
        Whether the pictures are copied into the data set.
    progress : callable, optional
        Called with the images done and all images.

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

    with closing(workspace.record.image_records(project.id)) as records:
        return export_items(
            records,
            project.label_set,
            output,
            project=project.name,
            format_name=format_name,
            image_png=png if with_images else None,
            progress=lambda done: progress(done, max(done, total)),
        )
