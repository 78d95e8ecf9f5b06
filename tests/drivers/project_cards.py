"""The buttons of one project on the page that lists all of them."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from annotator.domain import Project


def button_of(page: Page, project: Project, key: str) -> Locator:
    """Return a project's own button.

    Projects are drawn one after another: "the last button" of a page that is still
    being drawn is another project's.

    Parameters
    ----------
    page : Page
        At the list of projects.
    project : Project
        Whose button.
    key : str
        ``annotate``, ``reading``, ``manage`` or ``classifier``.
    """
    return page.locator(f".st-key-{key}-{project.id}").get_by_role("button")
