"""What is said beside a suggestion in the editor, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotator.domain import BoundingBox, Suggestion, SuggestionCheck
from annotator.ui.editor_content import _reason

BOX = BoundingBox(1, 2, 8, 9)
PLAIN = Suggestion("glioma", BOX, 0.97, 0.5, "dual", 1.0)
CHECK = SuggestionCheck(False, {}, 0.31, 0.9)


def test_a_suggestion_that_was_not_tested_has_no_number_of_its_being_right() -> None:
    assert _reason(PLAIN) == "against everything else · 50 % of the map inside"


def test_what_was_tested_is_said_in_words() -> None:
    assert _reason(replace(PLAIN, check=CHECK)) == (
        "against everything else · 50 % of the map inside · without this region: glioma .97 → .31 "
        "· right in about 9 of 10 such cases"
    )


def test_without_a_validated_reliability_there_is_no_number() -> None:
    said = _reason(replace(PLAIN, check=replace(CHECK, reliability=None, fitted=True)))
    assert said.endswith("without this region: glioma .97 → .31 · outline fitted to edges")
    assert "right in" not in said


@pytest.mark.parametrize(
    ("reliability", "words"),
    [
        (1.0, "more than 9"),
        (0.95, "more than 9"),
        (0.94, "about 9"),
        (0.5, "about 5"),
        (0.06, "about 1"),
        (0.04, "fewer than 1"),
        (0.0, "fewer than 1"),
    ],
)
def test_chances_are_counted_in_cases(reliability: float, words: str) -> None:
    said = _reason(replace(PLAIN, check=replace(CHECK, reliability=reliability)))
    assert said.endswith(f"right in {words} of 10 such cases")


@pytest.mark.parametrize(
    ("score", "without", "words"),
    [(0.9996, 0.0004, "> .99 → < .01"), (1.0, 0.0, "1 → 0"), (0.5, 0.985, ".50 → .98")],
)
def test_what_is_nearly_all_is_not_rounded_to_all(score: float, without: float, words: str) -> None:
    check = replace(CHECK, score_without=without)
    assert f"glioma {words}" in _reason(replace(PLAIN, score=score, check=check))


def test_what_came_from_a_file_says_so() -> None:
    taken = replace(PLAIN, score=None, strength=0.0, explained_mass=0.0)
    assert _reason(taken) == "taken over from a file"
