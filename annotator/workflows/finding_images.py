"""Find the image of a project that another tool's file means: by its content, else by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from ..domain import ImageAsset
from ..ingest.path_endings import base_of, folded, stem_of
from .original_names import KeptEndings, OriginalNames
from .own_data_sets import OwnDataSet, before_identity, ends_of

SURE = 1 << 20
"""As much in common as there can be: the content or the identity of the image itself."""
_SAME_TIME_S = 0.002
"""How far two time stamps of one frame are apart: tables round to milliseconds."""


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
    kept : KeptEndings
    own : OwnDataSet
        That the file may be of.
    """

    def __init__(
        self,
        assets: Sequence[ImageAsset],
        originals: OriginalNames,
        kept: KeptEndings,
        own: OwnDataSet,
    ) -> None:
        self._originals, self._kept, self._own = originals, kept, own
        self._by_id = {asset.id: asset for asset in assets}
        self._identities: dict[str, tuple[ImageAsset, ...]] = {}
        self._contents: dict[str, tuple[ImageAsset, ...]] = {}
        self._names: dict[str, tuple[ImageAsset, ...]] = {}
        self._folded: dict[str, tuple[ImageAsset, ...]] = {}
        self._stems: dict[str, tuple[ImageAsset, ...]] = {}
        for asset in assets:
            name = base_of(asset.file_name)
            for index, key in (
                *((self._identities, mark) for mark in (str(asset.id), asset.pixels_sha256)),
                (self._contents, asset.source_sha256),
                (self._names, name),
                (self._folded, folded(name)),
                (self._stems, stem_of(name)),
            ):
                index[key] = (*index.get(key, ()), asset)

    def find(
        self,
        name: str,
        marks: Iterable[str] = (),
        frame: int | None = None,
        time_s: float | None = None,
    ) -> FoundImages | None:
        """Return the images that a name may mean; None where there is none.

        Parameters
        ----------
        name : str
            As a file has it, perhaps with folders before it, and for a frame of a film or a slice
            of a volume perhaps with ``#`` and its number, from 0, behind it.
        marks : iterable of str
            What else the file says of it: the SHA-256 of its file or of its pixels, its identity,
            the name that it had.
        frame : int or None
            Its number in the file of that name, from 0.
        time_s : float or None
            When it is shown in the film of that name; asked for where there is no number.
        """
        found = self._find(name, tuple(marks), frame, time_s)
        film, _, number = name.rpartition("#")
        if found is None and film and number.isdecimal() and frame is None:
            return self._find(film, (), int(number), None)
        return found

    def size(self, name: str) -> tuple[int, int] | None:
        """Return width and height of the image of a name; None where there is none.

        Of several that it may mean, of one: what is read by it is refused with all of them.
        """
        found = self.find(name)
        return (found.assets[0].width, found.assets[0].height) if found is not None else None

    def _find(
        self, name: str, marks: tuple[str, ...], frame: int | None, time_s: float | None
    ) -> FoundImages | None:
        if (own := self._own.image(name, marks, frame)) is not None:
            marks, frame = (*own.marks, *marks), own.frame
        base = base_of(name)
        for mark in (*marks, *ends_of(base), base, stem_of(base)):
            marked = self._identities.get(mark) or _shown(
                self._contents.get(mark, ()), frame, time_s
            )
            if len(marked) == 1:
                return FoundImages(marked, SURE)
        for one in (name, *marks, *before_identity(base)):
            if (found := self._by_path(one)) is not None:
                assets = _shown(found.assets, frame, time_s)
                return replace(found, assets=assets) if assets else None
        return None

    def _by_path(self, name: str) -> FoundImages | None:
        """Return the images that share most of a path, by any way to know that."""
        contents, shared = self._originals.contents_of(name)
        own = {asset.id: asset for sha256 in contents for asset in self._contents.get(sha256, ())}
        ids, common = self._kept.images_of(name)
        kept = {image_id: self._by_id[image_id] for image_id in ids if image_id in self._by_id}
        common = common if kept else 0
        if contents and not own and shared > max(1, common):
            return None  # the original of that name is not in the project
        if own and shared >= common:
            return _found(own | kept if shared == common else own, shared, name)
        if common <= 1:  # of images from before endings were kept, the name alone is known
            kept |= {asset.id: asset for asset in self._by_name(base_of(name))}
        return _found(kept, max(1, common), name)

    def _by_name(self, base: str) -> tuple[ImageAsset, ...]:
        return (
            self._names.get(base)
            or self._folded.get(folded(base))
            or self._stems.get(stem_of(base))
            or ()
        )


def _found(assets: Mapping[UUID, ImageAsset], common: int, name: str) -> FoundImages | None:
    """Return images that a name may mean: those that are called exactly so, if any is."""
    exactly = [asset for asset in assets.values() if base_of(asset.file_name) == base_of(name)]
    return FoundImages(tuple(exactly or assets.values()), common) if assets else None


def _shown(
    assets: tuple[ImageAsset, ...], frame: int | None, time_s: float | None
) -> tuple[ImageAsset, ...]:
    """Return those that show a frame of their file; a file of one picture has no frames."""
    frames = [asset for asset in assets if asset.frame is not None]
    if frames and frame is not None:
        return tuple(asset for asset in frames if frame in _shown_frames(asset))
    if frames and time_s is not None:
        return tuple(asset for asset in frames if is_shown_at(asset, time_s))
    return assets


def _shown_frames(asset: ImageAsset) -> range:
    """Return the frames of its file that an image shows: of the very same pixels, several."""
    first = asset.frame or 0
    return range(first, (asset.display or {}).get("last_frame", first) + 1)


def is_shown_at(asset: ImageAsset, time_s: float, within_s: float = _SAME_TIME_S) -> bool:
    """Tell whether a frame of a film is shown at a time, give or take a little."""
    begins, ends = asset.time_s, asset.until_s
    if begins is None or ends is None:
        return False
    return begins - within_s <= time_s <= ends + within_s
