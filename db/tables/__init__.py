"""The tables. Most rows are written once: see `APPEND_ONLY`."""

from .acts import DECISIONS, PRESENCES, REMARKS, AnnotationRow, LabelValueRow, RemarkRow
from .columns import Base
from .events import ErasureRow, EventRow, IdentityRow
from .people import (
    PASSING,
    AccountRow,
    RoleGrantRow,
    SignInLinkRow,
    SignInSessionRow,
    SignInTryRow,
)
from .projects import (
    ImageRemovalRow,
    ImageRow,
    ImageStateRow,
    LabelRow,
    ProjectRow,
    RaterRow,
    SubjectRow,
)
from .readings import AssignmentRow, ReadingRow, SignatureRow
from .suggestions import MapRow, RunRow, SuggestionRow

APPEND_ONLY = (
    "annotations",
    "erasures",
    "events",
    "image_removals",
    "images",
    "label_values",
    "maps",
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
"""Tables whose rows the database itself refuses to change or delete (`db.guards`)."""

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
    "ErasureRow",
    "EventRow",
    "IdentityRow",
    "ImageRemovalRow",
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
