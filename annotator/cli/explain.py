"""The command that writes the maps of a classifier's decisions on image files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..settings import Settings
from .terminal import command


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    text = "write the maps of a classifier's decisions on image files"
    explain = command(commands, "explain", _explain, text)
    explain.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    explain.add_argument("--model", required=True, metavar="CARD")
    explain.add_argument("--label", action="append", default=[], metavar="CODE")
    explain.add_argument("--against", metavar="dual|none|rest|CODE")
    explain.add_argument("--output", type=Path, required=True, metavar="DIR")


def _explain(options: argparse.Namespace) -> int:
    from ..workflows.explaining import explain_files
    from ..workflows.networks import load_suggester

    suggester = load_suggester(options.model, Settings.from_environment())
    failed = 0
    for outcome in explain_files(
        suggester, options.images, options.output, options.label, options.against
    ):
        failed += outcome.error is not None
        if outcome.error is not None:
            print(f"annotator: {outcome.error}", file=sys.stderr)
        for notice in outcome.notices:
            print(f"{outcome.path.name}: {notice}", file=sys.stderr)
        for path in outcome.written:
            print(path)
    return 1 if failed else 0
