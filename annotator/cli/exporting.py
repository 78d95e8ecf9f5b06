"""Commands on data sets: export, verify, list formats, state rights; take others' files over."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .terminal import command, complain, open_workspace, print_json, progress_bar, tell

if TYPE_CHECKING:
    from ..domain import Person
    from ..domain.rights import Rights
    from ..export import Selection
    from ..workflows.workspace import Workspace

TAKEN_OVER = (
    "coco", "cvat", "label-studio", "labelme", "via", "voc", "yolo", "yolo-obb", "dota", "csv",
    "kaggle", "masks", "openface", "py-feat", "disfa", "bp4d", "dicom-seg", "dicom-rtstruct",
    "dicom-sr",
)  # fmt: skip
"""Names of the formats that are read, without what reads them: help is asked for often."""


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    export = command(
        commands,
        "export",
        _export,
        "write a project as a data set; or: export verify DIR, export diff DIR DIR, export formats",
    )
    export.add_argument("project", help="its name; or `verify`, `diff` or `formats`")
    export.add_argument(
        "folder", nargs="?", type=Path, help="of `export verify` and `export diff`: the data set"
    )
    export.add_argument(
        "other",
        nargs="?",
        type=Path,
        help="of `export diff`: the second; exit status 0: the same, 1: not, 2: trouble",
    )
    export.add_argument("--format", default="coco", metavar="NAME", help="see: export formats")
    export.add_argument("--output", type=Path, metavar="DIR")
    export.add_argument("--no-images", action="store_true", help="leave the pictures out")
    export.add_argument(
        "--image-prefix",
        default="",
        metavar="TEXT",
        help="path or URL before the name of each picture in Label Studio, CVAT and COCO files, "
        "for example https://pictures.example/skin/",
    )
    export.add_argument(
        "--originals",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="files as they were imported, which DICOM objects then refer to; these name whom the "
        "originals name",
    )
    export.add_argument(
        "--json", action="store_true", help="print the manifest, the formats, or details"
    )
    _add_selection(export)

    taking = command(
        commands,
        "take-over",
        _take_over,
        "record what another tool's file says about a project's images",
    )
    taking.add_argument("project")
    taking.add_argument("path", type=Path, metavar="FILE", help="the file, or its folder")
    taking.add_argument(
        "--format",
        required=True,
        metavar="NAME",
        help=f"{', '.join(TAKEN_OVER)}, or that of an installed package",
    )
    taking.add_argument(
        "--reference",
        metavar="NAME",
        help="record it as annotations that you imported, whose source is called NAME; without "
        "it, as suggestions",
    )
    taking.add_argument(
        "--rater",
        metavar="NAME",
        help="record it as NAME's own annotations; where people sign in, NAME proves who they are "
        "by their password",
    )
    taking.add_argument(
        "--originals",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="files as they were imported, where FILE names them and the project has pseudonyms",
    )
    _add_rights(commands)


def _add_rights(commands: Any) -> None:
    rights = command(
        commands, "rights", _rights, "show or state a project's licence, and who consents"
    )
    rights.add_argument("project")
    rights.add_argument("--licence", metavar="TEXT", help="for example CC-BY-4.0")
    rights.add_argument(
        "--shows",
        choices=("nobody", "persons"),
        help="whether photographs and films show recognisable persons",
    )
    consents = ("granted", "withheld", "not-stated")
    rights.add_argument(
        "--consent", choices=consents, help="to handing pictures on, of all who are not named"
    )
    rights.add_argument(
        "--subject",
        action="append",
        default=[],
        metavar="PSEUDONYM=CONSENT",
        help="of one person shown; may be repeated",
    )
    rights.add_argument("--reason", default="", help="kept in the project's log")


def _add_selection(export: argparse.ArgumentParser) -> None:
    taken = export.add_argument_group("what goes in")
    taken.add_argument(
        "--take", choices=("suggestions", "first", "final", "adjudicated"), default="final"
    )
    taken.add_argument("--consensus", choices=("none", "majority", "staple"), default="none")
    taken.add_argument(
        "--unfinished",
        "--unsigned",
        action="store_true",
        help="also images that nobody finished and, of a reading study, reads nobody signed",
    )
    taken.add_argument(
        "--imported", action="store_true", help="annotations taken over from files count as readers"
    )
    taken.add_argument(
        "--pictures",
        choices=("windowed-8bit", "16bit"),
        default="",
        help="of 16-bit grey: as it is shown, or as it is stored; without it, as the format wants",
    )
    taken.add_argument(
        "--scores",
        action="store_true",
        help="also the classifier's own scores for each image, in classifier_scores.csv",
    )
    taken.add_argument("--label", action="append", default=[], metavar="CODE")
    taken.add_argument("--rater", action="append", default=[], metavar="NAME")
    taken.add_argument(
        "--since", type=day_utc, metavar="YYYY-MM-DD", help="stated on or after (UTC)"
    )
    taken.add_argument("--until", type=day_utc, metavar="YYYY-MM-DD", help="stated before (UTC)")
    taken.add_argument(
        "--pseudonyms", action="store_true", help="no names of raters or files, no free text"
    )
    taken.add_argument(
        "--split",
        default="",
        metavar="NAME=SHARE,...",
        help="for example train=0.8,val=0.2; a subject is in one part only",
    )
    taken.add_argument("--seed", default="", help="of the splits")


def day_utc(text: str) -> datetime:
    """Read a day as its first moment in UTC."""
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def _selection(options: argparse.Namespace) -> Selection:
    from ..export import Consensus, Selection, Take, read_shares

    return Selection(
        take=Take(options.take),
        consensus=Consensus(options.consensus),
        unfinished=options.unfinished,
        imported=options.imported,
        pictures=options.pictures,
        scores=options.scores,
        labels=frozenset(options.label),
        raters=frozenset(options.rater),
        since=options.since,
        until=options.until,
        pseudonyms=options.pseudonyms,
        splits=read_shares(options.split),
        seed=options.seed,
        originals=tuple(options.originals),
        image_prefix=options.image_prefix,
    )


def _export(options: argparse.Namespace) -> int:
    # A project may be called "verify": it is one where an output is named.
    if options.output is None and options.project == "diff" and options.other is not None:
        return _diff(options)
    if options.output is None and options.project == "formats" and options.folder is None:
        return _formats(options)
    if options.output is None and options.project == "verify" and options.folder is not None:
        return _verify(options.folder)
    if options.output is None or options.folder is not None:
        return complain(
            "Say what to export and where: annotator export PROJECT --output DIR; or annotator "
            "export verify DIR; or annotator export diff DIR DIR; or annotator export formats."
        )
    from ..workflows.jobs import ExportTask, export_job, run_here

    task = ExportTask(
        options.output, options.format, not options.no_images, selection=_selection(options)
    )
    with open_workspace() as workspace, progress_bar("Export") as progress:
        job = export_job(workspace, options.project, task)
        report = run_here(workspace, job, progress, tell=tell)
    for line in report.losses():
        print(f"left out or changed: {line}", file=sys.stderr)
    if options.json:
        print_json(report.manifest)
    else:
        print(report.summary())
        if report.left_out:
            print("Add --unfinished to include them.")
    return 0


def _formats(options: argparse.Namespace) -> int:
    from ..workflows.exporting import list_formats

    formats = list_formats()
    if options.json:
        print_json([{"name": form.name, "title": form.title} for form in formats])
        return 0
    for form in formats:
        print(f"{form.name}\t{form.title}")
    return 0


def _verify(folder: Path) -> int:
    from ..workflows.exporting import verify_export

    findings = verify_export(folder)
    for finding in findings:
        print(finding, file=sys.stderr)
    if not findings:
        print(f"{folder} is as it was exported.")
    return 1 if findings else 0


def _diff(options: argparse.Namespace) -> int:
    """Compare two data sets; the exit status is that of diff."""
    from ..errors import AnnotatorError
    from ..workflows.exporting import compare_exports

    try:
        comparison = compare_exports(options.folder, options.other)
    except AnnotatorError as error:
        complain(str(error))
        return 2
    if options.json:
        print_json(comparison.to_json())
    else:
        print("\n".join(comparison.lines()))
    return 0 if comparison.same else 1


def _rights(options: argparse.Namespace) -> int:
    from ..workflows.exporting import project_rights, state_rights

    with open_workspace() as workspace:
        before = project_rights(workspace, options.project)
        rights = _stated(options, before)
        if rights != before:
            state_rights(workspace, options.project, rights, reason=options.reason)
    print_json(rights.to_json())
    return 0


def _stated(options: argparse.Namespace, before: Rights) -> Rights:
    from ..domain.rights import Consent, Rights, Shows
    from ..errors import ExportError

    subjects = dict(before.subjects)
    for text in options.subject:
        name, _, said = text.rpartition("=")
        if not name or said not in set(Consent):
            raise ExportError(
                f"{text!r} states no consent; write PSEUDONYM=CONSENT, which is "
                f"{', '.join(Consent)}."
            )
        subjects[name] = Consent(said)
    return Rights(
        before.licence if options.licence is None else options.licence.strip(),
        Consent(options.consent or before.consent),
        subjects,
        Shows(options.shows or before.shows),
    )


def _take_over(options: argparse.Namespace) -> int:
    if options.rater is not None and options.reference is not None:
        return complain(
            "--rater records a person's own annotations, --reference somebody else's; give one."
        )
    with open_workspace() as workspace:
        faults = taken_over(
            workspace,
            options.project,
            options.path,
            options.format,
            options.reference,
            "Take over",
            options.originals,
            rater=options.rater,
        )
    return 1 if faults else 0


def _proven(workspace: Workspace, name: str) -> Person:
    """Return the person of a name; where they have an account, after they proved to be them."""
    import getpass

    from ..domain import Person
    from ..domain.sign_in import checked_name
    from ..errors import NotFoundError, SignInError
    from ..settings import SignIn
    from ..workflows.people import account_named
    from ..workflows.signing_in import proven

    try:
        account_named(workspace, name)
    except NotFoundError:
        if workspace.settings.sign_in is not SignIn.SINGLE_USER:
            raise
        return Person(checked_name(name))  # as in the app, whose user types a name
    if workspace.settings.sign_in is SignIn.OIDC:
        raise SignInError(
            f"{name} signs in elsewhere and has no password here; take the file over in the app, "
            "as their own annotations."
        )
    return proven(workspace, name, getpass.getpass(f"Password of {name}: "))


def taken_over(
    workspace: Workspace,
    project: str,
    path: Path,
    format_name: str,
    reference_of: str | None,
    doing: str,
    originals: Sequence[Path] = (),
    *,
    rater: str | None = None,
) -> int:
    """Take over another tool's files, say what came of it, and return the number of faults.

    Nothing taken over at all is one. With a `rater` it is their own annotations.
    """
    from ..workflows.jobs import TakeOverTask, run_here, take_over_job
    from ..workflows.own_tables import take_over_own

    person = None if rater is None else _proven(workspace, rater)
    with progress_bar(doing) as progress:
        if person is not None:
            # No job: a worker could not go on with it, for whom no password was entered.
            how: Any = {"format_name": format_name, "originals": originals, "progress": progress}
            report = take_over_own(workspace, project, path, person=person, **how)
        else:
            task = TakeOverTask(path, format_name, reference_of, tuple(originals))
            job = take_over_job(workspace, project, task)
            report = run_here(workspace, job, progress, tell=tell)
    for line in report.lines():
        print(line, file=sys.stderr)
    print(report.summary())
    return len(report.faults) or int(report.nothing)
