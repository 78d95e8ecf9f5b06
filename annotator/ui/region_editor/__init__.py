"""The region editor: the Streamlit component in which people look at suggestions and decide.

`region_editor` draws it. The browser side is plain ES modules in ``frontend/``, served as they
are; what it is told is described in `values`, what comes back in `acts`.
"""

from .acts import (
    AnyAct,
    EditorAct,
    EditorConflict,
    EditorLabelAct,
    EditorRemark,
    Saved,
    act_from_json,
    act_to_json,
)
from .component import Direction, region_editor
from .pixels import encode_image, encode_map, kind_of
from .values import (
    EditorContent,
    EditorFaces,
    EditorFrames,
    EditorImage,
    EditorLabel,
    EditorLabelValue,
    EditorRegion,
    EditorRemarkShown,
    MapOverlay,
    WindowPreset,
)

__all__ = [
    "AnyAct",
    "Direction",
    "EditorAct",
    "EditorConflict",
    "EditorContent",
    "EditorFaces",
    "EditorFrames",
    "EditorImage",
    "EditorLabel",
    "EditorLabelAct",
    "EditorLabelValue",
    "EditorRegion",
    "EditorRemark",
    "EditorRemarkShown",
    "MapOverlay",
    "Saved",
    "WindowPreset",
    "act_from_json",
    "act_to_json",
    "encode_image",
    "encode_map",
    "kind_of",
    "region_editor",
]
