"""Ask a network about many inputs, as many at once as memory allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from torch import Tensor

from models.classifier import BATCH, BATCH_ON_GPU, Classifier
from models.devices import is_out_of_memory
from models.errors import ModelError
from models.explainer import Explainer, Explanation

from ..errors import SuggestError
from .stages import Prepared, Question

_In = TypeVar("_In", Prepared, Question)
_NO_MEMORY = (
    "There is not enough memory to run the network on a single picture; close other programs, or "
    "choose another device with ANNOTATOR_DEVICE."
)


class Asking:
    """A classifier and its explainer, asked by one thread at a time.

    Parameters
    ----------
    classifier : Classifier
    explainer : Explainer

    Attributes
    ----------
    batch : int
        Most inputs that go through the network at once.
    """

    def __init__(self, classifier: Classifier, explainer: Explainer) -> None:
        self._classifier = classifier
        self._explainer = explainer
        self.batch = BATCH_ON_GPU if classifier.device.type == "cuda" else BATCH

    def explanations(
        self,
        inputs: Sequence[_In],
        columns: Callable[[_In, Tensor], Sequence[int]],
        against: str | None,
    ) -> list[Explanation]:
        """Return scores of inputs, and maps of those labels that are chosen by the scores.

        Where memory does not suffice, inputs are halved, and so are all later batches.

        Parameters
        ----------
        inputs : sequence
            All have values and a frame.
        columns : callable
            Returns the labels of an input that are explained, by its scores (L,).
        against : str, optional
            The contrast; the card's if not given.

        Raises
        ------
        SuggestError
            If the contrast is unknown, or memory does not suffice for one input.
        """
        explanations: list[Explanation] = []
        while len(explanations) < len(inputs):
            some = inputs[len(explanations) :][: self.batch]
            try:
                explanations += self._together(some, columns, against)
            except ModelError as error:
                raise SuggestError(str(error)) from error
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                if len(some) == 1:
                    raise SuggestError(_NO_MEMORY) from None
                self.batch = len(some) // 2
        return explanations

    def _together(
        self,
        inputs: Sequence[_In],
        columns: Callable[[_In, Tensor], Sequence[int]],
        against: str | None,
    ) -> list[Explanation]:
        batch = self._classifier.batch([one.values for one in inputs if one.values is not None])
        frames = [one.frame for one in inputs if one.frame is not None]

        def choose(place: int, scores: Tensor) -> Sequence[int]:
            return columns(inputs[place], scores)

        return self._explainer.explanations(batch, frames, choose, contrast=against)
