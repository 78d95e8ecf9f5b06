"""An installation in a folder of its own, its secrets beside its data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotator.settings import Settings
from annotator.workflows.workspace import Workspace


@contextmanager
def opened_home(folder: Path, rater: str = "tester", database_url: str = "") -> Iterator[Workspace]:
    """Open a new installation whose only person is a rater; on SQLite unless a URL is given."""
    environment = {
        "ANNOTATOR_HOME": str(folder / "home"),
        "ANNOTATOR_SECRETS": str(folder / "secrets"),
        "ANNOTATOR_RATER": rater,
        "ANNOTATOR_DEVICE": "cpu",
        "ANNOTATOR_DATABASE_URL": database_url,
    }
    with Workspace.open(Settings.from_environment(environment), upgrade=True) as opened:
        yield opened
