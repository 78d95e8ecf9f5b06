"""Check a classifier from its card to its maps, and say all that was found."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .card import ModelCard
from .classifier import Classifier
from .errors import ModelError
from .explainer import Explainer
from .face_api.detector import FaceDetector


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    subject : str
        What was looked at, for example ``weights``.
    text : str
        What was found; where it is a fault, what to do.
    ok : bool
        Whether it is as it must be.
    """

    subject: str
    text: str
    ok: bool


def check_classifier(card: ModelCard) -> list[Finding]:
    """Load a card's classifier on the CPU, run it on made-up images and explain what it says.

    Parameters
    ----------
    card : ModelCard

    Returns
    -------
    list of Finding
        In the order of the checks; those that a fault makes impossible are left out.
    """
    try:
        classifier = Classifier.load(card, device="cpu")
    except ModelError as error:
        return [Finding("weights", str(error), ok=False)]
    findings = [Finding("weights", _weights(card), ok=True)]
    batch, _ = classifier.prepare(_pictures())
    outputs = _check_outputs(classifier, batch)
    findings.append(outputs)
    if outputs.ok:
        findings += _check_maps(classifier)
    if card.input.crop == "face":
        findings.append(_check_face_detector())
    return findings


def _weights(card: ModelCard) -> str:
    if card.weights.file is None:
        return f"random, from seed {card.weights.random_seed}: this network was never trained"
    return f"{card.weights.file.name}, as the card's SHA-256 says, fit {card.architecture.name}"


def _pictures() -> list[Tensor]:
    """Return two pictures of noise, of different sizes, one in colour and one in grey."""
    generator = torch.Generator().manual_seed(1)
    colour = torch.randint(0, 256, (3, 300, 200), generator=generator, dtype=torch.uint8)
    grey = torch.randint(0, 256, (1, 150, 250), generator=generator, dtype=torch.uint8)
    return [colour, grey]


def _check_outputs(classifier: Classifier, batch: Tensor) -> Finding:
    wanted = (len(batch), len(classifier.targets))
    try:
        outputs = classifier.logits(batch)
    except RuntimeError as error:
        text = f"the network does not take the card's input {tuple(batch.shape)}: {error}"
        return Finding("outputs", text, ok=False)
    shape = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
    if shape != wanted:
        text = f"the network returns {shape} for {wanted[0]} images and {wanted[1]} targets"
        return Finding("outputs", f"{text}; give one target for each output.", ok=False)
    if not bool(outputs.isfinite().all()):
        text = "the network returns numbers that are not finite; check the weights and the input."
        return Finding("outputs", text, ok=False)
    return Finding("outputs", f"one for each of {wanted[1]} targets, all finite", ok=True)


def _check_maps(classifier: Classifier) -> list[Finding]:
    card = classifier.card
    try:
        explainer = Explainer(classifier)
    except ModelError as error:
        return [Finding("layers", str(error), ok=False)]
    findings = [Finding("layers", f"all above {card.map_layer} have a rule", ok=True)]
    codes = [code for code in card.codes if code != card.contrast]
    together = explainer.excitation_maps(_pictures(), codes)
    alone = [explainer.excitation_maps([picture], codes)[0] for picture in _pictures()]
    faults = [
        f"{one.label}: {fault}"
        for row, single in zip(together, alone, strict=True)
        for one, same in zip(row, single, strict=True)
        for fault in _map_faults(one.grid, same.grid, one.explained_mass)
    ]
    count = sum(map(len, together))
    said = "; ".join(faults) or f"{count} maps: >= 0, sum 1, the same alone and in a batch"
    return [*findings, Finding("maps", said, ok=not faults)]


def _map_faults(grid: Tensor, alone: Tensor, explained_mass: float) -> list[str]:
    total = float(grid.sum())
    faults = []
    if float(grid.min()) < 0:
        faults.append(f"the map goes down to {float(grid.min()):g}, below 0")
    if total and abs(total - 1) > 1e-4:
        faults.append(f"the map sums to {total:g}, not 1")
    if not 0 <= explained_mass <= 1:
        faults.append(f"the explained mass is {explained_mass:g}, outside [0, 1]")
    if float((grid - alone).abs().max()) > 1e-4:
        faults.append("the map of the image alone is another than in a batch")
    return faults


def _check_face_detector() -> Finding:
    try:
        detector = FaceDetector.load("cpu")
    except ModelError as error:
        return Finding("face detector", str(error), ok=False)
    return Finding("face detector", f"{detector.card.name} {detector.card.version}", ok=True)
