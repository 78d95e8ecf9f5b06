"""Model cards for the product: find them, read their labels, check them."""

from __future__ import annotations

from pathlib import Path

from models.card import ModelCard, load_card, shipped_cards
from models.card_parts import CONTRASTS
from models.errors import ModelError

from ..domain import Finding, Label, LabelSet
from ..errors import SuggestError


def classifier_cards() -> list[ModelCard]:
    """Return the cards of the classifiers that ship, by name."""
    return sorted(shipped_cards(), key=lambda card: card.name)


def open_card(card: str | Path) -> ModelCard:
    """Read a model card by name or path.

    Raises
    ------
    SuggestError
        If there is no such card, or it has mistakes; all of them are listed.
    """
    try:
        return load_card(card)
    except ModelError as error:
        raise SuggestError(str(error)) from error


def label_set(card: ModelCard) -> LabelSet:
    """Return the labels that a card's targets stand for, in order."""
    return LabelSet(tuple(Label(t.scheme, t.code, t.meaning) for t in card.targets))


def label_code(card: ModelCard, name: str) -> str:
    """Return the label code that a code or one of the card's aliases stands for, in any case.

    Raises
    ------
    SuggestError
        If the card has no such label; the message lists those it has.
    """
    try:
        return card.codes[card.index(name)]
    except ModelError as error:
        raise SuggestError(str(error)) from error


def contrast(card: ModelCard, name: str) -> str:
    """Return what a name sets maps against: ``dual``, ``none``, ``rest`` or a label code.

    Raises
    ------
    SuggestError
        If it is none of them; the message lists the card's labels.
    """
    return name if name in CONTRASTS else label_code(card, name)


def is_rival(contrast: str) -> bool:
    """Return whether a contrast is a label, which then gets no map itself."""
    return contrast not in CONTRASTS


def check(card: str | Path) -> list[Finding]:
    """Load a card's classifier, run it, and return what was found; nothing is written.

    Raises
    ------
    SuggestError
        If there is no such card, or its file has mistakes; all of them are listed.
    """
    from models.check import check_classifier

    return [Finding(f.subject, f.text, f.ok) for f in check_classifier(open_card(card))]


def device_name(device: str) -> str:
    """Return what networks run on, in words.

    Raises
    ------
    SuggestError
        If this machine has no such device.
    """
    import torch

    from models.devices import choose_device

    try:
        chosen = choose_device(device)
    except ModelError as error:
        raise SuggestError(str(error)) from error
    if chosen.type == "cuda":
        return torch.cuda.get_device_name(chosen)
    return f"{chosen.type}, {torch.get_num_threads()} threads"
