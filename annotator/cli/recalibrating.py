"""The command that fits a classifier's operating points to a project's finished images."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..domain.plurals import counted
from .terminal import command, open_workspace, print_json

if TYPE_CHECKING:
    from ..learning.operating_points import OperatingPoint
    from ..workflows.recalibrating import RecalibrationReport


def add_recalibrating(projects: Any) -> None:
    """Add the command to those on projects."""
    parser = command(
        projects,
        "recalibrate",
        _recalibrate,
        "choose operating points by the images that people finished (20 to 50 are enough)",
    )
    parser.add_argument("project")
    parser.add_argument("--json", action="store_true")
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--apply", action="store_true", help="record them; without it they are only shown"
    )
    either.add_argument(
        "--reset", action="store_true", help="go back to the operating points of the card"
    )
    parser.add_argument("--reason", default="", help="recorded with the change")


def _recalibrate(options: argparse.Namespace) -> int:
    from ..workflows.recalibrating import recalibrate, recalibration

    with open_workspace() as workspace:
        if options.reset:
            recalibrate(workspace, options.project, None, reason=options.reason)
            print("The operating points of the card count again.")
            return 0
        report = recalibration(workspace, options.project)
        if options.apply and report.recalibration:
            recalibrate(workspace, options.project, report.recalibration, reason=options.reason)
    if options.json:
        print_json({"images": report.images, "points": [asdict(one) for one in report.points]})
        return 0
    _show(report)
    if report.recalibration is None:
        print("Nothing to change: the operating points of the card stand.")
    elif options.apply:
        print(f"Recorded. New images get suggestions by them; those that have some get them with: "
              f'annotator suggest "{options.project}" --again')  # fmt: skip
    else:
        print("Nothing is recorded yet; record it with --apply --reason TEXT.")
    return 0


def _show(report: RecalibrationReport) -> None:
    print(f"{counted(report.images, 'finished images')} with scores of this classifier.")
    print("label\twith\twithout\toperating point\tsensitivity\tspecificity")
    for one in report.points:
        print("\t".join((one.label, str(one.present), str(one.absent), *_figures(one))))
    print(
        "Sensitivity and specificity: with the card's point, then with points chosen without the "
        "images of the same subject."
    )


def _figures(one: OperatingPoint) -> tuple[str, str, str]:
    changed = f"{one.before:.2f} (stays: {one.kept})" if one.kept else (
        f"{one.before:.2f} -> {one.now:.2f}"
    )  # fmt: skip
    before, now = one.before_rates, one.now_rates
    if before is None or now is None:
        return changed, "", ""
    return (
        changed,
        f"{before.sensitivity:.2f} -> {now.sensitivity:.2f}",
        f"{before.specificity:.2f} -> {now.specificity:.2f}",
    )
