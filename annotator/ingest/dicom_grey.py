"""Grey DICOM values to stored values and the window that shows them as the standard says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from .dicom_header import first_number, frame_group, numbers, rescaled_unit, unit_of
from .lookup_tables import LookupTable, byte_order
from .pictures import Display, GreyWindow, NamedWindow, Pixels, full_window

_Integers = npt.NDArray[np.integer[Any]]
_Values = _Integers | npt.NDArray[np.float64]
_MOST = 1e30
_LOSSLESS = frozenset(
    {
        JPEGLossless,
        JPEGLosslessSV1,
        JPEGLSLossless,
        JPEG2000Lossless,
        HTJ2KLossless,
        HTJ2KLosslessRPCL,
        RLELossless,
    }
)
UNUSED_BITS = "Bits above those that the header says are stored (overlays, or none) were cleared."


@dataclass(frozen=True, slots=True)
class _Grey:
    """Values on their way through the standard's pipeline.

    ``values * slope + intercept`` is the modality's quantity (Hounsfield units and the like);
    the linear part stays symbolic, so that integer values stay exact. ``lowest`` and
    ``highest`` are the values that can occur, ``windows`` are in the modality's quantity, the
    first of them the one to begin with. ``tabled`` says that the range is a table's, which is
    shown whole; ``presented`` that a VOI LUT or SIGMOID was applied, after which the values are
    the modality's no more.
    """

    values: _Values
    lowest: int
    highest: int
    slope: float = 1.0
    intercept: float = 0.0
    unit: str | None = None
    windows: tuple[NamedWindow, ...] = ()
    tabled: bool = False
    presented: bool = False


class GreyPicture(NamedTuple):
    """A grey frame as it will be stored, with what its values mean and how it is shown first."""

    pixels: Pixels
    window: GreyWindow | None
    display: Display
    warnings: tuple[str, ...]


def render_grey(values: npt.NDArray[Any], header: Dataset, frame: int, syntax: UID) -> GreyPicture:
    """Take a grey frame through modality LUT, VOI LUT or window, and inversion.

    Linear steps (rescale, LINEAR and LINEAR_EXACT windows, MONOCHROME1) are not applied to the
    values but to the window, so that every value is kept and an editor can widen the window.
    Steps that a window cannot express (lookup tables, SIGMOID) are applied.

    Parameters
    ----------
    values : ndarray, shape (H, W)
        Stored values as decoded.
    header : Dataset
        The file's header.
    frame : int
        Number of the frame, from 0.
    syntax : UID
        How the values were stored; bits above those that the header says are stored are cleared
        where nothing was lost, for there they are overlays and no values.

    Returns
    -------
    GreyPicture
        Pixels are uint8 where the picture is 8 bits and shown as it is, else uint16; the window
        is in stored values, and None for uint8.

    Notes
    -----
    PS3.3 C.11.1 (modality LUT), C.11.2 (VOI LUT), C.7.6.3.1.2 (photometric interpretation),
    C.7.6.16.2.9 and C.7.6.16.2.10 (their functional groups).
    """
    warnings: list[str] = []
    grey = _stored(values, header, syntax, warnings)
    grey = _with_modality(grey, header, frame, warnings)
    grey = _with_voi(grey, frame_group(header, "FrameVOILUTSequence", frame), warnings)
    inverted = (header.get("PhotometricInterpretation") == "MONOCHROME1") != (grey.slope < 0)
    pixels, display = _in_16_bits(grey, inverted, warnings)
    window = _first_window(display)
    if grey.highest - grey.lowest == 255 and window in (None, GreyWindow(0.0, 255.0)):
        return GreyPicture(pixels.astype(np.uint8), None, display, tuple(warnings))
    if window is None and grey.tabled:
        window = GreyWindow(0.0, float(grey.highest))
    elif window is None:
        window = _window_without_padding(pixels, grey, header)
    return GreyPicture(pixels, window, display, tuple(warnings))


def _stored(frame: npt.NDArray[Any], header: Dataset, syntax: UID, warnings: list[str]) -> _Grey:
    """Return the stored values as the header's bit depth and sign have them."""
    if frame.dtype.kind == "f":
        return _Grey(np.nan_to_num(frame.astype(np.float64)), 0, 0)
    bits = int(header.get("BitsStored") or header.get("BitsAllocated") or 16)
    signed = bool(header.get("PixelRepresentation", 0))
    lowest = -(2 ** (bits - 1)) if signed else 0
    highest = lowest + 2**bits - 1
    values: _Integers = frame
    beyond = syntax in _LOSSLESS and (frame.max() > highest or frame.min() < lowest)
    as_bits = beyond or not syntax.is_encapsulated
    if beyond:
        warnings.append(UNUSED_BITS)
    if as_bits:
        values = frame.view(np.dtype(f"u{frame.itemsize}").newbyteorder(frame.dtype.byteorder))
        # Old files keep overlays in the high bits.
        unused = max(0, int(header.get("HighBit", bits - 1)) + 1 - bits)
        if unused or bits < 8 * frame.itemsize:
            values = (values >> unused) & (2**bits - 1)
    # Wide enough for what follows, and no wider: films have millions of values.
    wide = np.int64 if bits > 16 or frame.itemsize > 2 else np.int32 if signed else np.uint16
    values = values.astype(wide)
    if signed and as_bits:
        values = (values ^ 2 ** (bits - 1)) - 2 ** (bits - 1)
    return _Grey(values, lowest, highest)


def _with_modality(grey: _Grey, header: Dataset, frame: int, warnings: list[str]) -> _Grey:
    group = frame_group(header, "PixelValueTransformationSequence", frame)
    item = _table_item(group.get("ModalityLUTSequence"), warnings)
    if item is not None:
        return replace(_through_table(grey, item), unit=unit_of(item.get("ModalityLUTType")))
    slope = float(group.get("RescaleSlope") or 1.0)
    intercept = float(group.get("RescaleIntercept") or 0.0)
    # Neither 0, nor so much or little that values are no numbers after it.
    if group.get("RescaleSlope") == 0 or not (
        1 / _MOST < abs(slope) < _MOST and abs(intercept) < _MOST
    ):
        warnings.append("The rescale in the header is no rescale and was ignored.")
        return grey
    return replace(grey, slope=slope, intercept=intercept, unit=rescaled_unit(header, group))


def _with_voi(grey: _Grey, group: Dataset, warnings: list[str]) -> _Grey:
    item = _table_item(group.get("VOILUTSequence"), warnings)
    if item is not None:
        return replace(_through_table(grey, item), presented=True)
    function = str(group.get("VOILUTFunction") or "LINEAR").upper()
    stated = [
        (centre, width)
        for centre, width in zip(
            numbers(group.get("WindowCenter")), numbers(group.get("WindowWidth")), strict=False
        )
        if not np.isnan([centre, width]).any()
    ]
    known = function in ("LINEAR", "LINEAR_EXACT", "SIGMOID")
    usable = [(centre, width) for centre, width in stated if width > 0 and known]
    if stated and not usable:
        warnings.append("The window in the header is no window; the full range is shown.")
        return grey
    if usable and function == "SIGMOID":
        return _through_sigmoid(grey, *usable[0])
    windows = tuple(_window(centre, width, function) for centre, width in usable)
    return replace(grey, windows=tuple(dict.fromkeys(windows)))


def _window(centre: float, width: float, function: str) -> NamedWindow:
    name = f"W {width:g} L {centre:g}"
    if function == "LINEAR":
        # PS3.3 C.11.2.1.2.1: the window's ends are pixel values, not edges between them.
        centre, width = centre - 0.5, width - 1
    # A window of width 0 is a threshold.
    return NamedWindow(name, centre, max(width, 1e-3))


def _through_sigmoid(grey: _Grey, centre: float, width: float) -> _Grey:
    """Apply the curve of PS3.3 C.11.2.1.3.1."""
    quantity = grey.values * grey.slope + grey.intercept
    curve = 1 / (1 + np.exp(np.clip(-4 * (quantity - centre) / width, -60, 60)))
    return _Grey(np.rint(65535 * curve).astype(np.int64), 0, 65535, tabled=True, presented=True)


def _table_item(items: Sequence[Dataset] | None, warnings: list[str]) -> Dataset | None:
    """Return the first lookup table that has entries."""
    for item in items or ():
        if item.get("LUTDescriptor") and item.get("LUTData"):
            return item
    if items:
        warnings.append("The lookup table in the header is empty and was ignored.")
    return None


def _through_table(grey: _Grey, item: Dataset) -> _Grey:
    """Apply a lookup table to the modality's quantity (PS3.3 C.11.1.1.1, C.11.2.1.1)."""
    ends = (n * grey.slope + grey.intercept for n in (grey.lowest, grey.highest))
    table = LookupTable.read(
        item.LUTDescriptor, item["LUTData"].value, signed=min(ends) < 0, order=byte_order(item)
    )
    values = table.of(np.rint(grey.values * grey.slope + grey.intercept))
    return _Grey(values, 0, 2**table.bits - 1, tabled=True)


def _in_16_bits(
    grey: _Grey, inverted: bool, warnings: list[str]
) -> tuple[npt.NDArray[np.uint16], Display]:
    lowest = min(grey.lowest, int(grey.values.min()))
    highest = max(grey.highest, int(grey.values.max()))
    if grey.values.dtype.kind == "f" or highest - lowest > 65535:
        lowest, highest = grey.values.min().item(), grey.values.max().item()
    span = float(highest - lowest)
    gain = 1.0 if grey.values.dtype.kind != "f" and span <= 65535 else (span or 1.0) / 65535
    if gain != 1.0:
        warnings.append("Grey values need more than 16 bits and were scaled to 16.")
    top = round(span / gain)
    stored: _Values = grey.values
    if gain != 1.0:
        stored = np.rint((grey.values - lowest) / gain)
    elif lowest:
        stored = grey.values - lowest
    pixels = (top - stored if inverted else stored).astype(np.uint16, copy=False)
    if grey.presented:
        return pixels, Display()
    zero = lowest + gain * top if inverted else lowest
    return pixels, Display(
        unit=grey.unit,
        slope=float(grey.slope * (-gain if inverted else gain)),
        intercept=float(grey.slope * zero + grey.intercept),
        windows=grey.windows,
    )


def _first_window(display: Display) -> GreyWindow | None:
    """Return the first window in stored values."""
    for _, centre, width in display.windows[:1]:
        ends = (centre - width / 2, centre + width / 2)
        low, high = sorted((end - display.intercept) / display.slope for end in ends)
        # Beyond what a number can say, after a rescale of hardly any slope.
        return GreyWindow(low, high) if np.isfinite([low, high]).all() else None
    return None


def _window_without_padding(
    pixels: npt.NDArray[np.uint16], grey: _Grey, header: Dataset
) -> GreyWindow:
    """Return the range of the picture's values, leaving out those that mark padding."""
    padding = _padding(header)
    if padding is not None and grey.values.dtype.kind != "f":
        low, high = padding
        seen = pixels[(grey.values < low) | (grey.values > high)]
        if seen.size:
            return full_window(cast("Pixels", seen))
    return full_window(pixels)


def _padding(header: Dataset) -> tuple[int, int] | None:
    """Return the first and last value of padding (PS3.3 C.7.5.1.1.2).

    Its sign follows the pixels', whatever its VR says.
    """
    stated = first_number(header.get("PixelPaddingValue"))
    if stated is None:
        return None
    limit = first_number(header.get("PixelPaddingRangeLimit"))
    size = 2 ** int(header.get("BitsAllocated") or 16)
    ends = [int(end) % size for end in (stated, stated if limit is None else limit)]
    if header.get("PixelRepresentation", 0):
        ends = [end - size if end >= size // 2 else end for end in ends]
    return min(ends), max(ends)
