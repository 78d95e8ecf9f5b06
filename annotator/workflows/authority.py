"""Who may do what: every use case on a workspace declares the permission that it asks for.

The declaration is the check. What it needs to know it takes from the use case's own arguments:

* the projects concerned, from ``project_id``, ``project``, ``project_name``, ``image_id``,
  ``image_ids``, ``asset`` and the images of ``acts``; without any of these the permission is
  asked for beyond all projects;
* the name that something is recorded under, from ``actor`` (else ``reviewer``, else ``rater``)
  and from the acts: who signed in acts under their own name and no other.
"""

from __future__ import annotations

import functools
import inspect
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ..domain import Act, Permission, Person, Refusal, SaveReport, permission_for, roles_with
from ..errors import NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from .workspace import Workspace

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

DECLARED: dict[str, Permission] = {}
"""The permission of each use case, by its module and name."""

OPEN: set[str] = set()
"""The use cases that somebody needs who is not signed in yet."""

_ACTING = ("actor", "reviewer", "rater")
_UNDER_ANOTHER_NAME = (
    "This would be recorded or shown under the name of somebody else than who is signed in; "
    "nothing was recorded. Sign in under that name, or do it under your own."
)


def needs(
    permission: Permission,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Declare, and check before each call, what a use case asks of the person of its workspace.

    The use case then raises `NotAllowedError` if their roles do not hold the permission or
    something would be recorded under another's name, and `NotFoundError` if what it is asked
    for does not exist.
    """

    def declare(use_case: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        DECLARED[f"{use_case.__module__}.{use_case.__qualname__}"] = permission
        signature = inspect.signature(use_case)

        @functools.wraps(use_case)
        def guarded(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
            given = signature.bind(*args, **kwargs)
            workspace: Workspace = given.arguments["workspace"]
            if not workspace.person.is_operator:
                given.apply_defaults()
                _check(permission, workspace, given.arguments)
            return use_case(*args, **kwargs)

        return guarded

    return declare


def needs_for_each_act(
    use_case: Callable[[Workspace, Sequence[Act]], SaveReport],
) -> Callable[[Workspace, Sequence[Act]], SaveReport]:
    """Declare that a use case records acts, and check each act before each call.

    What its person would record under another's name, or may no longer record, is refused by
    itself, unless it is on record as theirs already; the use case gets the rest.
    """
    DECLARED[f"{use_case.__module__}.{use_case.__qualname__}"] = Permission.READ

    @functools.wraps(use_case)
    def guarded(workspace: Workspace, acts: Sequence[Act]) -> SaveReport:
        if workspace.person.is_operator:
            return use_case(workspace, acts)
        projects = workspace.record.projects_of({act.image_id for act in acts})
        name = workspace.person.name
        allowed, barred = [], []
        for act in acts:
            try:
                _check_own(workspace.person, act.rater)
                if act.image_id in projects:  # else the record says that it is not there
                    require(workspace, permission_for(act), projects[act.image_id])
                allowed.append(act)
            except NotAllowedError as error:
                barred.append(Refusal(act, str(error)))
        ids = [one.act.id for one in barred]
        known = workspace.record.recorded_by(name, ids) if ids else set()
        report = use_case(workspace, allowed)
        refused = (one for one in barred if one.act.id not in known)
        return SaveReport((*known, *report.recorded), report.conflicts, (*refused, *report.refused))

    return guarded


def anybody(use_case: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Declare that a use case is there to sign in with, and so asks for no permission."""
    OPEN.add(f"{use_case.__module__}.{use_case.__qualname__}")
    return use_case


def require(workspace: Workspace, permission: Permission, project_id: uuid.UUID | None) -> None:
    """Refuse what the roles of a workspace's person do not allow.

    Raises
    ------
    NotAllowedError
    """
    if not workspace.person.may(permission, project_id):
        roles = " or ".join(roles_with(permission))
        raise NotAllowedError(
            f"Your roles do not allow you {permission.value}; that takes the role {roles}. "
            "Ask whoever manages the project or the accounts."
        )


def require_place(workspace: Workspace, *paths: Path, within: Path) -> None:
    """Refuse paths of the server outside of a folder to those who may not name its files.

    Raises
    ------
    NotAllowedError
    """
    root = within.resolve()
    if not all(path.resolve().is_relative_to(root) for path in paths):
        require(workspace, Permission.SERVER_FILES, None)


def _check(permission: Permission, workspace: Workspace, arguments: Mapping[str, Any]) -> None:
    acts = arguments.get("acts") or ()
    _check_name(workspace.person, arguments)
    if permission is Permission.SIGNED_IN:
        return
    for project_id in _projects(workspace, arguments):
        require(workspace, permission, project_id)
    # By what an act is, and not only by the call that brings it.
    projects = workspace.record.projects_of({act.image_id for act in acts})
    for act in acts:
        _check_own(workspace.person, act.rater)
        if permission is Permission.READ:
            require(workspace, permission_for(act), projects[act.image_id])


def _check_name(person: Person, arguments: Mapping[str, Any]) -> None:
    for name in _ACTING:
        if name in arguments:
            if arguments[name] is not None:
                _check_own(person, arguments[name])
            return


def _check_own(person: Person, name: str) -> None:
    if name != person.name:
        raise NotAllowedError(_UNDER_ANOTHER_NAME)


def _projects(workspace: Workspace, arguments: Mapping[str, Any]) -> set[uuid.UUID | None]:
    """Return the projects that a call concerns; {None} where it concerns none."""
    found: set[uuid.UUID | None] = set()
    if "project_id" in arguments:
        found.add(arguments["project_id"])
    if "project" in arguments:
        found.add(arguments["project"].id)
    if arguments.get("project_name") is not None:
        found.add(workspace.record.project_id(arguments["project_name"]))
    images = {act.image_id for act in arguments.get("acts") or ()}
    images |= set(arguments.get("image_ids") or ())
    images |= {arguments["image_id"]} if "image_id" in arguments else set()
    images |= {arguments["asset"].id} if "asset" in arguments else set()
    of_images = workspace.record.projects_of(images)
    if len(of_images) < len(images):
        raise NotFoundError("An image that was asked for does not exist.")
    return found | set(of_images.values()) or {None}
