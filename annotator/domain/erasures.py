"""What an erasure takes away."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Erasable:
    """What an erasure takes away, or took.

    Attributes
    ----------
    images, acts : int
        Images, and acts and remarks on them.
    pixels : tuple of str
        Addresses of pictures that no other image shows: their files go.
    shared : int
        Pictures that stay, because images that are not erased show them.
    """

    images: int
    acts: int
    pixels: tuple[str, ...]
    shared: int

    @property
    def summary(self) -> str:
        """The numbers in words."""
        text = f"images: {self.images}, acts and remarks: {self.acts}, pictures: {len(self.pixels)}"
        return text + (f" ({self.shared} more stay, other images show them)" if self.shared else "")
