"""What the Action Unit card says it is worth, on every fifth of the faces that it was tested on."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from annotator.suggest.suggester import Suggester
from annotator.workflows.evaluating import evaluate_images
from annotator.workflows.labelled_folder import read_labels

pytestmark = pytest.mark.shared_data

_log = logging.getLogger(__name__)


def test_a_part_of_the_london_faces_gives_what_the_card_says(shared_data: Path) -> None:
    suggester = Suggester("face-action-units", device="cpu")
    every_fifth = read_labels(shared_data / "faces_london")[::5]
    found = evaluate_images(suggester, every_fifth).figures
    _log.info("%s", found)
    said = {f.figure: f for f in suggester.card.measured if f.data.startswith("faces_london")}
    assert found["auc"]["AU12"]["n"] == 30
    for unit in ("AU4", "AU12"):
        low, high = found["auc"][unit]["interval"]
        assert low <= said[f"AUC, {unit}"].value <= high
    pointing = found["pointing_in_muscle"]
    assert pointing["value"] > 5 * found["muscle_area"]["value"]
    low, high = pointing["interval"]
    assert low <= said["pointing at the unit's muscle"].value <= high


def test_each_unit_that_ships_reached_four_fifths_on_people_not_seen() -> None:
    suggester = Suggester("face-action-units", device="cpu")
    areas = {f.figure: f for f in suggester.card.measured if "cross-validation" in f.data}
    for code in suggester.card.codes:
        figure = areas[f"AUC, {code}"]
        assert figure.value >= 0.80
        assert figure.n >= 700
        assert figure.interval[0] <= figure.value <= figure.interval[1]
