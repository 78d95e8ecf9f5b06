"""The tables. Most rows are written once: see `APPEND_ONLY`."""

from .acts import DECISIONS, PRESENCES, REMARKS, AnnotationRow, LabelValueRow, RemarkRow
from .columns import Base
from .events import ErasureRow, EventRow, IdentityRow
from .jobs import JobRow
from .people import AccountRow, RoleGrantRow, SignInLinkRow, SignInSessionRow, SignInTryRow
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

PASSING = ("jobs", "sign_in_links", "sign_in_sessions", "sign_in_tries")
"""Tables of what passes: no part of the record, of its copies, or of its chains."""
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
    "JobRow",
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
