"""Annotate: the editor on one image, with the suggestions already drawn."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from annotator.domain import (
    Annotation,
    ImageAsset,
    MapRecord,
    Project,
    Suggestion,
)
from annotator.errors import NotFoundError, StorageError
from annotator.ui.pixel_route import PIXELS, PixelContent
from annotator.ui.region_editor import (
    AnyAct,
    EditorContent,
    EditorImage,
    EditorLabel,
    EditorRegion,
    MapOverlay,
    Saved,
    encode_image,
    encode_map,
    kind_of,
    region_editor,
)
from annotator.ui.session import choose_project, current_id, errors_shown, rater, workspace
from annotator.workflows.annotating import (
    OpenImage,
    explain_why,
    first_open_image,
    map_on_image,
    open_image,
    record_acts,
)

_KEY = "editor"


def _current_image(project: Project) -> OpenImage | None:
    wanted = current_id("image")
    if wanted is not None:
        try:
            return open_image(workspace(), project.id, wanted)
        except NotFoundError:
            _say_not_here()
            return None
    first = first_open_image(workspace(), project.id)
    if first is None:
        st.info("This project has no images yet. Add some on the page Projects.")
        return None
    st.query_params["image"] = str(first)
    return open_image(workspace(), project.id, first)


def _say_not_here() -> None:
    # Another image in its place could be annotated in error.
    st.warning("The image that this address names is not in this project.")
    if st.button("Go to the project's first open image", type="primary"):
        del st.query_params["image"]
        st.rerun()


def _save(acts: list[AnyAct]) -> Saved:
    said = [act.as_domain() for act in acts]
    statements = [act for act in said if isinstance(act, Annotation)]
    if len(statements) < len(said):
        raise StorageError("This record cannot hold values of labels and remarks yet.")
    return Saved(frozenset(map(str, record_acts(workspace(), statements))))


def _regions(view: OpenImage) -> list[EditorRegion]:
    """Return the suggestions in the machine's order, then what the rater drew."""
    suggestions = {s.id: s for s in view.run.suggestions} if view.run else {}
    suggestions |= {s.id: s for s in view.decided_suggestions if s.id not in suggestions}
    acts = {act.region_id: act for act in view.annotations}
    proposed = [
        _acted_on(acts[key], suggestion) if key in acts else _untouched(suggestion)
        for key, suggestion in suggestions.items()
    ]
    drawn = [_acted_on(act, None) for key, act in acts.items() if key not in suggestions]
    return proposed + drawn


def _untouched(suggestion: Suggestion) -> EditorRegion:
    region = suggestion.region.to_json()
    return EditorRegion(
        id=str(suggestion.id),
        label=suggestion.label,
        region=region,
        score=suggestion.score,
        proposed_region=region,
        proposed_label=suggestion.label,
        reason=_reason(suggestion),
    )


def _acted_on(act: Annotation, suggestion: Suggestion | None) -> EditorRegion:
    return EditorRegion(
        id=str(act.region_id),
        label=act.label,
        region=act.region.to_json(),
        decision=act.decision,
        origin="suggestion" if suggestion else "rater",
        score=suggestion.score if suggestion else None,
        proposed_region=suggestion.region.to_json() if suggestion else None,
        proposed_label=suggestion.label if suggestion else None,
        reason=_reason(suggestion) if suggestion else "",
        last_act=str(act.id),
    )


def _rival(against: str) -> str:
    return {"dual": "everything else", "none": "nothing (plain map)"}.get(against, against)


def _reason(suggestion: Suggestion) -> str:
    return (
        f"against {_rival(suggestion.against)} · {_share(suggestion.explained_mass)} of the "
        f"decision explained · {_share(suggestion.strength)} of the map inside"
    )


def _share(share: float) -> str:
    """Return a share in percent; what is not all is not rounded to all."""
    return "> 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def _maps(view: OpenImage) -> list[MapOverlay]:
    asked: dict[tuple[str, str], MapRecord] = st.session_state.get(f"why-{view.asset.id}", {})
    computed = view.run.maps if view.run else ()
    model = view.run.provenance.model_sha256 if view.run else ""
    return [_overlay(record, view, model) for record in (*computed, *asked.values())]


def _overlay(record: MapRecord, view: OpenImage, model: str) -> MapOverlay:
    name = f"map:{view.asset.id}:{model}:{record.label}:{record.against}:{record.layer}"

    def produce() -> PixelContent:
        return encode_map(map_on_image(record, view.asset))

    return MapOverlay(
        label=record.label,
        against=record.against,
        url=PIXELS.url(name, produce),
        content=name,
        title=f"{record.label} against {_rival(record.against)}",
    )


def _pixel_url(asset: ImageAsset) -> str:
    store = workspace().pixels

    def produce() -> PixelContent:
        if kind_of(asset.bits) == "png8":
            return PixelContent(store.encoded(asset.pixels_sha256), "image/png")
        return encode_image(store.get(asset.pixels_sha256))

    return PIXELS.url(f"image:{asset.pixels_sha256}", produce)


def _image(asset: ImageAsset) -> EditorImage:
    return EditorImage(
        url=_pixel_url(asset),
        content=asset.pixels_sha256,
        width=asset.width,
        height=asset.height,
        kind=kind_of(asset.bits),
        window=asset.window,
        display=asset.display,
    )


def _ask_why(project: Project, view: OpenImage, label: str, against: str) -> None:
    slot = st.session_state.setdefault(f"why-{view.asset.id}", {})
    if (label, against) in slot:
        return
    slot[label, against] = explain_why(workspace(), project, view.asset.id, label, against)


def _go(view: OpenImage, to: Literal["next", "previous", "sign"]) -> None:
    target = view.place.previous_id if to == "previous" else view.place.next_id
    if target is not None:
        st.query_params["image"] = str(target)


# Not a fragment: a server that was started anew does not know the fragments of the page it finds
# open in a browser, and would turn the acts away that the browser kept.
def _editor(project: Project) -> None:
    with errors_shown():
        view = _current_image(project)
        if view is None:
            return
        region_editor(
            key=_KEY,
            content=_content(project, view),
            on_acts=_save,
            on_navigate=lambda to: _go(view, to),
            on_why=lambda label, against: _ask_why(project, view, label, against),
        )


def _content(project: Project, view: OpenImage) -> EditorContent:
    return EditorContent(
        document=str(view.asset.id),
        image=_image(view.asset),
        regions=_regions(view),
        labels=[EditorLabel(label.code, label.meaning) for label in project.label_set],
        maps=_maps(view),
        can_previous=view.place.previous_id is not None,
        can_next=view.place.next_id is not None,
        owner=str(project.id),
        rater=rater(),
        caption=f"{view.asset.file_name} · {view.place.position} of {view.place.total}",
        notices=_notices(project, view),
        prefetch=[_pixel_url(view.next_asset)] if view.next_asset else [],
    )


def _notices(project: Project, view: OpenImage) -> list[str]:
    if view.run is not None:
        return list(view.run.notices)
    if project.model_name is None:
        return []
    return ["No suggestions were computed for this image yet; start them on the page Projects."]


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
