"""The demo projects: made of what ships, once, and going on where they were interrupted."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.settings import Settings
from annotator.suggest.cards import open_card
from annotator.workflows import demo
from annotator.workflows.workspace import Workspace


def test_every_demo_has_a_card_that_ships_and_its_pictures() -> None:
    for one in demo.DEMOS:
        assert open_card(one.model).trained
        assert len(one.paths()) == len(one.pictures)


def test_pictures_that_this_machine_lacks_make_no_demo() -> None:
    absent = demo.Demo("Demo: nothing", "face-expression", ("no such file.dcm",))
    assert absent.paths() == []


def test_each_is_made_once_with_suggestions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path))
    monkeypatch.delenv("ANNOTATOR_DATABASE_URL", raising=False)
    with Workspace.open(Settings.from_environment(), upgrade=True) as workspace:
        made = demo.make_demo(workspace)
        assert [project.name for project in made] == [one.name for one in demo.DEMOS]
        for project in made:
            assert project.counts.images == project.counts.suggested > 0
            assert project.counts.with_suggestions > 0
        again = demo.make_demo(workspace)
        assert [project.counts for project in again] == [project.counts for project in made]
        assert demo.make_demo_if_empty(workspace) == []
