"""The region editor: the Streamlit component in which people look at suggestions and decide.

`region_editor` draws it. The browser side is plain ES modules in ``frontend/``, served as they
are; what passes between the two is described in `values`.
"""

from .component import region_editor
from .pixels import encode_image, encode_map, kind_of
from .values import (
    EditorAct,
    EditorContent,
    EditorImage,
    EditorLabel,
    EditorRegion,
    MapOverlay,
    WindowPreset,
)

__all__ = [
    "EditorAct",
    "EditorContent",
    "EditorImage",
    "EditorLabel",
    "EditorRegion",
    "MapOverlay",
    "WindowPreset",
    "encode_image",
    "encode_map",
    "kind_of",
    "region_editor",
]
