"""Masks in other tools' files: run lengths, and Label Studio's bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from ...domain import BoolMask, Mask, Polygon, Region
from ...domain.regions.run_lengths import from_run_lengths, run_lengths
from ...errors import RegionError

_MOST_PX = 1 << 28
"""More pixels than an image that can be imported has."""
_SIZES = (3, 4, 8, 16)
"""Bits of the four lengths of runs in Label Studio's masks, as it writes them itself."""
_WORD = 8
_OPAQUE = 128


def mask_of_runs(
    counts: Sequence[int] | npt.NDArray[np.int64],
    width: int,
    height: int,
    *,
    x: int = 0,
    y: int = 0,
    by_columns: bool = False,
) -> Mask:
    """Return the mask that run lengths of a window say, the first run background.

    Parameters
    ----------
    counts : sequence of int
    width, height : int
        Of the window, in pixels.
    x, y : int
        The column and row of the image that it begins at.
    by_columns : bool
        Whether runs go down the columns (COCO), not along the rows (CVAT).

    Raises
    ------
    RegionError
        If they do not fill the window, or there is no pixel.
    """
    require_size(width, height)
    flat = from_run_lengths(counts, width * height)
    pixels = flat.reshape((height, width), order="F" if by_columns else "C")
    return some_pixels(pixels, x, y)


def some_pixels(pixels: BoolMask, x: int = 0, y: int = 0) -> Mask:
    """Return the mask of pixels.

    Raises
    ------
    RegionError
        If there is none.
    """
    mask = Mask.of(pixels, x, y)
    if mask is None:
        raise RegionError("its mask holds no pixel.")
    return mask


def one_region(polygons: Sequence[Polygon]) -> Region:
    """Return polygons that lie apart as one region: of several, the pixels that they enclose.

    Raises
    ------
    RegionError
        If there is none, or they reach over more than an image has.
    """
    if not polygons:
        raise RegionError("its outlines enclose nothing.")
    if len(polygons) == 1:
        return polygons[0]
    lefts, tops, rights, bottoms = zip(*(polygon.extent for polygon in polygons), strict=True)
    left, top = floor(min(lefts)), floor(min(tops))
    width, height = ceil(max(rights)) - left, ceil(max(bottoms)) - top
    require_size(width, height)
    pixels = [polygon.moved(-left, -top).mask(height, width) for polygon in polygons]
    return some_pixels(np.logical_or.reduce(pixels), left, top)


def require_size(width: int, height: int) -> None:
    """Refuse the size of a mask that no image has.

    Raises
    ------
    RegionError
    """
    if type(width) is not int or type(height) is not int:
        raise RegionError(f"a mask of {width!r} x {height!r} px is none; export it again.")
    if min(width, height) < 1 or width * height > _MOST_PX:
        raise RegionError(f"a mask of {width} x {height} px is none of an image; export it again.")


def brush_bytes(pixels: BoolMask) -> bytes:
    """Return a mask of an image as Label Studio's brush has it.

    Its pixels are four bytes (red, green, blue, opacity), 0 or 255, row by row. After a head (32
    bits: how many bytes; 5: bits of a byte less 1; four times 4: bits of the lengths less 1) come
    runs: 1, which of the four lengths (2 bits), the length less 1, the byte. This is the format
    of rle-pack (thi.ng), without its runs of bytes that differ.

    Parameters
    ----------
    pixels : ndarray of bool, shape (H, W)
    """
    runs = 4 * run_lengths(pixels.ravel())
    longest = 1 << _SIZES[-1]
    parts = -(-runs // longest)
    lengths = np.full(int(parts.sum()), longest, dtype=np.int64)
    filled = parts > 0
    lengths[np.cumsum(parts)[filled] - 1] = runs[filled] - (parts[filled] - 1) * longest
    values = np.repeat(255 * (np.arange(len(runs)) % 2), parts)
    which = np.searchsorted([1 << size for size in _SIZES[:-1]], lengths)
    size = np.array(_SIZES)[which]
    codes = ((((4 + which) << size) + lengths - 1) << _WORD) + values
    head = 4 * pixels.size
    head = (head << 5) + _WORD - 1
    for bits in _SIZES:
        head = (head << 4) + bits - 1
    return _joined([head, *codes.tolist()], [53, *(3 + size + _WORD).tolist()])


def _joined(numbers: Sequence[int], bits: Sequence[int]) -> bytes:
    """Return numbers of so many bits each, one after the other, to the end of the last byte."""
    every = np.array(numbers, dtype=np.int64)
    widths = np.array(bits)
    ends = np.cumsum(widths)
    shift = np.repeat(ends, widths) - 1 - np.arange(ends[-1])
    return np.packbits((np.repeat(every, widths) >> shift & 1).astype(np.uint8)).tobytes()


def brush_mask(data: Sequence[int], width: int, height: int) -> Mask:
    """Return the mask of an image that Label Studio's brush drew: where it is half opaque or more.

    Parameters
    ----------
    data : sequence of int
        Bytes as `brush_bytes` returns them; runs of bytes that differ may be among them.
    width, height : int
        Of the image.

    Raises
    ------
    RegionError
        If they are not of an image of this size, or there is no pixel.
    """
    require_size(width, height)
    try:
        bits = _Bits(bytes(data))
    except (TypeError, ValueError):
        raise RegionError("its mask is no list of bytes; export it again.") from None
    number = bits.read(32)
    if number != 4 * width * height:
        raise RegionError(
            f"its mask has {number} values and an image of {width} x {height} px has "
            f"{4 * width * height}; they are not the same picture."
        )
    values = np.zeros(number, dtype=np.uint8)
    for start, run in _runs(bits, number):
        values[start : start + len(run)] = run
    return some_pixels(values.reshape(height, width, 4)[:, :, 3] >= _OPAQUE)


def _runs(bits: _Bits, number: int) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    word = bits.read(5) + 1
    sizes = [bits.read(4) + 1 for _ in range(4)]
    start = 0
    while start < number:
        same, which = bits.read(1), bits.read(2)
        length = bits.read(sizes[which]) + 1
        run = np.full(length, bits.read(word)) if same else bits.words(length, word)
        if start + length > number:
            raise RegionError("the runs of its mask are longer than the image; export it again.")
        yield start, run
        start += length


class _Bits:
    """Reads numbers of any width, the highest bit first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, width: int) -> int:
        first, last = self._at // 8, (self._at + width + 7) // 8
        if last > len(self._data):
            raise RegionError("its mask ends before the image does; export it again.")
        self._at += width
        number = int.from_bytes(self._data[first:last], "big") >> (8 * last - self._at)
        return number & ((1 << width) - 1)

    def words(self, count: int, width: int) -> npt.NDArray[np.int64]:
        first, last = self._at // 8, (self._at + count * width + 7) // 8
        if last > len(self._data):
            raise RegionError("its mask ends before the image does; export it again.")
        unpacked = np.unpackbits(np.frombuffer(self._data[first:last], np.uint8))
        own = unpacked[self._at % 8 :][: count * width].reshape(count, width)
        self._at += count * width
        return own.astype(np.int64) @ (1 << np.arange(width - 1, -1, -1))
