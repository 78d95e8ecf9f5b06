"""Commands that look after the database."""

from __future__ import annotations

import argparse
from typing import Any

from ..settings import Settings
from .terminal import command, group, open_workspace


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    database = group(commands, "db", "look after the database")
    command(database, "upgrade", _db_upgrade, "bring the database to this version's schema")
    command(
        database, "check", _db_check, "look the whole database over and say what is wrong with it"
    )


def _db_upgrade(options: argparse.Namespace) -> int:
    del options
    from ..workflows.workspace import Workspace

    with Workspace.open(Settings.from_environment(), upgrade=True) as workspace:
        print(f"The database is at revision {workspace.record.revision()}.")
    return 0


def _db_check(options: argparse.Namespace) -> int:
    del options
    with open_workspace() as workspace:
        problems = workspace.record.problems()
        for problem in problems:
            print(f"FAIL  {problem}")
        if not problems:
            print(f"ok    the database is whole, at revision {workspace.record.revision()}")
    return 1 if problems else 0
