"""A number that means something: the chance that a suggestion is right, kept in a card."""

from __future__ import annotations

import csv
import json
import math
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

import models
from annotator.cli import main
from annotator.errors import SuggestError
from annotator.suggest import measures
from annotator.suggest.card_files import write_card
from annotator.suggest.reliability import Tried, fitted
from annotator.workflows.calibrating import calibrate
from models.card import load_card
from models.card_reliability import Reliability
from models.errors import CardError

SHIPPED = Path(models.__file__).parent
MADE = {
    "weights_sha256": "ab" * 32,
    "fitted_on": "drawn numbers",
    "validated_on": "others",
    "auc": 0.9,
    "ece": 0.02,
}


def drawn(count: int, seed: int) -> list[Tried]:
    """Suggestions whose chance is known: of one signal by half, of noise not, of labels by one."""
    generator = np.random.default_rng(seed)
    tried = []
    for _ in range(count):
        signal, noise, label = generator.normal(5, 2), generator.normal(), generator.integers(2)
        chance = 1 / (1 + math.exp(-(1.5 * (signal - 5) / 2 + label)))
        right = bool(generator.random() < chance)
        tried.append(Tried("ab"[label], {"signal": signal, "noise": noise}, right))
    return tried


def test_it_finds_the_chance_that_made_the_numbers() -> None:
    found = fitted(drawn(3000, 1), MADE)
    assert found.of("a", {"signal": 5.0, "noise": 0.0}) == pytest.approx(0.5, abs=0.05)
    assert found.of("b", {"signal": 7.0, "noise": 0.0}) == pytest.approx(0.924, abs=0.03)
    others = drawn(2000, 2)
    chances = np.array([found.of(one.label, one.signals) for one in others])
    right = np.array([one.right for one in others])
    assert measures.calibration_error(chances, right) < 0.04
    assert measures.area_under_curve(chances, right) > 0.8


def test_what_it_was_not_fitted_on_has_none() -> None:
    found = fitted(drawn(200, 1), MADE)
    assert found.of("c", {"signal": 5.0, "noise": 0.0}) is None
    assert found.of("a", {"signal": 5.0}) is None
    assert found.of("a", {"signal": 1e9, "noise": -1e9}) <= 1


@pytest.mark.parametrize("right", [0, 5, 55])
def test_too_few_right_or_wrong_ones_are_refused(right: int) -> None:
    tried = [Tried("a", {"signal": float(n)}, n < right) for n in range(60)]
    with pytest.raises(SuggestError, match=f"60 suggestions, {right} of them right"):
        fitted(tried, MADE)


def test_it_is_shown_only_where_it_was_validated() -> None:
    found = fitted(drawn(200, 1), MADE)
    assert found.validated
    assert not fitted(drawn(200, 1), MADE | {"ece": 0.11}).validated
    assert not fitted(drawn(200, 1), MADE | {"auc": 0.5}).validated


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A copy of the brain network's card that knows nothing of its reliability."""
    values = tomllib.loads((SHIPPED / "cards" / "brain-mri-tumour.toml").read_text("utf-8"))
    values.pop("reliability", None)
    content = (SHIPPED / "weights" / values["weights"]["file"]).read_bytes()
    (tmp_path / values["weights"]["file"]).write_bytes(content)
    write_card(tmp_path / "own.toml", values)
    return tmp_path / "own.toml"


def slices(folder: Path, count: int) -> Path:
    """Heads with a spot, on every other the box drawn elsewhere, and every third without one."""
    (folder / "images").mkdir(parents=True)
    rows, columns = np.mgrid[:64, :64] / 64
    table = []
    for n in range(count):
        x, y = 0.35 + 0.3 * (n % 7) / 7, 0.35 + 0.3 * (n % 5) / 5
        head = ((columns - 0.5) / 0.35) ** 2 + ((rows - 0.5) / 0.42) ** 2 < 1
        spot = ((columns - x) / 0.1) ** 2 + ((rows - y) / 0.1) ** 2 < 1
        picture = np.uint8(70 * head + (120 * spot if n % 3 else 0))
        cv2.imwrite(str(folder / "images" / f"{n}.png"), picture)
        left = 64 * (x - 0.1) if n % 2 else 0
        box = f"{left:g} {64 * (y - 0.1):g} 12.8 12.8" if n % 3 else ""
        table.append([f"{n}.png", "meningioma" if n % 3 else "", box, f"p{n}"])
    with (folder / "labels.csv").open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(["file", "label", "boxes_xywh_px", "patient"])
        written.writerows(table)
    return folder


def test_the_command_writes_it_into_the_card(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("annotator.suggest.reliability.LEAST", 8)
    monkeypatch.setattr("annotator.suggest.reliability.LEAST_OF_EACH", 2)
    right = iter(range(1000))
    of = "annotator.workflows.calibrating.measured_suggestions"
    monkeypatch.setattr(of, lambda _image, _truth, read: alternately(read[1], right))
    data = slices(tmp_path / "slices", 20)
    before = load_card(card)
    assert before.reliability is None
    assert main(["models", "calibrate", str(card), "--data", str(data), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    after = load_card(card)
    assert after.reliability == Reliability(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in told["reliability"].items()
        }
    )
    assert after.reliability.weights_sha256 == before.weights.sha256
    assert set(after.reliability.signals) >= {"strength", "output_lost", "mirror", "inside"}
    assert [one for one in after.measured if one.figure.startswith("AUC of the number")]
    assert "of every fifth subject, set apart" in after.reliability.validated_on


def alternately(run, right):
    from annotator.workflows.figures import MeasuredSuggestion

    return [MeasuredSuggestion(0.5, next(right) % 2 == 0) for _ in run.suggestions]


def test_a_shipped_cards_name_is_no_file_to_write_to(tmp_path: Path) -> None:
    with pytest.raises(SuggestError, match=r"path of the card's \.toml file"):
        calibrate(Path("brain-mri-tumour"), tmp_path)


def with_reliability(card: Path, **changes: object) -> Path:
    values = tomllib.loads(card.read_text("utf-8"))
    table = {
        "signals": ["strength"],
        "means": [0.5],
        "scales": [0.1],
        "weights": [2.0],
        "intercepts": {"glioma": 0.0, "meningioma": 0.0},
        "fitted_on": "x",
        "validated_on": "y",
        "auc": 0.8,
        "ece": 0.05,
        "weights_sha256": values["weights"]["sha256"],
    }
    write_card(card, values | {"reliability": table | changes})
    return card


def test_other_weights_have_no_reliability(card: Path) -> None:
    with pytest.raises(CardError, match="of other weights; run `annotator models calibrate`"):
        load_card(with_reliability(card, weights_sha256="cd" * 32))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weights": [1.0, 2.0]}, "needs 1 numbers, one a signal"),
        ({"scales": [0.0]}, "holds a number that is not positive"),
        ({"ece": 2.0}, "give a number from 0 to 1"),
    ],
)
def test_mistakes_of_the_table_are_said(card: Path, changes: dict, sentence: str) -> None:
    with pytest.raises(CardError, match=sentence):
        load_card(with_reliability(card, **changes))
