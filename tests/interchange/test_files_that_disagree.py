"""Files that say different things of a label: what differs is left out in words, the rest stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotator.domain import Person, Presence
from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.own_tables import take_over_own
from annotator.workflows.projects import create_project
from annotator.workflows.take_over_report import TakeOverReport
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

BOX = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0}


@pytest.fixture
def workspace(tmp_path):
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "home")})
    with Workspace.open(settings, upgrade=True) as opened:
        create_project(opened, "p", labels=["node", "cyst", "scar"])
        Image.fromarray(np.full((80, 100), 9, np.uint8)).save(tmp_path / "a.png")
        import_paths(opened, "p", [tmp_path / "a.png"])
        yield opened


def table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(("file,label,value,rater", *(f"a.png,{row}" for row in rows))) + "\n")
    return path


def tasks(path: Path, *annotations: Any, predictions: tuple[Any, ...] = ()) -> Path:
    task = {"data": {"image": "a.png"}, "annotations": annotations, "predictions": predictions}
    path.write_text(json.dumps([task]))
    return path


def choice(*words: str, **more: Any) -> dict[str, Any]:
    return {"type": "choices", "value": {"choices": words}, **more}


def values(workspace: Workspace) -> set[tuple[str, Presence]]:
    (record,) = workspace.record.image_records(workspace.record.project("p").id)
    return {(value.label, value.value) for value in record.label_values}


def test_a_corrected_table_of_one_source_brings_in_what_is_new(workspace, tmp_path):
    def taken(*rows: str) -> TakeOverReport:
        path = table(tmp_path / "t.csv", *rows)
        return take_over(workspace, "p", path, format_name="csv", reference_of="Lab")

    assert taken("node,present,", "cyst,present,").values == 2
    again = taken("node,present,", "cyst,present,")
    assert (again.known, again.faults) == (1, [])
    report = taken("node,absent,", "cyst,present,", "scar,present,")
    (fault,) = report.faults
    assert "'node' of imported by" in fault
    assert "is present in what was taken over before, and absent in this file; left out" in fault
    assert values(workspace) == {
        ("node", Presence.PRESENT),
        ("cyst", Presence.PRESENT),
        ("scar", Presence.PRESENT),
    }


def test_the_same_value_by_another_format_is_there_already(workspace, tmp_path):
    csv = table(tmp_path / "t.csv", "node,present,")
    take_over(workspace, "p", csv, format_name="csv", reference_of="Lab")
    file = tasks(tmp_path / "t.json", {"result": [choice("node")]})
    report = take_over(workspace, "p", file, format_name="label-studio", reference_of="Lab")
    assert (report.known, report.faults, report.nothing) == (1, [], False)


def test_two_annotations_of_one_person_that_differ_leave_the_region_alone(workspace, tmp_path):
    box = {
        "type": "rectanglelabels",
        "original_width": 100,
        "original_height": 80,
        "value": {**BOX, "rectanglelabels": ["cyst"]},
    }
    file = tasks(
        tmp_path / "t.json",
        {"completed_by": 1, "result": [box, choice("node: present")]},
        {"completed_by": 1, "result": [choice("node: absent", "scar")]},
    )
    report = take_over(workspace, "p", file, format_name="label-studio", reference_of="Lab")
    assert (report.regions, values(workspace)) == (1, {("scar", Presence.PRESENT)})
    (fault,) = report.faults
    assert "is present and absent in the file; left out." in fault


def test_ones_own_rows_that_differ_are_no_change_of_somebody_else(workspace, tmp_path):
    path = table(tmp_path / "t.csv", "node,present,Ann", "node,absent,", "scar,present,")
    report = take_over_own(workspace, "p", path, format_name="csv", person=Person("Ann"))
    (fault,) = report.faults
    assert "is present and absent in the file; left out." in fault
    assert values(workspace) == {("scar", Presence.PRESENT)}


def test_what_proposes_nothing_is_counted(workspace, tmp_path):
    path = table(tmp_path / "t.csv", "node,absent,", "cyst,uncertain,", "scar,present,")
    report = take_over(workspace, "p", path, format_name="csv")
    assert report.values == 1
    assert "2 values left out: neither present nor with a score, so nothing to suggest" in [
        *report.lines()
    ]


def test_of_several_scores_the_highest_counts_and_it_is_told(workspace, tmp_path):
    machines = [
        {"model_version": name, "result": [choice("node", score=score)]}
        for name, score in (("m", 0.9), ("n", 0.4))
    ]
    file = tasks(tmp_path / "t.json", predictions=tuple(machines))
    report = take_over(workspace, "p", file, format_name="label-studio")
    (record,) = workspace.record.image_records(workspace.record.project("p").id)
    assert record.runs[-1].scores == {"node": 0.9}
    assert any("the highest counts" in line for line in report.lines())
