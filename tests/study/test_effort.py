"""What became of suggestions, and how long readers took."""

from __future__ import annotations

import json
import uuid

import pytest
from coded_study import CodedStudy

from annotator import cli
from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    Mode,
    Protocol,
    Provenance,
    Suggestion,
    SuggestionRun,
)
from annotator.figures import median
from annotator.workflows.annotating import open_image, save_acts
from annotator.workflows.reading import sign_reading
from annotator.workflows.study_effort import OUTCOMES, effort_figures, gathered, study_effort

BOX = BoundingBox(5, 5, 10, 10)
LABELS = ("mass", "node")
WAYS = {
    "shared": Protocol(),
    "apart": Protocol(readers=2),
    "revealed": Protocol(Mode.BLIND_THEN_REVEAL),
    "unaided": Protocol(Mode.UNAIDED),
}


def a_study(workspace, way: str, subjects: str = "ab") -> CodedStudy:
    return CodedStudy(workspace, subjects, WAYS[way], labels=LABELS, scheme="findings")


def suggest(study: CodedStudy, number: int, *labels: str, version: str = "1") -> list[uuid.UUID]:
    suggestions = tuple(Suggestion(label, BOX, 0.9, 0.5, "dual", 0.5) for label in labels)
    made = Provenance("finder", version, "ab" * 32, "excitation backprop", {}, "0.1")
    scores = dict.fromkeys(LABELS, 0.5)
    run = SuggestionRun(study.images[number], made, scores, suggestions)
    study.workspace.record.record_run(run)
    return [one.id for one in suggestions]


def decide(
    study: CodedStudy, number: int, rater: str, *ways: tuple[uuid.UUID | None, Decision, str],
    sign: bool = True,
) -> None:  # fmt: skip
    image = study.images[number]
    opened = open_image(study.workspace, study.project.id, image, rater).reading
    reading = opened.id if opened else None
    acts = [
        Annotation(
            uuid.uuid4(), image, origin or uuid.uuid4(), rater, decision, label, BOX,
            derived_from=origin, reading_id=reading,
        )
        for origin, decision, label in ways
    ]  # fmt: skip
    assert len(save_acts(study.workspace, acts).recorded) == len(acts)
    if sign:
        sign_reading(study.workspace, image, rater)


def shares(study: CodedStudy, **of: str) -> dict[str, tuple[float | None, int]]:
    """Value and n of each figure of one group; of all where none is named."""
    wanted = {"label": "", "reader": "", "version": ""} | of
    return {
        one.figure: (one.result.value, one.result.n)
        for one in study_effort(study.workspace, "study")
        if all(getattr(one, kind) == value for kind, value in wanted.items())
    }


@pytest.mark.parametrize("way", ["shared", "apart"])
def test_each_way_that_a_suggestion_can_go(workspace, way):
    study = a_study(workspace, way)
    taken, changed, other, wrong, left = suggest(study, 0, "mass", "mass", "mass", "mass", "node")
    decide(
        study, 0, "ann",
        (taken, Decision.ACCEPTED, "mass"), (changed, Decision.EDITED, "mass"),
        (other, Decision.EDITED, "node"), (wrong, Decision.REJECTED, "mass"),
        (None, Decision.ADDED, "node"),
    )  # fmt: skip
    everything = shares(study)
    assert all(everything[what] == (0.2, 5) for what in OUTCOMES)
    assert everything["from_suggestions"] == (0.75, 4)
    assert shares(study, label="mass")["relabelled"] == (0.25, 4)  # by what the machine had said
    assert shares(study, label="node")["left_undecided"] == (1, 1)
    assert shares(study, reader="ann") == everything
    by_version = shares(study, version="finder 1")
    assert by_version == {what: everything[what] for what in OUTCOMES}
    assert left


def test_what_is_not_signed_does_not_count(workspace):
    study = a_study(workspace, "apart")
    first = suggest(study, 0, "mass")[0]
    decide(study, 0, "ann", (first, Decision.REJECTED, "mass"), sign=False)
    assert shares(study)["rejected"] == (None, 0)
    assert shares(study)["seconds_median"] == (None, 0)
    sign_reading(workspace, study.images[0], "ann")
    assert shares(study)["rejected"] == (1, 1)
    assert shares(study)["seconds_median"][1] == 1


def test_a_blind_read_leaves_no_suggestion_undecided(workspace):
    study = a_study(workspace, "revealed")
    first = suggest(study, 0, "mass")[0]
    decide(study, 0, "ann")
    assert shares(study)["left_undecided"] == (None, 0)  # the first read showed none
    decide(study, 0, "ann", (first, Decision.ACCEPTED, "mass"))
    assert shares(study)["accepted"] == (1, 1)
    assert shares(study)["seconds_median"][1] == 2  # both looks took their time


def test_who_reads_unaided_decides_on_nothing(workspace):
    study = a_study(workspace, "unaided")
    suggest(study, 0, "mass")
    decide(study, 0, "ann", (None, Decision.ADDED, "mass"))
    assert shares(study)["accepted"] == (None, 0)
    assert shares(study)["from_suggestions"] == (0, 1)


def test_versions_apart(workspace):
    study = a_study(workspace, "apart")
    for number, version in enumerate("12"):
        first = suggest(study, number, "mass", version=version)[0]
        how = Decision.ACCEPTED if version == "2" else Decision.REJECTED
        decide(study, number, "ann", (first, how, "mass"))
    assert shares(study, version="finder 1")["accepted"] == (0, 1)
    assert shares(study, version="finder 2")["accepted"] == (1, 1)
    assert shares(study)["accepted"] == (0.5, 2)


def test_nothing_to_measure_has_its_reasons():
    records = effort_figures(gathered([]))
    assert {one.figure for one in records} == {*OUTCOMES, "from_suggestions", "seconds_median"}
    assert all(one.result.value is None and one.result.reason for one in records)


@pytest.mark.parametrize(
    ("n", "interval"),
    [(5, None), (6, (1, 6)), (8, (1, 8)), (10, (2, 9)), (20, (6, 15)), (50, (18, 33))],
)
def test_the_interval_of_a_median_has_the_ranks_of_the_tables(n, interval):
    """Ranks of the 95 % interval, as tables of the sign test have them."""
    figure = median(list(range(n, 0, -1)), "None.")
    assert figure.value == (n + 1) / 2
    assert figure.interval == interval
    assert bool(figure.reason) == (interval is None)


def test_the_command_prints_records_or_a_table(workspace, tmp_path, monkeypatch, capsys):
    study = a_study(workspace, "apart")
    first = suggest(study, 0, "mass")[0]
    decide(study, 0, "ann", (first, Decision.ACCEPTED, "mass"))
    workspace.close()
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    assert cli.main(["study", "effort", "study", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    keys = ("figure", "label", "readers", "version", "value", "n", "interval", "reason")
    assert {tuple(record) for record in records} == {keys}
    assert records[0]["value"] == 1
    assert cli.main(["study", "effort", "study"]) == 0
    table = capsys.readouterr().out
    assert "finder 1" in table
    assert "nan" not in table
