"""The tables. Most rows are written once: see `APPEND_ONLY`."""

from .acts import DECISIONS, PRESENCES, REMARKS, AnnotationRow, LabelValueRow, RemarkRow
from .columns import Base
from .events import EventRow, IdentityRow
from .people import (
    PASSING,
    AccountRow,
    RoleGrantRow,
    SignInLinkRow,
    SignInSessionRow,
    SignInTryRow,
)
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
    "role_grants",
    "signatures",
    "subjects",
    "suggestion_runs",
    "suggestions",
)
"""Tables whose rows the database itself refuses to change or delete (triggers of 0001 to 0003)."""

__all__ = [
    "APPEND_ONLY",
    "DECISIONS",
    "PASSING",
    "PRESENCES",
    "REMARKS",
    "AccountRow",
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
    "RoleGrantRow",
    "RunRow",
    "SignInLinkRow",
    "SignInSessionRow",
    "SignInTryRow",
    "SignatureRow",
    "SubjectRow",
    "SuggestionRow",
]
