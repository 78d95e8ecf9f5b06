"""Parts of a data set in which no subject is twice."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

from ..domain import ImageAsset
from ..domain.plurals import counted
from ..domain.sequences import sequence_place
from ..errors import ExportError


def read_shares(text: str) -> dict[str, float]:
    """Read ``train=0.8, val=0.2``; an empty text stands for one undivided set.

    Raises
    ------
    ExportError
        If it is something else.
    """
    shares: dict[str, float] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, share = part.partition("=")
        try:
            shares[name.strip()] = float(share)
        except ValueError:
            raise ExportError(
                f"{part!r} is no split; write names and shares, for example train=0.8,val=0.2."
            ) from None
    return shares


def check_shares(shares: Mapping[str, float]) -> None:
    """Refuse shares that do not divide a whole.

    Raises
    ------
    ExportError
        If a share is not above 0, they do not add up to 1, or a name is no name of a folder.
    """
    if not shares:
        return
    if any(not name.isidentifier() or not name.isascii() for name in shares):
        raise ExportError("Name splits by plain words, for example train=0.8,val=0.2.")
    if any(share <= 0 for share in shares.values()) or not math.isclose(sum(shares.values()), 1):
        told = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        raise ExportError(f"The shares of the splits ({told}) are not parts of 1; mend them.")


def split_of(image: ImageAsset, shares: Mapping[str, float], seed: str) -> str:
    """Return the part an image belongs to; empty where there are no parts.

    By SHA-256 of the seed and of `kin_of`: the same in every export, whatever images come or go,
    and one subject, study or video in one part.
    """
    if not shares:
        return ""
    digest = hashlib.sha256(f"{seed}:{kin_of(image)}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    reached = 0.0
    for name, share in shares.items():
        reached += share
        if place < reached:
            return name
    return list(shares)[-1]


def kin_of(image: ImageAsset) -> str:
    """Return what an image shares with those that are not independent of it.

    The subject; where it is not known, the study that slices are of, the file that frames are of,
    or the pixels.
    """
    if image.subject:
        return f"subject {image.subject}"
    if study := image.origin.get("study") or image.origin.get("series"):
        return f"study {study}"
    if image.frame is not None:
        return f"file {image.source_sha256}"
    return f"pixels {image.pixels_sha256}"


WITHOUT_SUBJECT = (
    "images in splits whose subject nobody stated: other images of their subject may be in another "
    "split"
)
SAME_SLICES = (
    "slices or frames with the very pixels of one in another split: blank ones, or one subject "
    "under two pseudonyms"
)


class LeakageCheck:
    """Sees that nothing is on both sides of a split; holds a digest for each picture.

    Attributes
    ----------
    without_subject : int
        Images of which nobody said who is on them: between them a leak cannot be ruled out.
    leaks : int
        Images whose pixels are in two parts (the same picture under two subjects).
    slices : int
        Slices and frames whose pixels are in two parts: those of blank ones may be.
    """

    def __init__(self) -> None:
        self.without_subject = 0
        self.leaks = 0
        self.slices = 0
        self._parts: dict[bytes, str] = {}

    def add(self, image: ImageAsset, split: str) -> None:
        """Look at one image of a divided data set."""
        if not split:
            return
        self.without_subject += image.subject is None
        key = bytes.fromhex(image.pixels_sha256)
        twice = self._parts.setdefault(key, split) != split
        if twice and sequence_place(image) is not None:
            self.slices += 1
        else:
            self.leaks += twice

    def check(self) -> None:
        """Refuse a data set with leaks.

        Raises
        ------
        ExportError
        """
        if self.leaks:
            raise ExportError(
                f"{counted(self.leaks, 'images have')} the very pixels of an image in "
                "another split, under another subject; mend the subjects, or export without splits."
            )
