"""One fact from a label's value and its regions: the examples shared with the editor's reader."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    LabelFact,
    LabelValue,
    Landmark,
    Presence,
    Provenance,
    Suggestion,
    SuggestionRun,
    face_midline,
    label_facts,
)

TABLE = json.loads((Path(__file__).parent / "label_fact_examples.json").read_text("utf-8"))
IMAGE = uuid.UUID(int=1)
FACE = BoundingBox(TABLE["midline"] - 80.0, 0.0, 160.0, 200.0)
PROVENANCE = Provenance("card", "1", "ab" * 32, "excitation backprop", {}, "0.1")
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


def place(region: dict[str, Any]) -> BoundingBox | Landmark:
    x = float(region["x"])
    return Landmark(x, 10.0) if region.get("point") else BoundingBox(x, 10.0, 30.0, 20.0)


def made(example: dict[str, Any]) -> tuple[list[Annotation], list[LabelValue], SuggestionRun]:
    """Make the acts of an example, and the run whose suggestions nobody acted on."""
    label = example["label"]
    acts, untouched = [], []
    for region in example["regions"]:
        key, decision = uuid.uuid4(), Decision(region["decision"])
        drawn = decision in (Decision.ADDED, Decision.WITHDRAWN)
        at = BEGIN + timedelta(hours=region.get("at", 0))
        if region.get("acted", True):
            origin = None if drawn else key
            act = Annotation(key, IMAGE, key, "R", decision, label, place(region), origin)
            acts.append(Annotation(*[getattr(act, name) for name in _FIELDS], created_at=at))
        if not drawn:
            untouched.append(Suggestion(label, place(region), 0.9, 0.5, "dual", 0.5, id=key))
    said = example["value"]
    values = []
    if said is not None:
        at = BEGIN + timedelta(hours=said.get("at", 0))
        value, more = Presence(said["value"]), (said.get("intensity"), said.get("side"))
        values.append(LabelValue(uuid.uuid4(), IMAGE, "R", label, value, *more, created_at=at))
    return acts, values, SuggestionRun(IMAGE, PROVENANCE, {}, tuple(untouched), face=FACE)


_FIELDS = ("id", "image_id", "region_id", "rater", "decision", "label", "region", "derived_from")


def told(fact: LabelFact | None) -> dict[str, Any] | None:
    """Write a fact as the table does, what is empty left out."""
    if fact is None:
        return None
    words = {
        "value": fact.value.value,
        "intensity": fact.intensity,
        "side": fact.side,
        "regions": len(fact.regions),
        "stated": fact.stated is not None,
        "conflict": fact.conflict,
    }
    return {key: word for key, word in words.items() if word}


@pytest.mark.parametrize("example", TABLE["examples"], ids=lambda example: example["name"])
def test_value_and_regions_are_one_fact(example: dict[str, Any]) -> None:
    acts, values, run = made(example)
    facts = label_facts(acts, values, run)
    assert told(facts.get(example["label"])) == example["fact"]
    assert set(facts) <= {example["label"]}


def test_the_order_of_acts_does_not_matter() -> None:
    for example in TABLE["examples"]:
        acts, values, run = made(example)
        facts = label_facts(reversed(acts), values, run)
        assert told(facts.get(example["label"])) == example["fact"], example["name"]


def test_labels_do_not_mix() -> None:
    pairs = [made(example) for example in TABLE["examples"] if example["label"] == "AU12"][:6]
    other, _, _ = made(next(e for e in TABLE["examples"] if e["name"] == "drawn by hand"))
    for acts, values, run in pairs:
        both = label_facts([*acts, *other], values, run)
        alone = label_facts(acts, values, run)
        assert both.pop("effusion").value is Presence.PRESENT
        assert {k: f.words for k, f in both.items()} == {k: f.words for k, f in alone.items()}


def test_a_side_needs_a_known_midline() -> None:
    acts, values, run = made(
        next(e for e in TABLE["examples"] if e["name"] == "left accepted, right rejected")
    )
    assert label_facts(acts, values)["AU12"].side is None
    # Suggestions of a file know of no face: two of one unit, side by side, are its halves.
    faceless = SuggestionRun(IMAGE, PROVENANCE, {}, run.suggestions)
    assert label_facts(acts, values, faceless)["AU12"].side == "L"
    three = SuggestionRun(IMAGE, PROVENANCE, {}, (*run.suggestions, run.suggestions[0]))
    assert face_midline(three) is None
    assert face_midline(None) is None
