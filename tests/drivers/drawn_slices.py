"""Slices of heads that never were: drawn by formulas, for pictures that anybody may see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from dicom_files import written

SIDE = 512
SPACING_MM = 0.46875
_LARGEST = 1600.0

Floats = npt.NDArray[np.float64]


def drawn_slice(number: int, lesion: tuple[float, float, float] | None) -> npt.NDArray[np.uint16]:
    """Return an axial slice as a contrast-enhanced T1-weighted sequence would show it.

    Parameters
    ----------
    number : int
        Another number, another head.
    lesion : (x, y, radius) in px, or None
        An enhancing lesion.

    Returns
    -------
    ndarray of uint16, shape (512, 512), 0 to some 1,600
    """
    chance = np.random.default_rng(number)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    wide, long = 178 + chance.uniform(-6, 6), 216 + chance.uniform(-6, 6)
    out = np.hypot((x - 256) / wide, (y - 258) / long) + 0.012 * _smooth(chance, 60)
    head = 0.62 * _ring(out, 1.0, 0.018) + 0.12 * _ring(out, 0.93, 0.03)
    inside = _step(0.885 - out, 0.008)
    # Grey matter follows the folds, white matter lies under it.
    folds = _step(0.2 - np.abs(_smooth(chance, 12)), 0.1) * _step(out - 0.55, 0.1)
    white = _step(0.72 - out - 0.05 * _smooth(chance, 16), 0.03)
    brain = 0.27 + 0.06 * white - 0.17 * folds + 0.012 * _smooth(chance, 4)
    # Two ventricles that part towards their ends.
    end = (y - 250) / 64
    ventricles = _step((1 - end**2) * 11 - np.abs(np.abs(x - 256) - 15 - 16 * end**2), 1.5)
    brain = brain * (1 - ventricles) + 0.09 * ventricles
    falx = np.exp(-(((x - 256 - 1.5 * np.sin(y / 40)) / 1.6) ** 2)) * _step(np.abs(y - 250) - 95, 8)
    brain = brain + 0.24 * falx
    if lesion is not None:
        lx, ly, radius = lesion
        far = np.hypot(x - lx, (y - ly) * 1.08) / radius + 0.07 * _smooth(chance, 14)
        mass = _step(1 - far, 0.035)
        swelling = _step(1.55 - far, 0.25) * (1 - mass)
        brain = brain - 0.08 * swelling
        brain = brain * (1 - mass) + (0.52 + 0.035 * _smooth(chance, 8)) * mass
    shown = np.clip(head * (1 - inside) + brain * inside, 0, 1)
    noise = 0.012
    shown = np.hypot(
        shown + noise * chance.normal(size=x.shape), noise * chance.normal(size=x.shape)
    )
    return np.clip(shown * _LARGEST, 0, 4095).round().astype(np.uint16)


def written_slice(folder: Path, number: int, lesion: tuple[float, float, float] | None) -> Path:
    """Write a slice as a DICOM file with a window and a spacing."""
    return written(
        folder,
        drawn_slice(number, lesion),
        f"drawn-{number:03d}.dcm",
        Modality="MR",
        SOPInstanceUID=f"1.2.3.{number + 1}",
        PixelSpacing=[SPACING_MM, SPACING_MM],
        WindowCenter=560,
        WindowWidth=1120,
    )


def _step(value: Floats, softness: float) -> Floats:
    return 0.5 * (1 + np.tanh(value / softness))


def _ring(out: Floats, at: float, thick: float) -> Floats:
    return np.exp(-(((out - at) / thick) ** 2))


def _smooth(chance: np.random.Generator, size_px: float) -> Floats:
    """Return noise without detail finer than so many pixels; standard deviation 1."""
    fy, fx = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None]
    low = np.exp(-2 * (np.pi * size_px) ** 2 * (fx**2 + fy**2) / 4)
    field: Floats = np.fft.irfft2(
        np.fft.rfft2(chance.normal(size=(SIDE, SIDE))) * low, (SIDE, SIDE)
    )
    return field / field.std()
