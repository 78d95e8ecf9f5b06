"""Take image files into a project."""

from __future__ import annotations

import os
import uuid
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..domain import BoundingBox, ImageAsset, Permission
from ..errors import (
    AnnotatorError,
    IngestError,
    ProtocolError,
    SettingsError,
    StorageError,
    UnavailableError,
)
from ..ingest import (
    Deidentification,
    Deidentifier,
    FaceFinder,
    FrameChoice,
    Ingestion,
    IngestOutcome,
    IngestStatus,
    Pixels,
    Pseudonyms,
    ReadingLimits,
    ingest,
    key_mark_of,
)
from ..ingest.files import find_files
from ..ingest.video import ONE_A_SECOND
from ..record.images import JOINS_RUNNING_STUDY
from .authority import needs, require_place
from .contact_sheet import add_new, sheet_file
from .import_report import ImportReport, became, origins, report_files
from .known_paths import KnownPaths, other_names
from .progress import Progress, silent
from .project_keys import key_file, project_key
from .sequences import TakenSequences
from .workspace import Workspace

_PAGE = 2000
_NOT_ON_THE_SHEET = (
    "Pictures that may not be handed on are left out of the contact sheet: nobody has stated that "
    'they show nobody recognisable (annotator rights "{}" --shows nobody), or consent is missing.'
)
_PUT_BACK = (
    "This image had been removed from the project and was put back, with what was stated of it."
)
_PICTURE_ERASED = (
    "The picture was erased while it was imported, and its file is no longer there; import the "
    "file again with --again."
)


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
    frames : FrameChoice
        Which frames of videos are taken.
    follow_faces : bool
        Follow the faces of videos, and mark one person's in their frames.
    person : int
        Whose: 1 for the person seen in most frames of a video, and so on.
    contact_sheet : Path or None
        A picture to make (``.png``, ``.jpg`` or ``.webp``) of what was taken in, small.
    join_running_study : bool
        Also where readers are isolated and have begun.
    goes_on : bool
        Whether it was interrupted before: files that it made are added to.
    """

    deidentification: Deidentification = field(default_factory=Deidentification)
    again: bool = False
    report: Path | None = None
    links: Path | None = None
    workers: int = 0
    frames: FrameChoice = ONE_A_SECOND
    follow_faces: bool = True
    person: int = 1
    contact_sheet: Path | None = None
    join_running_study: bool = False
    goes_on: bool = False

    def __post_init__(self) -> None:
        if self.person < 1:
            raise IngestError(f"There is no person {self.person}; persons are counted from 1.")


AS_USUAL = ImportOptions()
"""DICOM files are de-identified, photographs keep their names."""


@needs(Permission.ADD_IMAGES)
def import_paths(
    workspace: Workspace,
    project_name: str,
    paths: Sequence[Path],
    progress: Progress = silent,
    *,
    options: ImportOptions = AS_USUAL,
    actor: str | None = None,
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
        Called with the files done and the files found; a video counts its frames. What it raises
        ends the import.
    options : ImportOptions
    actor : str, optional
        Who imports, for the log; the person of the workspace if not given.

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
    ProtocolError
        If readers of the project are isolated and have begun, and the options do not say that the
        images join a running study.
    """
    require_place(workspace, *paths, within=workspace.settings.upload_folder)
    for made in (options.report, options.links, options.contact_sheet):
        if made is not None:
            require_place(workspace, made, within=workspace.settings.upload_folder)
    project = workspace.record.project(project_name)
    if not options.join_running_study and workspace.record.joins_running_study(project.id):
        raise ProtocolError(JOINS_RUNNING_STUDY)
    how, paths_known = _ingestion(workspace, project.id, options)
    actor = actor or workspace.person.name
    by = _By(actor, options.join_running_study, how, paths_known)
    report = ImportReport()
    taken = TakenSequences(project.id)
    steps = _Steps(sum(1 for _ in find_files(paths)))
    with (
        report_files(options.report, options.links, add=options.goes_on) as files,
        sheet_file(options.contact_sheet) as sheet,
        closing(ingest(paths, workspace.pixels, how)) as outcomes,
    ):
        for outcome in outcomes:
            word, new = _take(workspace, project.id, outcome, report, by)
            files.write(outcome, word)
            if sheet is not None and add_new(sheet, workspace, project, new):
                report.note("", _NOT_ON_THE_SHEET.format(project.name))
            taken.add(new)
            progress(*steps.after(outcome))
    for name, sentence in taken.notes(workspace):
        report.note(name, sentence)
    return report


@dataclass(frozen=True, slots=True)
class _By:
    """Who imports, whether the images may join a running study, and how files are taken in."""

    actor: str
    joins_running_study: bool
    how: Ingestion
    paths: KnownPaths


class _Steps:
    """Counts files, and the frames of videos, as steps done and steps in all."""

    def __init__(self, files: int) -> None:
        self._files = files
        self._done = 0

    def after(self, outcome: IngestOutcome) -> tuple[int, int]:
        """Take what became of the next file, or what has become of it so far."""
        others = max(0, self._files - 1)
        if outcome.more:
            return self._done + outcome.done, self._done + outcome.expected + others
        self._files = others
        self._done += outcome.done
        return self._done, self._done + others


def _ingestion(
    workspace: Workspace, project_id: uuid.UUID, options: ImportOptions
) -> tuple[Ingestion, KnownPaths]:
    known: defaultdict[str, list[uuid.UUID]] = defaultdict(list)
    frames: defaultdict[str, set[int]] = defaultdict(set)
    marks: set[str] = set()
    done = 0
    while page := workspace.record.images(project_id, done, _PAGE):
        done += len(page)
        for asset in page:
            known[asset.source_sha256].append(asset.id)
            if asset.frame is not None:
                frames[asset.source_sha256].add(asset.frame)
        named = {mark for a in page for mark in map(key_mark_of, (a.subject or "", a.file_name))}
        marks |= {mark for mark in named if mark}
    pseudonyms = Pseudonyms(lambda: project_key(workspace.settings, project_id, make=not marks))
    if marks and marks != {pseudonyms.key_mark}:
        raise SettingsError(
            f"The key {key_file(workspace.settings, project_id).name} is not the one that this "
            "project's pseudonyms were made with; put that one back, or import into another "
            "project."
        )
    how = Ingestion(
        Deidentifier(options.deidentification, pseudonyms),
        {} if options.again else {sha256: len(ids) for sha256, ids in known.items()},
        workers=options.workers or min(4, os.cpu_count() or 1),
        frames=options.frames,
        known_frames={} if options.again else frames,
        find_faces=_face_finder(workspace.settings.device) if options.follow_faces else None,
        person=options.person,
        limits=ReadingLimits(
            workspace.settings.reading_memory_bytes, workspace.settings.reading_seconds
        ),
    )
    return how, KnownPaths(workspace, project_id, known, pseudonyms)


def _face_finder(device: str) -> FaceFinder:
    def find(picture: Pixels) -> list[tuple[BoundingBox, float]]:
        # Here, for the networks take seconds to load and only videos need them.
        from ..suggest.faces import found_faces

        return [(face.box, face.score) for face in found_faces(picture, device)]

    return find


def _take(
    workspace: Workspace,
    project_id: uuid.UUID,
    outcome: IngestOutcome,
    report: ImportReport,
    by: _By,
) -> tuple[str, Sequence[ImageAsset]]:
    """Record the pictures of a file; return in a word what became of it, and what is new."""
    report.duplicates += outcome.known
    if outcome.status is IngestStatus.SKIPPED:
        report.skipped.add(outcome.reason)
    elif outcome.status is IngestStatus.REFUSED:
        report.refused.add(outcome.reason)
    elif outcome.status is IngestStatus.IMPORTED:
        return _record(workspace, project_id, outcome, report, by)
    else:
        by.paths.add_file(outcome, by.actor)
    return became(outcome), ()


def _record(
    workspace: Workspace,
    project_id: uuid.UUID,
    outcome: IngestOutcome,
    report: ImportReport,
    by: _By,
) -> tuple[str, Sequence[ImageAsset]]:
    assets = [image.asset for image in outcome.images]
    _say(outcome, report)
    if not assets:  # of a video, some steps bring none
        if not outcome.more and not outcome.earlier:
            by.paths.add_file(outcome, by.actor)
        return IngestStatus.IMPORTED.value if outcome.earlier else "already there", ()
    try:
        added = workspace.record.add_images(
            project_id,
            by.paths.of(assets, outcome.path),
            actor=by.actor,
            join_running_study=by.joins_running_study,
        )
    except UnavailableError:
        raise  # no fault of this file's: the next would fare alike
    except AnnotatorError as error:
        report.refused.add(f"{outcome.file_name}: {error}")
        return IngestStatus.REFUSED.value, ()
    _keep_pictures(workspace, outcome, added.added, report, by)
    there = [image_id for _, image_id in added.duplicates]
    by.paths.add(there, outcome.path, by.actor, other_names(assets))
    report.imported += len(added.added)
    report.duplicates += len(added.duplicates)
    if added.put_back:
        report.note(outcome.file_name, _PUT_BACK)
    new = bool(added.added or outcome.earlier)
    return IngestStatus.IMPORTED.value if new else "already there", added.added


def _keep_pictures(
    workspace: Workspace,
    outcome: IngestOutcome,
    added: Sequence[ImageAsset],
    report: ImportReport,
    by: _By,
) -> None:
    """See that images have their pictures: an erasure may take one between storing and recording.

    It then was of another image with the same pixels, and whoever imports has the later word.
    """

    def are_there() -> bool:
        return all(workspace.pixels.holds(asset.pixels_sha256) for asset in added)

    try:
        if are_there():
            return
        anew = replace(by.how, known={}, known_frames={})
        with closing(ingest([outcome.path], workspace.pixels, anew)) as stored_again:
            deque(stored_again, maxlen=0)
        if not are_there():
            report.note(outcome.file_name, _PICTURE_ERASED)
    except StorageError as error:
        report.note(outcome.file_name, str(error))


def _say(outcome: IngestOutcome, report: ImportReport) -> None:
    if outcome.reason:
        report.note("", outcome.reason)
    for warning in outcome.said:
        report.note(outcome.file_name, warning)
    for origin in origins(outcome)[:1]:
        report.left_behind["files"] += 1
        report.left_behind.update(origin["left_behind"])
    report.left_behind["masked"] += sum("masked_px" in origin for origin in origins(outcome))
