"""Drawing the editor, and the bar beside it, in a Streamlit page.

The page's script says which image the editor begins with and opens its line (`line`); from there
on acts, images and questions travel by the line, and no page runs. The page runs again where
the line's token is no good any more: the browser asks for that by `on_renew`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from .values import EditorContent

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_PROJECT = "excitation-annotator"


def region_editor(
    key: str,
    content: EditorContent,
    line: Mapping[str, str],
    *,
    on_renew: Callable[[str], None] = lambda _image: None,
    height: int | Literal["fill"] = "fill",
) -> None:
    """Draw the editor.

    Parameters
    ----------
    key : str
        Names this editor on the page; keep it the same from image to image.
    content : EditorContent
        What to show first. The reader goes on from there by the line.
    line : mapping of str to str
        What `EditorLine.open` returned.
    on_renew : callable
        Called with the id of the image that is shown before the page runs for another token.
    height : int or "fill"
        In CSS pixels, or what is left of the window below the editor's top.
    """

    def renewal_came() -> None:
        value = st.session_state.get(key)
        renew = value.get("renew") if isinstance(value, Mapping) else None
        if isinstance(renew, Mapping) and isinstance(renew.get("image"), str):
            on_renew(renew["image"])

    _renderer("region_editor", "index.js", "style.css")(
        key=key,
        data=asdict(content) | {"line": dict(line), "height": height},
        on_renew_change=renewal_came,
    )


def reading_bar(key: str) -> None:
    """Draw the bar that follows the editor on the same page, wherever it is put."""
    _renderer("reading_bar", "reading_bar.js", "reading_bar.css")(key=key, data={})


def _renderer(name: str, js: str, css: str) -> ComponentRenderer:
    """Return a component's mounting command, known to the server that runs this page.

    The component's folder is declared here rather than by a manifest file: Streamlit looks for
    manifests under the distribution's name, which is no package of ours, and so would find it
    in a wheel but not in an editable install.
    """
    from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
    from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{_PROJECT}.{name}") is None:
        configs = [
            ComponentConfig(name=one, asset_dir="frontend")
            for one in ("region_editor", "reading_bar")
        ]
        manifest = ComponentManifest(name=_PROJECT, version="1", components=configs)
        manager.register_from_manifest(manifest, Path(__file__).parent)
    return st.components.v2.component(f"{_PROJECT}.{name}", js=js, css=css)
