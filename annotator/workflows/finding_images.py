"""Find the image of a project that another tool's file means: by its content, else by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite
from uuid import UUID

from ..domain import ImageAsset
from ..domain.sequences import sequence_place
from ..ingest.path_endings import base_of, folded, stem_of
from .original_names import KeptEndings, OriginalNames
from .own_data_sets import OwnDataSet, before_identity, ends_of

SURE = 1 << 20
"""As much in common as there can be: the content or the identity of the image itself."""
_SAME_TIME_S = 0.002
"""How far two time stamps of one frame are apart: tables round to milliseconds."""


_Index = dict[str, list[ImageAsset]]
_Numbered = dict[int, list[ImageAsset]]


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


class _File:
    """Images that are of one file, or may be, and which of its frames they show.

    Parameters
    ----------
    assets : sequence of ImageAsset
    """

    def __init__(self, assets: Sequence[ImageAsset]) -> None:
        self._assets = assets
        self._by_frame: _Numbered = {}
        self._by_second: _Numbered = {}
        for asset in assets:
            if asset.frame is None:
                continue
            for frame in _shown_frames(asset):
                self._by_frame.setdefault(frame, []).append(asset)
            if asset.time_s is not None and asset.until_s is not None:
                first, last = asset.time_s - _SAME_TIME_S, asset.until_s + _SAME_TIME_S
                for second in range(floor(first), floor(last) + 1):
                    self._by_second.setdefault(second, []).append(asset)

    def shown(self, frame: int | None, time_s: float | None) -> Sequence[ImageAsset]:
        """Return those that show a frame; a file of one picture has no frames."""
        if self._by_frame and frame is not None:
            return self._by_frame.get(frame, ())
        if self._by_frame and time_s is not None:
            near = self._by_second.get(floor(time_s), ()) if isfinite(time_s) else ()
            return [asset for asset in near if is_shown_at(asset, time_s)]
        return self._assets


_NO_FILE = _File(())


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
        self._identities: _Index = {}
        self._contents: _Index = {}
        self._names: _Index = {}
        self._folded: _Index = {}
        self._stems: _Index = {}
        for asset in assets:
            name = base_of(asset.file_name)
            # Of two slices, or frames, of equal pixels each is a picture of its own.
            alone = sequence_place(asset) is None
            for index, key in (
                (self._identities, str(asset.id)),
                *([(self._identities, asset.pixels_sha256)] if alone else []),
                (self._contents, asset.source_sha256),
                (self._names, name),
                (self._folded, folded(name)),
                (self._stems, stem_of(name)),
            ):
                index.setdefault(key, []).append(asset)
        # A table has a row for each frame of a film: its images are looked up once.
        self._files: dict[str, _File] = {}
        self._paths: dict[str, tuple[_File, int]] = {}

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
            marked = self._identities.get(mark) or self._of_content(mark).shown(frame, time_s)
            if len(marked) == 1:
                return FoundImages(tuple(marked), SURE)
        for one in (name, *marks, *before_identity(base)):
            if one in self._paths:
                file, common = self._paths[one]
            elif (found := self._by_path(one)) is not None:
                file, common = _File(found.assets), found.common
                if len(found.assets) > 1:
                    self._paths[one] = file, common
            else:
                continue
            assets = file.shown(frame, time_s)
            return FoundImages(tuple(assets), common) if assets else None
        return None

    def _of_content(self, sha256: str) -> _File:
        if sha256 not in self._contents:
            return _NO_FILE
        if sha256 not in self._files:
            self._files[sha256] = _File(self._contents[sha256])
        return self._files[sha256]

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

    def _by_name(self, base: str) -> Sequence[ImageAsset]:
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


def _shown_frames(asset: ImageAsset) -> range:
    """Return the frames of its file that an image shows: of the very same pixels, several."""
    return range(asset.frame or 0, (asset.last_frame or 0) + 1)


def is_shown_at(asset: ImageAsset, time_s: float, within_s: float = _SAME_TIME_S) -> bool:
    """Tell whether a frame of a film is shown at a time, give or take a little."""
    begins, ends = asset.time_s, asset.until_s
    if begins is None or ends is None:
        return False
    return begins - within_s <= time_s <= ends + within_s
