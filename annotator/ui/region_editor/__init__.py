"""The region editor: the Streamlit component in which people look at suggestions and decide.

`region_editor` draws it. The browser side is plain ES modules in ``frontend/``, served as they
are; what it is told is described in `values`, what it asks in `line`, what it records in `acts`.
"""

from .acts import (
    AnyAct,
    EditorAct,
    EditorConflict,
    EditorLabelAct,
    EditorRefusal,
    EditorRemark,
    Saved,
    act_from_json,
    act_to_json,
)
from .component import reading_bar, region_editor
from .line import Desk, EditorLine, LinePass
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
    ReadingBar,
    WindowPreset,
)

__all__ = [
    "AnyAct",
    "Desk",
    "EditorAct",
    "EditorConflict",
    "EditorContent",
    "EditorFaces",
    "EditorFrames",
    "EditorImage",
    "EditorLabel",
    "EditorLabelAct",
    "EditorLabelValue",
    "EditorLine",
    "EditorRefusal",
    "EditorRegion",
    "EditorRemark",
    "EditorRemarkShown",
    "LinePass",
    "MapOverlay",
    "ReadingBar",
    "Saved",
    "WindowPreset",
    "act_from_json",
    "act_to_json",
    "encode_image",
    "encode_map",
    "kind_of",
    "reading_bar",
    "region_editor",
]
