"""Masks: as run lengths (COCO), and as the outlines of their pieces."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ..domain import Polygon
from ..errors import IngestError

Mask = npt.NDArray[np.bool_]


def pieces(mask: Mask) -> list[Polygon]:
    """Return the outlines of a mask's connected pieces, each a polygon on pixel corners.

    Parameters
    ----------
    mask : ndarray of bool, shape (H, W)
    """
    # Drawn four times as large, so that the outline through the centres of the border's pixels
    # is within an eighth of a pixel of the pixels' outer edge.
    large = mask.astype(np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    found, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    polygons: list[Polygon] = []
    for contour in found:
        # From centres of small pixels to the image's coordinates.
        corners = (contour[:, 0, :].astype(np.float64) + 0.5) / 4
        polygons.append(Polygon(tuple((float(x), float(y)) for x, y in corners)))
    return polygons


def run_lengths(mask: Mask) -> list[int]:
    """Return the lengths of a mask's runs, column by column, the first of background.

    Parameters
    ----------
    mask : ndarray of bool, shape (H, W)
    """
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    edges = np.concatenate(([0], changes, [flat.size]))
    counts: list[int] = np.diff(edges).tolist()
    return [0, *counts] if flat.size and flat[0] else counts


def from_run_lengths(counts: Sequence[int], height: int, width: int) -> Mask:
    """Return the mask of run lengths, shape (H, W).

    Raises
    ------
    IngestError
        If they do not fill the mask.
    """
    if any(count < 0 for count in counts) or sum(counts) != height * width:
        raise IngestError(
            f"Run lengths over {sum(counts)} pixels do not fill {width} x {height}; export the "
            "file again."
        )
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, np.asarray(counts, dtype=np.int64))
    return flat.reshape((height, width), order="F")


def packed(counts: Sequence[int]) -> str:
    """Return run lengths as COCO's text: differences to the run before last, 5 bits a letter.

    After ``rleToString`` of the COCO API (maskApi.c).
    """
    letters = []
    for place, count in enumerate(counts):
        rest = count - counts[place - 2] if place > 2 else count
        more = True
        while more:
            bits = rest & 0x1F
            rest >>= 5
            more = rest != (-1 if bits & 0x10 else 0)
            letters.append(chr((bits | 0x20 if more else bits) + 48))
    return "".join(letters)


def unpacked(text: str) -> list[int]:
    """Return the run lengths of COCO's text; see `packed`.

    Raises
    ------
    IngestError
        If the text ends within a number, or has letters that it cannot have.
    """
    counts: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64:
            raise IngestError("A mask is not in COCO's run lengths; export the file again.")
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            if bits & 0x10:
                value -= 1 << shift
            counts.append(value + counts[-2] if len(counts) > 2 else value)
            value = shift = 0
    if shift:
        raise IngestError("A mask's run lengths end within a number; export the file again.")
    return counts
