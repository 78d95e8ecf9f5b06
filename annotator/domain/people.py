"""People: their roles, what each role may do, and who acts now. The table is data."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .annotations import Act, Remark, RemarkKind


class Role(StrEnum):
    """What somebody is in a project; an admin is one everywhere."""

    RATER = "rater"
    REVIEWER = "reviewer"
    ADJUDICATOR = "adjudicator"
    MANAGER = "manager"
    ADMIN = "admin"


PROJECT_ROLES = (Role.RATER, Role.REVIEWER, Role.ADJUDICATOR, Role.MANAGER)


class Permission(StrEnum):
    """What a use case asks for; the value is said to whom it is refused."""

    SIGNED_IN = "to be signed in"
    SEE = "to see the project and its queue"
    READ = "to read images and record what is on them"
    ASK = "to ask raters about their regions"
    ADJUDICATE = "to see readers side by side and adjudicate"
    OVERSEE = "to see how far every reader is"
    MANAGE = "to manage the project, its labels, its images and its protocol"
    ADD_IMAGES = "to add images, and what another tool holds"
    SUGGEST = "to compute suggestions"
    EXPORT = "to export the project"
    AUDIT = "to read the log of events"
    MEMBERS = "to give and take roles in the project"
    CREATE_PROJECT = "to create projects"
    PEOPLE = "to manage accounts"
    SERVER_FILES = "to name files and folders of the server"
    SAFEKEEP = "to back up and copy the record"
    ERASE = "to erase what shows a person"


_RATER = frozenset({Permission.SIGNED_IN, Permission.SEE, Permission.READ})
_MANAGER = frozenset(
    {
        Permission.SIGNED_IN,
        Permission.SEE,
        Permission.OVERSEE,
        Permission.MANAGE,
        Permission.ADD_IMAGES,
        Permission.SUGGEST,
        Permission.EXPORT,
        Permission.AUDIT,
        Permission.MEMBERS,
    }
)

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.RATER: _RATER,
    Role.REVIEWER: _RATER | {Permission.ASK, Permission.OVERSEE},
    # Who settles what readers disagree on sees them all, and so does not read beside them.
    Role.ADJUDICATOR: frozenset(
        {
            Permission.SIGNED_IN,
            Permission.SEE,
            Permission.ASK,
            Permission.ADJUDICATE,
            Permission.OVERSEE,
        }
    ),
    Role.MANAGER: _MANAGER,
    # Who looks after the installation states nothing about images without a role for it.
    Role.ADMIN: _MANAGER
    | {
        Permission.CREATE_PROJECT,
        Permission.PEOPLE,
        Permission.SERVER_FILES,
        Permission.SAFEKEEP,
        Permission.ERASE,
    },
}
"""What each role may do: in the project it is of, an admin in every one and beyond them."""


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """Return the roles that may do something, in the order of `Role`."""
    return tuple(role for role in Role if permission in PERMISSIONS[role])


def permission_for(act: Act) -> Permission:
    """Return what it takes to record an act: an issue is a reviewer's, all else a reader's."""
    is_issue = isinstance(act, Remark) and act.kind is RemarkKind.ISSUE
    return Permission.ASK if is_issue else Permission.READ


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: the operator of the machine, or somebody who signed in.

    Attributes
    ----------
    name : str
        What acts are recorded under.
    account_id : uuid.UUID or None
        None for the operator: who runs the command line, or the app in single-user mode, holds
        the files themselves, and may do everything.
    roles : mapping of uuid.UUID or None to frozenset of Role
        By project; under None the roles that hold everywhere.
    """

    name: str
    account_id: uuid.UUID | None = None
    roles: Mapping[uuid.UUID | None, frozenset[Role]] = field(default_factory=dict)

    @property
    def is_operator(self) -> bool:
        """Whether nobody had to sign in."""
        return self.account_id is None

    def may(self, permission: Permission, project_id: uuid.UUID | None = None) -> bool:
        """Tell whether they may do something, in a project or, with None, beyond any."""
        if self.is_operator or permission is Permission.SIGNED_IN:
            return True
        held = self.roles.get(None, frozenset())
        if project_id is not None:
            held |= self.roles.get(project_id, frozenset())
        return any(permission in PERMISSIONS[role] for role in held)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes
    ----------
    id : uuid.UUID
    name : str
        What they sign in with, and what their acts are recorded under.
    active : bool
        Whether they may sign in.
    joined : bool
        Whether they used their one-time link: they have a password, or an identity elsewhere.
    roles : mapping of uuid.UUID or None to frozenset of Role
        As of `Person`.
    created_at : datetime
        In UTC.
    """

    id: uuid.UUID
    name: str
    active: bool
    joined: bool
    roles: Mapping[uuid.UUID | None, frozenset[Role]]
    created_at: datetime

    @property
    def person(self) -> Person:
        """Them, as who acts."""
        return Person(self.name, self.id, self.roles)
