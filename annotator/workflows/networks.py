"""The classifiers at hand: list the cards, check one, load one with its explainer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain import Finding
from ..settings import Settings

if TYPE_CHECKING:
    from ..suggest.suggester import Suggester


def list_cards() -> list[dict[str, Any]]:
    """Return what is worth knowing of each classifier that ships, JSON-ready."""
    from ..suggest.cards import classifier_cards

    return [
        {
            "name": card.name,
            "version": card.version,
            "title": card.title,
            "labels": list(card.codes),
            "trained": card.trained,
        }
        for card in classifier_cards()
    ]


def check_card(card: str | Path) -> list[Finding]:
    """Return what was checked of a card and what is wrong with it.

    Raises
    ------
    SuggestError
        If there is no such card, or its file has mistakes; all of them are listed.
    """
    from ..suggest.cards import check

    return check(card)


def load_suggester(card: str | Path, settings: Settings) -> Suggester:
    """Load a classifier with its explainer.

    Raises
    ------
    SuggestError
        If the card or its weights cannot be used, or a layer has no rule.
    """
    from ..suggest.suggester import Suggester

    return Suggester(card, device=settings.device)
