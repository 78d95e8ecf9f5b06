"""Drawing the editor in a Streamlit page, and taking what the rater did.

A run goes: the browser's parcel of unacknowledged acts arrives, `on_acts` records it in the
widget's callback (so before the page reads the regions anew), the page draws the editor with
the regions as they are now and the ids of the acts that are recorded, and the browser forgets
those. Where `on_acts` raises, nothing of the parcel is acknowledged and the rater is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from annotator.domain import BoundingBox, region_from_json
from annotator.errors import AnnotatorError

from .acts import AnyAct, EditorConflict, Saved, act_from_json
from .values import EditorContent

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

Direction = Literal["next", "previous", "sign"]
OnActs = Callable[[list[AnyAct]], Saved]

_PROJECT, _COMPONENT = "excitation-annotator", "region_editor"
_NAME = f"{_PROJECT}.{_COMPONENT}"


@dataclass
class _Answers:
    """What became of the latest question of one kind: its number, and why it failed if it did."""

    answered: int = 0
    failure: str | None = None

    def give(self, question: Mapping[str, Any], answer: Callable[[], None]) -> None:
        """Let the server answer; what comes of it is in what the page draws next."""
        self.failure = None
        try:
            answer()
        except AnnotatorError as error:
            self.failure = str(error)
        self.answered = int(question["number"])


@dataclass
class _Exchange:
    """What this session has answered one editor so far."""

    acknowledged: set[str] = field(default_factory=set)
    attempt: int = -1
    failure: str | None = None
    conflicts: list[EditorConflict] = field(default_factory=list)
    why: _Answers = field(default_factory=_Answers)
    face: _Answers = field(default_factory=_Answers)

    def receive(self, parcel: Mapping[str, Any] | None, on_acts: OnActs) -> bool:
        """Record the acts of a parcel that are new; return whether there were any."""
        if not parcel:
            return False
        sent = {act["id"]: act for act in parcel["acts"]}
        self.acknowledged &= sent.keys()
        self.conflicts = [clash for clash in self.conflicts if clash.sent in sent]
        self.attempt = parcel["attempt"]
        self.failure = None
        fresh = [act for key, act in sent.items() if key not in self.acknowledged]
        if not fresh:
            return False
        try:
            saved = on_acts([act_from_json(act) for act in fresh])
        except AnnotatorError as error:
            self.failure = str(error)
            return False
        self.acknowledged |= saved.recorded
        self.conflicts = list(saved.conflicts)
        return True

    def answers(self) -> dict[str, Any]:
        """Return what the browser is told."""
        return {
            "receipt": {
                "acknowledged": sorted(self.acknowledged),
                "failure": self.failure,
                "attempt": self.attempt,
                "conflicts": [asdict(clash) for clash in self.conflicts],
            },
            "why": asdict(self.why),
            "face": asdict(self.face),
        }


def region_editor(
    key: str,
    content: EditorContent,
    *,
    on_acts: OnActs,
    on_navigate: Callable[[Direction], None] = lambda _to: None,
    on_why: Callable[[str, str], None] = lambda _label, _against: None,
    on_frame: Callable[[int], None] = lambda _place: None,
    on_face: Callable[[BoundingBox | None], None] = lambda _box: None,
    height: int | Literal["fill"] = "fill",
) -> None:
    """Draw the editor.

    Parameters
    ----------
    key : str
        Names this editor on the page; keep it the same from image to image.
    content : EditorContent
        What to show.
    on_acts : callable
        Records acts, in the order they were made, and returns which are on record and which
        clash with what was recorded meanwhile (`Saved`); may be given an act again and must
        then record nothing anew. Raises `AnnotatorError` if they could not be recorded: the
        sentence is shown, the browser keeps the acts and sends them again.
    on_navigate : callable
        Called with ``next``, ``previous`` or ``sign`` (all is said; go on) before the page runs.
    on_why : callable
        Called with (label, against) before the page runs; the map is then expected in
        ``content.maps``. Raises `AnnotatorError` if there is none.
    on_frame : callable
        Called with the place, from 1, of the frame to go to, before the page runs.
    on_face : callable
        Called before the page runs: with None to look for faces, then expected in
        ``content.faces``; with a box to have that face read. Raises `AnnotatorError` if it
        cannot be.
    height : int or "fill"
        In CSS pixels, or what is left of the window below the editor's top.
    """
    exchange: _Exchange = st.session_state.setdefault(f"_{key}_exchange", _Exchange())

    def sent(name: str) -> Any:
        value = st.session_state.get(key)
        return value.get(name) if isinstance(value, Mapping) else None

    def acts_came() -> None:
        exchange.receive(sent("outbox"), on_acts)

    def navigation_came() -> None:
        to = sent("navigate")
        if to in ("next", "previous", "sign"):
            on_navigate(to)

    def question_came() -> None:
        why = sent("why")
        exchange.why.give(why, lambda: on_why(str(why["label"]), str(why["against"])))

    def frame_came() -> None:
        on_frame(int(sent("frame")))

    def face_came() -> None:
        asked = sent("face")
        box = asked["box"]
        exchange.face.give(asked, lambda: on_face(region_from_json(box).bounds if box else None))

    result = _renderer()(
        key=key,
        data=asdict(content) | exchange.answers() | {"height": height},
        on_outbox_change=acts_came,
        on_navigate_change=navigation_came,
        on_why_change=question_came,
        on_frame_change=frame_came,
        on_face_change=face_came,
    )
    parcel = result.get("outbox")
    # A browser that outlived its server hands its acts to a session that has no callback yet.
    is_unseen = parcel is not None and parcel["attempt"] != exchange.attempt
    if is_unseen and exchange.receive(parcel, on_acts):
        st.rerun()


def _renderer() -> ComponentRenderer:
    """Return the component's mounting command, known to the server that runs this page.

    The component's folder is declared here rather than by a manifest file: Streamlit looks for
    manifests under the distribution's name, which is no package of ours, and so would find it
    in a wheel but not in an editable install.
    """
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
    from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(_NAME) is None:
        config = ComponentConfig(name=_COMPONENT, asset_dir="frontend")
        manifest = ComponentManifest(name=_PROJECT, version="1", components=[config])
        manager.register_from_manifest(manifest, Path(__file__).parent)
    return st.components.v2.component(_NAME, js="index.js", css="style.css")
