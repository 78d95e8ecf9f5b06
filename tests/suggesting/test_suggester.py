"""From a picture to suggestions, with the classifier that ships."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from pathlib import Path

import cv2
import numpy as np
import pytest

import annotator
import models
from annotator.domain import SuggestionRun
from annotator.errors import SuggestError
from annotator.ingest import decode_file
from annotator.suggest.cutting import CutParameters
from annotator.suggest.suggester import Suggester, SuggestionSpec
from models.card import load_card

DEMO = Path(annotator.__file__).parent / "demo"
SHIPPED = Path(models.__file__).parent


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return decode_file(DEMO / "astronaut.jpg")[0].pixels


@pytest.fixture(scope="module")
def suggester() -> Suggester:
    return Suggester("face-expression")


def strict_card(folder: Path, **limits: float) -> Path:
    """Copy the shipped card with other limits for what may be suggested."""
    text = (SHIPPED / "cards" / "face-expression.toml").read_text(encoding="utf-8")
    for name, value in limits.items():
        text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        assert count == 1, name
    for weights in (SHIPPED / "weights").glob("*.safetensors"):
        shutil.copy(weights, folder)
    card = folder / "strict.toml"
    card.write_text(text, encoding="utf-8")
    return card


def check_run(run: SuggestionRun, width: int, height: int) -> None:
    for suggestion in run.suggestions:
        bounds = suggestion.region.bounds
        assert bounds.x >= 0
        assert bounds.y >= 0
        assert bounds.x + bounds.width <= width
        assert bounds.y + bounds.height <= height
        assert 0 <= suggestion.strength <= 1
        assert suggestion.score == run.scores[suggestion.label]
    for record in run.maps:
        assert record.grid.sum() == pytest.approx(1, abs=1e-4)
        assert record.grid.min() >= 0


def test_a_smiling_face_is_suggested_with_everything_needed_to_do_it_again(
    suggester: Suggester, astronaut: np.ndarray
) -> None:
    run = suggester.suggest(uuid.uuid4(), astronaut)
    assert {s.label for s in run.suggestions} == {"happy"}
    check_run(run, 512, 512)
    assert run.face is not None
    (strongest, *_) = run.suggestions
    face, region = run.face, strongest.region.bounds
    assert face.x - face.width / 4 <= region.x
    assert region.x + region.width <= face.x + 1.25 * face.width

    made = run.provenance
    assert made.model_name == "face-expression"
    assert re.fullmatch(r"[0-9a-f]{64}", made.model_sha256)
    assert re.fullmatch(r"[0-9a-f]{64}", made.parameters["face_detector_sha256"])
    assert {"contrast", "map_layer", "geometry", "cut", "suggest"} <= set(made.parameters)
    json.dumps(dict(made.parameters))

    again = suggester.suggest(uuid.uuid4(), astronaut)
    assert [s.region for s in again.suggestions] == [s.region for s in run.suggestions]


def test_polygons_and_a_choice_of_labels(suggester: Suggester, astronaut: np.ndarray) -> None:
    run = suggester.suggest(
        uuid.uuid4(), astronaut, SuggestionSpec(labels=["happy"], geometry="polygon")
    )
    assert {s.region.to_json()["type"] for s in run.suggestions} == {"polygon"}
    check_run(run, 512, 512)
    masks = suggester.suggest(
        uuid.uuid4(), astronaut, SuggestionSpec(labels=["happy"], geometry="mask")
    )
    check_run(masks, 512, 512)
    for mask, polygon in zip(masks.suggestions, run.suggestions, strict=True):
        assert mask.region.kind == "mask"
        assert mask.region.area_px == pytest.approx(polygon.region.area_px, rel=1e-9)
        assert mask.strength == polygon.strength
    none = suggester.suggest(uuid.uuid4(), astronaut, SuggestionSpec(labels=["sad"]))
    assert none.suggestions == ()
    assert "nothing is suggested" in none.notices[-1]


def test_what_scores_too_little_is_not_suggested_and_says_so(
    tmp_path: Path, astronaut: np.ndarray
) -> None:
    run = Suggester(strict_card(tmp_path, min_score=1.0)).suggest(uuid.uuid4(), astronaut)
    assert run.suggestions == ()
    assert any("nothing is suggested" in notice for notice in run.notices)


def test_a_label_of_which_no_region_is_left_says_so(astronaut: np.ndarray) -> None:
    strict = Suggester("face-expression", cut=CutParameters(min_strength=1.0, level=0.9))
    run = strict.suggest(uuid.uuid4(), astronaut)
    assert run.suggestions == ()
    label = run.maps[0].label
    assert run.notices[-1] == (
        f"{label}: no region holds 100% of the evidence that is left against its rivals; no "
        "suggestion."
    )


def test_cards_with_the_gates_that_never_shut_are_still_read(tmp_path: Path) -> None:
    text = strict_card(tmp_path, min_score=0.4).read_text("utf-8")
    gates = "[suggest]\nmin_explained_mass = 0.05\nmin_concentration = 0.1"
    card = tmp_path / "earlier.toml"
    card.write_text(text.replace("[suggest]", gates), "utf-8")
    assert load_card(card).suggest == load_card(tmp_path / "strict.toml").suggest


def test_a_picture_without_a_face_says_so(suggester: Suggester) -> None:
    run = suggester.suggest(uuid.uuid4(), np.full((300, 400, 3), 127, np.uint8))
    assert run.suggestions == ()
    assert run.scores == {}
    assert "No face" in run.notices[0]


def test_two_faces_read_the_larger_one_and_say_so(
    suggester: Suggester, astronaut: np.ndarray
) -> None:
    smaller = cv2.resize(astronaut[:300], None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    beside = np.full((512, 512 + smaller.shape[1], 3), 127, np.uint8)
    beside[:, :512] = astronaut
    beside[50 : 50 + smaller.shape[0], 512:] = smaller
    (reading,) = suggester.read([beside])
    assert reading.face is not None
    assert reading.face.x < 512
    assert "faces were found" in reading.notices[0]


def test_grey_pictures_are_read_too(suggester: Suggester, astronaut: np.ndarray) -> None:
    (reading,) = suggester.read([np.ascontiguousarray(astronaut.mean(2).astype(np.uint8))])
    assert max(reading.scores, key=lambda code: reading.scores[code]) == "happy"


def test_a_label_is_known_by_its_aliases_in_any_case(suggester: Suggester) -> None:
    assert [suggester.code(name) for name in ("happy", "Happiness", "SMILE")] == ["happy"] * 3
    with pytest.raises(SuggestError, match=r"(?i)did you mean"):
        suggester.code("hapy")


def test_unknown_names_are_refused_with_those_that_exist(
    suggester: Suggester, astronaut: np.ndarray
) -> None:
    with pytest.raises(SuggestError, match="happy"):
        suggester.code("merry")
    with pytest.raises(SuggestError, match="happy"):
        suggester.explain(astronaut, ["merry"])
    with pytest.raises(SuggestError, match="face-expression"):
        Suggester("face-expresion")
