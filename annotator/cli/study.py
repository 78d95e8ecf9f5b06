"""Commands on reading studies: how well readers agree, and what became of suggestions."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .terminal import command, count, group, open_workspace, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..figures import Figure
    from ..workflows.study_agreement import AgreementRecord


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    study = group(commands, "study", "measure how the readers of a project work and agree")
    agreement = command(
        study,
        "agreement",
        _agreement,
        "how well readers agree in what they signed (docs/study.md)",
    )
    agreement.add_argument("project")
    agreement.add_argument(
        "--by",
        type=_kinds,
        default=("label",),
        metavar="KIND,...",
        help="what figures are told apart by: label, reader, round (default: label)",
    )
    agreement.add_argument(
        "--tolerance-grades",
        type=lambda text: count(text, 0),
        default=0,
        metavar="N",
        help="grades of intensity by which two readers may differ and still agree",
    )
    agreement.add_argument(
        "--gold",
        metavar="READER",
        help="compare each reader with this one, or with an imported table of this name",
    )
    agreement.add_argument("--json", action="store_true", help="print a list of records")
    effort = command(
        study, "effort", _effort, "what became of suggestions, and how long readers took"
    )
    effort.add_argument("project")
    effort.add_argument("--json", action="store_true", help="print a list of records")


def _kinds(text: str) -> tuple[str, ...]:
    from ..workflows.study_agreement import BY

    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [kind for kind in kinds if kind not in BY]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(BY)}")
    return kinds


def _agreement(options: argparse.Namespace) -> int:
    from ..workflows.study_agreement import study_agreement

    with open_workspace() as workspace:
        records = study_agreement(
            workspace,
            options.project,
            by=options.by,
            tolerance_grades=options.tolerance_grades,
            gold=options.gold,
        )
    if options.json:
        print_json([record.to_json() for record in records])
        return 0
    heads = ("figure", "label", "readers", "round", "value", "95 % interval", "n", "")
    print_table(heads, [_row(record) for record in records])
    return 0


def _row(record: AgreementRecord) -> tuple[str, ...]:
    from ..figures import agreement_level

    *numbers, remark = in_words(record.result)
    if record.figure.startswith("facs_index") and record.result.value is not None:
        remark = f"{agreement_level(record.result.value)}. {remark}".strip()
    whose = record.label, ", ".join(record.readers), record.round
    return record.figure, *whose, *numbers, remark


def _effort(options: argparse.Namespace) -> int:
    from ..workflows.study_effort import study_effort

    with open_workspace() as workspace:
        records = study_effort(workspace, options.project)
    if options.json:
        print_json([record.to_json() for record in records])
        return 0
    heads = ("figure", "label", "reader", "version", "value", "95 % interval", "n", "")
    rows = [(r.figure, r.label, r.reader, r.version, *in_words(r.result)) for r in records]
    print_table(heads, rows)
    return 0


def in_words(figure: Figure) -> tuple[str, str, str, str]:
    """Return value, interval, n and the reason of a figure, as a table has them."""
    value = "" if figure.value is None else f"{figure.value:.3f}"
    interval = " to ".join(f"{end:.3f}" for end in figure.interval or ())
    return value, interval, str(figure.n), figure.reason


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their heads, columns aligned."""
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())
