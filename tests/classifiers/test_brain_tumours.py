"""The shipped classifier of brain tumours: what its card says, measured again."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from annotator.suggest.suggester import Suggester
from annotator.workflows.evaluating import evaluate_images
from annotator.workflows.figures import each_figure
from annotator.workflows.labelled_folder import read_labels
from annotator.workflows.training import IN_WORDS
from models.card import ModelCard, load_card

_log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return load_card("brain-mri-tumour")


def test_the_card_says_what_was_asked_of_it(card: ModelCard) -> None:
    measured = {entry.figure: entry.value for entry in card.measured}
    assert card.weights.file is not None
    assert card.weights.file.stat().st_size < 10e6
    assert measured["accuracy"] >= 0.94
    assert measured["macro-recall"] >= 0.93
    assert measured["pointing"] >= 0.85
    assert measured["energy in the box"] >= 0.50
    assert measured["IoU of the best region at least 0.5"] >= 0.6
    for code in card.codes:
        assert measured[f"pointing, {code}"] >= 0.75
    assert all(entry.n > 0 and entry.data for entry in card.measured)


@pytest.mark.shared_data
def test_a_third_of_the_slices_gives_the_figures_of_the_card(
    card: ModelCard, shared_data: Path
) -> None:
    """Every third validation slice; the card's figure must lie in what that third allows."""
    some = read_labels(shared_data / "brain_mri", "val")[::3]
    found = evaluate_images(Suggester("brain-mri-tumour", device="cpu"), some)
    assert not found.failures
    measured = {entry.figure: entry for entry in card.measured}
    compared = 0
    for name, label, entry in each_figure(found.figures):
        words = IN_WORDS.get(name, name)
        said: Any = measured.get(f"{words}, {label}" if label else words)
        if said is None or not said.interval:  # measured since the card was written, or no mean
            continue
        low, high = entry["interval"]
        _log.info("%s %s: %.3f here, %.3f in the card", words, label, entry["value"], said.value)
        if name == "auc":  # nearly 1, where intervals are narrow
            assert entry["value"] == pytest.approx(said.value, abs=0.02)
        else:
            assert low - 0.005 <= said.value <= high + 0.005, (words, label)
        compared += 1
    assert compared >= 15
