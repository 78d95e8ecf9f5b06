"""The tables. Most rows are written once: see `APPEND_ONLY`."""

from .acts import DECISIONS, PRESENCES, REMARKS, AnnotationRow, LabelValueRow, RemarkRow
from .columns import Base
from .events import EventRow, IdentityRow
from .projects import ImageRow, ImageStateRow, LabelRow, ProjectRow, RaterRow, SubjectRow
from .readings import AssignmentRow, ReadingRow, SignatureRow
from .suggestions import MapRow, RunRow, SuggestionRow

APPEND_ONLY = (
    "annotations",
    "events",
    "images",
    "label_values",
    "maps",
    "project_labels",
    "raters",
    "readings",
    "record_identity",
    "remarks",
    "signatures",
    "subjects",
    "suggestion_runs",
    "suggestions",
)
"""Tables whose rows the database itself refuses to change or delete (triggers of 0001, 0002)."""

__all__ = [
    "APPEND_ONLY",
    "DECISIONS",
    "PRESENCES",
    "REMARKS",
    "AnnotationRow",
    "AssignmentRow",
    "Base",
    "EventRow",
    "IdentityRow",
    "ImageRow",
    "ImageStateRow",
    "LabelRow",
    "LabelValueRow",
    "MapRow",
    "ProjectRow",
    "RaterRow",
    "ReadingRow",
    "RemarkRow",
    "RunRow",
    "SignatureRow",
    "SubjectRow",
    "SuggestionRow",
]
