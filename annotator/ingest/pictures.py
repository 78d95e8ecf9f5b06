"""Decoded pictures: what every reader returns, and the size that no reader goes beyond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..domain import SliceGeometry
from ..errors import IngestError

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""uint8 (H, W, 3) in sRGB, uint8 (H, W) or uint16 (H, W) grey."""

MAX_MEGAPIXELS = 200.0
"""Pictures above this are refused from their header, before a pixel is decoded."""


class GreyWindow(NamedTuple):
    """The stored grey values shown black and white, ``low < high``; between them, linearly."""

    low: float
    high: float


class NamedWindow(NamedTuple):
    """A window in the unit of the values, its ends ``center - width / 2`` and ``+ width / 2``."""

    name: str
    center: float
    width: float


@dataclass(frozen=True, slots=True)
class Display:
    """What stored values and pixels mean.

    Attributes
    ----------
    unit : str or None
        Unit of the quantity ``slope * stored + intercept``.
    slope, intercept : float
        The slope is negative where brighter stands for less (MONOCHROME1).
    windows : tuple of NamedWindow
        The header's windows in its order, by ends that are exact: one that the header calls
        LINEAR is half a value narrower at either end (PS3.3 C.11.2.1.3.2). The name has the
        header's numbers.
    spacing_mm : (float, float) or None
        Distance of rows, then of columns.
    aspect : float
        Height over width of a pixel.
    volume : mapping or None
        Of a slice of a volume: see `volume_to_json`.
    geometry : SliceGeometry or None
        Where it lies in the patient, as a DICOM header says.
    acquisition : mapping
        What tells it from others of its series, see `acquisition_of`.
    """

    unit: str | None = None
    slope: float = 1.0
    intercept: float = 0.0
    windows: tuple[NamedWindow, ...] = ()
    spacing_mm: tuple[float, float] | None = None
    aspect: float = 1.0
    volume: Mapping[str, Any] | None = None
    geometry: SliceGeometry | None = None
    acquisition: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as `ImageAsset.display` holds it."""
        said: dict[str, Any] = {
            "unit": self.unit,
            "slope": self.slope,
            "intercept": self.intercept,
            "windows": [window._asdict() for window in self.windows],
            "spacing_mm": self.spacing_mm and list(self.spacing_mm),
            "aspect": self.aspect,
        }
        if self.geometry is not None:
            said["geometry"] = self.geometry.to_json()
        if self.acquisition:
            said["acquisition"] = dict(self.acquisition)
        return said if self.volume is None else said | {"volume": dict(self.volume)}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a picture came from, as far as that may be known.

    Attributes
    ----------
    subject : str or None
        Pseudonym of the person; None where the file names nobody.
    facts : mapping
        JSON-ready, see `Deidentifier.origin`.
    names : tuple of str
        Keyed hashes of what files of labels call it, other than by its path.
    """

    subject: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """One picture as it will be stored and shown.

    Attributes
    ----------
    pixels : ndarray
        uint8 (H, W, 3) in sRGB, uint8 (H, W) or uint16 (H, W) grey, in native byte order,
        upright (EXIF orientation applied), brighter values brighter (MONOCHROME1 inverted).
    modality : str
        ``photograph`` or the DICOM modality.
    window : GreyWindow or None
        How 16-bit grey is shown at first; None for 8-bit pixels, which are shown as they are.
    warnings : tuple of str
        Sentences on what was changed or left out.
    display : Display or None
        What values and pixels mean; None for colours of unknown size.
    frame : int or None
        Number in its file, from 0; None for a file of one picture.
    origin : Origin or None
        None where nobody asked for it, and of photographs.
    """

    pixels: Pixels
    modality: str = "photograph"
    window: GreyWindow | None = None
    warnings: tuple[str, ...] = ()
    display: Display | None = None
    frame: int | None = None
    origin: Origin | None = None


def require_size(
    name: str, width: int, height: int, max_megapixels: float = MAX_MEGAPIXELS
) -> None:
    """Refuse a picture that is empty or too large to be decoded in bounded memory.

    Parameters
    ----------
    name : str
        Base name of the file, for the message.
    width, height : int
        In pixels, from the file's header.
    max_megapixels : float
        Limit in millions of pixels.

    Raises
    ------
    IngestError
        If the size is not positive or above the limit.
    """
    if width <= 0 or height <= 0:
        raise IngestError(
            f"{name} says that it is {width} x {height} px, which is no picture; export it again."
        )
    megapixels = width * height / 1e6
    if megapixels > max_megapixels:
        raise IngestError(
            f"{name} is {width} x {height} px ({megapixels:,.0f} megapixels) and the limit is "
            f"{max_megapixels:,.0f}; crop it or scale it down, then import it again."
        )


def shown_with(pixels: Pixels, window: tuple[float, float] | None = None) -> npt.NDArray[np.uint8]:
    """Return pixels as 8 bits, the way they are shown and classified.

    Parameters
    ----------
    pixels : ndarray
        uint8 (H, W, 3), uint8 (H, W) or uint16 (H, W).
    window : (float, float), optional
        For 16-bit grey, the values shown black and white (`ImageAsset.window`); without one the
        picture's darkest and brightest.

    Returns
    -------
    ndarray of uint8
        Of the same shape; 8-bit pixels are returned as they are.
    """
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, dtype=np.uint8)
    low, high = window or full_window(pixels)
    # A table of 65,536 entries is several times faster than arithmetic on every pixel.
    grey = np.arange(65536, dtype=np.float64)
    table = np.rint(np.clip((grey - low) / (high - low), 0, 1) * 255)
    shown: npt.NDArray[np.uint8] = table.astype(np.uint8)[pixels]
    return shown


def full_window(pixels: Pixels) -> GreyWindow:
    """Return the window from the darkest to the brightest value of 16-bit grey pixels."""
    low, high = float(pixels.min()), float(pixels.max())
    return GreyWindow(low, max(high, low + 1.0))
