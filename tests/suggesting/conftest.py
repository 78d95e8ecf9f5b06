"""A workspace of its own for each test."""

from __future__ import annotations

import pytest

from annotator.settings import Settings
from annotator.workflows.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "home")})
    with Workspace.open(settings, upgrade=True) as opened:
        yield opened
