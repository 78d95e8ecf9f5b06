"""Commands on people: who has an account, and who is what in which project."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ..domain import PROJECT_ROLES, Account, Role
from ..settings import SignIn
from .terminal import command, group, open_workspace

if TYPE_CHECKING:
    from ..workflows.people import Invitation
    from ..workflows.workspace import Workspace

_URL = "http://localhost:8501"


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    people = group(commands, "people", "accounts and roles, where people sign in")
    command(people, "list", _list, "list the accounts and their roles")
    invite = command(people, "invite", _invite, "create an account; prints its one-time link")
    invite.add_argument("name")
    invite.add_argument("--admin", action="store_true", help="may manage accounts and projects")
    link = command(people, "link", _link, "print a new one-time link for who lost the password")
    link.add_argument("name")
    for asked in (invite, link):
        asked.add_argument("--url", default=_URL, help="where the app is; default: %(default)s")
    for word, handler, text in (
        ("deactivate", _deactivate, "let somebody no longer sign in; what they did stays"),
        ("activate", _activate, "let somebody sign in again"),
    ):
        command(people, word, handler, text).add_argument("name")
    role = command(people, "role", _role, "give somebody a role in a project, or take it")
    role.add_argument("project")
    role.add_argument("name")
    role.add_argument("role", choices=[role.value for role in PROJECT_ROLES])
    role.add_argument("--take", action="store_true", help="take the role instead of giving it")
    role.add_argument("--reason", default="", metavar="TEXT", help="recorded in the log")


def say_how_to_set_up(workspace: Workspace, url: str) -> None:
    """Print the one-time link that makes the first admin, where people sign in and nobody is one.

    Parameters
    ----------
    workspace : Workspace
    url : str
        Where the app will be.
    """
    from ..workflows.signing_in import set_up_code

    if workspace.settings.sign_in is SignIn.SINGLE_USER:
        return
    code = set_up_code(workspace)
    if code is not None:
        print("Nobody manages this installation yet. Make its first admin, once, by:")
        print(_way_in(workspace, code, url), flush=True)


def _way_in(workspace: Workspace, code: str, url: str) -> str:
    from ..workflows.signing_in import JOIN_PATH

    if workspace.settings.sign_in is SignIn.OIDC:
        return f"  sign in at {url} and enter the one-time code {code}"
    return f"  {url.rstrip('/')}{JOIN_PATH}?{urlencode({'code': code})}"


def _tell(workspace: Workspace, invitation: Invitation, url: str) -> int:
    print(f"For {invitation.name} only, within three days:")
    print(_way_in(workspace, invitation.code, url))
    if workspace.settings.sign_in is SignIn.SINGLE_USER:
        print("Nobody signs in yet; start the app with ANNOTATOR_SIGN_IN=accounts.")
    return 0


def _list(options: argparse.Namespace) -> int:
    del options
    from ..domain.look_alikes import told_apart
    from ..workflows.people import list_accounts, look_alikes
    from ..workflows.projects import list_projects

    with open_workspace() as workspace:
        names = {project.id: project.name for project in list_projects(workspace)}
        accounts = list_accounts(workspace)
        alike = look_alikes(workspace)
    if not accounts:
        print("No accounts yet; create one: annotator people invite NAME --admin")
    for account in accounts:
        held = [
            role.value if project_id is None else f"{role.value} of {names[project_id]}"
            for project_id, roles in account.roles.items()
            for role in sorted(roles)
        ]
        print(f"{account.name}\t{_state(account)}\t{', '.join(held) or 'no role'}")
    for same in alike:
        print(f"These names look alike; check whose they are: {told_apart(same)}")
    return 0


def _state(account: Account) -> str:
    if not account.active:
        return "deactivated"
    return "active" if account.joined else "invited"


def _invite(options: argparse.Namespace) -> int:
    from ..workflows.people import invite

    with open_workspace() as workspace:
        return _tell(workspace, invite(workspace, options.name, admin=options.admin), options.url)


def _link(options: argparse.Namespace) -> int:
    from ..workflows.people import account_named, new_link

    with open_workspace() as workspace:
        account = account_named(workspace, options.name)
        return _tell(workspace, new_link(workspace, account.id), options.url)


def _activate(options: argparse.Namespace) -> int:
    return _set_active(options.name, True)


def _deactivate(options: argparse.Namespace) -> int:
    return _set_active(options.name, False)


def _set_active(name: str, active: bool) -> int:
    from ..workflows.people import account_named, set_active

    with open_workspace() as workspace:
        account = account_named(workspace, name)
        set_active(workspace, account.id, active)
    print(f"{account.name} can {'sign in' if active else 'no longer sign in'}.")
    return 0


def _role(options: argparse.Namespace) -> int:
    from ..workflows.people import account_named, set_role

    with open_workspace() as workspace:
        account = account_named(workspace, options.name)
        project_id = workspace.record.project(options.project).id
        set_role(
            workspace,
            project_id,
            account.id,
            Role(options.role),
            not options.take,
            reason=options.reason,
        )
    does = "is no longer" if options.take else "is now"
    print(f"{account.name} {does} {options.role} of {options.project}.")
    return 0
