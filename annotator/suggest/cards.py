"""Model cards for the product: find them, read their labels, check them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from models.card import WEIGHTS_FOLDER, ModelCard, card_path, load_card, shipped_cards
from models.card_parts import CONTRASTS
from models.errors import ModelError

from ..domain import Finding, Label, LabelSet
from ..errors import SuggestError


def classifier_cards(downloads: Path | None = None) -> list[ModelCard]:
    """Return the cards of the classifiers that ship, by name.

    Parameters
    ----------
    downloads : Path, optional
        The folder that fetched weights lie in.
    """
    return sorted(shipped_cards(downloads=downloads), key=lambda card: card.name)


def open_card(card: str | Path, downloads: Path | None = None) -> ModelCard:
    """Read a model card by name or path.

    Parameters
    ----------
    card : str or Path
    downloads : Path, optional
        The folder that fetched weights lie in; needed to load a card whose weights are fetched.

    Raises
    ------
    SuggestError
        If there is no such card, or it has mistakes; all of them are listed.
    """
    try:
        return load_card(card, downloads)
    except ModelError as error:
        raise SuggestError(str(error)) from error


def card_digest(card: str | Path) -> str:
    """Return the SHA-256 of a card's file, which names the digest of its weights.

    Raises
    ------
    SuggestError
        If there is no such card, or its file cannot be read.
    """
    try:
        return hashlib.sha256(card_path(card).read_bytes()).hexdigest()
    except ModelError as error:
        raise SuggestError(str(error)) from error
    except OSError as error:
        raise SuggestError(f"The model card cannot be read ({error.strerror}).") from error


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
        If it is none of them; the message lists them.
    """
    if name in CONTRASTS:
        return name
    try:
        return label_code(card, name)
    except SuggestError as error:
        listed = ", ".join(CONTRASTS)
        raise SuggestError(f"{error} A map may also be set against {listed}.") from error


def is_rival(contrast: str) -> bool:
    """Return whether a contrast is a label, which then gets no map itself."""
    return contrast not in CONTRASTS


def weights_state(card: ModelCard) -> str:
    """Say where the weights are, in a word or two.

    ``shipped``; for a card of one's own ``beside the card`` or ``missing``; for one that names an
    address ``fetched`` or ``not fetched``; ``untrained`` where there are none.
    """
    if not card.trained:
        return "untrained"
    if card.weights.url is None:
        if card.weights.file is None or not card.present:
            return "missing"
        return "shipped" if card.weights.file.parent == WEIGHTS_FOLDER else "beside the card"
    return "fetched" if card.present else "not fetched"


def fetch(
    card: str | Path,
    downloads: Path,
    progress: Callable[[int, int], None],
    accept: str | None = None,
    source: Path | None = None,
) -> str:
    """Bring a card's weights into the folder for them; say what came of it.

    Parameters
    ----------
    card : str or Path
    downloads : Path
    progress : callable
        Told how many bytes are here, and how many there will be (0 if unknown).
    accept : str, optional
        The SHA-256 that a person accepts where the card does not know it.
    source : Path, optional
        A file that was brought here by other means, taken instead of the network.

    Raises
    ------
    SuggestError
        If the weights cannot be had, or a person must accept their hash first; the message says
        which command does it.
    """
    from models.downloads import fetch_weights

    opened = open_card(card, downloads)
    try:
        found = fetch_weights(opened, progress, accept=accept, source=source)
    except ModelError as error:
        raise SuggestError(str(error)) from error
    if found.accepted:
        return (
            f"{opened.name}: {found.file.name}, {found.size_bytes:,} bytes, SHA-256 {found.sha256}"
        )
    again = f"--from {source} " if source else ""
    raise SuggestError(
        f"{opened.name} does not know what its weights must hash to. What is here has "
        f"{found.size_bytes:,} bytes and the SHA-256 {found.sha256}. Compare it with what somebody "
        "you trust has; if it is the same, accept it: annotator models fetch "
        f"{opened.reference} {again}--accept {found.sha256}"
    )


def check(card: str | Path, downloads: Path | None = None) -> list[Finding]:
    """Load a card's classifier, run it, and return what was found; nothing is written.

    Raises
    ------
    SuggestError
        If there is no such card, or its file has mistakes; all of them are listed.
    """
    from models.check import check_classifier

    return [Finding(f.subject, f.text, f.ok) for f in check_classifier(open_card(card, downloads))]


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
