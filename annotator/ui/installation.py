"""The installation that this server works on, opened once for all pages and routes."""

from __future__ import annotations

import gc
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
    workspace = Workspace.open(settings, upgrade=True)
    # A full collection walks all that was imported, in the middle of drawing a page (0.3 to 0.9 s
    # were seen): what is here stays, and full collections come less often.
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
    return workspace
