"""A training that begins from published weights: what is taken, what is said, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from training_lessons import card_file, small_network

from models.card import load_card
from models.errors import CardError, CheckpointError
from models.training.start import Beginning, begin_from


def colour_net(outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 36, outputs)
    )


def grey_net(outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 36, outputs)
    )


def test_what_fits_is_taken_and_the_rest_is_named() -> None:
    theirs, ours = colour_net(5), colour_net(2)
    head = ours[3].weight.clone()
    found = begin_from(ours, theirs.state_dict(), "theirs.pt")

    assert found == Beginning(taken=6, given=8, chance=("3",))
    assert torch.equal(ours[3].weight, head)
    x = torch.rand(1, 3, 8, 8)
    assert torch.equal(ours[:3].eval()(x), theirs[:3].eval()(x))


def test_a_network_for_grey_says_of_grey_what_one_for_colour_does() -> None:
    theirs, ours = colour_net(2).eval(), grey_net(2).eval()
    assert begin_from(ours, theirs.state_dict(), "theirs.pt").chance == ()

    grey = torch.rand(2, 1, 8, 8)
    torch.testing.assert_close(ours(grey), theirs(grey.expand(-1, 3, -1, -1)))


def test_what_is_named_is_what_began_by_chance_and_no_more() -> None:
    ours = small_network()
    state = {k: v for k, v in ours.state_dict().items() if not k.startswith(("head", "laterals.1"))}
    assert begin_from(small_network(1), state, "x.pt").chance == ("laterals.1", "head")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"other.weight": torch.ones(3)}, r"has other\.weight \(3,\).*network 0\.weight \(4, 1"),
        ({"3.bias": torch.ones(7)}, "Nothing in x.pt"),
        ({"3.bias": torch.ones(2, dtype=torch.int8)}, "it has no numbers"),
        ({"3.bias": torch.tensor([1.0, float("nan")])}, "not finite.* in 3.bias"),
        ({"1.running_var": torch.tensor([1.0, 1, -1, 1])}, "negative variances, in 1.running_var"),
    ],
)
def test_what_cannot_be_begun_from_is_refused(state: dict[str, Any], words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        begin_from(grey_net(2), state, "x.pt")


def test_a_card_says_whose_weights_it_begins_from(tmp_path: Path) -> None:
    start = {"file": "x.pt", "sha256": "0" * 64, "licence": "MIT", "source": "Elsewhere."}
    card = load_card(card_file(tmp_path, training={"start": start}))

    assert card.training.start is not None
    assert card.training.start.source == "Elsewhere."
    shouted = card_file(tmp_path, training={"start": start | {"sha256": "AB" * 32}})
    assert load_card(shouted).training.start.sha256 == "ab" * 32
    with pytest.raises(CardError, match=r"start\.sha256.*64(?s:.*)start\.licence"):
        load_card(card_file(tmp_path, training={"start": {"file": "x.pt", "source": "y"}}))
    with pytest.raises(CardError) as caught:
        load_card(card_file(tmp_path, training={"start": "x.pt"}))
    assert str(caught.value).count("training.start") == 2  # the key, and [training.start]
    assert "write it as a table, [training.start]" in str(caught.value)
