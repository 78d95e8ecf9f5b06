"""Calibrate a card: how often its suggestions are right, by images that a person drew on."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..domain.plurals import counted
from ..errors import AnnotatorError, SuggestError
from ..suggest import intervals, measures
from ..suggest.card_files import write_card
from ..suggest.reliability import Reliability, Tried, fitted
from ..suggest.suggester import Suggester, SuggestionSpec
from .evaluating import images_to_measure, measured_suggestions
from .labelled_folder import LabelledImage, read_labels
from .pictures import shown_file
from .progress import Progress, silent
from .training import IN_WORDS

_APART = 5
"""Every fifth subject is set apart where no split is named for it."""


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """What came of calibrating a card.

    Attributes
    ----------
    reliability : Reliability
        As it stands in the card now.
    suggestions, apart : int
        It was fitted on, and validated on.
    interval : tuple of float
        95 % interval of its AUC.
    notices, failures : tuple of str
        What was left out, and why.
    """

    reliability: Reliability
    suggestions: int
    apart: int
    interval: tuple[float, float]
    notices: tuple[str, ...]
    failures: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Return it for people."""
        made, (low, high) = self.reliability, self.interval
        yield f"fitted on {counted(self.suggestions, 'suggestions')}: {made.fitted_on}"
        yield f"validated on {counted(self.apart, 'suggestions')}: {made.validated_on}"
        area = f"AUC {made.auc:.3f} (95 %: {low:.3f} to {high:.3f})"
        yield f"{area}, calibration error {made.ece:.3f}"
        if not made.validated:
            yield "That is too far off to be shown with suggestions; it is not."


def calibrate(
    card: Path,
    data: Path,
    split: str | None = None,
    validation: str | None = None,
    device: str = "auto",
    progress: Progress = silent,
) -> CalibrationResult:
    """Fit and validate a card's reliability, and write it into the card's file.

    Parameters
    ----------
    card : Path
        The ``.toml`` file; its weights where the card says.
    data : Path
        As `read_labels` takes it, with boxes.
    split, validation : str, optional
        The parts of the data to fit on, and to validate on. Without the second, every fifth
        subject of the first (every fifth image, where the table names none) is set apart.
    device : str
    progress : callable, optional

    Raises
    ------
    NotFoundError, IngestError
        If the folder cannot be read.
    SuggestError
        If the card cannot be used, or there are too few suggestions.
    """
    if card.suffix != ".toml":
        raise SuggestError(
            f"{card} is no file; give the path of the card's .toml file, which is written to."
        )
    suggester = Suggester(card, device=device)
    taught, examined, told = _parts(read_labels(data, split), data, split, validation)
    reading = _Reading(suggester, len(taught) + len(examined), progress)
    tried = reading.tried(taught)
    made = {"weights_sha256": suggester.card.weights.sha256, "auc": 0.0, "ece": 1.0}
    made |= {"fitted_on": told[0], "validated_on": told[1]}
    found = fitted(tried, made)
    apart = reading.tried(examined)
    right = np.array([one.right for one in apart], dtype=bool)
    if not right.any() or right.all():
        raise SuggestError(
            f"Of {counted(len(apart), 'suggestions')} set apart {int(right.sum())} are right; some "
            "right and some wrong ones are needed to validate by. Give more images."
        )
    chances = np.array([found.of(one.label, one.signals) or 0.0 for one in apart])
    area = measures.area_under_curve(chances, right)
    error = measures.calibration_error(chances, right)
    found = replace(found, auc=round(area, 4), ece=round(error, 4))
    interval = intervals.of_area(chances, right)
    _write(card, found, told[1], len(apart), interval)
    return CalibrationResult(
        found, len(tried), len(apart), interval, tuple(reading.notices), tuple(reading.failures)
    )


def _parts(
    images: Sequence[LabelledImage], data: Path, split: str | None, validation: str | None
) -> tuple[list[LabelledImage], list[LabelledImage], tuple[str, str]]:
    """Return what is fitted on and what is set apart, and both in words."""
    whole = f"{data.name}, split {split}" if split else data.name
    if validation is not None:
        apart = read_labels(data, validation)
        told = counted(len(images), "images"), counted(len(apart), "images")
        return (
            list(images),
            apart,
            (f"{told[0]} of {whole}", f"{told[1]} of {data.name}, split {validation}"),
        )
    subjects = sorted({one.subject or one.path.name for one in images})
    chosen = set(subjects[::_APART])
    parts: tuple[list[LabelledImage], list[LabelledImage]] = ([], [])
    for one in images:
        parts[(one.subject or one.path.name) in chosen].append(one)
    said = tuple(f"{counted(len(part), 'images')} of {whole}" for part in parts)
    return (*parts, (said[0], f"{said[1]}, of every fifth subject, set apart"))


class _Reading:
    """Puts suggestions on labelled images to the test, and holds them against what is drawn."""

    def __init__(self, suggester: Suggester, total: int, progress: Progress) -> None:
        self._suggester = suggester
        self._total, self._progress = total, progress
        self._done = 0
        self.notices: list[str] = []
        self.failures: list[str] = []

    def tried(self, images: Sequence[LabelledImage]) -> list[Tried]:
        tried: list[Tried] = []
        for image, truth in images_to_measure(self._suggester, images, self.notices):
            try:
                tried += self._of(image, truth)
            except AnnotatorError as error:
                self.failures.append(str(error))
            self._done += 1
            self._progress(self._done, self._total)
        return tried

    def _of(self, image: LabelledImage, truth: frozenset[str]) -> Iterator[Tried]:
        pixels = shown_file(image.path)
        run = self._suggester.suggest(uuid.uuid4(), pixels, SuggestionSpec())
        judged = measured_suggestions(image, truth, (pixels, run))
        for one, measured in zip(run.suggestions, judged, strict=True):
            if measured.right is not None and one.check is not None:
                yield Tried(one.label, one.check.signals, measured.right)


def _write(
    card: Path, found: Reliability, where: str, n: int, interval: tuple[float, float]
) -> None:
    values: dict[str, Any] = tomllib.loads(card.read_text(encoding="utf-8"))
    table = asdict(found)
    values["reliability"] = table
    names = [IN_WORDS[name] for name in ("reliability_auc", "reliability_ece")]
    kept = [one for one in values.get("measured", []) if one["figure"] not in names]
    both: list[dict[str, Any]] = [
        {"figure": name, "value": value, "n": n, "data": where}
        for name, value in zip(names, (found.auc, found.ece), strict=True)
    ]
    both[0]["interval"] = [round(end, 4) for end in interval]
    values["measured"] = kept + both
    write_card(card, values)
