"""What a data set may say of the project that it is of, beside its images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project as the files of a data set name it.

    Attributes
    ----------
    name : str
    identity : str
        What sets it apart from other projects, and stays when it is renamed.
    licence : str
        As its owners state it; empty where they did not.
    changed_at : datetime or None
        Of the last entry in its log, in UTC. Files are dated by it, not by the clock: the same
        record gives the same files.
    about : mapping of str to object
        What the manifest says of the project beside the counts, JSON-ready: protocol, rights.
    """

    name: str
    identity: str
    licence: str = ""
    changed_at: datetime | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
