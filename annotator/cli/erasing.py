"""The command that erases what shows a person."""

from __future__ import annotations

import argparse
import uuid
from typing import Any

from .terminal import command, open_workspace


def add_commands(commands: Any) -> None:
    """Add this module's command to the command line's parser."""
    erase = command(
        commands,
        "erase",
        _erase,
        "erase a person's images, and all that was said of them, for ever",
    )
    erase.add_argument("project")
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument("--subject", metavar="PSEUDONYM", help="the person shown")
    what.add_argument(
        "--image", action="append", type=uuid.UUID, metavar="ID", help="may be repeated"
    )
    what.add_argument("--everything", action="store_true", help="the whole project")
    erase.add_argument(
        "--reason", required=True, metavar="TEXT", help="recorded in the log; name nobody in it"
    )
    erase.add_argument("--yes", action="store_true", help="erase; without it, only say what goes")


def _erase(options: argparse.Namespace) -> int:
    from ..workflows.erasing import erase, not_reached, preview_erasure

    with open_workspace() as workspace:
        what = {"subject": options.subject, "images": options.image}
        if not options.yes:
            preview = preview_erasure(workspace, options.project, **what)
            print(f"This would erase {preview.summary}. Add --yes to do it; nothing was changed.")
            return 0
        actor = workspace.person.name
        erased = erase(workspace, options.project, **what, actor=actor, reason=options.reason)
        print(f"Erased: {erased.summary}. The log keeps their digests.")
        print(
            "Not reached: exports, originals, and backups made earlier; remove them or replace "
            "them by new ones."
        )
        for copy in not_reached(workspace):
            print(f"  earlier copy: {copy}")
    return 0
