"""Take image files into a project."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..domain import Permission
from ..errors import AnnotatorError
from ..ingest import IngestOutcome, IngestStatus, ingest
from ..ingest.files import find_files
from .authority import needs, require_place
from .progress import Progress, silent
from .workspace import Workspace


@dataclass(slots=True)
class ImportReport:
    """What became of each file.

    Attributes
    ----------
    imported, duplicates : int
        Pictures taken in, each frame of a file one, and pictures that the project already had.
    refused, skipped, warnings : list of str
        Sentences that name the file and the reason.
    """

    imported: int = 0
    duplicates: int = 0
    refused: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Return one line for each file that is worth a word."""
        yield from (f"refused: {reason}" for reason in self.refused)
        yield from (f"skipped: {reason}" for reason in self.skipped)
        yield from (f"note: {warning}" for warning in self.warnings)

    def summary(self) -> str:
        """Return the counts in a sentence."""
        return (
            f"{self.imported} imported, {self.duplicates} already there, "
            f"{len(self.refused)} refused, {len(self.skipped)} skipped."
        )


@needs(Permission.ADD_IMAGES)
def import_paths(
    workspace: Workspace, project_name: str, paths: Sequence[Path], progress: Progress = silent
) -> ImportReport:
    """Take files and folders into a project; a bad file never stops the rest.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    paths : sequence of Path
        Files, and folders that are walked.
    progress : callable, optional
        Called with the files done and the files found.

    Returns
    -------
    ImportReport

    Raises
    ------
    NotFoundError
        If there is no such project.
    NotAllowedError
        If they are not files that came by the browser, and the person may not name others.
    """
    require_place(workspace, *paths, within=workspace.settings.upload_folder)
    project = workspace.record.project(project_name)
    report = ImportReport()
    total = sum(1 for _ in find_files(paths))
    for done, outcome in enumerate(ingest(paths, workspace.pixels), start=1):
        try:
            _record(workspace, project.id, outcome, report)
        except AnnotatorError as error:
            report.refused.append(f"{outcome.file_name}: {error}")
        progress(done, max(done, total))
    return report


def _record(
    workspace: Workspace, project_id: uuid.UUID, outcome: IngestOutcome, report: ImportReport
) -> None:
    if outcome.status is IngestStatus.SKIPPED:
        report.skipped.append(outcome.reason)
        return
    if outcome.status is IngestStatus.REFUSED:
        report.refused.append(outcome.reason)
        return
    if outcome.reason:
        report.warnings.append(outcome.reason)
    said = dict.fromkeys(warning for image in outcome.images for warning in image.warnings)
    report.warnings.extend(f"{outcome.file_name}: {warning}" for warning in said)
    added = workspace.record.add_images(
        project_id, [image.asset for image in outcome.images], actor=workspace.person.name
    )
    report.imported += len(added.added)
    report.duplicates += len(added.duplicates)
