"""The installation that this server works on, opened once for all pages and routes."""

from __future__ import annotations

import threading
from functools import lru_cache

from annotator.settings import Settings
from annotator.workflows.workspace import Workspace

_OPENING = threading.Lock()


def installation() -> Workspace:
    """Return the workspace that all sessions of this server share; its person is the operator."""
    # Two threads that want it at once would open it twice.
    with _OPENING:
        return _opened(Settings.from_environment())


@lru_cache(maxsize=1)
def _opened(settings: Settings) -> Workspace:
    return Workspace.open(settings, upgrade=True)
