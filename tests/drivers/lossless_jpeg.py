"""JPEG Lossless codestreams (ITU-T T.81, annex H) made for tests: every predictor and depth."""

from __future__ import annotations

import struct

import numpy as np

CATEGORIES = 17


def encoded(
    values: np.ndarray, precision: int, *, predictor: int = 1, shift: int = 0, wraps: bool = False
) -> bytes:
    """Encode (H, W) grey or (H, W, C) colours as one scan of process 14.

    Parameters
    ----------
    precision : int
        Bits of a sample, 2 to 16.
    shift : int
        The point transform: so many low bits are left out.
    wraps : bool
        Differences are the other way round the circle of 2^precision values, as devices write.
    """
    samples = values.reshape(*values.shape[:2], -1).astype(int) >> shift
    rows, columns, components = samples.shape
    bits = []
    for y, x, c in np.ndindex(rows, columns, components):
        guess = _prediction(samples[..., c], y, x, predictor, 1 << (precision - shift - 1))
        difference = int(samples[y, x, c]) - guess
        if wraps and difference:
            difference -= (1 << precision) * (1 if difference > 0 else -1)
        difference = ((difference + 32767) & 0xFFFF) - 32767
        length = abs(difference).bit_length()
        bits.append(f"{length:05b}")
        if 0 < length < 16:
            low = difference if difference > 0 else difference + (1 << length) - 1
            bits.append(f"{low:0{length}b}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    data = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    return _head(rows, columns, components, precision, predictor, shift) + data + b"\xff\xd9"


def _head(
    rows: int, columns: int, components: int, precision: int, predictor: int, shift: int
) -> bytes:
    ids = range(1, components + 1)
    frame = struct.pack(">HBHHB", 8 + 3 * components, precision, rows, columns, components)
    # One table for all: a code of five bits for each category.
    table = struct.pack(">HB", 19 + CATEGORIES, 0) + bytes([0] * 4 + [CATEGORIES] + [0] * 11)
    scan = struct.pack(">HB", 6 + 2 * components, components)
    return (
        b"\xff\xd8\xff\xc3"
        + frame
        + b"".join(bytes([one, 0x11, 0]) for one in ids)
        + b"\xff\xc4"
        + table
        + bytes(range(CATEGORIES))
        + b"\xff\xda"
        + scan
        + b"".join(bytes([one, 0]) for one in ids)
        + bytes([predictor, 0, shift])
    )


def _prediction(plane: np.ndarray, y: int, x: int, predictor: int, first: int) -> int:
    """Return what T.81 table H.1 predicts."""
    if y == 0 or x == 0:
        return int(plane[y, x - 1]) if x else int(plane[y - 1, 0]) if y else first
    left, above, corner = int(plane[y, x - 1]), int(plane[y - 1, x]), int(plane[y - 1, x - 1])
    return (
        left,
        above,
        corner,
        left + above - corner,
        left + ((above - corner) >> 1),
        above + ((left - corner) >> 1),
        (left + above) >> 1,
    )[predictor - 1]
