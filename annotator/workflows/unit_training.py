"""Train an Action Unit classifier: heads fitted to faces, judged on people they did not see."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

from ..domain.plurals import counted
from ..errors import AnnotatorError, SuggestError
from ..formats.tables.csv_reading import TABLE
from ..suggest.cards import label_code, open_card
from ..suggest.lessons import Lessons
from ..suggest.training import Training, TrainingChoices
from ..suggest.unit_heads import ARCHITECTURE, TaughtUnits, teach_units
from .evaluating import Evaluation, known_images
from .figures import MeasuredImage, multi_label_figures
from .labelled_folder import LabelledImage, read_labels
from .pictures import shown_file
from .progress import Progress, silent
from .training import TrainingResult, card_figures

_HOW = "five-fold cross-validation over people: every image by heads that saw nobody on it"


def trains_units(card: str | Path) -> bool:
    """Return whether a card's classifier is taught unit by unit on features that stay.

    Raises
    ------
    SuggestError
        If there is no such card, or it has mistakes.
    """
    return open_card(card).architecture.name == ARCHITECTURE


def train_units(
    card: str | Path,
    data: Path,
    output: Path,
    choices: TrainingChoices,
    progress: Progress = silent,
) -> TrainingResult:
    """Teach the heads of an Action Unit card on labelled faces.

    Parameters
    ----------
    card : str or Path
        Name of a shipped card, or the path of a ``.toml`` file.
    data : Path
        As `read_labels` takes it; the units are labels (``AU12``), or implied by blendshape
        columns. It has to say who is on each image.
    output : Path
        Takes ``NAME.safetensors`` and ``NAME.toml``; made if it is not there.
    choices : TrainingChoices
        Seed and device; there are no regions or epochs here.
    progress : callable, optional
        Told of faces read.

    Returns
    -------
    TrainingResult
        Its evaluation is the cross-validation's.

    Raises
    ------
    NotFoundError, IngestError
        If the folder cannot be read.
    SuggestError
        If the card cannot be used, a choice does not apply, or the heads cannot be fitted.
    """
    given = (choices.epochs, choices.fine_tune, choices.start, choices.resume)
    if any(given) or choices.regions is not None:
        raise SuggestError(
            "The heads of Action Units are fitted in one go; leave out --epochs, --fine-tune, "
            "--start, --resume and --regions."
        )
    training = Training(card, output, choices)
    faces = _Faces(training, read_labels(data), progress)
    taught = teach_units(training.card, faces.lessons.examples(), faces.subjects, choices.seed)
    output.mkdir(parents=True, exist_ok=True)
    training.keep(taught.state, taught.calibration, taught.points, "heads fitted to all of them")
    result = _cross_validation(training, faces, taught)
    result.data = {"folder": data.name, "split": _HOW}
    training.finish(faces.told(data, choices.seed), card_figures(result, f"{data.name}, {_HOW}"))
    return TrainingResult(training.card_file, result, tuple(faces.notices), tuple(faces.failures))


class _Faces:
    """Labelled faces at the network's input, and who is on each."""

    def __init__(self, training: Training, images: list[LabelledImage], progress: Progress) -> None:
        self.card = training.card
        self.lessons = Lessons(self.card, training.choices.device)
        self.subjects: list[str] = []
        self.truths: list[frozenset[str]] = []
        self.notices: list[str] = []
        self.failures: list[str] = []
        if not all(image.subject for image in images):
            raise SuggestError(
                f"{TABLE} does not say who is on each image, so that the heads cannot be judged on "
                "people they did not see; add a column person."
            )
        code = partial(label_code, self.card)
        known = list(known_images(images, code, False, self.notices))
        for done, (image, codes) in enumerate(known, start=1):
            self._add(image, codes)
            progress(done, len(known))

    def _add(self, image: LabelledImage, codes: frozenset[str]) -> None:
        try:
            self.lessons.add(shown_file(image.path), codes)
        except AnnotatorError as error:
            self.failures.append(str(error))
            return
        self.subjects.append(image.subject)
        self.truths.append(codes)

    def told(self, data: Path, seed: int) -> str:
        """Return what was trained on, for the card."""
        table = hashlib.sha256((data / TABLE).read_bytes()).hexdigest()
        faces, people = counted(len(self.subjects), "faces"), len(set(self.subjects))
        return (
            f"{faces} of {counted(people, 'subjects')} of {data.name}, mirrored too; on "
            f"{counted(len(self.failures), 'images')} more no face was found. Seed {seed}. SHA-256 "
            f"of {TABLE}: {table}."
        )


def _cross_validation(training: Training, faces: _Faces, taught: TaughtUnits) -> Evaluation:
    codes = faces.card.codes
    measured = [
        MeasuredImage(truth, dict(zip(codes, row, strict=True)), None)
        for truth, row in zip(faces.truths, taught.scores.tolist(), strict=True)
    ]
    points = dict(zip(codes, taught.points, strict=True))
    written = open_card(training.card_file)
    return Evaluation(
        model={"name": written.name, "version": written.version, "sha256": written.weights.sha256},
        data={},
        against=written.contrast,
        figures=multi_label_figures(measured, points),
    )
