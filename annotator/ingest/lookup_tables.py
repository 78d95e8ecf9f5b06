"""DICOM lookup tables, of values and of palettes, as devices write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

_WORDS = 0x10000


def byte_order(header: Dataset) -> str:
    """Return the order of bytes of a file: ``>`` for big-endian ones, else ``<``."""
    return ">" if header.original_encoding[1] is False else "<"


class LookupTable(NamedTuple):
    """Entries that take the place of values.

    Attributes
    ----------
    entries : ndarray of int64, shape (N,)
    first : int
        The value that the first entry stands for.
    bits : int
        Of an entry.
    """

    entries: npt.NDArray[np.int64]
    first: int
    bits: int

    @classmethod
    def read(
        cls,
        descriptor: Sequence[int],
        data: bytes | Sequence[int],
        *,
        signed: bool,
        order: str,
    ) -> Self:
        """Read a table.

        Parameters
        ----------
        descriptor : sequence of int
            Number of entries, first value, bits of an entry.
        data : bytes or sequence of int
            The entries, as their element's VR has them: words that a device calls signed are not.
        signed : bool
            Whether the values that are looked up can be negative: the first value's sign
            follows them, whatever its VR says.
        order : str
            Of the bytes: ``<`` or ``>``, see `byte_order`.

        Notes
        -----
        PS3.3 C.11.1.1.1, C.11.2.1.1, C.7.6.3.1.5: 0 entries are 65,536, which 16 bits cannot say.
        """
        count, first, bits = (int(number) for number in descriptor)
        count = count % _WORDS or _WORDS
        if signed and first >= _WORDS // 2:
            first -= _WORDS
        elif not signed and first < 0:
            first += _WORDS
        if isinstance(data, bytes):
            width = np.uint8 if len(data) < 2 * count else np.dtype(f"{order}u2")
            entries = np.frombuffer(data, dtype=width)[:count].astype(np.int64)
        else:
            entries = np.asarray(data, dtype=np.int64)[:count] % _WORDS
        bits = 8 if entries.size and isinstance(data, bytes) and width == np.uint8 else bits
        return cls(entries, first, max(bits, int(entries.max()).bit_length()))

    def of(self, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Return the entries for values; below the first its entry, beyond the last the last."""
        places = np.clip(values.astype(np.int64) - self.first, 0, len(self.entries) - 1)
        return self.entries[places]
