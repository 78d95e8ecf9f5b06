"""Take image files into a project."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ..domain import Permission
from ..errors import AnnotatorError, SettingsError
from ..ingest import (
    Deidentification,
    Deidentifier,
    Ingestion,
    IngestOutcome,
    IngestStatus,
    Pseudonyms,
    ingest,
    key_mark_of,
)
from ..ingest.files import find_files
from .authority import needs, require_place
from .import_report import ImportReport, became, origins, report_files
from .progress import Progress, silent
from .project_keys import key_file, project_key
from .workspace import Workspace

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How files are taken in.

    Attributes
    ----------
    deidentification : Deidentification
        What is kept of whom the files show.
    again : bool
        Also decode files that the project took in before, for example with other options.
    report : Path or None
        A file to make, with a JSON line for each file in the names that the record has.
    links : Path or None
        A file to make, with a CSV line for each file that links its path to what it is called
        in the record. It identifies people; keep it apart from the data.
    workers : int
        How many files are decoded at once; 0 for as many as there are processors, at most 4.
    """

    deidentification: Deidentification = field(default_factory=Deidentification)
    again: bool = False
    report: Path | None = None
    links: Path | None = None
    workers: int = 0


AS_USUAL = ImportOptions()
"""DICOM files are de-identified, photographs keep their names."""


def _always() -> bool:
    return True


@needs(Permission.ADD_IMAGES)
def import_paths(
    workspace: Workspace,
    project_name: str,
    paths: Sequence[Path],
    progress: Progress = silent,
    *,
    options: ImportOptions = AS_USUAL,
    actor: str | None = None,
    go_on: Callable[[], bool] = _always,
) -> ImportReport:
    """Take files and folders into a project; a bad file never stops the rest.

    Files that the project took in before are not decoded again: an import that was stopped, or
    killed, goes on when it is started again.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    paths : sequence of Path
        Files, folders that are walked, and a DICOMDIR for the files that it refers to.
    progress : callable, optional
        Called with the files done and the files found.
    options : ImportOptions
    actor : str, optional
        Who imports, for the log; the person of the workspace if not given.
    go_on : callable, optional
        Called before each file is recorded; it may wait, and ends the import by returning False.

    Returns
    -------
    ImportReport

    Raises
    ------
    NotFoundError
        If there is no such project.
    NotAllowedError
        If they are not files that came by the browser, and the person may not name others.
    SettingsError
        If the key of the project's pseudonyms is missing, another, or readable by others.
    IngestError
        If a file that is to be made is there already.
    """
    require_place(workspace, *paths, within=workspace.settings.upload_folder)
    for made in (options.report, options.links):
        if made is not None:
            require_place(workspace, made, within=workspace.settings.upload_folder)
    project = workspace.record.project(project_name)
    how = _ingestion(workspace, project.id, options)
    actor = actor or workspace.person.name
    report = ImportReport()
    total = sum(1 for _ in find_files(paths))
    with (
        report_files(options.report, options.links) as files,
        closing(ingest(paths, workspace.pixels, how)) as outcomes,
    ):
        for done, outcome in enumerate(outcomes, start=1):
            if not go_on():
                report.stopped = True
                break
            files.write(outcome, _take(workspace, project.id, outcome, report, actor))
            progress(done, max(done, total))
    return report


def _ingestion(workspace: Workspace, project_id: uuid.UUID, options: ImportOptions) -> Ingestion:
    known: Counter[str] = Counter()
    marks: set[str] = set()
    while page := workspace.record.images(project_id, known.total(), _PAGE):
        known.update(asset.source_sha256 for asset in page)
        named = {mark for a in page for mark in map(key_mark_of, (a.subject or "", a.file_name))}
        marks |= {mark for mark in named if mark}
    pseudonyms = Pseudonyms(lambda: project_key(workspace.settings, project_id, make=not marks))
    if marks and marks != {pseudonyms.key_mark}:
        raise SettingsError(
            f"The key {key_file(workspace.settings, project_id).name} is not the one that this "
            "project's pseudonyms were made with; put that one back, or import into another "
            "project."
        )
    return Ingestion(
        Deidentifier(options.deidentification, pseudonyms),
        {} if options.again else known,
        workers=options.workers or min(4, os.cpu_count() or 1),
    )


def _take(
    workspace: Workspace,
    project_id: uuid.UUID,
    outcome: IngestOutcome,
    report: ImportReport,
    actor: str,
) -> str:
    """Record the pictures of a file; return in a word what became of it."""
    if outcome.status is IngestStatus.SKIPPED:
        report.skipped.add(outcome.reason)
    elif outcome.status is IngestStatus.REFUSED:
        report.refused.add(outcome.reason)
    elif outcome.status is IngestStatus.KNOWN:
        report.duplicates += outcome.known
    else:
        return _record(workspace, project_id, outcome, report, actor)
    return became(outcome)


def _record(
    workspace: Workspace,
    project_id: uuid.UUID,
    outcome: IngestOutcome,
    report: ImportReport,
    actor: str,
) -> str:
    try:
        assets = [image.asset for image in outcome.images]
        added = workspace.record.add_images(project_id, assets, actor=actor)
    except AnnotatorError as error:
        report.refused.add(f"{outcome.file_name}: {error}")
        return IngestStatus.REFUSED.value
    report.imported += len(added.added)
    report.duplicates += len(added.duplicates)
    if outcome.reason:
        report.note("", outcome.reason)
    said = dict.fromkeys(warning for image in outcome.images for warning in image.warnings)
    for warning in said:
        report.note(outcome.file_name, warning)
    for origin in origins(outcome)[:1]:
        report.left_behind["files"] += 1
        report.left_behind.update(origin["left_behind"])
    report.left_behind["masked"] += sum("masked_px" in origin for origin in origins(outcome))
    return IngestStatus.IMPORTED.value if added.added else "already there"
