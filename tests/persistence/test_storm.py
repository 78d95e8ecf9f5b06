"""Raters at work while their server is killed: nothing is lost, doubled, or seen too early."""

from __future__ import annotations

from storm import Storm


def test_what_was_acknowledged_is_there_once(url, tmp_path):
    outcome = Storm(url, tmp_path / "home", 4, 80, kill_every_s=(1.0, 3.0)).run()
    assert outcome.acknowledged == 80
    assert outcome.kills >= 1
    assert (outcome.lost, outcome.doubled, outcome.renamed, outcome.unanswered) == (0, 0, 0, 0)
    assert outcome.refused > 0
    assert outcome.seen_early == 0
    assert outcome.faults == []
