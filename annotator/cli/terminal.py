"""What every command needs of the terminal: parsers, bars, and how results are printed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..settings import Settings

if TYPE_CHECKING:
    from ..domain import Finding
    from ..workflows.progress import Progress
    from ..workflows.workspace import Workspace

Handler = Callable[[argparse.Namespace], int]


def command(commands: Any, name: str, handler: Handler, text: str) -> argparse.ArgumentParser:
    """Add a command that `handler` carries out; return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(handler=handler)
    return parser


def group(commands: Any, name: str, text: str) -> Any:
    """Add a group of commands; return what commands are added to."""
    group = commands.add_parser(name, help=text, description=text)
    return group.add_subparsers(title="commands", metavar="COMMAND", required=True)


def open_workspace() -> Workspace:
    """Open the data folder that the environment names."""
    from ..workflows.workspace import Workspace

    return Workspace.open(Settings.from_environment())


@contextmanager
def progress_bar(title: str, unit: str = "image") -> Iterator[Progress]:
    """Show a bar on standard error while images are worked on, or bytes (``B``) arrive."""
    from tqdm import tqdm

    with tqdm(
        desc=title,
        unit=unit,
        unit_scale=unit == "B",
        disable=None,
        file=sys.stderr,
        leave=False,
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield show


def print_json(value: Any) -> None:
    """Print a JSON-ready value for programs."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_findings(findings: Sequence[Finding]) -> int:
    """Print findings, one a line; return the exit status."""
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject}: {finding.text}")
    return 0 if all(finding.ok for finding in findings) else 1


def count(text: str, least: int = 1) -> int:
    """Return an argument as a whole number of at least `least`."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least {least}")
    return int(text)


def tell(message: str) -> None:
    """Say on standard error what is waited for."""
    print(message, file=sys.stderr)


def complain(message: str) -> int:
    """Say on standard error what could not be done; return the exit status."""
    print(f"annotator: {message}", file=sys.stderr)
    return 1
