"""A project's own operating points: from signed images alone, recorded, and for one classifier."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import numpy as np
import pytest
from noise_slices import noise_slices

from annotator.cli import main
from annotator.domain import (
    LabelValue,
    Presence,
    Provenance,
    Recalibration,
    SuggestionRun,
)
from annotator.errors import SuggestError
from annotator.settings import Settings
from annotator.suggest.cards import open_card
from annotator.suggest.cutting import CutParameters
from annotator.suggest.proposing import operating_points, provenance, worthy
from annotator.workflows.annotating import open_image, save_acts
from annotator.workflows.auditing import verify, write_log
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import archive_project, create_project
from annotator.workflows.reading import sign_reading
from annotator.workflows.recalibrating import recalibrate, recalibration
from annotator.workflows.suggesting import shared_suggester, spec_of
from annotator.workflows.workspace import Workspace

CARD = "face-action-units"
ADA = "Ada"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def workspace(home):
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(home / "home")})
    with Workspace.open(settings, upgrade=True) as opened:
        yield opened


@pytest.fixture
def project(workspace, home):
    """Forty images whose AU12 scores are as low as another camera may make them."""
    made = create_project(workspace, "faces", model=CARD)
    import_paths(workspace, "faces", [noise_slices(home / "pictures", 40)])
    noise, sha256 = np.random.default_rng(0), open_card(CARD).weights.sha256
    for place, image_id in enumerate(workspace.record.image_ids(made.id)):
        score = float(noise.uniform(0.1, 0.25) if place % 2 else noise.uniform(0, 0.08))
        record_scores(workspace, image_id, sha256, {"AU12": score, "AU1": 0.5})
    return made


def record_scores(workspace, image_id, sha256, scores):
    made = Provenance(CARD, "1.0.0", sha256, "excitation backprop", {}, "1")
    workspace.record.record_run(SuggestionRun(image_id, made, scores))


def finish(workspace, project, places, *, rater=ADA, sign=True, value=Presence.PRESENT):
    """State AU12 on every second image, and sign."""
    ids = workspace.record.image_ids(project.id)
    for place in places:
        reading = open_image(workspace, project.id, ids[place], rater).reading
        if place % 2:
            own = reading.id if reading else None
            stated = LabelValue(uuid.uuid4(), ids[place], rater, "AU12", value, reading_id=own)
            save_acts(workspace, [stated])
        if sign:
            sign_reading(workspace, ids[place], rater)


def point_of(report, label):
    return next(point for point in report.points if point.label == label)


def test_signed_images_alone_say_where_the_point_lies(workspace, project):
    finish(workspace, project, range(20), sign=False)
    report = recalibration(workspace, "faces")
    assert (report.images, report.recalibration) == (0, None)
    assert {point.present for point in report.points} == {0}

    finish(workspace, project, range(30))
    report = recalibration(workspace, "faces")
    smile, brow = point_of(report, "AU12"), point_of(report, "AU1")
    assert (report.images, smile.present, smile.absent) == (30, 15, 15)
    assert 0.08 < smile.now < 0.12
    assert (smile.now_rates.sensitivity, smile.now_rates.specificity) == (1, 1)
    assert (brow.present, brow.absent) == (0, 30)
    assert brow.kept == "fewer than 5 confirmed images with it"
    assert report.recalibration.points == (("AU12", smile.now),)


def test_what_cannot_be_assessed_says_nothing(workspace, project):
    finish(workspace, project, range(30), value=Presence.NOT_ASSESSABLE)
    smile = point_of(recalibration(workspace, "faces"), "AU12")
    assert (smile.present, smile.absent) == (0, 15)


def test_scores_of_an_earlier_version_say_nothing(workspace, project):
    finish(workspace, project, range(30))
    for image_id in workspace.record.image_ids(project.id):
        record_scores(workspace, image_id, "0" * 64, {"AU12": 0.9, "AU1": 0.9})
    # The later run is of other weights: the scores of these weights are still on record.
    assert recalibration(workspace, "faces").images == 30
    assert 0.08 < point_of(recalibration(workspace, "faces"), "AU12").now < 0.12


def test_recorded_points_count_for_this_project_and_these_weights_alone(workspace, project, home):
    other = create_project(workspace, "others", model=CARD)
    finish(workspace, project, range(30))
    chosen = recalibration(workspace, "faces").recalibration
    recalibrate(workspace, "faces", chosen, reason="our camera")
    card, scores = open_card(CARD), {"AU12": 0.15}

    mine, theirs = workspace.record.project("faces"), workspace.record.project("others")
    assert mine.recalibration == chosen
    assert theirs.recalibration is None
    assert worthy(card, scores, spec_of(mine)) == ["AU12"]
    assert worthy(card, scores, spec_of(theirs)) == []
    cut = CutParameters(0.5, 0.1)
    of_mine = provenance(card, spec_of(mine), cut, {}).parameters
    assert of_mine["operating_points"]["AU12"] == chosen.points[0][1]
    assert of_mine["recalibrated_by_images"] == 30
    assert "recalibrated_by_images" not in provenance(card, spec_of(theirs), cut, {}).parameters

    elsewhere = replace(chosen, model_sha256="1" * 64)
    assert operating_points(card, elsewhere) == operating_points(card)
    assert other.id != project.id

    recalibrate(workspace, "faces", None, reason="back")
    assert workspace.record.project("faces").recalibration is None
    write_log(workspace, "faces", home / "log.jsonl")
    log = [json.loads(line) for line in (home / "log.jsonl").read_text().splitlines()]
    assert [e["reason"] for e in log if e["kind"] == "recalibrated"] == ["our camera", "back"]
    assert verify(workspace.settings) == []


def test_of_two_projects_with_one_classifier_each_has_its_own_provenance(workspace, project):
    """Provenance is made once for many runs; another project's points are another provenance."""
    create_project(workspace, "others", model=CARD)
    own = Recalibration(open_card(CARD).weights.sha256, (("AU12", 0.01),), 25)
    recalibrate(workspace, "faces", own, reason="a test")
    suggester = shared_suggester(CARD, workspace.settings)
    blank = np.zeros((64, 64), np.uint8)
    made = {
        name: suggester.suggest(
            uuid.uuid4(), blank, spec_of(workspace.record.project(name))
        ).provenance.parameters["operating_points"]["AU12"]
        for name in ("faces", "others", "faces")
    }  # fmt: skip
    assert made == {"faces": 0.01, "others": operating_points(suggester.card)["AU12"]}


def test_nothing_to_recalibrate_is_a_sentence(workspace, project, home, capsys):
    create_project(workspace, "by hand", labels=["node"])
    with pytest.raises(SuggestError, match="'by hand' has no classifier"):
        recalibration(workspace, "by hand")
    archive_project(workspace, project.id, reason="done")
    assert main(["project", "recalibrate", "faces", "--reset", "--reason", "x"]) == 1
    assert "archived" in capsys.readouterr().err


def test_the_command_shows_then_records(workspace, project, capsys):
    finish(workspace, project, range(30))
    assert main(["project", "recalibrate", "faces"]) == 0
    shown = capsys.readouterr().out
    assert "30 finished images with scores of this classifier." in shown
    assert "Nothing is recorded yet" in shown
    assert workspace.record.project("faces").recalibration is None
    assert main(["project", "recalibrate", "faces", "--apply"]) == 1
    assert "recorded with its reason; give one" in capsys.readouterr().err
    assert main(["project", "recalibrate", "faces", "--apply", "--reason", "our camera"]) == 0
    assert 'annotator suggest "faces" --again' in capsys.readouterr().out
    assert workspace.record.project("faces").recalibration.images == 30
    assert main(["project", "recalibrate", "faces", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["images"] == 30
    assert {"label", "before", "now", "kept"} <= set(listed["points"][0])
    assert main(["project", "recalibrate", "faces", "--reset", "--reason", "moved"]) == 0
    assert workspace.record.project("faces").recalibration is None
