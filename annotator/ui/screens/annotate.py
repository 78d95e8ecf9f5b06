"""Annotate: the editor on one image; from there on it goes its way by its own line."""

from __future__ import annotations

import streamlit as st

from annotator.domain import Project
from annotator.domain.queues import QueueChoice
from annotator.errors import NotFoundError, ProtocolError
from annotator.ui.decided_images import decided_images
from annotator.ui.editor_desk import LINE, ReaderDesk
from annotator.ui.pixel_route import browser_key
from annotator.ui.plain_text import plain_text
from annotator.ui.queue_choice import (
    choice_to_text,
    keep_queue_choice,
    order_in_words,
    queue_choice,
)
from annotator.ui.region_editor import EditorContent, LinePass, reading_bar, region_editor
from annotator.ui.session import (
    choose_project,
    current_id,
    errors_shown,
    name_in_address,
    rater,
    workspace,
)
from annotator.workflows.queueing import chooses_order, first_in_order

_KEY = "editor"
_NO_IMAGES = "This project has no images yet. Add some on the page Projects."
_NOTHING_HERE = "No image is left in this queue for you. Choose another one on the page Queue."


def _first_content(project: Project, choice: QueueChoice) -> EditorContent | None:
    """Return the image that the address names, or the first of the queue."""
    wanted = current_id("image")
    if wanted is None:
        wanted = first_in_order(workspace(), project.id, rater(), choice)
        if wanted is None:
            st.info(_NOTHING_HERE if project.counts.images else _NO_IMAGES)
            return None
        name_in_address("image", str(wanted))
    try:
        desk = ReaderDesk(workspace(), project.id, rater(), choice, browser_key())
        return desk.image(str(wanted))
    except NotFoundError:
        _say_not_here("The image that this address names is not in this project.")
    except ProtocolError as error:
        _say_not_here(str(error))
    return None


def _say_not_here(why: str) -> None:
    # Another image in its place could be annotated in error.
    st.warning(plain_text(why))
    if st.button("Go to the project's first open image", type="primary"):
        del st.query_params["image"]
        st.rerun()


# Not a fragment: a server that was started anew does not know the fragments of the page it finds
# open in a browser, and would not draw it when the editor asks for another token.
def _editor(project: Project) -> None:
    with errors_shown():
        choice = queue_choice(project)
        keep_queue_choice(project, choice)
        content = _first_content(project, choice)
        if content is None:
            return
        opened = LinePass(str(project.id), rater(), choice_to_text(choice))
        region_editor(
            key=_KEY,
            content=content,
            line=LINE.open(opened, browser_key()),
            on_renew=lambda image: name_in_address("image", image),
        )
        with st.sidebar:
            st.divider()
            reading_bar("reading-bar")
            st.page_link(
                "screens/queue.py",
                label=f"Queue: {plain_text(order_in_words(choice))}"
                if chooses_order(workspace(), project.id, rater())
                else "Your queue",
                icon=":material/format_list_numbered:",
            )


def _page() -> None:
    with errors_shown():
        project = choose_project()
        if project is None:
            return
        if not rater():
            st.warning("State your name in the side bar: it is recorded with each annotation.")
            return
        decided_images(project)
        _editor(project)


_page()
