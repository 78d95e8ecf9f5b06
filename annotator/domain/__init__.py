"""Values of the product: plain Python and NumPy, no input or output.

Coordinates everywhere: ``x`` is the column, ``y`` the row, floats, in pixels of the
**original** image, with the origin at the outer corner of its top-left pixel.
"""

from .annotations import (
    Act,
    Annotation,
    Conflict,
    Decision,
    LabelValue,
    Presence,
    Refusal,
    Remark,
    RemarkKind,
    SaveReport,
)
from .erasures import Erasable
from .findings import Finding
from .images import ImageAsset
from .label_facts import LabelFact, face_midline, fact_in_words, label_facts
from .labels import Label, LabelSet
from .people import (
    PERMISSIONS,
    PROJECT_ROLES,
    Account,
    Permission,
    Person,
    Role,
    permission_for,
    roles_with,
)
from .projects import (
    AddedImages,
    ImageRecord,
    Project,
    ProjectCounts,
    QueuePage,
    QueuePlace,
    QueueRow,
    ReaderProgress,
)
from .readings import (
    SUGGESTIONS_FIRST,
    Adjudication,
    Assignment,
    Mode,
    Protocol,
    Reading,
    ReadingRecord,
    Review,
    Round,
    Sights,
    sights,
)
from .regions import BoundingBox, Ellipse, Landmark, Polygon, Region, region_from_json
from .suggestions import (
    ChosenFace,
    FaceChoice,
    MapRecord,
    Provenance,
    Suggestion,
    SuggestionRun,
)

__all__ = [
    "PERMISSIONS",
    "PROJECT_ROLES",
    "SUGGESTIONS_FIRST",
    "Account",
    "Act",
    "AddedImages",
    "Adjudication",
    "Annotation",
    "Assignment",
    "BoundingBox",
    "ChosenFace",
    "Conflict",
    "Decision",
    "Ellipse",
    "Erasable",
    "FaceChoice",
    "Finding",
    "ImageAsset",
    "ImageRecord",
    "Label",
    "LabelFact",
    "LabelSet",
    "LabelValue",
    "Landmark",
    "MapRecord",
    "Mode",
    "Permission",
    "Person",
    "Polygon",
    "Presence",
    "Project",
    "ProjectCounts",
    "Protocol",
    "Provenance",
    "QueuePage",
    "QueuePlace",
    "QueueRow",
    "ReaderProgress",
    "Reading",
    "ReadingRecord",
    "Refusal",
    "Region",
    "Remark",
    "RemarkKind",
    "Review",
    "Role",
    "Round",
    "SaveReport",
    "Sights",
    "Suggestion",
    "SuggestionRun",
    "face_midline",
    "fact_in_words",
    "label_facts",
    "permission_for",
    "region_from_json",
    "roles_with",
    "sights",
]
