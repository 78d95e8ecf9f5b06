"""Fault 12: a classifier that is trained again in the same place is not a stale one."""

from __future__ import annotations

from pathlib import Path

import models
from annotator.settings import Settings
from annotator.suggest.cards import open_card
from annotator.workflows.suggesting import shared_suggester

CARD = Path(models.__file__).parent / "cards/untrained-resnet18.toml"


def test_a_stale_classifier_is_loaded_again(tmp_path):
    file = tmp_path / "mine.toml"
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path)})
    text = CARD.read_text()
    file.write_text(text)
    before = shared_suggester(str(file), settings)
    assert shared_suggester(str(file), settings) is before
    changed = text.replace("random_seed = 2018", "random_seed = 7")
    file.write_text(changed.replace('version = "1.0.0"', 'version = "2.0.0"'))
    after = shared_suggester(str(file), settings).card
    now = open_card(file)
    assert (after.version, after.weights.sha256) == ("2.0.0", now.weights.sha256)
    # So "Compute suggestions" asks for the images without a run of these weights.
    assert after.weights.sha256 != before.card.weights.sha256
