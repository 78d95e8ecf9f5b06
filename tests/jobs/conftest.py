"""An installation with a project of a dozen pictures to work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from own_home import opened_home
from PIL import Image

from annotator.domain.rights import Shows
from annotator.workflows.exporting import state_shows
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

COUNT = 12


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with opened_home(tmp_path) as opened:
        create_project(opened, "p", labels=["x"])
        state_shows(opened, "p", Shows.NOBODY)
        yield opened


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(COUNT):
        pixels = np.full((4, 4, 3), number, np.uint8)
        Image.fromarray(pixels).save(folder / f"photo{number:02d}.png")
    return folder
