"""The tables. Most rows are written once: see `APPEND_ONLY`."""

from .acts import DECISIONS, PRESENCES, REMARKS, AnnotationRow, LabelValueRow, RemarkRow
from .columns import Base
from .events import ErasureRow, EventRow, IdentityRow
from .people import PASSING, AccountRow, RoleGrantRow, SignInLinkRow, SignInSessionRow, SignInTryRow
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

_CHANGED = {"accounts", "assignments", "image_states", "project_labels", "projects", *PASSING}
APPEND_ONLY = tuple(sorted(Base.metadata.tables.keys() - _CHANGED))
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
