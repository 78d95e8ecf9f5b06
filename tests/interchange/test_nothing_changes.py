"""Exporting changes no row, and twice the same record gives twice the same bytes: every format."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    Ellipse,
    LabelValue,
    MapRecord,
    Polygon,
    Presence,
    Provenance,
    Remark,
    RemarkKind,
    Suggestion,
    SuggestionRun,
)
from annotator.domain.rights import Consent, Rights
from annotator.export import EVERYTHING, export_formats
from annotator.settings import Settings
from annotator.workflows.auditing import verify
from annotator.workflows.exporting import export_project, state_rights, verify_export
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

MADE = Provenance("face", "2", "cd" * 32, "excitation backprop", {"b": [1], "a": 2}, "0.1.0")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Iterator[Workspace]:
    """A project with everything in it that a record can say."""
    folder = tmp_path_factory.mktemp("record")
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(folder / "home")})
    with Workspace.open(settings, upgrade=True) as opened:
        project = create_project(opened, "p", labels=["AU12", "AU4"])
        for number in range(3):
            Image.fromarray(np.full((40, 60), number, np.uint8)).save(folder / f"Ä {number}.png")
        import_paths(opened, "p", [folder])
        state_rights(opened, "p", Rights("CC-BY-4.0", Consent.GRANTED))
        first, second, _ = opened.record.image_ids(project.id)
        suggestions = tuple(
            Suggestion(label, BoundingBox(x, 2, 10.25, 20), 0.75, 0.5, "dual", 0.9)
            for label, x in (("AU12", 1.5), ("AU4", 30))
        )
        grid = np.full((2, 3), 1 / 6, np.float32)
        found = MapRecord("AU12", "dual", "conv3", 0.9, grid, BoundingBox(0, 0, 60, 40))
        run = SuggestionRun(first, MADE, {"AU12": 0.75, "AU4": 0.5}, suggestions, (found,))
        opened.record.record_run(run)
        opened.record.record_acts(_acts(first, second, suggestions))
        yield opened


def _acts(first: uuid.UUID, second: uuid.UUID, suggestions: tuple[Suggestion, ...]):
    kept, wrong = suggestions
    own = [uuid.uuid4() for _ in range(9)]
    outline = Polygon(((1.0, 1.0), (30.0, 5.0), (10.0, 30.0)))
    accepted, rejected, added = Decision.ACCEPTED, Decision.REJECTED, Decision.ADDED
    return [
        Annotation(own[0], first, kept.id, "Dr. Ä", accepted, "AU12", kept.region, kept.id),
        Annotation(own[1], first, wrong.id, "B", rejected, "AU4", wrong.region, wrong.id),
        Annotation(own[2], first, own[2], "B", added, "AU4", Ellipse(20, 5, 20, 30)),
        Annotation(own[3], second, own[3], "B", added, "AU12", outline),
        LabelValue(own[4], first, "B", "AU12", Presence.PRESENT, "C", "L"),
        LabelValue(own[5], second, "B", "AU4", Presence.NOT_ASSESSABLE),
        Remark(own[6], second, "B", RemarkKind.NOTE, "blurred"),
    ]


def rows(workspace: Workspace) -> dict[str, list[str]]:
    """Return the digests of all rows of every table, in order."""
    path = workspace.settings.home / "annotator.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: [
                hashlib.sha256(repr(row).encode()).hexdigest()
                for row in database.execute(f"SELECT * FROM {name} ORDER BY rowid")  # noqa: S608
            ]
            for (name,) in names
        }


def contents(folder: Path) -> dict[Path, bytes]:
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", export_formats())
def test_exporting_twice_gives_the_same_bytes_and_changes_no_row(workspace, tmp_path, name):
    before = rows(workspace)
    for target in ("a", "b"):
        chosen = {"format_name": name, "selection": EVERYTHING, "actor": "Eve"}
        report = export_project(workspace, "p", tmp_path / target, **chosen)
        assert verify_export(report.folder) == []
    first, second = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert list(first) == list(second)
    assert [path for path in first if first[path] != second[path]] == []
    after = rows(workspace)
    log = after["events"]
    assert log[: len(before["events"])] == before["events"]
    assert len(log) == len(before["events"]) + 2  # who took it out, in the record's own chain
    assert after | {"events": []} == before | {"events": []}


def test_the_chains_are_whole_after_all_of_that(workspace):
    assert verify(workspace.settings) == []
