"""An installation of nobody but the operator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.settings import Settings
from annotator.workflows.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An open data folder."""
    environment = {"ANNOTATOR_HOME": str(tmp_path / "home"), "ANNOTATOR_RATER": "operator"}
    with Workspace.open(Settings.from_environment(environment)) as opened:
        yield opened
