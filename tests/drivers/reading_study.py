"""Two projects and five people: where reading rules meet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from annotator.domain import (
    Adjudication,
    Assignment,
    BoundingBox,
    Label,
    LabelSet,
    Mask,
    Mode,
    Protocol,
    Provenance,
    Role,
    Suggestion,
    SuggestionRun,
)
from annotator.domain.regions.run_lengths import packed
from annotator.settings import Settings, SignIn
from annotator.workflows.people import account_named, invite, set_role
from annotator.workflows.workspace import Workspace

READERS = ("ann", "bob", "cy")
BROWSERS = ("left", "right")
LABELS = LabelSet((Label("s", "nodule", "nodule"), Label("s", "mass", "mass")))
APART = Protocol(
    Mode.BLIND_THEN_REVEAL,
    readers=2,
    assignment=Assignment.BY_HAND,
    adjudication=Adjudication.ALL,
)
BOX = {"type": "box", "x": 5.0, "y": 6.0, "width": 20.0, "height": 10.0}

_ragged = Mask.of(np.indices((10, 20)).sum(axis=0) % 3 != 1, 2, 4)
assert _ragged is not None
BLOT = _ragged.to_json()
"""A ragged mask, of which a stroke is sent as a change."""
STROKES: list[dict[str, Any]] = [
    {"type": "mask", "x": x, "y": 8, "width": 6, "height": 2, "counts": packed([0, 4, 2, 6])}
    for x in (4, 7, 12)
]
"""Pixels of a stroke each, two of which overlap; each lacks some of its frame."""


def settings_of(home: Path, url: str | None) -> Settings:
    environment = {"ANNOTATOR_HOME": str(home), "ANNOTATOR_RATER": "operator"}
    if url is not None:
        environment["ANNOTATOR_DATABASE_URL"] = url
    return replace(Settings.from_environment(environment), sign_in=SignIn.ACCOUNTS)


def fill(workspace: Workspace, make: Any) -> None:
    """Make two projects of two images with two suggestions each, and the people."""
    for name in (*READERS, "rev", "ada"):
        invite(workspace, name)
    for name, protocol in (("open", None), ("blind", APART)):
        chosen = {} if protocol is None else {"protocol": protocol}
        project = workspace.record.create_project(name, LABELS, **chosen)
        assets = [make.asset(f"{name}{n}.png", 64, 64) for n in range(2)]
        for asset in workspace.record.add_images(project.id, assets).added:
            suggestions = tuple(
                Suggestion(label, BoundingBox(1.0 + n, 1.0, 9.0, 9.0), 0.9, 0.5, "dual", 1.0)
                for n, label in enumerate(("nodule", "mass"))
            )
            made = Provenance("m", "1", "0" * 64, "ebp", {}, "0")
            workspace.record.record_run(
                SuggestionRun(asset.id, made, {"nodule": 0.9, "mass": 0.8}, suggestions)
            )
        for person in READERS:
            account = account_named(workspace, person)
            set_role(workspace, project.id, account.id, Role.RATER, True)
        for person, role in (("rev", Role.REVIEWER), ("ada", Role.ADJUDICATOR)):
            account = account_named(workspace, person)
            set_role(workspace, project.id, account.id, role, True)


class World:
    """An installation that each run gets a copy of, and where its database is."""

    def __init__(
        self,
        template: Path,
        new_database: Callable[[], contextlib.AbstractContextManager[str | None]],
    ) -> None:
        self.template = template
        self.new_database = new_database
