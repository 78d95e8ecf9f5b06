"""What all pages share: the open workspace, where the person is, and how errors are shown."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from annotator.domain import Permission, Person, Project
from annotator.errors import AnnotatorError, SignInError
from annotator.settings import SignIn
from annotator.ui.installation import installation
from annotator.ui.pixel_route import browser_key
from annotator.ui.plain_text import plain_text
from annotator.ui.rater_names import RaterNames
from annotator.ui.sign_in.browser_token import token_of
from annotator.workflows.projects import list_projects, project_of_image
from annotator.workflows.signing_in import person_of
from annotator.workflows.workspace import Workspace

_FRESH_S = 1.0
"""Who is signed in is asked again after this, also while a long page is drawn."""

_PERSON = "_person"


def workspace() -> Workspace:
    """Return the installation, as whoever is signed in works on it.

    Raises
    ------
    SignInError
        If nobody is signed in, or no longer.
    """
    shared = installation()
    if shared.settings.sign_in is SignIn.SINGLE_USER:
        return shared
    found = person()
    if found is None:
        raise SignInError("You are not signed in, or your session has ended; sign in again.")
    return shared.as_person(found)


def person() -> Person | None:
    """Return who is signed in in this browser; None where nobody is, or no longer."""
    kept: tuple[float, Person | None] = st.session_state.get(_PERSON, (0.0, None))
    if kept[1] is None or time.monotonic() - kept[0] > _FRESH_S:
        shared = installation()
        token = token_of(st.context.cookies, shared.settings.sign_in)
        kept = (time.monotonic(), person_of(shared, token))
        st.session_state[_PERSON] = kept
    return kept[1]


def forget_person() -> None:
    """Have the next run of a page, and the acts that it begins with, ask anew who is signed in."""
    st.session_state.pop(_PERSON, None)


def may(permission: Permission, project_id: uuid.UUID | None = None) -> bool:
    """Tell whether whoever is signed in may do something: pages offer nothing they may not."""
    return workspace().person.may(permission, project_id)


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show what goes wrong as a sentence on the page instead of ending it."""
    try:
        yield
    except AnnotatorError as error:
        st.error(plain_text(error), icon=":material/error:")


def current_id(name: str) -> uuid.UUID | None:
    """Return an id that the page's address names, so that a reload comes back to it."""
    try:
        return uuid.UUID(st.query_params[name])
    except (KeyError, ValueError):
        return None


def name_in_address(name: str, value: str) -> None:
    """Have the page's address name something; empty: not any more.

    What it names already is left alone: each word to the browser makes it another step of its
    history, and undoes what the editor wrote into the address meanwhile.
    """
    if value and st.query_params.get(name) != value:
        st.query_params[name] = value
    elif not value and name in st.query_params:
        del st.query_params[name]


def rater() -> str:
    """Return the name that annotations are recorded under; empty if the person cleared it.

    Where people sign in it is theirs, whatever a browser says.
    """
    if installation().settings.sign_in is not SignIn.SINGLE_USER:
        return workspace().person.name
    return str(st.session_state.get("rater_name", "")).strip()


def keep_rater() -> None:
    """Draw the field in which the person states their name, on every page."""
    settings = installation().settings
    if "rater_name" not in st.session_state:
        names = RaterNames(settings.home)
        st.session_state["rater_name"] = names.of(browser_key()) or settings.rater
    # A widget's value is forgotten when its page is left; writing it back keeps it.
    st.session_state["rater_name"] = st.session_state["rater_name"]
    st.sidebar.text_input(
        "Annotating as",
        key="rater_name",
        help="Recorded with each of your annotations, and kept for this browser.",
        on_change=_remember_rater,
    )


def _remember_rater() -> None:
    with errors_shown():
        RaterNames(installation().settings.home).remember(browser_key(), rater())


def choose_project() -> Project | None:
    """Draw the choice of project in the side bar, and return the one chosen."""
    projects = list_projects(workspace(), rater() or None)
    if not projects:
        st.info("There is no project yet. Create one on the page Projects.")
        return None
    by_id = {project.id: project for project in projects}
    wanted = current_id("project") or _project_of_image() or st.session_state.get("project_id")
    start = list(by_id).index(wanted) if wanted in by_id else 0
    chosen: uuid.UUID = st.sidebar.selectbox(
        "Project", list(by_id), index=start, format_func=lambda key: by_id[key].name
    )
    if wanted in by_id and chosen != wanted:
        name_in_address("image", "")  # it names an image of the project that was left
    st.session_state["project_id"] = chosen
    name_in_address("project", str(chosen))
    return by_id[chosen]


def _project_of_image() -> uuid.UUID | None:
    """Return the project of the image that the address names, for an address without a project."""
    image_id = current_id("image")
    return None if image_id is None else project_of_image(workspace(), image_id)
