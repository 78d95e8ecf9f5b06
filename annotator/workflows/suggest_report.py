"""What became of the images that suggestions were computed on."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..domain.plurals import counted


@dataclass(slots=True)
class SuggestReport:
    """What became of each image.

    Attributes
    ----------
    images, suggestions : int
        Images run, and suggestions recorded for them.
    empty : int
        Images that got no suggestion; the app shows why on each.
    failures : list of str
        Sentences that name the image and the reason.
    blinded : bool
        Whether it is for somebody who still has to read by themselves: they are not told more than
        how many images were run.
    """

    images: int = 0
    suggestions: int = 0
    empty: int = 0
    failures: list[str] = field(default_factory=list)
    blinded: bool = False

    def summary(self) -> str:
        """Return the counts in a sentence."""
        if self.blinded:
            return (
                f"Suggestions were computed on {counted(self.images, 'images')}; what they are "
                "is not told before you have read."
            )
        return (
            f"{counted(self.suggestions, 'suggestions')} on {counted(self.images, 'images')}, "
            f"{counted(self.empty, 'images')} without one, {len(self.failures)} failed."
        )
