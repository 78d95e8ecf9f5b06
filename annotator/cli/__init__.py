"""The command line: the same use cases as the app, for scripts and terminals.

Exit status: 0 done, 1 something could not be done (said on standard error; the rest was done),
2 the command was not understood.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ..errors import AnnotatorError, JobStopped
from . import (
    app,
    database,
    erasing,
    explain,
    exporting,
    importing,
    models,
    people,
    projects,
    study,
    work,
)
from .terminal import Handler, complain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        In place of ``sys.argv[1:]``.

    Returns
    -------
    int
        The exit status.
    """
    options = build_parser().parse_args(arguments)
    handler: Handler = options.handler
    try:
        return int(handler(options))
    except AnnotatorError as error:
        return complain(str(error))
    except JobStopped:
        return complain("Somebody paused or cancelled this; annotator jobs lists it.")
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`annotator ... | head`): nobody is left to tell.
        sys.stdout = None
        return 141


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command, for `main` and for the documentation's tests."""
    parser = argparse.ArgumentParser(
        prog="annotator", description="Annotate images with explained suggestions."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in (
        app,
        projects,
        importing,
        explain,
        exporting,
        models,
        people,
        database,
        erasing,
        study,
        work,
    ):
        group.add_commands(commands)
    return parser
