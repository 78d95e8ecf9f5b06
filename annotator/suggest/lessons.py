"""Labelled pictures as a network is trained on them: at its input's size, regions beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from models.card import ModelCard
from models.card_parts import InputSpec
from models.errors import ModelError
from models.face_api.detector import FaceDetector
from models.face_api.landmarks import FaceLandmarks, turn_of_eyes
from models.preprocess import Box, prepare_image
from models.training.examples import Examples

from ..domain import Region
from ..domain.regions import union_mask
from ..errors import SuggestError
from .inpainting import TAUGHT, erased, place_elsewhere

_BLOCK = 64
Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


class Lessons:
    """Pictures, what is on them and where, for one card's classifier.

    Parameters
    ----------
    card : ModelCard
    device : str
        Where faces are looked for, of a card whose input is a face.
    """

    def __init__(self, card: ModelCard, device: str = "auto") -> None:
        self._card = card
        # Kept as 8 bits between black and white; range and normalisation come when it is shown.
        self._spec = _grey_levels(card.input, card.input.channels)
        self._region_spec = _grey_levels(card.input, 1)
        faces = card.input.crop == "face"
        self._detector = FaceDetector.load(device=device) if faces else None
        level = card.input.alignment == "eyes"
        self._landmarks = FaceLandmarks.load(device=device) if level else None
        self._truth: list[list[float]] = []
        self._drawn: list[bool] = []
        # Of a picture, its channels and then its regions, (C + 1, H, W); where a network is
        # to learn what is none, then its channels without what was drawn, and without as much
        # of another place.
        self._blocks: list[torch.Tensor] = []
        self._block: list[torch.Tensor] = []

    def __len__(self) -> int:
        return len(self._truth)

    def add(self, picture: Pixels, codes: Collection[str], regions: Sequence[Region] = ()) -> None:
        """Take a picture in.

        Parameters
        ----------
        picture : ndarray, (H, W) or (H, W, 3), uint8 or uint16
        codes : collection of str
            Codes of the labels that it has.
        regions : sequence of Region
            Where these are, in its pixels.

        Raises
        ------
        SuggestError
            If it cannot be read, or has no face where one is needed.
        """
        tensor = torch.from_numpy(np.require(picture, requirements=["C", "W"]))
        tensor = tensor.permute(2, 0, 1) if tensor.ndim == 3 else tensor[None]
        try:
            part = self._face(tensor)
            turn_deg = self._turn_deg(tensor, part)
            shown = _bytes(tensor, self._spec, part, turn_deg)
        except ModelError as error:
            raise SuggestError(str(error)) from error
        height, width = picture.shape[:2]
        drawn = union_mask(regions, height, width)
        mask = torch.from_numpy(drawn.astype(np.uint8) * 255)
        layers = [shown, _bytes(mask, self._region_spec, part, turn_deg)]
        if self._card.training.none:
            for without in self._without(picture, drawn) if regions else ():
                whole = torch.from_numpy(without)
                whole = whole.permute(2, 0, 1) if whole.ndim == 3 else whole[None]
                layers.append(_bytes(whole, self._spec, part, turn_deg))
            layers += [shown] * (4 - len(layers))
        self._block.append(torch.cat(layers))
        self._truth.append([float(code in codes) for code in self._card.codes])
        self._drawn.append(bool(regions))
        if len(self._block) == _BLOCK:
            self._close_block()

    def examples(self) -> Examples:
        """Return all that was taken in.

        Raises
        ------
        SuggestError
            If nothing was.
        """
        if not self._truth:
            raise SuggestError("There is no picture to train on; see what was said of each.")
        if self._block:
            self._close_block()
        every = torch.cat(self._blocks)
        self._blocks = [every]
        channels = self._spec.channels
        regions = [
            one[channels] if drawn else None for one, drawn in zip(every, self._drawn, strict=True)
        ]
        without, elsewhere = (
            every[:, channels + 1 :].chunk(2, 1) if self._card.training.none else (None, None)
        )
        truth = torch.tensor(self._truth)
        return Examples(every[:, :channels], truth, regions, without, elsewhere)

    def _without(self, picture: Pixels, drawn: npt.NDArray[np.bool_]) -> list[Pixels]:
        """Return a picture without what was drawn, and without as much of another place."""
        generator = np.random.default_rng(len(self))
        other = place_elsewhere(picture, drawn, generator)
        inside = (drawn, np.zeros_like(drawn) if other is None else other)
        return [erased(picture, place, TAUGHT, generator) for place in inside]

    def _close_block(self) -> None:
        """Bring small pieces together; between large ones they keep memory from being freed."""
        self._blocks.append(torch.stack(self._block))
        self._block.clear()

    def _face(self, tensor: torch.Tensor) -> Box | None:
        if self._detector is None:
            return None
        found = self._detector.detect(tensor)
        if not found:
            raise SuggestError("No face was found on a picture; it is left out.")
        largest = max(found, key=lambda face: face.score**2 * max(face.width, face.height))
        return (largest.x, largest.y, largest.width, largest.height)

    def _turn_deg(self, tensor: torch.Tensor, face: Box | None) -> float:
        if self._landmarks is None or face is None:
            return 0.0
        return turn_of_eyes(self._landmarks.locate(tensor, face))


def _grey_levels(spec: InputSpec, channels: int) -> InputSpec:
    mean, std = (0.0,) * channels, (1.0,) * channels
    return replace(spec, channels=channels, low=0.0, high=1.0, mean=mean, std=std)


def _bytes(
    picture: torch.Tensor, spec: InputSpec, part: Box | None, turn_deg: float
) -> torch.Tensor:
    """Return a picture at the input's size, (C, H, W) uint8."""
    values, _ = prepare_image(picture, spec, part, turn_deg)
    return (values * 255).round().clamp(0, 255).to(torch.uint8)
