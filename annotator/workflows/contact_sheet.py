"""A contact sheet of a project: its pictures, small, with times and the faces that are marked."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from pathlib import Path

from PIL import Image

from ..domain import ImageAsset, ImageRecord, Permission, Project
from ..domain.rights import Consent
from ..errors import IngestError
from ..ingest.contact_sheet import ContactSheet
from .authority import needs, require_place
from .blinding import require_unblinded
from .exporting import leaving
from .pictures import shown_pixels
from .progress import Progress, silent
from .workspace import Workspace

_PAGE = 500
_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp"})


@needs(Permission.ADD_IMAGES)
def contact_sheet(
    workspace: Workspace, project_name: str, progress: Progress = silent
) -> Image.Image:
    """Return a project's pictures, small, on one to look at here; of very many, some.

    Those of people who do not consent stay out.

    Raises
    ------
    NotFoundError
        If there is no such project.
    StorageError
        If pixels are missing or damaged.
    """
    project = workspace.record.project(project_name)
    require_unblinded(workspace, project.id)
    rights, sheet = workspace.record.rights.of(project.id), ContactSheet()
    total, done = len(workspace.record.image_ids(project.id)), 0
    while page := workspace.record.images(project.id, done, _PAGE):
        for asset in page:
            if rights.subjects.get(asset.subject or "", rights.consent) is not Consent.WITHHELD:
                _add(sheet, workspace, asset)
            done += 1
            progress(done, total)
    return sheet.image()


@needs(Permission.EXPORT)
def write_contact_sheet(
    workspace: Workspace, project_name: str, path: Path, progress: Progress = silent
) -> None:
    """Write those of a project's pictures that may be handed on, small, to a file.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    path : Path
        Ending in ``.png``, ``.jpg`` or ``.webp``; not there yet.
    progress : callable, optional
        Called with the pictures done and all of them.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ExportError
        If nobody stated what the project's pictures show; nothing is written.
    IngestError
        If the file is there already or cannot be written.
    StorageError
        If pixels are missing or damaged.
    """
    require_place(workspace, path, within=workspace.settings.export_folder)
    _require_writable(path)
    project, sheet = workspace.record.project(project_name), ContactSheet()
    require_unblinded(workspace, project.id)
    permitted = leaving(project, workspace.record.rights.of(project.id))
    with closing(workspace.record.image_records(project.id)) as records:
        for done, record in enumerate(records, start=1):
            if permitted(record):
                _add(sheet, workspace, record.image)
            progress(done, project.counts.images)
    _write(sheet.image(), path)


@contextmanager
def sheet_file(path: Path | None) -> Generator[ContactSheet | None, None, None]:
    """Yield a sheet that is written to a file at the end; without a file, None.

    Raises
    ------
    IngestError
        Before anything else, if the file is there already or cannot be written.
    """
    if path is None:
        yield None
        return
    _require_writable(path)
    sheet = ContactSheet()
    yield sheet
    _write(sheet.image(), path)


def add_new(
    sheet: ContactSheet, workspace: Workspace, project: Project, assets: Iterable[ImageAsset]
) -> int:
    """Add new images of a project to a sheet; return how many of them may not be handed on."""
    rights, left_out = workspace.record.rights.of(project.id), 0
    for asset in assets:
        if rights.permits(ImageRecord(asset, (), ()), project.label_set):
            _add(sheet, workspace, asset)
        else:
            left_out += 1
    return left_out


def _add(sheet: ContactSheet, workspace: Workspace, asset: ImageAsset) -> None:
    """Add an image of the record to a sheet; its pixels are read if it will be shown."""
    if not sheet.wants_next:
        sheet.passed()
        return
    face = asset.followed_face
    sheet.add(shown_pixels(workspace, asset), caption(asset), face and face.box)


def caption(asset: ImageAsset) -> str:
    """Return the line below a picture: when it is shown in its video, or what it is called."""
    if asset.time_s is None:
        frame = "" if asset.frame is None else f"  frame {asset.frame}"
        return f"{asset.file_name}{frame}"
    minutes, seconds = divmod(asset.time_s, 60)
    face = asset.followed_face
    return f"{int(minutes)}:{seconds:06.3f}  {asset.frame}  {face.person if face else ''}"


def _require_writable(path: Path) -> None:
    if path.suffix.lower() not in _ENDINGS:
        raise IngestError(f"{path} is no picture's name; end it in .png, .jpg or .webp.")
    try:
        free = not path.exists() and path.parent.is_dir() and os.access(path.parent, os.W_OK)
    except OSError:  # a name too long, for one
        free = False
    if not free:
        raise IngestError(
            f"{path} cannot be written; name a file that is not there yet, in a folder that is."
        )


def _write(sheet: Image.Image, path: Path) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            sheet.save(out, Image.registered_extensions()[path.suffix.lower()])
    except OSError as error:
        raise IngestError(
            f"{path} cannot be written ({error.strerror or 'image error'})."
        ) from None
