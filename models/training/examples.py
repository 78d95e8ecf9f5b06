"""What a network is trained on: inputs, labels, and regions that people drew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..card_parts import InputSpec
from ..errors import InputError


@dataclass(frozen=True)
class Examples:
    """Labelled images at the size of a network's input.

    Attributes
    ----------
    inputs : Tensor, shape (N, C, H, W)
        uint8, 0 black and 255 white, before the card's range and normalisation.
    truth : Tensor, shape (N, L)
        float32, 1 where an image has a label and 0 where it has not; a column a target.
    regions : sequence of Tensor or None
        For each image (H, W) uint8, 255 inside the regions drawn for its labels; None without.
    erased, elsewhere : Tensor, shape (N, C, H, W), or None
        The inputs with their regions erased, and with as much of another place erased; of an
        image without regions, anything. None where nothing is to be learned of them.

    Raises
    ------
    InputError
        If the three are not of one length, or there is no example.
    """

    inputs: Tensor
    truth: Tensor
    regions: Sequence[Tensor | None]
    erased: Tensor | None = None
    elsewhere: Tensor | None = None

    def __post_init__(self) -> None:
        """Refuse examples that do not belong together."""
        counts = (len(self.inputs), len(self.truth), len(self.regions))
        if len(set(counts)) > 1 or not counts[0]:
            raise InputError(
                f"There are {counts[0]} inputs, {counts[1]} rows of labels and {counts[2]} "
                "regions; give one of each for every example, and one example at least."
            )

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def with_regions(self) -> list[int]:
        """Which examples have regions."""
        return [place for place, region in enumerate(self.regions) if region is not None]

    def keeping_regions(self, places: Sequence[int]) -> Examples:
        """Return the same examples, those with regions among `places` only."""
        kept = set(places)
        regions = [r if place in kept else None for place, r in enumerate(self.regions)]
        return replace(self, regions=regions)

    def batch(self, places: Tensor, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Return images (n, C, H, W) and regions (n, H, W) in [0, 1], and truth (n, L)."""
        images = self.inputs[places].to(device).float() / 255
        empty = torch.zeros(self.inputs.shape[-2:], dtype=torch.uint8)
        drawn = [self.regions[place] for place in places.tolist()]
        regions = torch.stack([empty if region is None else region for region in drawn])
        return images, regions.to(device).float() / 255, self.truth[places].to(device)


def normalised(images: Tensor, spec: InputSpec) -> Tensor:
    """Bring images (N, C, H, W) in [0, 1] to a card's range and normalisation."""
    mean, std = (images.new_tensor(values).view(-1, 1, 1) for values in (spec.mean, spec.std))
    return (images * (spec.high - spec.low) + spec.low - mean) / std
