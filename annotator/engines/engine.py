"""What every engine takes and gives, wherever its work is done."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..domain import FaceToRead, ImageAsset, SuggestionRun

if TYPE_CHECKING:
    from ..suggest.stages import SuggestionSpec


@dataclass(frozen=True, slots=True)
class Item:
    """An image to suggest on.

    Attributes
    ----------
    asset : ImageAsset
    face : FaceToRead
        For face models, what is known of its faces.
    """

    asset: ImageAsset
    face: FaceToRead = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an image: a run, or a sentence why there is none."""

    asset: ImageAsset
    run: SuggestionRun | None = None
    error: str = ""


class Engine(Protocol):
    """Suggests on images; it neither reads the record nor writes to it."""

    def run(self, items: Iterable[Item], spec: SuggestionSpec) -> Generator[Result, None, None]:
        """Yield a result for each item: in their order on this machine, else as they are ready.

        An image that fails keeps back no other. Closing the iterator ends all work, and returns
        when it has ended.
        """
