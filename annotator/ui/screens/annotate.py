"""Annotate: the editor on one image, with what the protocol of the project lets one see."""

from __future__ import annotations

import streamlit as st

from annotator.domain import BoundingBox, MapRecord, Project, Review
from annotator.domain.queues import QueueChoice
from annotator.errors import AnnotatorError, NotFoundError, ProtocolError
from annotator.ui.editor_content import ContentOfImage
from annotator.ui.network_at_hand import NETWORKS
from annotator.ui.plain_text import plain_text
from annotator.ui.queue_choice import keep_queue_choice, queue_choice
from annotator.ui.reading_bar import reading_bar
from annotator.ui.region_editor import (
    AnyAct,
    Direction,
    EditorConflict,
    Saved,
    act_to_json,
    region_editor,
)
from annotator.ui.session import choose_project, current_id, errors_shown, rater, workspace
from annotator.workflows.annotating import (
    OpenImage,
    explain_why,
    open_image,
    save_acts,
)
from annotator.workflows.faces import choose_face, faces_in
from annotator.workflows.queueing import first_in_order, frame_of_file, in_order, run_ahead
from annotator.workflows.reading import sign_reading

_KEY = "editor"
_NO_IMAGES = "This project has no images yet. Add some on the page Projects."
_NOTHING_HERE = "No image is left in this queue for you. Choose another one on the page Queue."


def _current_image(project: Project, choice: QueueChoice) -> OpenImage | None:
    wanted = current_id("image")
    if wanted is None:
        wanted = first_in_order(workspace(), project.id, rater(), choice)
        if wanted is None:
            st.info(_NOTHING_HERE if project.counts.images else _NO_IMAGES)
            return None
        st.query_params["image"] = str(wanted)
    try:
        view = open_image(workspace(), project.id, wanted, rater())
    except NotFoundError:
        _say_not_here("The image that this address names is not in this project.")
        return None
    except ProtocolError as error:
        _say_not_here(str(error))
        return None
    return in_order(workspace(), project.id, view, rater(), choice)


def _say_not_here(why: str) -> None:
    # Another image in its place could be annotated in error.
    st.warning(plain_text(why))
    if st.button("Go to the project's first open image", type="primary"):
        del st.query_params["image"]
        st.rerun()


def _save(acts: list[AnyAct]) -> Saved:
    report = save_acts(workspace(), [act.as_domain() for act in acts])
    if report.refused:  # what could be recorded is; the browser sends it again and is told so
        raise AnnotatorError(report.refused[0].reason)
    clashes = (
        EditorConflict(
            sent=str(clash.sent.id),
            by=clash.current.rater if clash.current else "",
            current=act_to_json(clash.current) if clash.current else None,
        )
        for clash in report.conflicts
    )
    return Saved(frozenset(map(str, report.recorded)), tuple(clashes))


def _asked(view: OpenImage) -> dict[tuple[str, str], MapRecord]:
    """Return the maps this reader asked for on this run, by label and rival."""
    # Maps of another face of the image are others.
    key = f"why-{view.asset.id}-{view.run.id if view.run else None}"
    asked: dict[tuple[str, str], MapRecord] = st.session_state.setdefault(key, {})
    return asked


def _ask_face(project: Project, view: OpenImage, box: BoundingBox | None) -> None:
    key = _found_key(view)
    if key not in st.session_state:
        faces = faces_in(workspace(), project, view.asset.id, rater())
        st.session_state[key] = [face.box for face in faces]
    if box is not None:
        choose_face(workspace(), project, view.asset.id, box, rater())


def _found_key(view: OpenImage) -> str:
    return f"faces-{view.asset.id}"


def _ask_why(project: Project, view: OpenImage, label: str, against: str) -> None:
    asked = _asked(view)
    if (label, against) not in asked:
        asked[label, against] = explain_why(
            workspace(), project, view.asset.id, label, against, rater()
        )


def _go(view: OpenImage, to: Direction) -> None:
    with errors_shown():
        # Where all is decided the image counts as reviewed without a signature.
        if to == "sign" and view.review is not Review.REVIEWED:
            signed = sign_reading(workspace(), view.asset.id, rater())
            if not signed.is_final:
                return  # blind so far: the same image again, with what the model says
        target = view.place.previous_id if to == "previous" else view.place.next_id
        if target is not None:
            st.query_params["image"] = str(target)


def _go_to_frame(project: Project, view: OpenImage, place: int) -> None:
    with errors_shown():
        target = frame_of_file(workspace(), project.id, view.asset.id, rater(), place)
        if target is not None:
            st.query_params["image"] = str(target)


# Not a fragment: a server that was started anew does not know the fragments of the page it finds
# open in a browser, and would turn the acts away that the browser kept.
def _editor(project: Project) -> None:
    with errors_shown():
        choice = queue_choice(project)
        keep_queue_choice(project, choice)
        view = _current_image(project, choice)
        if view is None:
            return
        figures = NETWORKS.figures(project.model_name, workspace().settings)
        ahead = run_ahead(workspace(), project.id, view)
        content = ContentOfImage(workspace(), project, view, rater(), figures, ahead)
        region_editor(
            key=_KEY,
            content=content.content(
                tuple(_asked(view).values()), st.session_state.get(_found_key(view))
            ),
            on_acts=_save,
            on_navigate=lambda to: _go(view, to),
            on_why=lambda label, against: _ask_why(project, view, label, against),
            on_frame=lambda place: _go_to_frame(project, view, place),
            on_face=lambda box: _ask_face(project, view, box),
        )
        reading_bar(project, view, choice)


def _page() -> None:
    with errors_shown():
        project = choose_project()
        if project is None:
            return
        if not rater():
            st.warning("State your name in the side bar: it is recorded with each annotation.")
            return
        _editor(project)


_page()
