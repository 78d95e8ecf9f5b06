"""Find the image of a project that another tool's file means: by its content, else by its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..domain import ImageAsset
from .original_names import OriginalNames, base_of, folded, path_of, stem_of

SURE = 1 << 20
"""As much in common as there can be: the content or the identity of the image itself."""
_UUID_LETTERS = 36


@dataclass(frozen=True, slots=True)
class FoundImages:
    """The images that a name may mean.

    Attributes
    ----------
    assets : tuple of ImageAsset
        More than one where nothing tells them apart.
    common : int
        How many parts of its path, from the end, the name shares with the image's; `SURE` where
        the image was found by its content or its identity.
    """

    assets: tuple[ImageAsset, ...]
    common: int


class ImageFinder:
    """Finds images by hash, by identity, by the names of their originals, by their own names.

    Parameters
    ----------
    assets : sequence of ImageAsset
        Of one project.
    originals : OriginalNames
    """

    def __init__(self, assets: Sequence[ImageAsset], originals: OriginalNames) -> None:
        self._originals = originals
        self._marks: dict[str, tuple[ImageAsset, ...]] = {}
        self._names: dict[str, tuple[ImageAsset, ...]] = {}
        self._folded: dict[str, tuple[ImageAsset, ...]] = {}
        self._stems: dict[str, tuple[ImageAsset, ...]] = {}
        for asset in assets:
            name = base_of(asset.file_name)
            for index, key in (
                *((self._marks, mark) for mark in _marks(asset)),
                (self._names, name),
                (self._folded, folded(name)),
                (self._stems, stem_of(name)),
            ):
                index[key] = (*index.get(key, ()), asset)

    def find(self, name: str, marks: Iterable[str] = ()) -> FoundImages | None:
        """Return the images that a name may mean; None where there is none.

        Parameters
        ----------
        name : str
            As a file has it, perhaps with folders before it.
        marks : iterable of str
            What else the file says of it: the SHA-256 of its file or of its pixels, its identity,
            the name that it had.
        """
        marks, base = tuple(marks), base_of(name)
        # Our own copies carry the image's identity at the end of their names.
        ends = base[-_UUID_LETTERS:], stem_of(base)[-_UUID_LETTERS:]
        for mark in (*marks, *ends, base, stem_of(base)):
            if len(self._marks.get(mark, ())) == 1:
                return FoundImages(self._marks[mark], SURE)
        for one in (name, *marks):
            if (found := self._by_path(one)) is not None:
                return found
        return None

    def size(self, name: str) -> tuple[int, int] | None:
        """Return width and height of the image of a name; None where it is not one image."""
        found = self.find(name)
        if found is None or len(found.assets) > 1:
            return None
        return found.assets[0].width, found.assets[0].height

    def _by_path(self, name: str) -> FoundImages | None:
        named = self._by_name(base_of(name))
        if len(named) == 1 and len(path_of(name)) == 1:
            return FoundImages(named, 1)
        contents, common = self._originals.contents_of(name)
        own = {asset.id: asset for sha256 in contents for asset in self._marks.get(sha256, ())}
        if own or (contents and common > 1):
            return FoundImages(tuple(own.values()), common) if own else None
        return FoundImages(named, 1) if named else None

    def _by_name(self, base: str) -> tuple[ImageAsset, ...]:
        return (
            self._names.get(base)
            or self._folded.get(folded(base))
            or self._stems.get(stem_of(base))
            or ()
        )


def _marks(asset: ImageAsset) -> set[str]:
    return {str(asset.id), asset.source_sha256, asset.pixels_sha256} - {""}
