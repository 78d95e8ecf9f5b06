"""Coloured DICOM frames to sRGB: palettes, whole and segmented, and colours of more than 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import _expand_segmented_lut

from .colour import in_srgb
from .lookup_tables import LookupTable, byte_order
from .pictures import DecodedPicture

_COLOURS = ("Red", "Green", "Blue")


def coloured(header: Dataset, values: npt.NDArray[Any]) -> DecodedPicture:
    """Return a frame of colours, or of places in a palette, as sRGB of 8 bits.

    Parameters
    ----------
    header : Dataset
    values : ndarray, shape (H, W, 3) or (H, W)
        RGB, or what the palette maps.
    """
    if values.ndim == 2:
        colours, bits = _through_palette(header, values)
    else:
        colours, bits = values, int(header.get("BitsStored") or 8)
    reduced = (f"{bits}-bit colour was reduced to 8 bits.",) if bits > 8 else ()
    image = Image.fromarray((colours >> max(0, bits - 8)).astype(np.uint8)[..., :3])
    converted, notes = in_srgb(image, header.get("ICCProfile"))
    return DecodedPicture(np.asarray(converted), warnings=(*reduced, *notes))


def _through_palette(
    header: Dataset, values: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int64], int]:
    """Return colours (H, W, 3) and how many bits they have (PS3.3 C.7.6.3.1.5)."""
    signed = bool(header.get("PixelRepresentation", 0))
    tables = [_palette_table(header, colour, signed=signed) for colour in _COLOURS]
    bits = max(table.bits for table in tables)
    if bits > 8 and max(int(table.entries.max()) for table in tables) <= 255:
        # Some devices say 16 bits of entries that have 8.
        bits = 8
    return np.stack([table.of(values) for table in tables], axis=-1), bits


def _palette_table(header: Dataset, colour: str, *, signed: bool) -> LookupTable:
    descriptor = header[f"{colour}PaletteColorLookupTableDescriptor"].value
    order = byte_order(header)
    whole = header.get(f"{colour}PaletteColorLookupTableData")
    if whole:
        return LookupTable.read(descriptor, whole, signed=signed, order=order)
    # PS3.3 C.7.9.2
    data = header[f"Segmented{colour}PaletteColorLookupTableData"].value
    wide = int(descriptor[2]) > 8
    segments = np.frombuffer(data, f"{order}u2" if wide else np.uint8).tolist()
    entries = _expand_segmented_lut(tuple(segments), f"{order}{'H' if wide else 'B'}")
    return LookupTable.read(descriptor, entries, signed=signed, order=order)
