"""Values of the product: plain Python and NumPy, no input or output.

Coordinates everywhere: ``x`` is the column, ``y`` the row, floats, in pixels of the
**original** image, with the origin at the outer corner of its top-left pixel.
"""

from .annotations import Annotation, Decision
from .findings import Finding
from .images import ImageAsset
from .labels import Label, LabelSet
from .projects import AddedImages, ImageRecord, Project, ProjectCounts, QueuePlace
from .regions import BoundingBox, Ellipse, Polygon, Region, region_from_json
from .suggestions import MapRecord, Provenance, Suggestion, SuggestionRun

__all__ = [
    "AddedImages",
    "Annotation",
    "BoundingBox",
    "Decision",
    "Ellipse",
    "Finding",
    "ImageAsset",
    "ImageRecord",
    "Label",
    "LabelSet",
    "MapRecord",
    "Polygon",
    "Project",
    "ProjectCounts",
    "Provenance",
    "QueuePlace",
    "Region",
    "Suggestion",
    "SuggestionRun",
    "region_from_json",
]
