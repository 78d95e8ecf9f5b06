"""Text that is drawn into pixels: where it probably is, and how it is taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import cv2
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from .dicom_header import numbers
from .pictures import GreyWindow, Pixels, full_window, shown_with

Grey = npt.NDArray[np.uint8]

_SEARCHED_PX = 1024
"""Pictures are searched at about this size: text that can be read in a film is large in it."""

_TALLEST_PX = 60
_LEAST_CONTRAST = 30
"""Grey levels, of 255, by which a stroke differs from what is around it."""

_ALIKE = 0.75
"""The letters of a line differ from what is around them by as much, within this share."""

_KERNEL = cv2.getStructuringElement(cv2.MORPH_RECT, (15, 15))


class PixelBox(NamedTuple):
    """Whole pixels: the first column and row, and how many of each."""

    x: int
    y: int
    width: int
    height: int


class _Letter(NamedTuple):
    """What could be a letter, and by how many grey levels it differs from what is around it."""

    box: PixelBox
    contrast: float


_Boxes = npt.NDArray[np.int32]


def text_boxes(pixels: Pixels, window: GreyWindow | None = None) -> list[PixelBox]:
    """Find lines of at least three letters that were drawn into a picture.

    Parameters
    ----------
    pixels : ndarray
        uint8 (H, W, 3), uint8 (H, W) or uint16 (H, W).
    window : GreyWindow, optional
        How 16-bit grey is shown first. It is searched as it is shown so, and over its full range.

    Returns
    -------
    list of PixelBox
        Around each line, with a margin. Single letters are no line: the side markers of a film
        (``L``, ``R``) stay.

    Notes
    -----
    Drawn letters are thin, of one grey value, of one height in a line, and sharp; tissue is at
    most two of these. Nothing is downloaded and nothing is read: it is not known what the text
    says. How much it finds and what it takes for text is measured in docs/ingest.md.
    """
    rows, columns = pixels.shape[:2]
    scale = min(2.0, _SEARCHED_PX / max(rows, columns))
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cast("Pixels", cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how))
    windows = dict.fromkeys((window, full_window(small))) if small.dtype == np.uint16 else [None]
    found = []
    for shown in (shown_with(small, one) for one in windows):
        for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            strokes = np.asarray(cv2.morphologyEx(shown, operation, _KERNEL), dtype=np.uint8)
            found += _lines(strokes)
    return [_in_picture(box, scale, rows, columns) for box in dict.fromkeys(found)]


def _lines(strokes: Grey) -> list[PixelBox]:
    """Return the lines of letters in a picture of strokes, with all that belongs to them."""
    strong = strokes > _LEAST_CONTRAST
    # Letters that touch by their soft edges come apart above half of their own height.
    peaks = cv2.dilate(strokes, _KERNEL)
    core = strong & (strokes > cv2.convertScaleAbs(peaks, alpha=0.55))
    lines = _joined(_letters(strokes, core))
    if not lines:
        return []
    around = _components(strong)[0]
    return [_completed(line, around) for line in lines]


def _components(mask: npt.NDArray[np.bool_]) -> tuple[_Boxes, npt.NDArray[np.int32]]:
    """Return x, y, width, height and pixels of each connected component, and their labels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return np.asarray(stats, dtype=np.int32), np.asarray(labels, dtype=np.int32)


def _letters(strokes: Grey, core: npt.NDArray[np.bool_]) -> list[_Letter]:
    """Return what could be letters: of a letter's shape, and drawn with one pen."""
    stats, labels = _components(core)
    wide, tall, pixels = stats[:, 2], stats[:, 3], stats[:, 4]
    plausible = (tall >= 7) & (tall <= _TALLEST_PX) & (wide <= 1.6 * tall)
    plausible &= pixels > 0.15 * wide * tall
    plausible[0] = False  # what is no stroke
    inside = np.flatnonzero(labels)
    component, values = labels.ravel()[inside], strokes.ravel()[inside]
    order = np.argsort(component, kind="stable")
    component, values = component[order], values[order]
    starts = np.flatnonzero(np.r_[True, np.diff(component) > 0][: len(component)])
    contrast = np.zeros(len(stats))
    contrast[component[starts]] = np.maximum.reduceat(values, starts) if starts.size else 0
    full = np.bincount(component, values >= 0.8 * contrast[component], len(stats))
    plausible &= full >= 0.5 * pixels
    return [
        _Letter(PixelBox(*map(int, stats[n, :4])), float(contrast[n]))
        for n in np.flatnonzero(plausible)
    ]


def _joined(letters: list[_Letter]) -> list[PixelBox]:
    """Join letters that stand beside each other at one height."""
    lines: list[list[_Letter]] = []
    open_lines: list[list[_Letter]] = []
    for letter in sorted(letters):
        reach = letter.box.x - 3 * _TALLEST_PX
        open_lines = [line for line in open_lines if line[-1].box.x >= reach]
        for line in reversed(open_lines):
            if _continues(line[-1], letter):
                line.append(letter)
                break
        else:
            lines.append([letter])
            open_lines.append(lines[-1])
    return [_around([letter.box for letter in line]) for line in lines if _is_text(line)]


def _continues(last: _Letter, letter: _Letter) -> bool:
    tall = max(last.box.height, letter.box.height)
    gap = letter.box.x - (last.box.x + last.box.width)
    same_height = min(last.box.height, letter.box.height) >= 0.6 * tall
    bottoms = abs(last.box.y + last.box.height - letter.box.y - letter.box.height)
    contrasts = sorted((last.contrast, letter.contrast))
    alike = contrasts[0] >= _ALIKE * contrasts[1]
    return alike and same_height and -0.2 * tall <= gap <= 1.1 * tall and bottoms <= 0.25 * tall


def _is_text(line: list[_Letter]) -> bool:
    if len(line) < 3:
        return False
    heights = np.array([letter.box.height for letter in line])
    even = np.abs(heights - np.median(heights)) <= 0.15 * np.median(heights) + 1
    contrasts = np.array([letter.contrast for letter in line])
    return bool(np.mean(even) >= 0.6 and contrasts.min() >= 0.7 * contrasts.max())


def _completed(line: PixelBox, around: _Boxes) -> PixelBox:
    """Return a line with the strokes beside it: letters that touch, dots, another grey."""
    tall = line.height
    middle = around[:, 1] + around[:, 3] / 2
    beside = (around[:, 3] <= 1.8 * tall) & (np.abs(middle - line.y - tall / 2) <= 0.8 * tall)
    candidates = [PixelBox(*map(int, box[:4])) for box in around[beside]]
    left, right = line.x, line.x + line.width
    grows = True
    while grows:
        near = [
            b for b in candidates if b.x <= right + 2 * tall and b.x + b.width >= left - 2 * tall
        ]
        wider = (min([left, *(b.x for b in near)]), max([right, *(b.x + b.width for b in near)]))
        grows = wider != (left, right)
        left, right = wider
    return PixelBox(left, line.y, right - left, line.height)


def _around(boxes: Sequence[PixelBox]) -> PixelBox:
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    right, bottom = max(b.x + b.width for b in boxes), max(b.y + b.height for b in boxes)
    return PixelBox(left, top, right - left, bottom - top)


def _in_picture(box: PixelBox, scale: float, rows: int, columns: int) -> PixelBox:
    """Return a box in the pixels of the picture, with a margin for what hangs below the line."""
    margin = 2 + 0.35 * box.height
    left = max(0, int((box.x - margin) / scale))
    top = max(0, int((box.y - margin) / scale))
    right = min(columns, int(np.ceil((box.x + box.width + margin) / scale)))
    bottom = min(rows, int(np.ceil((box.y + box.height + margin) / scale)))
    return PixelBox(left, top, right - left, bottom - top)


def outside_ultrasound(header: Dataset, rows: int, columns: int) -> npt.NDArray[np.bool_] | None:
    """Return which pixels lie in none of an ultrasound image's regions, (H, W).

    None where the header has no regions: it is then not known where its text stands.

    Notes
    -----
    PS3.3 C.8.5.5: regions hold the echoes, traces and bars; what is around them is the device's
    screen, with the patient's name in its corner.
    """
    regions = header.get("SequenceOfUltrasoundRegions") or []
    outside = np.ones((rows, columns), dtype=bool)
    ends = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1")
    for region in regions:
        said = [numbers(region.get(end)) for end in (*ends, "RegionLocationMaxY1")]
        if all(len(one) == 1 and one[0] >= 0 for one in said):
            left, top, right, bottom = (int(one[0]) for one in said)
            outside[top : bottom + 1, left : right + 1] = False
    return None if outside.all() else outside


def masked(pixels: Pixels, boxes: Sequence[PixelBox]) -> Pixels:
    """Return a copy of pixels in which boxes are black."""
    cleaned = pixels.copy()
    for x, y, width, height in boxes:
        cleaned[y : y + height, x : x + width] = 0
    return cleaned
