"""The classifiers at hand: list the cards, show one, check it, fetch its weights, load it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domain import Finding
from ..errors import SuggestError
from ..settings import Settings
from .progress import Progress, silent

if TYPE_CHECKING:
    from ..suggest.suggester import Suggester

_SHIPPED = "brain-mri-tumour"


def list_cards(settings: Settings | None = None) -> list[dict[str, Any]]:
    """Return what is worth knowing of each classifier that ships, JSON-ready.

    Parameters
    ----------
    settings : Settings, optional
        Where fetched weights lie; the environment's if not given.
    """
    from ..suggest.cards import classifier_cards, weights_state

    folder = (settings or Settings.from_environment()).weights_folder

    return [
        {
            "name": card.name,
            "version": card.version,
            "title": card.title,
            "labels": list(card.codes),
            "intended_use": card.intended_use,
            "limits": card.limits,
            "trained": card.trained,
            "weights": weights_state(card),
            "ready": card.present,
        }
        for card in classifier_cards(folder)
    ]


def show_card(card: str | Path, settings: Settings) -> dict[str, Any]:
    """Return what people should know of a classifier before they go by it, JSON-ready.

    Raises
    ------
    SuggestError
        If there is no such card, or its file has mistakes; all of them are listed.
    """
    from ..suggest.cards import open_card, weights_state

    shown = open_card(card, settings.weights_folder)
    words = ("name", "version", "title", "description", "intended_use", "limits", "training_data")
    return {key: getattr(shown, key) for key in words} | {
        "labels": [
            {"code": t.code, "meaning": t.meaning, "operating_point": t.operating_point}
            for t in shown.targets
        ],
        "maps": {"layer": shown.map_layer, "contrast": shown.contrast},
        "weights": {
            "state": weights_state(shown),
            "sha256": shown.weights.sha256,
            "licence": shown.weights.licence,
            "source": shown.weights.source,
            "address": shown.weights.url,
            "size_bytes": shown.weights.size_bytes,
            "to_be_converted": bool(shown.weights.convert),
            "to_be_accepted": bool(shown.weights.url) and not shown.weights.url_sha256,
        },
        "measured": [asdict(figure) for figure in shown.measured],
    }


def check_card(card: str | Path, settings: Settings | None = None) -> list[Finding]:
    """Return what was checked of a card and what is wrong with it.

    Raises
    ------
    SuggestError
        If there is no such card, or its file has mistakes; all of them are listed.
    """
    from ..suggest.cards import check

    return check(card, (settings or Settings.from_environment()).weights_folder)


def fetch_card(
    card: str | Path,
    settings: Settings,
    progress: Progress = silent,
    *,
    accept: str | None = None,
    source: Path | None = None,
) -> str:
    """Bring a card's weights into the data folder; say what came of it.

    This, and nothing else in the product, uses the network.

    Parameters
    ----------
    card : str or Path
    settings : Settings
    progress : callable, optional
        Told how many bytes are here, and how many there will be.
    accept : str, optional
        The SHA-256 that a person accepts where the card does not know it.
    source : Path, optional
        A file that was brought here by other means, taken instead of the network.

    Raises
    ------
    SuggestError
        If the weights cannot be had, or a person must accept their hash first.
    """
    from ..suggest.cards import fetch

    return fetch(card, settings.weights_folder, progress, accept, source)


def card_as_it_is(card: str) -> str:
    """Return what changes whenever a card's file does; empty where it cannot be read."""
    from ..suggest.cards import card_digest

    try:
        return card_digest(card)
    except SuggestError:
        return ""


def load_suggester(card: str | Path, settings: Settings) -> Suggester:
    """Load a classifier with its explainer.

    Raises
    ------
    SuggestError
        If the card or its weights cannot be used, or a layer has no rule.
    """
    from ..suggest.cards import open_card
    from ..suggest.suggester import Suggester

    return Suggester(open_card(card, settings.weights_folder), device=settings.device)


def prepare_networks(settings: Settings) -> None:
    """Import all that a first question to a network needs, before anybody waits for one.

    That takes some two seconds, and parts of it let no other thread run; later networks load in
    a fraction of one. One that ships is asked once, for torch imports much when it is used.

    Raises
    ------
    SuggestError
        If it cannot be used.
    """
    suggester = load_suggester(_SHIPPED, settings)
    blank = np.zeros((1, 1), np.uint8)
    suggester.explain(blank, suggester.card.codes[:1])
