"""Commands that take files into a project."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exporting import taken_over
from .terminal import command, complain, open_workspace, progress_bar

if TYPE_CHECKING:
    from ..workflows.import_report import ImportReport
    from ..workflows.importing import ImportOptions


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    importing = command(commands, "import", _import, "take image files or folders into a project")
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
    _add_identity(importing)
    labels = importing.add_argument_group("labels that come with the files")
    labels.add_argument("--labels", type=Path, metavar="FILE", help="as of: take-over")
    labels.add_argument("--labels-format", default="coco", metavar="NAME", help="default: coco")
    labels.add_argument("--reference", metavar="NAME", help="as of: take-over")


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
        "--photograph-pseudonyms", action="store_true", help="photographs get new names, too"
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
    from ..ingest import BurnedInText, Deidentification
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
    )


def _import(options: argparse.Namespace) -> int:
    from ..workflows.importing import import_paths

    if options.watch is not None:
        return _watch(options)
    with open_workspace() as workspace:
        with progress_bar("Import", "file") as progress:
            report = import_paths(
                workspace, options.project, options.paths, progress, options=_options(options)
            )
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
            )
    return 1 if report.refused or faults else 0


def _print(report: ImportReport) -> None:
    for line in report.lines():
        print(line, file=sys.stderr)
    print(report.summary())


def _watch(options: argparse.Namespace) -> int:
    from ..workflows.import_jobs import watch_folder

    if len(options.paths) != 1 or options.labels or options.report or options.links:
        return complain("--watch takes one folder, and neither --labels, --report nor --links.")

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
