"""Excitation maps of a classifier: images and codes in, maps on the images out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .alignment import GridGeometry, grid_geometry
from .card_parts import InputSpec
from .classifier import BATCH, Classifier
from .errors import InputError, ModelError, TargetError
from .excitation import (
    Contrast,
    DualContrast,
    Excitation,
    ExcitationBackprop,
    NoContrast,
    RestContrast,
    RivalContrast,
)
from .excitation.recording import Recording
from .preprocess import Box, InputFrame
from .presence import Evidence

Targets = Sequence[str] | Sequence[Sequence[str]] | None


@dataclass(frozen=True)
class ExcitationMap:
    """Where on an image the evidence for one label is.

    Attributes
    ----------
    label : str
        Code of the target that the map explains.
    against : str
        What it is set against: ``none``, ``dual``, ``rest`` or a rival's code.
    layer : str
        The map layer.
    score : float
        The label's score on the image, in [0, 1].
    explained_mass : float
        The share of the label's own decision that arrives at the map layer, in [0, 1], whatever
        it is set against.
    grid : Tensor, shape (h, w)
        float32 on the CPU, >= 0, with sum 1; all 0 if the contrast left nothing.
    frame : InputFrame
        Where the grid lies on the image: its cells are centred where their receptive fields are
        (`models.alignment`), so it may begin before the network's input or after it. Always
        upright: the map of a face that was levelled is turned back, on finer cells.
    """

    label: str
    against: str
    layer: str
    score: float
    explained_mass: float
    grid: Tensor
    frame: InputFrame

    def in_image(self) -> Tensor:
        """Return the map over the original image, (H, W) float32, >= 0, with sum 1 or all 0."""
        return self.frame.to_image(self.grid)


@dataclass(frozen=True)
class Explanation:
    """What the network makes of one image, and where the evidence for it is.

    Attributes
    ----------
    scores : Tensor, shape (L,)
        In [0, 1], float32 on the CPU, in the order of the classifier's targets; not finite where
        the network's outputs are not.
    outputs : Tensor, shape (L,)
        What the scores are the activation of: by the card's calibration, in no bounds.
    maps : tuple of ExcitationMap
        Of the labels that were chosen, in their order; none where the scores are not finite.
    evidence : Evidence or None
        What speaks for there being anything at all; None if the card does not judge by it.
    """

    scores: Tensor
    outputs: Tensor
    maps: tuple[ExcitationMap, ...] = ()
    evidence: Evidence | None = None


Choice = Callable[[int, Tensor], Sequence[int]]
"""From an image's place in the batch and its scores (L,) to the columns that are explained."""


@dataclass(frozen=True)
class _MapLayers:
    """What it takes to read maps at layers: the walk down to them, and where their cells lie."""

    engine: ExcitationBackprop
    geometries: Mapping[str, GridGeometry]


class Explainer:
    """Contrastive Excitation Backprop (doi 10.1007/s11263-017-1059-x) for one classifier.

    Safe to share between threads. The classifier is never changed.

    Parameters
    ----------
    classifier : Classifier
    targets_at_once : int, optional
        How many labels of an image a sweep carries, which bounds its memory; all if not given.

    Raises
    ------
    UnsupportedLayerError
        If the network has an operation without a rule; the message names it and its layer.
    """

    def __init__(self, classifier: Classifier, *, targets_at_once: int | None = None) -> None:
        self._classifier = classifier
        self._targets_at_once = targets_at_once
        self._lock = threading.Lock()
        self._layers: dict[tuple[str, ...], _MapLayers] = {}
        self._map_layers((classifier.card.map_layer,))

    def excitation_maps(
        self,
        images: Sequence[Tensor],
        targets: Targets = None,
        *,
        contrast: str | None = None,
        boxes: Sequence[Box | None] | None = None,
        layer: str | Sequence[str] | None = None,
    ) -> list[list[ExcitationMap]]:
        """Explain labels of images.

        The map of a label c is ``max(0, sum over channels of P)`` at the map layer, where P
        started at the top from ``P(w_c)`` (``none``), ``P(w_c) - P(-w_c)`` (``dual``, the
        paper's section 3.3), ``P(w_c) - P(w_d)`` (a rival d) or ``P(w_c) - sum_d q_d P(w_d)``
        (``rest``: all other labels, q the softmax of their logits), and went down by
        ``P_in = a * W+' (P_out / W+ a)`` (its equation 5).

        Parameters
        ----------
        images : sequence of Tensor, each (H, W), (1, H, W) or (3, H, W)
            uint8, uint16, or floating point in [0, 1]; each of its own size.
        targets : sequence of str, or of one sequence of str an image, optional
            Codes to explain, the same for all images or for each its own; each image's
            best-scoring label if not given.
        contrast : str, optional
            ``dual``, ``none``, ``rest`` or a rival's code; the card's if not given.
        boxes : sequence of (x, y, width, height) or None, optional
            The part of each image to classify, in its pixels; None is all of it.
        layer : str or sequence of str, optional
            Dotted name of the module whose output carries the map; the card's if not given.
            Several names give a map at each, in one sweep.

        Returns
        -------
        list of list of ExcitationMap
            For each image, a map for each of its targets, in their order; with several layers, a
            target's maps follow one another in the order of the layers.

        Raises
        ------
        InputError
            If there is no image, one cannot be read, or a box is not on its image.
        TargetError
            If a label or the rival is unknown, or is to be explained against itself, or there is
            one label only and so no rest.
        UnsupportedLayerError
            If `layer` does not exist or cannot carry a map.
        ModelError
            If the network's outputs are not finite.
        """
        if not images:
            raise InputError("There is no image to explain; give at least one.")
        columns = self._columns(targets, len(images))
        self._contrast(contrast, columns)

        found: list[Explanation] = []
        for start in range(0, len(images), BATCH):
            some = slice(start, start + BATCH)
            batch, frames = self._classifier.prepare(
                images[some], None if boxes is None else boxes[some]
            )
            choose = _best if columns is None else _given(columns[some])
            found += self.explanations(batch, frames, choose, contrast=contrast, layer=layer)
        if not all(bool(one.scores.isfinite().all()) for one in found):
            raise ModelError(self.not_finite)
        return [list(one.maps) for one in found]

    @property
    def not_finite(self) -> str:
        """What is to be said of an image whose scores are not finite."""
        return (
            f"{self._classifier.card.name} returned numbers that are not finite; its weights "
            "are damaged or do not fit its input. Check the model card."
        )

    def explanations(
        self,
        batch: Tensor,
        frames: Sequence[InputFrame],
        choose: Choice,
        *,
        contrast: str | None = None,
        layer: str | Sequence[str] | None = None,
    ) -> list[Explanation]:
        """Score prepared images and explain chosen labels of each, by one forward pass.

        Images with as many labels are walked together, so that none pays for the labels of
        another, and those without a label for nothing but their scores.

        Parameters
        ----------
        batch : Tensor, shape (N, C, h, w)
        frames : sequence of InputFrame
            Both as `Classifier.prepare` returns them.
        choose : callable
            Which labels are explained, by the scores; asked where they are finite only. A rival
            must not be among them.
        contrast, layer
            As for `excitation_maps`.

        Returns
        -------
        list of Explanation
            One an image.
        """
        at = self._map_layers(
            (layer,)
            if isinstance(layer, str)
            else tuple(layer or (self._classifier.card.map_layer,))
        )
        against, opponent = self._contrast(contrast, None)
        recording = at.engine.record(batch)
        whole = recording.outputs.isfinite().all(1)
        both = [self._classifier.scores(recording.outputs)]
        both.append(self._classifier.corrected(recording.outputs))
        scores, outputs = torch.stack(both).where(whole[:, None], torch.nan).float().cpu()
        chosen = [
            [] if bool(row.isnan().any()) else list(choose(place, row))
            for place, row in enumerate(scores)
        ]
        maps: list[tuple[ExcitationMap, ...]] = [()] * len(scores)
        for images in _alike(chosen):
            columns = torch.tensor([chosen[image] for image in images])
            part = recording.of_images(images)
            excitations = at.engine.explain_layers(part, columns, opponent)
            for image, found in zip(images, _rows(excitations, len(images)), strict=True):
                maps[image] = tuple(
                    ExcitationMap(
                        self._classifier.codes[column],
                        against,
                        layer,
                        float(scores[image, column]),
                        float(found[layer][1][place]),
                        *_on_image(
                            found[layer][0][place],
                            geometry,
                            frames[image],
                            self._classifier.card.input,
                        ),
                    )
                    for place, column in enumerate(chosen[image])
                    for layer, geometry in at.geometries.items()
                )
        evidence = self._evidence(recording)
        return [Explanation(*row) for row in zip(scores, outputs, maps, evidence, strict=True)]

    def _evidence(self, recording: Recording) -> Sequence[Evidence | None]:
        features = recording.features.get(self._classifier.card.map_layer)
        judged = None
        if features is not None:
            judged = self._classifier.evidence(features, recording.logits)
        return judged or [None] * len(recording.outputs)

    def columns(self, codes: Sequence[str], contrast: str | None = None) -> list[int]:
        """Return the columns of labels that are to be explained against a contrast.

        Raises
        ------
        TargetError
            If a label or the rival is unknown, or is to be explained against itself.
        """
        chosen = [self._classifier.index(code) for code in codes]
        self._contrast(contrast, [chosen])
        return chosen

    def _columns(self, targets: Targets, images: int) -> list[list[int]] | None:
        if targets is None:
            return None
        if isinstance(targets, str):
            raise TargetError(f"The targets are one string, {targets!r}; give a list of codes.")
        index = self._classifier.index
        shared = [target for target in targets if isinstance(target, str)]
        if len(shared) == len(targets):
            return [[index(code) for code in shared]] * images
        if shared or len(targets) != images:
            raise TargetError(
                f"{len(targets)} lists of targets came with {images} images; give one list of "
                "codes for all images, or one for each."
            )
        return [[index(code) for code in codes] for codes in targets]

    def _contrast(
        self, contrast: str | None, columns: list[list[int]] | None
    ) -> tuple[str, Contrast]:
        name = contrast or self._classifier.card.contrast
        if name == "none":
            return name, NoContrast()
        if name == "dual":
            return name, DualContrast()
        if name == "rest":
            return name, RestContrast()
        rival = self._classifier.index(name)
        code = self._classifier.codes[rival]
        if columns is not None and any(rival in row for row in columns):
            raise TargetError(
                f"{code} cannot be explained against itself; leave it out of the targets, or name "
                "another rival."
            )
        return code, RivalContrast(torch.tensor([rival]))

    def _map_layers(self, layers: tuple[str, ...]) -> _MapLayers:
        with self._lock:
            if layers not in self._layers:
                module, size = self._classifier.module, self._classifier.card.input
                example = torch.zeros(
                    2, size.channels, size.height, size.width, device=self._classifier.device
                )
                self._layers[layers] = _MapLayers(
                    ExcitationBackprop(
                        module, layers, example, targets_at_once=self._targets_at_once
                    ),
                    {layer: grid_geometry(module, layer, size.channels) for layer in layers},
                )
            return self._layers[layers]


def _on_image(
    grid: Tensor, geometry: GridGeometry, frame: InputFrame, size: InputSpec
) -> tuple[Tensor, InputFrame]:
    """Return a map and where its cells lie on the image, upright."""
    placed, cells = geometry.on_image(frame, grid, size.width, size.height).upright(grid)
    return cells, placed


def _best(_place: int, scores: Tensor) -> list[int]:
    return [int(scores.argmax())]


def _given(columns: Sequence[Sequence[int]]) -> Choice:
    return lambda place, _scores: columns[place]


def _alike(chosen: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the places of images with as many labels each, one at least, in their order."""
    for count in sorted({len(row) for row in chosen} - {0}):
        yield [place for place, row in enumerate(chosen) if len(row) == count]


def _rows(
    excitations: Mapping[str, Excitation], images: int
) -> Iterator[dict[str, tuple[Tensor, Tensor]]]:
    """Yield for each image, by layer, its maps (T, h, w) and explained masses (T,) on the CPU."""
    on_cpu = {
        layer: (_normalised(found), found.explained_mass.cpu())
        for layer, found in excitations.items()
    }
    for image in range(images):
        yield {layer: (grids[image], masses[image]) for layer, (grids, masses) in on_cpu.items()}


def _normalised(excitation: Excitation) -> Tensor:
    """Return maps (N, T, h, w) with sum 1 each, or all 0, float32 on the CPU."""
    maps = excitation.maps.float().cpu()
    total = maps.sum((2, 3), keepdim=True)
    return maps / torch.where(total > 0, total, 1.0)
