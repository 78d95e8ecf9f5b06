"""Run lengths of masks, and COCO's text for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...errors import RegionError
from .region import BoolMask

_Counts = npt.NDArray[np.int64]
_MOST_LETTERS = 13
"""Of one number of 64 bits, five bits a letter."""


def run_lengths(flat: BoolMask) -> _Counts:
    """Return the lengths of runs, the first of background (0 where there is none).

    Parameters
    ----------
    flat : ndarray of bool, shape (N,)
        A mask, row by row or (COCO) column by column.

    Returns
    -------
    ndarray of int64
    """
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    begin = [0, 0] if flat.size and flat[0] else [0]
    return np.diff(np.concatenate((begin, edges, [flat.size]))).astype(np.int64)


def from_run_lengths(counts: Sequence[int] | _Counts, size: int) -> BoolMask:
    """Return what the lengths of runs say, shape (size,).

    Raises
    ------
    RegionError
        If they do not fill it.
    """
    lengths = checked(counts, size)
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)


def checked(counts: Sequence[int] | _Counts, size: int) -> _Counts:
    """Return the lengths of runs that fill so many pixels.

    Raises
    ------
    RegionError
        If they do not.
    """
    try:
        lengths = np.asarray(counts, dtype=np.int64)
    except (TypeError, ValueError, OverflowError):
        raise RegionError("The run lengths of a mask are no whole numbers.") from None
    # Each by itself, since a sum of numbers beyond all images begins anew.
    fit = lengths.ndim == 1 and ((lengths >= 0) & (lengths <= size)).all()
    if not fit or int(lengths.sum()) != size:
        raise RegionError(
            f"Run lengths over {int(lengths.sum())} pixels do not fill {size}; export the mask "
            "again."
        )
    return lengths


def packed(counts: Sequence[int] | _Counts) -> str:
    """Return run lengths as COCO's text: differences to the run before last, 5 bits a letter.

    After ``rleToString`` of the COCO API (maskApi.c).
    """
    rest = np.array(counts, dtype=np.int64)
    rest[3:] -= np.asarray(counts, dtype=np.int64)[1:-2]
    letters, used = [], []
    more = np.ones(len(rest), dtype=bool)
    while more.any():
        bits = rest & 0x1F
        rest = rest >> 5
        used.append(more)
        more = more & (rest != np.where(bits & 0x10, -1, 0))
        letters.append(bits + 48 + 0x20 * more)
    if not letters:
        return ""
    text: npt.NDArray[np.int64] = np.stack(letters, axis=1)[np.stack(used, axis=1)]
    return text.astype(np.uint8).tobytes().decode("ascii")


def unpacked(text: str) -> _Counts:
    """Return the run lengths of COCO's text; see `packed`.

    Raises
    ------
    RegionError
        If the text ends within a number, or has letters that it cannot have.
    """
    encoded = text.encode("utf-8", "surrogatepass")  # JSON may have halves of characters
    codes = np.frombuffer(encoded, dtype=np.uint8).astype(np.int64) - 48
    if ((codes < 0) | (codes >= 64)).any():
        raise RegionError("A mask is not in COCO's run lengths; export it again.")
    if not codes.size:
        return codes
    last = (codes & 0x20) == 0
    if not last[-1]:
        raise RegionError("A mask's run lengths end within a number; export the mask again.")
    first = np.concatenate(([0], np.flatnonzero(last)[:-1] + 1))
    letters = np.diff(np.append(first, codes.size))
    if letters.max() > _MOST_LETTERS:
        raise RegionError("A mask's run lengths have a number beyond all images; export it again.")
    shift = 5 * (np.arange(codes.size) - np.repeat(first, letters))
    values = np.add.reduceat((codes & 0x1F) << shift, first)
    negative = (codes[last] & 0x10) != 0
    values -= np.where(negative, np.int64(1) << np.minimum(5 * letters, 62), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
