"""Which labelled images teach and which ones judge, so that nobody is on both sides."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..domain.plurals import counted
from ..errors import NotFoundError
from .labelled_folder import LabelledImage

TRAINING = ("train", "training")
VALIDATION = ("val", "valid", "validation")
_SHARE = 0.2
_DRAWS = 200
_STRETCH = 20
"""Rows of labels.csv that stay together where nobody knows whose images they are."""
_BOTH = "subjects, and of the images of nobody known"


@dataclass(frozen=True, slots=True)
class Split:
    """Images apart.

    Attributes
    ----------
    training, validation : tuple of LabelledImage
        Those that teach, and those that judge.
    set_apart : tuple of LabelledImage
        Those that choose the epoch and calibrate; none where those that judge do.
    how : str
        In words, for the model card.
    notices : tuple of str
        What is doubtful about it.
    """

    training: tuple[LabelledImage, ...]
    validation: tuple[LabelledImage, ...]
    how: str
    notices: tuple[str, ...] = ()
    set_apart: tuple[LabelledImage, ...] = ()

    @property
    def choosing(self) -> tuple[LabelledImage, ...]:
        """Those that choose the epoch and calibrate."""
        return self.set_apart or self.validation

    def choosing_apart(self, share: float, seed: int) -> Split:
        """Return the split with a share of the training images set apart to choose by.

        By subject; images of nobody known go by stretches of neighbouring rows, since slices of
        one examination mostly stand together.
        """
        if not share:
            return self
        groups: dict[str, list[LabelledImage]] = {}
        for place, image in enumerate(self.training):
            group = f"subject {image.subject}" if image.subject else f"rows {place // _STRETCH}"
            groups.setdefault(group, []).append(image)
        if len(groups) < 5:
            raise NotFoundError(
                f"{counted(len(groups), 'subjects or stretches of rows')} cannot be set apart to "
                "choose by; give at least 5, or leave set_apart out of the card's [training]."
            )
        chosen = _most_even(groups, self.training, share, seed)
        names = {id(image) for image in chosen}
        training = tuple(image for image in self.training if id(image) not in names)
        how = f"{self.how}; {share:g} of those to train on set apart with seed {seed}"
        return replace(self, training=training, set_apart=tuple(chosen), how=how)


def split_images(images: Sequence[LabelledImage], seed: int) -> Split:
    """Set images apart for validation.

    The file's own splits are used where it has them (``train``, ``val``; anything else, such as
    ``test``, is left alone). Otherwise a fifth of the subjects is drawn, images whose subject is
    not known being each by itself; of 200 draws the one whose labels are spread most evenly.

    Parameters
    ----------
    images : sequence of LabelledImage
    seed : int

    Raises
    ------
    NotFoundError
        If the file has splits and none is for training, or there are too few images or subjects.
    """
    named = {image.split for image in images if image.split}
    if not named:
        return _drawn(images, seed)
    training = [image for image in images if image.split.casefold() in TRAINING]
    validation = [image for image in images if image.split.casefold() in VALIDATION]
    if not training:
        raise NotFoundError(
            f"No row of labels.csv is of the split train; there are {', '.join(sorted(named))}. "
            "Name the rows to train on train, and those to choose by val."
        )
    if not validation:
        return _drawn(training, seed)
    notices: list[str] = []
    shared = {i.subject for i in training if i.subject} & {i.subject for i in validation}
    if shared:
        notices.append(
            f"{counted(len(shared), 'subjects are')} in train and in val: the figures will be "
            "too good."
        )
    notices += _doubts([*training, *validation])
    return Split(tuple(training), tuple(validation), "splits train and val", tuple(notices))


def _drawn(images: Sequence[LabelledImage], seed: int) -> Split:
    groups: dict[str, list[LabelledImage]] = {}
    for place, image in enumerate(images):
        group = f"subject {image.subject}" if image.subject else f"image {place}"
        groups.setdefault(group, []).append(image)
    unknown = sum(not image.subject for image in images)
    what = "subjects" if not unknown else "images" if unknown == len(images) else _BOTH
    if len(groups) < 5:
        raise NotFoundError(
            f"There are {counted(len(groups), what)} to train on and to choose by; give at least 5."
        )
    best = _most_even(groups, images, _SHARE, seed)
    chosen = {id(image) for image in best}
    training = [image for image in images if id(image) not in chosen]
    how = f"a fifth of the {what}, drawn with seed {seed}, for validation"
    return Split(tuple(training), tuple(best), how, tuple(_doubts(images)))


def _doubts(images: Sequence[LabelledImage]) -> Iterator[str]:
    """Yield what is doubtful where it is not known of whom images are."""
    if unknown := sum(not image.subject for image in images):
        yield (
            f"labels.csv does not say of whom {counted(unknown, 'images are')} (a column patient, "
            "person or subject): images of one person may be on both sides, and the figures then "
            "are too good."
        )


def _most_even(
    groups: dict[str, list[LabelledImage]],
    images: Sequence[LabelledImage],
    share: float,
    seed: int,
) -> list[LabelledImage]:
    """Return the draw of a share of the images whose labels are spread most evenly."""
    generator = random.Random(seed)  # noqa: S311  # not a secret
    draws = (_draw(groups, share, generator) for _ in range(_DRAWS))
    return min(draws, key=lambda drawn: _uneven(drawn, images, share))


def _draw(
    groups: dict[str, list[LabelledImage]], share: float, generator: random.Random
) -> list[LabelledImage]:
    names = sorted(groups)
    generator.shuffle(names)
    wanted = share * sum(map(len, groups.values()))
    drawn: list[LabelledImage] = []
    for name in names[:-1]:  # somebody is left to train on
        if drawn and len(drawn) + len(groups[name]) / 2 > wanted:
            continue
        drawn += groups[name]
    return drawn


def _uneven(drawn: Sequence[LabelledImage], images: Sequence[LabelledImage], share: float) -> float:
    """Return how far the labels of some images are from a share of those of all."""
    here, all_of_them = _labels(drawn), _labels(images)
    return sum(abs(here[label] / count - share) for label, count in all_of_them.items())


def _labels(images: Sequence[LabelledImage]) -> Counter[str]:
    return Counter(label for image in images for label in (*image.labels, ""))
