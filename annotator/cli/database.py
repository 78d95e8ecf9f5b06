"""Commands that look after the database."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..domain.plurals import counted
from ..settings import Settings
from .terminal import command, group, open_workspace


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    database = group(commands, "db", "look after the database")
    command(database, "upgrade", _upgrade, "bring the database to this version's schema")
    command(database, "check", _check, "look the whole database over and say what is wrong with it")
    command(
        database,
        "verify",
        _verify,
        "compare every row with the chain of events, and name what was changed behind its back",
    )
    log = command(database, "log", _log, "write a project's events as JSON lines, for an audit")
    log.add_argument("project", nargs="?", help="if not given: the events of the record itself")
    log.add_argument("--output", type=Path, required=True, metavar="FILE")
    backup = command(
        database, "backup", _backup, "write the record to a file; others may go on working"
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    restore = command(
        database, "restore", _restore, "put a backup in the place of the record (server stopped)"
    )
    restore.add_argument("file", type=Path, metavar="FILE")
    _with_reason(restore)
    accept = command(
        database, "accept", _accept, "go on with a record that is not as far as it was"
    )
    _with_reason(accept)
    command(
        database, "compact", _compact, "overwrite what the database's files hold of erased rows"
    )
    copy = command(database, "copy", _copy, "copy the record into an empty database, without loss")
    copy.add_argument(
        "--to", required=True, metavar="URL", help="sqlite:///... or postgresql://..."
    )


def _with_reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, metavar="TEXT", help="recorded in the log")


def _upgrade(options: argparse.Namespace) -> int:
    del options
    from ..workflows.workspace import Workspace

    with Workspace.open(Settings.from_environment(), upgrade=True, tell=print) as workspace:
        print(f"The database is at revision {workspace.record.revision()}.")
    return 0


def _check(options: argparse.Namespace) -> int:
    del options
    with open_workspace() as workspace:
        return _tell(
            workspace.record.problems(),
            f"the database is whole, at revision {workspace.record.revision()}",
        )


def _verify(options: argparse.Namespace) -> int:
    del options
    from ..workflows.auditing import verify

    return _tell(verify(Settings.from_environment()), "every row is as its event recorded it")


def _tell(faults: Sequence[str], well: str) -> int:
    for fault in faults:
        print(f"FAIL  {fault}")
    if not faults:
        print(f"ok    {well}")
    return 1 if faults else 0


def _log(options: argparse.Namespace) -> int:
    from ..workflows.auditing import write_log

    with open_workspace() as workspace:
        count = write_log(workspace, options.project, options.output)
    print(f"{counted(count, 'events')} in {options.output}.")
    return 0


def _backup(options: argparse.Namespace) -> int:
    from ..workflows.backing_up import back_up

    with open_workspace() as workspace:
        back_up(workspace, options.file)
        pictures = workspace.settings.pixels_place
    print(f"The record is in {options.file}. The pictures are not: copy {pictures} as well.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from ..workflows.backing_up import restore_backup

    settings = Settings.from_environment()
    moved = restore_backup(settings, options.file, actor=settings.rater, reason=options.reason)
    print("The backup is in place." + (f" What was there is now {moved}." if moved else ""))
    return 0


def _accept(options: argparse.Namespace) -> int:
    from ..workflows.auditing import accept_loss

    settings = Settings.from_environment()
    accepted = accept_loss(settings, actor=settings.rater, reason=options.reason)
    for fault in accepted:
        print(f"accepted: {fault}")
    print("The record is in use from here on." if accepted else "Nothing is missing.")
    return 0


def _compact(options: argparse.Namespace) -> int:
    del options
    with open_workspace() as workspace:
        workspace.record.erasing.overwrite()
    print("The database's files hold nothing of what was erased.")
    return 0


def _copy(options: argparse.Namespace) -> int:
    from ..workflows.backing_up import copy_record

    with open_workspace() as workspace:
        count = copy_record(workspace, options.to)
    print(
        f"{counted(count, 'rows')} copied, and verified. To work with the copy, set "
        "ANNOTATOR_DATABASE_URL to its address."
    )
    return 0
