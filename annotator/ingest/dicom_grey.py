"""Grey DICOM values to stored values and the window that shows them as the standard says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from .pictures import GreyWindow, Pixels, full_window

_Integers = npt.NDArray[np.int64]
_Values = npt.NDArray[np.int64] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Grey:
    """Values on their way through the standard's pipeline.

    ``values * slope + intercept`` is the modality's quantity (Hounsfield units and the like);
    the linear part stays symbolic, so that integer values stay exact. ``lowest`` and
    ``highest`` are the values that can occur, ``window`` is in the modality's quantity.
    """

    values: _Values
    lowest: int
    highest: int
    slope: float = 1.0
    intercept: float = 0.0
    window: tuple[float, float] | None = None


def render_grey(
    frame: npt.NDArray[Any], header: Dataset, *, compressed: bool
) -> tuple[Pixels, GreyWindow | None, tuple[str, ...]]:
    """Take a grey frame through modality LUT, VOI LUT or window, and inversion.

    Linear steps (rescale, LINEAR and LINEAR_EXACT windows, MONOCHROME1) are not applied to the
    values but to the window, so that every value is kept and an editor can widen the window.
    Steps that a window cannot express (lookup tables, SIGMOID) are applied.

    Parameters
    ----------
    frame : ndarray, shape (H, W)
        Stored values as decoded.
    header : Dataset
        The file's header.
    compressed : bool
        Whether a codestream was decoded; unused high bits are cleared only where none was.

    Returns
    -------
    ndarray of uint16 or uint8, shape (H, W)
        uint8 where the picture is 8 bits and shown as it is.
    GreyWindow or None
        In stored values; None for uint8.
    tuple of str
        Warnings.

    Notes
    -----
    PS3.3 C.11.1 (modality LUT), C.11.2 (VOI LUT), C.7.6.3.1.2 (photometric interpretation),
    C.7.6.16.2.9 and C.7.6.16.2.10 (their functional groups).
    """
    warnings: list[str] = []
    grey = _stored(frame, header, compressed=compressed)
    grey = _with_modality(grey, _group(header, "PixelValueTransformationSequence"), warnings)
    grey = _with_voi(grey, _group(header, "FrameVOILUTSequence"), warnings)
    inverted = (header.get("PhotometricInterpretation") == "MONOCHROME1") != (grey.slope < 0)
    pixels, window = _in_16_bits(grey, inverted, warnings)
    if grey.highest - grey.lowest == 255 and window in (None, GreyWindow(0.0, 255.0)):
        return pixels.astype(np.uint8), None, tuple(warnings)
    if window is None:
        window = _window_without_padding(pixels, grey, header)
    return pixels, window, tuple(warnings)


def _stored(frame: npt.NDArray[Any], header: Dataset, *, compressed: bool) -> _Grey:
    """Return the stored values as the header's bit depth and sign have them."""
    if frame.dtype.kind == "f":
        return _Grey(np.nan_to_num(frame.astype(np.float64)), 0, 0)
    bits = int(header.get("BitsStored") or header.get("BitsAllocated") or 16)
    signed = bool(header.get("PixelRepresentation", 0))
    values = frame.astype(np.int64)
    if not compressed:
        # Old files keep overlays in the high bits.
        values = (values >> max(0, int(header.get("HighBit", bits - 1)) + 1 - bits)) & (2**bits - 1)
        if signed:
            values = (values ^ 2 ** (bits - 1)) - 2 ** (bits - 1)
    lowest = -(2 ** (bits - 1)) if signed else 0
    return _Grey(values, lowest, lowest + 2**bits - 1)


def _with_modality(grey: _Grey, group: Dataset, warnings: list[str]) -> _Grey:
    if group.get("ModalityLUTSequence"):
        return _through_table(grey, group.ModalityLUTSequence[0])
    slope = float(group.get("RescaleSlope") or 1.0)
    intercept = float(group.get("RescaleIntercept") or 0.0)
    if group.get("RescaleSlope") == 0 or not np.isfinite([slope, intercept]).all():
        warnings.append("The rescale in the header is no rescale and was ignored.")
        return grey
    return replace(grey, slope=slope, intercept=intercept)


def _with_voi(grey: _Grey, group: Dataset, warnings: list[str]) -> _Grey:
    if group.get("VOILUTSequence"):
        return _through_table(grey, group.VOILUTSequence[0])
    centre, width = (_first_number(group.get(k)) for k in ("WindowCenter", "WindowWidth"))
    if centre is None or width is None:
        return grey
    function = str(group.get("VOILUTFunction") or "LINEAR").upper()
    if width <= 0 or function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        warnings.append("The window in the header is no window; the full range is shown.")
        return grey
    if function == "SIGMOID":
        quantity = grey.values * grey.slope + grey.intercept
        curve = 1 / (1 + np.exp(np.clip(-4 * (quantity - centre) / width, -60, 60)))
        return _Grey(np.rint(65535 * curve).astype(np.int64), 0, 65535, window=(0, 65535))
    if function == "LINEAR":
        # PS3.3 C.11.2.1.2.1: the window's ends are pixel values, not edges between them.
        centre, width = centre - 0.5, width - 1
    # A window of width 0 is a threshold.
    half = max(width, 1e-3) / 2
    return replace(grey, window=(centre - half, centre + half))


def _through_table(grey: _Grey, item: Dataset) -> _Grey:
    """Apply a lookup table (PS3.3 C.11.1.1.1): below its first value the first entry, and so on."""
    entries, first, bits = (int(n) for n in item.LUTDescriptor)
    table = _table(item["LUTData"].value, entries or 65536)
    quantity = np.rint(grey.values * grey.slope + grey.intercept).astype(np.int64)
    values = table[np.clip(quantity - first, 0, len(table) - 1)]
    bits = max(bits, int(table.max()).bit_length())
    return _Grey(values, 0, 2**bits - 1, window=(0, 2**bits - 1))


def _table(data: bytes | Sequence[int], entries: int) -> _Integers:
    if isinstance(data, bytes):
        width = np.uint8 if len(data) < 2 * entries else np.dtype("<u2")
        return np.frombuffer(data, dtype=width)[:entries].astype(np.int64)
    return np.asarray(data, dtype=np.int64)[:entries]


def _in_16_bits(
    grey: _Grey, inverted: bool, warnings: list[str]
) -> tuple[npt.NDArray[np.uint16], GreyWindow | None]:
    lowest = min(grey.lowest, grey.values.min())
    highest = max(grey.highest, grey.values.max())
    if grey.values.dtype.kind == "f" or highest - lowest > 65535:
        lowest, highest = grey.values.min(), grey.values.max()
    span = float(highest - lowest)
    gain = 1.0 if grey.values.dtype.kind == "i" and span <= 65535 else (span or 1.0) / 65535
    if gain != 1.0:
        warnings.append("Grey values need more than 16 bits and were scaled to 16.")
    top = round(span / gain)
    stored = grey.values - lowest if gain == 1.0 else np.rint((grey.values - lowest) / gain)
    pixels = (top - stored if inverted else stored).astype(np.uint16)
    if grey.window is None:
        return pixels, None
    ends = [((end - grey.intercept) / grey.slope - lowest) / gain for end in grey.window]
    low, high = sorted(top - end if inverted else end for end in ends)
    return pixels, GreyWindow(float(low), float(high))


def _window_without_padding(
    pixels: npt.NDArray[np.uint16], grey: _Grey, header: Dataset
) -> GreyWindow:
    """Return the range of the picture's values, leaving out the value that marks padding."""
    padding = _first_number(header.get("PixelPaddingValue"))
    if padding is not None and grey.values.dtype.kind == "i":
        seen = pixels[grey.values != int(padding)]
        if seen.size:
            return full_window(cast("Pixels", seen))
    return full_window(pixels)


def _group(header: Dataset, macro: str) -> Dataset:
    """Return the functional group of the first frame, or the header where there is none."""
    for sequence in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for groups in (header.get(sequence) or [])[:1]:
            if groups.get(macro):
                return cast("Dataset", groups.get(macro)[0])
    return header


def _first_number(value: Any) -> float | None:
    if isinstance(value, str) or not isinstance(value, Sequence):
        value = [value]
    try:
        number = float(value[0])
    except (TypeError, ValueError, IndexError):
        return None
    return number if np.isfinite(number) else None
