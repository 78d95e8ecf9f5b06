"""Who is signed in, drawn on every page; and what is drawn where nobody is."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Permission, Person
from annotator.errors import SignInError
from annotator.settings import SignIn
from annotator.ui.installation import installation
from annotator.ui.plain_text import plain_text
from annotator.ui.session import errors_shown, keep_rater, person, workspace
from annotator.ui.sign_in.browser_token import base_path, token_of
from annotator.ui.sign_in.gate import ACCOUNT
from annotator.workflows.signing_in import join_with_subject, sign_in_with_subject, sign_out


def let_in() -> bool:
    """Tell whether the page may be drawn; if not, the way in was drawn in its place."""
    mode = installation().settings.sign_in
    if mode is SignIn.SINGLE_USER:
        return True
    found = person()
    if found is None and mode is SignIn.OIDC:
        found = _vouched_for()
    elif found is None:
        st.info("Your session has ended. What you did is kept; sign in to go on.")
        _way("sign-in", "Sign in")
    return found is not None


def say_who() -> None:
    """Draw into the side bar under whose name one works, and the way out."""
    mode = installation().settings.sign_in
    if mode is SignIn.SINGLE_USER:
        keep_rater()
        return
    with st.sidebar, st.container(border=True, gap="xxsmall"):
        st.caption("Annotating as")
        st.markdown(f"**{plain_text(workspace().person.name)}**")
        if mode is SignIn.ACCOUNTS:
            _way("", "Account and signing out")
        elif st.button("Sign out", icon=":material/logout:", width="stretch"):
            sign_out(installation(), token_of(st.context.cookies, mode))
            st.logout()


def may_anywhere(permission: Permission) -> bool:
    """Tell whether somebody may do something in some project at least."""
    them = workspace().person
    return any(them.may(permission, project_id) for project_id in (None, *them.roles))


def _way(page: str, words: str) -> None:
    st.html(f'<a href="{base_path()}{ACCOUNT}/{page}" target="_self">{words}</a>')


def _vouched_for() -> Person | None:
    """Return whom the identity provider vouched for; draw what is missing where it is nobody."""
    if not st.user.is_logged_in:
        _ask_provider("Sign in", "You sign in with your organisation's identity provider.")
        return None
    # The provider's name for somebody holds only together with the provider's own.
    subject = f"{st.user.get('iss', '')}|{st.user.get('sub', '')}"
    token = token_of(st.context.cookies, SignIn.OIDC)
    try:
        found = sign_in_with_subject(installation(), subject, token)
    except SignInError as error:
        _ask_provider("Sign in again", str(error))
        return None
    if found is None:
        _ask_code(subject)
    return found


def _ask_provider(button: str, said: str) -> None:
    st.title("Sign in", anchor=False)
    st.markdown(plain_text(said))
    if st.button(plain_text(button), type="primary", icon=":material/login:"):
        st.login()


def _ask_code(subject: str) -> None:
    st.title("Welcome", anchor=False)
    st.markdown("Enter the one-time code that you were given; it ties this identity to you.")
    with st.form("join"):
        code = st.text_input("One-time code", autocomplete="one-time-code")
        name = st.text_input("Name, if you set this installation up", autocomplete="name")
        if st.form_submit_button("Go on", type="primary"):
            with errors_shown():
                join_with_subject(installation(), code.strip(), name, subject)
                st.rerun()
    if st.button("Sign in as somebody else"):
        st.logout()
