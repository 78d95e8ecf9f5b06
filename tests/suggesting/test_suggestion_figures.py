"""Which, none, and what the number beside a suggestion is worth: against plain recomputation."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from annotator.suggest import measures
from annotator.suggest.suggester import Suggester, SuggestionSpec
from annotator.workflows.evaluating import evaluate
from annotator.workflows.figures import (
    MeasuredImage,
    MeasuredMap,
    MeasuredSuggestion,
    map_figures,
    suggestion_figures,
)

DEMO = Path(__file__).parents[2] / "annotator" / "demo"


def on_map(iou: float, absent: tuple[bool, ...], rival: tuple[bool, ...]) -> MeasuredImage:
    found = MeasuredMap("a", True, 0.5, iou, False, absent, rival)
    return MeasuredImage(frozenset("a"), {"a": 1.0}, found)


def test_a_wrong_label_and_a_rival_count_by_the_image() -> None:
    images = [
        on_map(0.71, (True, False), (True, True)),
        on_map(0.69, (True,), (False,)),
        on_map(0.7, (), ()),  # it has every label: it has no wrong one
    ]
    figures = map_figures(images)
    assert figures["pointing_wrong_label"]["value"] == pytest.approx((0.5 + 1) / 2)
    assert figures["pointing_rival"]["value"] == pytest.approx((1 + 0) / 2)
    assert figures["pointing_wrong_label"]["n"] == figures["pointing_rival"]["n"] == 2
    assert figures["best_region_iou_at_least_70"]["value"] == pytest.approx(2 / 3)


def test_a_classifier_of_one_label_has_no_wrong_one() -> None:
    figures = map_figures([on_map(0.5, (), ())])
    assert not {"pointing_wrong_label", "pointing_rival"} & set(figures)


def image(truth: str, *suggestions: tuple[float, bool | None]) -> MeasuredImage:
    made = tuple(MeasuredSuggestion(*one) for one in suggestions)
    return MeasuredImage(frozenset(truth), {"a": 0.5}, None, suggestions=made)


def test_silence_is_of_images_without_a_label_and_suggestions_of_those_with_one() -> None:
    images = [image("a", (0.9, None)), image("a"), image("b", (0.8, None), (0.7, None)), image("")]
    figures = suggestion_figures(images)
    assert figures["suggested"]["value"] == pytest.approx(2 / 3)
    assert (figures["silent"]["value"], figures["silent"]["n"]) == (1.0, 1)
    # Nobody drew: whether a region is right is not known.
    assert not {"reliability_auc", "reliability_ece"} & set(figures)
    assert "silent" not in suggestion_figures(images[:3])


def test_a_suggestion_on_an_image_without_a_label_is_wrong() -> None:
    figures = suggestion_figures([image("a", (0.9, True)), image("", (0.4, False))])
    assert figures["reliability_auc"]["value"] == 1
    assert figures["reliability_auc"]["n"] == figures["reliability_ece"]["n"] == 2
    assert figures["reliability_ece"]["value"] == pytest.approx((0.1 + 0.4) / 2)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_is_that_of_ten_bins_of_equal_count(
    rows: list[tuple[float, bool]],
) -> None:
    rows.sort(key=lambda row: row[0])
    size, larger = divmod(len(rows), 10)
    expected, begin = 0.0, 0
    for number in range(10):
        some = rows[begin : begin + size + (number < larger)]
        begin += len(some)
        if some:
            said = sum(score for score, _ in some) / len(some)
            was = sum(right for _, right in some) / len(some)
            expected += abs(said - was) * len(some) / len(rows)
    scores, right = (np.array(column) for column in zip(*rows, strict=True))
    assert measures.calibration_error(scores, right) == pytest.approx(expected, abs=1e-12)


BOX = (60.0, 60.0, 125.0, 111.0)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Suggester, Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("data")
    (folder / "images").mkdir()
    face = Image.open(DEMO / "astronaut.jpg").crop((100, 20, 356, 276))
    face.save(folder / "images" / "face.png")
    face.save(folder / "images" / "nobody-said.png")
    Image.new("L", (200, 160), 90).save(folder / "images" / "room.png")
    box = " ".join(map(str, BOX))
    (folder / "labels.csv").write_text(
        f"file,label,boxes_xywh_px\nface.png,happiness,{box}\nnobody-said.png,,\nroom.png,,\n"
    )
    suggester = Suggester("face-expression", device="cpu")
    result = json.loads(json.dumps(evaluate(suggester, folder).to_json()))
    assert not result["failures"]
    return suggester, folder, result["figures"]


def test_evaluate_measures_which_as_it_is_defined(
    evaluated: tuple[Suggester, Path, dict[str, Any]],
) -> None:
    suggester, folder, figures = evaluated
    picture = np.asarray(Image.open(folder / "images" / "face.png"))
    face = suggester.read([picture])[0].face
    absent = [code for code in suggester.card.codes if code != "happy"]
    x, y, width, height = BOX

    def hit(label: str, against: str | None) -> bool:
        (found,) = suggester.explain(picture, [label], against, face)
        rows, columns = np.nonzero(found.values == found.values.max())
        row, column = rows.mean() + 0.5, columns.mean() + 0.5
        return bool(x <= column < x + width and y <= row < y + height)

    assert len(absent) == 6
    for name, hits in {
        "pointing_wrong_label": [hit(code, None) for code in absent],
        "pointing_rival": [hit("happy", code) for code in absent],
    }.items():
        assert figures[name]["value"] == pytest.approx(np.mean(hits)), name
        assert figures[name]["n"] == 1


def test_evaluate_measures_none_and_reliability_as_they_are_defined(
    evaluated: tuple[Suggester, Path, dict[str, Any]],
) -> None:
    suggester, folder, figures = evaluated
    rows = []
    for name in ("face", "nobody-said", "room"):
        picture = np.asarray(Image.open(folder / "images" / f"{name}.png"))
        run = suggester.suggest(uuid.uuid4(), picture, SuggestionSpec())
        rows.append(run.suggestions)
    assert figures["accuracy"]["n"] == 1  # an image without a label has no right answer
    assert figures["suggested"] == figures["suggested"] | {"value": float(bool(rows[0])), "n": 1}
    quiet = [not some for some in rows[1:]]
    assert figures["silent"] == figures["silent"] | {"value": np.mean(quiet), "n": 2}
    assert figures["reliability_ece"]["n"] == sum(map(len, rows))
