"""Commands that take files into a project."""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exporting import taken_over
from .terminal import command, complain, count, open_workspace, progress_bar, tell

if TYPE_CHECKING:
    from ..workflows.import_report import ImportReport
    from ..workflows.importing import ImportOptions


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    importing = command(
        commands, "import", _import, "take images, videos or folders into a project"
    )
    importing.add_argument("project")
    importing.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a file, a folder or a DICOMDIR"
    )
    importing.add_argument(
        "--again", action="store_true", help="also files that the project took in before"
    )
    importing.add_argument(
        "--workers", type=int, default=0, metavar="N", help="files decoded at once; 0 chooses"
    )
    importing.add_argument(
        "--watch", type=float, metavar="SECONDS", help="go on with what comes into a folder"
    )
    importing.add_argument(
        "--report", type=Path, metavar="FILE", help="write a JSON line for each file"
    )
    importing.add_argument(
        "--join-running-study",
        action="store_true",
        help="add images although reading by isolated readers has begun",
    )
    _add_videos(importing)
    _add_identity(importing)
    _add_labels(importing)
    sheet = command(commands, "contact-sheet", _sheet, "write a project's pictures, small, on one")
    sheet.add_argument("project")
    sheet.add_argument("file", type=Path, metavar="FILE", help="ends in .png, .jpg or .webp")


def _add_labels(importing: argparse.ArgumentParser) -> None:
    labels = importing.add_argument_group("labels that come with the files")
    labels.add_argument("--labels", type=Path, metavar="FILE", help="as of: take-over")
    labels.add_argument("--labels-format", default="coco", metavar="NAME", help="default: coco")
    labels.add_argument("--reference", metavar="NAME", help="as of: take-over")


def _add_videos(importing: argparse.ArgumentParser) -> None:
    videos = importing.add_argument_group(
        "videos", "One frame a second is taken, if nothing else is said."
    )
    which = videos.add_mutually_exclusive_group()
    which.add_argument(
        "--frames-per-second", type=float, default=1.0, metavar="N", help="default: %(default)s"
    )
    which.add_argument("--every-frame", action="store_true")
    which.add_argument(
        "--per-scene", type=count, default=0, metavar="N", help="the first N frames of each scene"
    )
    videos.add_argument(
        "--from", type=float, default=0.0, metavar="SECONDS", dest="from_s", help="begin there"
    )
    videos.add_argument(
        "--to", type=float, default=math.inf, metavar="SECONDS", dest="to_s", help="end there"
    )
    videos.add_argument(
        "--person",
        type=int,
        default=1,
        metavar="N",
        help="whose face is read where several are seen; 1 is who is seen longest (default)",
    )
    videos.add_argument(
        "--no-faces", action="store_true", help="do not look for faces, which takes most time"
    )
    videos.add_argument(
        "--contact-sheet",
        type=Path,
        metavar="FILE",
        help="write a picture of what was taken in, small (.png, .jpg, .webp)",
    )


def _add_identity(importing: argparse.ArgumentParser) -> None:
    identity = importing.add_argument_group(
        "identity", "DICOM files are de-identified; what is kept beside pixels is said here."
    )
    identity.add_argument(
        "--burned-in-text",
        choices=("mask", "keep", "refuse"),
        default="mask",
        help="what seems to be text in a DICOM picture (default: %(default)s)",
    )
    identity.add_argument(
        "--retain-dates", action="store_true", help="the day, moved by an offset of the subject"
    )
    identity.add_argument(
        "--retain-device", action="store_true", help="the device's manufacturer and model"
    )
    identity.add_argument(
        "--photograph-pseudonyms",
        action="store_true",
        help="photographs and videos get new names, too",
    )
    identity.add_argument(
        "--links",
        type=Path,
        metavar="FILE",
        help="write which file became what: identifies people, keep it apart from the data",
    )
    identity.add_argument(
        "--keep-identity",
        action="store_true",
        help="keep DICOM file names and text in pictures, the device and a moved day",
    )


def _options(options: argparse.Namespace) -> ImportOptions:
    from ..ingest import BurnedInText, Deidentification, FrameChoice
    from ..workflows.importing import ImportOptions

    wanted = Deidentification(
        burned_in_text=BurnedInText(options.burned_in_text),
        photograph_names=not options.photograph_pseudonyms,
        retain_dates=options.retain_dates,
        retain_device=options.retain_device,
    )
    return ImportOptions(
        deidentification=Deidentification.off() if options.keep_identity else wanted,
        again=options.again,
        report=options.report,
        links=options.links,
        workers=options.workers,
        frames=FrameChoice(
            per_second=None if options.every_frame else options.frames_per_second,
            per_scene=options.per_scene,
            from_s=options.from_s,
            to_s=options.to_s,
        ),
        follow_faces=not options.no_faces,
        person=options.person,
        contact_sheet=options.contact_sheet,
        join_running_study=options.join_running_study,
    )


def _import(options: argparse.Namespace) -> int:
    from ..formats import import_format
    from ..workflows.jobs import import_job, run_here

    if options.watch is not None:
        return _watch(options)
    import_format(options.labels_format)  # noticed before the import, which may take hours
    if options.labels and not os.access(options.labels, os.R_OK):
        return complain(
            f"There is no file {options.labels} that can be read; nothing was imported."
        )
    with open_workspace() as workspace:
        with progress_bar("Import", "step") as progress:
            job = import_job(workspace, options.project, options.paths, _options(options))
            report = run_here(workspace, job, progress, tell=tell)
        _print(report)
        faults = 0
        if options.labels:
            faults = taken_over(
                workspace,
                options.project,
                options.labels,
                options.labels_format,
                options.reference,
                "Labels",
                options.paths,
            )
    return 1 if report.refused or faults else 0


def _print(report: ImportReport) -> None:
    for line in report.lines():
        print(line, file=sys.stderr)
    print(report.summary())


def _sheet(options: argparse.Namespace) -> int:
    from ..workflows.contact_sheet import write_contact_sheet

    with open_workspace() as workspace, progress_bar("Contact sheet") as progress:
        write_contact_sheet(workspace, options.project, options.file, progress)
    print(f"Written to {options.file}.")
    return 0


def _watch(options: argparse.Namespace) -> int:
    from ..workflows.jobs import watch_folder

    made = (options.labels, options.report, options.links, options.contact_sheet)
    if len(options.paths) != 1 or any(made):
        return complain(
            "--watch takes one folder, and none of --labels, --report, --links, --contact-sheet."
        )

    def wait() -> bool:
        time.sleep(max(0.2, options.watch))
        return True

    with open_workspace() as workspace:
        watch_folder(
            workspace,
            options.project,
            options.paths[0],
            wait=wait,
            tell=_print,
            options=_options(options),
        )
    return 0
