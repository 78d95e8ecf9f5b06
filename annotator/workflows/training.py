"""Train a classifier on a folder of labelled images, and measure what came out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..domain.plurals import counted
from ..errors import AnnotatorError, SuggestError
from ..formats.tables.csv_reading import TABLE
from ..suggest.cards import label_code
from ..suggest.lessons import Lessons
from ..suggest.suggester import Suggester
from ..suggest.training import Training, TrainingChoices
from .evaluating import Evaluation, evaluate_images, known_images
from .figures import each_figure
from .labelled_folder import LabelledImage, read_labels
from .pictures import shown_file
from .progress import Progress, silent
from .splitting import Split, split_images

__all__ = ["IN_WORDS", "TrainingChoices", "TrainingResult", "train"]

IN_WORDS = {
    "macro_recall": "macro-recall",
    "macro_auc": "macro-AUC",
    "auc": "AUC",
    "pointing_by_label": "pointing",
    "pointing_in_muscle": "pointing at the unit's muscle",
    "pointing_in_muscle_by_label": "pointing at the muscle",
    "energy_in_muscle": "energy in the unit's muscle",
    "muscle_area": "the muscle's share of the face box",
    "energy_in_box": "energy in the box",
    "best_region_iou": "mean IoU of the best region",
    "best_region_iou_at_least_half": "IoU of the best region at least 0.5",
    "best_region_iou_at_least_70": "IoU of the best region at least 0.7",
    "pointing_wrong_label": "pointing of the maps of absent labels",
    "pointing_rival": "pointing of the maps against absent labels",
    "suggested": "images with a label that get a region suggested",
    "silent_erased": "images silent with their regions erased",
    "suggested_elsewhere_erased": "images suggested on with another place erased",
    "silent": "images without a label that get no region suggested",
    "reliability_auc": "AUC of the number beside a suggestion for its being right",
    "reliability_ece": "calibration error of the number beside a suggestion",
    "centre_baseline": "pointing at the image's centre",
}
"""What figures are called in a card, where it is not their name."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training gave.

    Attributes
    ----------
    card : Path
        The card that was written, its weights beside it.
    evaluation : Evaluation
        Of the written card on the validation images.
    notices, failures : tuple of str
        What is doubtful, and which images were left out and why.
    """

    card: Path
    evaluation: Evaluation
    notices: tuple[str, ...]
    failures: tuple[str, ...]


def train(
    card: str | Path,
    data: Path,
    output: Path,
    choices: TrainingChoices,
    progress: Progress = silent,
    report: Callable[[str], None] = lambda _: None,
) -> TrainingResult:
    """Train a card's classifier on labelled images, and on their regions where there are some.

    Parameters
    ----------
    card : str or Path
        Name of a shipped card, or the path of a ``.toml`` file: what network, what input, which
        labels, and how it is trained.
    data : Path
        As `read_labels` takes it.
    output : Path
        Takes ``NAME.safetensors`` and ``NAME.toml``; made if it is not there.
    choices : TrainingChoices
    progress : callable, optional
        Told of images seen, in all epochs together.
    report : callable, optional
        Takes a sentence after each epoch.

    Returns
    -------
    TrainingResult

    Raises
    ------
    NotFoundError, IngestError
        If the folder cannot be read, or has too little to train on.
    SuggestError
        If the card cannot be used, or the network not be trained.
    """
    split = split_images(read_labels(data), choices.seed)
    training = Training(card, output, choices)
    split = split.choosing_apart(training.card.training.set_apart, choices.seed)
    reader = _Reader(training, choices.device)
    taught, examined = reader.read(split.training), reader.read(split.choosing)
    output.mkdir(parents=True, exist_ok=True)
    used = training.run(taught, examined, reader.digest(), progress, report)
    suggester = Suggester(training.card_file, device=choices.device)
    erase = bool(training.card.training.none)
    result = evaluate_images(suggester, split.validation, erase=erase)
    result.data = {"folder": data.name, "split": split.how}
    told = _told(data, split, (len(taught), len(examined)), used, reader.digest(), training)
    training.finish(told, card_figures(result, f"{data.name}, validation images ({split.how})"))
    return TrainingResult(
        training.card_file, result, (*split.notices, *reader.notices), tuple(reader.failures)
    )


class _Reader:
    """Reads labelled images for a training, and remembers which files these were."""

    def __init__(self, training: Training, device: str) -> None:
        self._card, self._device = training.card, device
        self._content = hashlib.sha256()
        self.notices: list[str] = []
        self.failures: list[str] = []

    def read(self, images: Sequence[LabelledImage]) -> Lessons:
        lessons = Lessons(self._card, self._device)
        code, exclusive = partial(label_code, self._card), self._card.activation == "softmax"
        rows = list(known_images(images, code, exclusive, self.notices))
        if exclusive and self._card.training.none:
            rows += [(one, frozenset()) for one in images if not (one.labels or one.implied)]
        for image, codes in rows:
            try:
                pixels = shown_file(image.path)
                height, width = pixels.shape[:2]
                lessons.add(pixels, codes, image.boxes_on(width, height))
            except AnnotatorError as error:
                self.failures.append(str(error))
                continue
            self._content.update(hashlib.sha256(image.path.read_bytes()).digest())
            self._content.update(f"{sorted(codes)} {image.boxes}".encode())
        if not len(lessons):
            first = self.failures[0] if self.failures else "None has a label of the card."
            raise SuggestError(f"None of {counted(len(images), 'images')} can be used. {first}")
        return lessons

    def digest(self) -> str:
        """Return the hash of all that was read, in its order."""
        return self._content.hexdigest()


def _told(
    data: Path,
    split: Split,
    counts: tuple[int, int],
    regions: int,
    digest: str,
    training: Training,
) -> str:
    table = hashlib.sha256((data / TABLE).read_bytes()).hexdigest()
    start = training.card.training.start
    origin = start.file if start else ""
    if training.choices.fine_tune:
        origin = "the card's earlier weights"
    begun, seed = f"Begun from {origin}. " if origin else "", training.choices.seed
    return (
        f"{begun}{counted(counts[0], 'images')} of {data.name} ({split.how}), {counts[1]} more to "
        f"choose the epoch and the calibration by; regions of {counted(regions, 'images')} taught "
        f"where to look. Seed {seed}. SHA-256 of {TABLE}: {table}; of images, labels and regions: "
        f"{digest}."
    )


def card_figures(result: Evaluation, where: str) -> list[dict[str, Any]]:
    """Return figures as a card's ``[[measured]]`` has them; `where` says on which images."""
    maps = f"{where}; maps against {result.against}"
    entries = []
    for name, label, entry in each_figure(result.figures):
        words = IN_WORDS.get(name, name)
        of_map = "pointing" in words or "box" in words or "region" in words
        figure = {
            "figure": f"{words}, {label}" if label else words,
            "value": round(entry["value"], 4),
            "n": entry["n"],
            "data": (maps if of_map else where)
            + (f"; from a score of {entry['at']:g}" if "at" in entry else ""),
        }
        if "interval" in entry:
            figure["interval"] = [round(end, 4) for end in entry["interval"]]
        entries.append(figure)
    return entries
