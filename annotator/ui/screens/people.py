"""People: who has an account, and who is what in a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from annotator.domain import PROJECT_ROLES, Account, Permission, Project, Role
from annotator.settings import SignIn
from annotator.ui.lasting_messages import keep_message, show_message
from annotator.ui.plain_text import plain_text
from annotator.ui.session import choose_project, errors_shown, may, workspace
from annotator.ui.sign_in.browser_token import base_path
from annotator.workflows.people import (
    Invitation,
    invite,
    list_accounts,
    members,
    new_link,
    set_active,
    set_admin,
    set_role,
)
from annotator.workflows.projects import list_projects
from annotator.workflows.signing_in import JOIN_PATH

_INVITED = "people-invited"
_MEANS = {
    Role.RATER: "Reads images and records what is on them.",
    Role.REVIEWER: "Reads too, asks raters about regions, and sees how far everybody is.",
    Role.ADJUDICATOR: "Sees readers side by side and settles what they disagree on.",
    Role.MANAGER: "Adds images, sets the protocol, assigns, exports, gives roles.",
}


def _show_invitation(made: Invitation) -> None:
    st.markdown(
        f"For **{plain_text(made.name)}** only. The link works once, within three days, and cannot "
        "be shown again after it is dismissed."
    )
    st.code(_way_in(made.code), language=None, wrap_lines=True)


def _way_in(code: str) -> str:
    if workspace().settings.sign_in is SignIn.OIDC:
        return code
    here = urlsplit(st.context.url or "")
    path = f"{base_path()}{JOIN_PATH}?{urlencode({'code': code})}"
    return f"{here.scheme}://{here.netloc}{path}" if here.netloc else path


def _accounts() -> None:
    accounts = list_accounts(workspace())
    names = {project.id: project.name for project in list_projects(workspace())}
    listed, new = st.columns([2, 1], gap="large")
    with listed:
        show_message(_INVITED, Invitation, _show_invitation)
        if not accounts:
            st.info("Nobody has an account yet.")
        for account in accounts:
            with st.container(border=True):
                _account(account, names)
    with new, st.form("invite", clear_on_submit=True):
        st.subheader("New account", anchor=False)
        name = st.text_input(
            "Name", help="To sign in with; annotations are recorded under it.", autocomplete="off"
        )
        admin = st.checkbox("Admin: manages accounts and projects")
        if st.form_submit_button("Make a one-time link", type="primary"):
            with errors_shown():
                keep_message(_INVITED, invite(workspace(), name, admin=admin))
                st.rerun()


def _account(account: Account, names: Mapping[Any, str]) -> None:
    words, actions = st.columns([3, 1], vertical_alignment="center")
    with words:
        st.markdown(f"**{plain_text(account.name)}**")
        st.caption(plain_text(" · ".join((_state(account), *_held(account, names)))))
    with actions.popover("Change", icon=":material/tune:", width="stretch"), errors_shown():
        _actions(account)


def _actions(account: Account) -> None:
    said = "New one-time link" if account.joined else "One-time link again"
    if st.button(said, key=f"link-{account.id}", icon=":material/link:", width="stretch"):
        keep_message(_INVITED, new_link(workspace(), account.id))
        st.rerun()
    is_admin = Role.ADMIN in account.roles.get(None, ())
    if st.button(
        "No longer an admin" if is_admin else "Make an admin",
        key=f"admin-{account.id}",
        icon=":material/shield_person:",
        width="stretch",
    ):
        set_admin(workspace(), account.id, not is_admin)
        st.rerun()
    if st.button(
        "Deactivate" if account.active else "Activate",
        key=f"active-{account.id}",
        icon=":material/block:" if account.active else ":material/check:",
        help="What they did stays on record.",
        width="stretch",
    ):
        set_active(workspace(), account.id, not account.active)
        st.rerun()


def _state(account: Account) -> str:
    if not account.active:
        return "deactivated"
    return "active" if account.joined else "invited, has not joined yet"


def _held(account: Account, names: Mapping[Any, str]) -> list[str]:
    said: list[str] = []
    for project_id, roles in account.roles.items():
        where = "" if project_id is None else f" of {names.get(project_id, 'a project')}"
        said.extend(f"{role.value}{where}" for role in PROJECT_ROLES if role in roles)
        said.extend(role.value for role in roles if role is Role.ADMIN)
    return said or ["no role yet"]


def _roles(project: Project) -> None:
    if not may(Permission.MEMBERS, project.id):
        st.info("You may not give roles in this project; choose another one in the side bar.")
        return
    accounts = [one for one in members(workspace(), project.id) if one.active]
    st.markdown(f"Roles in **{plain_text(project.name)}**")
    with st.form(f"roles-{project.id}"):
        table = st.data_editor(
            {"Name": [one.name for one in accounts]}
            | {
                role.value: [role in one.roles[project.id] for one in accounts]
                for role in PROJECT_ROLES
            },
            column_config={
                role.value: st.column_config.CheckboxColumn(
                    role.value.capitalize(), help=_MEANS[role]
                )
                for role in PROJECT_ROLES
            },
            disabled=["Name"],
            hide_index=True,
            width="stretch",
            key=f"table-{project.id}",
        )
        reason = st.text_input("Reason (recorded with the change)", autocomplete="off")
        if st.form_submit_button("Save the roles", type="primary"):
            with errors_shown():
                count = _save(project, accounts, table, reason.strip())
                st.toast(f"{count} roles changed." if count != 1 else "1 role changed.")
                st.rerun()
    for role in PROJECT_ROLES:
        st.caption(f"**{role.value.capitalize()}**: {_MEANS[role]}")


def _save(
    project: Project, accounts: Sequence[Account], table: Mapping[str, Sequence[Any]], reason: str
) -> int:
    changes = [
        (account, role, bool(table[role.value][number]))
        for number, account in enumerate(accounts)
        for role in PROJECT_ROLES
        if bool(table[role.value][number]) != (role in account.roles[project.id])
    ]
    for account, role, granted in changes:
        set_role(workspace(), project.id, account.id, role, granted, reason=reason)
    return len(changes)


def _page() -> None:
    st.title("People", anchor=False)
    with errors_shown():
        project = choose_project()
        if not may(Permission.PEOPLE):
            if project is not None:
                _roles(project)
            return
        accounts, roles = st.tabs(["Accounts", "Roles in the project"])
        with accounts, errors_shown():
            _accounts()
        with roles, errors_shown():
            if project is not None:
                _roles(project)


_page()
