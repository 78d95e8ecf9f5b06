"""What each kind of job runs, with which options, and what it takes to start it."""

from __future__ import annotations

import errno
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...domain import Job, JobKind, Permission
from ...errors import ExportError, UnavailableError
from ...export import Selection
from ..authority import require
from ..exporting import export_project, export_that_ended
from ..importing import ImportOptions, import_paths
from ..networks import fetch_card
from ..own_tables import take_over_own
from ..progress import Progress
from ..suggesting import suggest_project
from ..taking_over import take_over
from ..workspace import Workspace
from .options import from_json, to_json

_MOST_LINES = 150
"""Of what became of a file; a log keeps 200."""


@dataclass(frozen=True, slots=True)
class Following:
    """A job that is to be done next, by whoever started the one before: its options and log."""

    kind: JobKind
    options: Mapping[str, Any]
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job.

    Attributes
    ----------
    sentence : str
    lines : tuple of str
        For its log.
    report : object
        What the use case returned.
    result : mapping
        JSON-ready, kept with the job: counts, and what is left to fetch.
    following : Following or None
        The job that is to be done next.
    """

    sentence: str
    lines: tuple[str, ...] = ()
    report: Any = None
    result: Mapping[str, Any] = field(default_factory=dict)
    following: Following | None = None


@dataclass(frozen=True, slots=True)
class ImportTask:
    """Of an import: which files, and how; whether suggestions follow."""

    paths: tuple[Path, ...]
    how: ImportOptions
    then_suggest: bool = False


@dataclass(frozen=True, slots=True)
class SuggestTask:
    """Of suggestions: whether images that have some get others; the engine, if not the usual.

    And whether each is put to the test, see `annotator.suggest.checking`.
    """

    again: bool = False
    engine: str = ""
    check: bool = True


@dataclass(frozen=True, slots=True)
class ExportTask:
    """Of an export: where, in which form, and whether it is made one file to be downloaded."""

    output: Path
    format_name: str = "coco"
    with_images: bool = True
    selection: Selection = field(default_factory=Selection)
    then_pack: bool = False


@dataclass(frozen=True, slots=True)
class PackTask:
    """Of a data set that becomes one file: its folder, which then goes, the file, what is in it."""

    folder: Path
    file: Path
    summary: str
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TakeOverTask:
    """Of another tool's file: which, and as whose annotations, if as any; see `take_over`."""

    path: Path
    format_name: str
    reference_of: str | None = None
    originals: tuple[Path, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class FetchTask:
    """Of weights: the card, and the hash that a person accepts for it."""

    card: str
    accept: str | None = None


def _import(workspace: Workspace, job: Job, progress: Progress) -> Outcome:
    task = from_json(ImportTask, job.options)
    report = import_paths(
        workspace,
        str(job.project_id),
        task.paths,
        progress,
        options=replace(task.how, goes_on=job.went_on),
        actor=job.started_by,
    )
    following = None
    if task.then_suggest and (report.imported or job.went_on):
        following = Following(JobKind.SUGGEST, to_json(SuggestTask()))
    return Outcome(report.summary(), tuple(report.lines()), report, following=following)


def _suggest(workspace: Workspace, job: Job, progress: Progress) -> Outcome:
    task = from_json(SuggestTask, job.options)
    report = suggest_project(
        workspace,
        str(job.project_id),
        again=task.again,
        since=job.created_at,
        engine=task.engine,
        check=task.check,
        progress=progress,
    )
    return Outcome(report.summary(), tuple(report.failures), report)


def _export(workspace: Workspace, job: Job, progress: Progress) -> Outcome:
    task = from_json(ExportTask, job.options)
    project, who = str(job.project_id), job.started_by
    report = None
    if job.went_on:
        report = export_that_ended(workspace, project, task.output, actor=who)
    report = report or export_project(
        workspace,
        project,
        task.output,
        format_name=task.format_name,
        with_images=task.with_images,
        selection=task.selection,
        actor=who,
        progress=progress,
    )
    lines = tuple(f"left out or changed: {line}" for line in report.losses())
    sentence, following = report.summary(place=not task.then_pack), None
    counts = {"left_out": report.left_out, "losses": len(lines)}
    if task.then_pack:
        file = task.output.with_name(f"{task.output.name}.zip")
        pack = PackTask(task.output, file, sentence, counts)
        following = Following(JobKind.PACK, to_json(pack), lines)
    return Outcome(sentence, lines, report, counts, following)


def _pack(workspace: Workspace, job: Job, progress: Progress) -> Outcome:
    require(workspace, Permission.EXPORT, job.project_id)
    task = from_json(PackTask, job.options)
    if not task.file.exists():
        _write_zip(task, progress)
    size = task.file.stat().st_size
    shutil.rmtree(task.folder, ignore_errors=True)  # all of it is in the file
    megabytes = f"{max(size / 1e6, 0.1):.1f} MB"
    sentence = f"{task.summary} {task.file.name} ({megabytes}) can be downloaded for a day."
    return Outcome(sentence, result={**task.counts, "file": task.file.name})


def _write_zip(task: PackTask, progress: Progress) -> None:
    """Write a folder's files to a file that appears whole or not at all."""
    if not task.folder.is_dir():
        raise ExportError(f"The data set in {task.folder} is no longer there; export again.")
    beside = task.file.with_name(f".{task.file.name}.partial")
    files = sorted(path for path in task.folder.rglob("*") if path.is_file())
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, path in enumerate(files, start=1):
                archive.write(path, path.relative_to(task.folder.parent))
                progress(number, len(files))
        beside.rename(task.file)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UnavailableError(
                f"{task.file.name} could not be written because the disk is full; free some space."
            ) from None
        raise ExportError(
            f"{task.file.name} could not be written ({error.strerror}); the data set is still in "
            f"{task.folder}. Free some space, then export again."
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def _take_over(workspace: Workspace, job: Job, progress: Progress) -> Outcome:
    task = from_json(TakeOverTask, job.options)
    how: Any = {"originals": task.originals, "progress": progress}
    what = (workspace, str(job.project_id), task.path)
    if task.own:
        report = take_over_own(*what, format_name=task.format_name, person=workspace.person, **how)
    else:
        report = take_over(
            *what,
            format_name=task.format_name,
            reference_of=task.reference_of,
            actor=job.started_by,
            **how,
        )
    lines = list(report.lines())
    if more := lines[_MOST_LINES:]:
        lines[_MOST_LINES:] = [f"{len(more)} more; `annotator take-over` prints them all."]
    return Outcome(report.summary(), tuple(lines), report)


def _fetch(workspace: Workspace, job: Job, progress: Progress) -> Outcome:
    require(workspace, Permission.SERVER_FILES, None)
    task = from_json(FetchTask, job.options)
    return Outcome(fetch_card(task.card, workspace.settings, progress, accept=task.accept))


@dataclass(frozen=True, slots=True)
class Work:
    """What a kind of job runs, which asks for the permission that it takes.

    Attributes
    ----------
    run : callable
    permission : Permission
        Of who may see and end those of others, in their project if they have one.
    """

    run: Callable[[Workspace, Job, Progress], Outcome]
    permission: Permission


WORK: Mapping[JobKind, Work] = {
    JobKind.IMPORT: Work(_import, Permission.ADD_IMAGES),
    JobKind.SUGGEST: Work(_suggest, Permission.SUGGEST),
    JobKind.EXPORT: Work(_export, Permission.EXPORT),
    JobKind.PACK: Work(_pack, Permission.EXPORT),
    JobKind.TAKE_OVER: Work(_take_over, Permission.ADD_IMAGES),
    JobKind.FETCH: Work(_fetch, Permission.SERVER_FILES),
}
