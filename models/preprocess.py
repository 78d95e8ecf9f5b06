"""From an image to a network's input, and from the input's grid back to the image.

Coordinates are those of the original image: ``x`` is the column, ``y`` the row, in pixels,
with the origin at the outer corner of the top-left pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .card_parts import InputSpec
from .errors import InputError

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the original image."""

_MOST = {torch.uint8: 255.0, torch.uint16: 65535.0}
_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, of red, green and blue


@dataclass(frozen=True, slots=True)
class InputFrame:
    """Where a network's input lies on the original image.

    Attributes
    ----------
    x, y, width, height : float
        The rectangle of the image that the input covers, in its pixels; it may reach over the
        image's edge.
    image_width, image_height : int
        Size of the image in pixels.
    """

    x: float
    y: float
    width: float
    height: float
    image_width: int
    image_height: int

    def to_image(self, grid: Tensor) -> Tensor:
        """Lay maps on the frame's grid over the original image.

        Bilinear between the centres of the grid's cells, as the cells lie on the image.

        Parameters
        ----------
        grid : Tensor, shape (..., h, w)
            Floating point, >= 0; the h x w cells cover the frame.

        Returns
        -------
        Tensor, shape (..., H, W)
            >= 0, 0 outside the frame; each map sums to 1, or is all 0 where the grid is.
        """
        rows = _interpolation(grid, grid.shape[-2], self.y, self.height, self.image_height)
        columns = _interpolation(grid, grid.shape[-1], self.x, self.width, self.image_width)
        laid = rows @ grid @ columns.T
        total = laid.sum((-2, -1), keepdim=True)
        return laid / torch.where(total > 0, total, 1.0)


def _interpolation(like: Tensor, cells: int, start: float, extent: float, pixels: int) -> Tensor:
    """Return the (pixels, cells) matrix of linear interpolation along one axis."""
    centres = torch.arange(pixels, device=like.device, dtype=torch.float64) + 0.5
    inside = (centres >= start) & (centres < start + extent)
    at = ((centres - start) / extent * cells - 0.5).clamp(0, cells - 1)
    grid = torch.arange(cells, device=like.device, dtype=torch.float64)
    weights = (1 - (at[:, None] - grid[None, :]).abs()).clamp(min=0)
    return (weights * inside[:, None]).to(like.dtype)


def prepare_image(
    image: Tensor, spec: InputSpec, box: Box | None = None
) -> tuple[Tensor, InputFrame]:
    """Bring an image, or a part of it, to a network's input.

    Parameters
    ----------
    image : Tensor, shape (H, W), (1, H, W) or (3, H, W)
        uint8, uint16, or floating point in [0, 1]; grey, or red, green and blue.
    spec : InputSpec
        Of the model card.
    box : (x, y, width, height), optional
        The part of the image to take, in its pixels, before the card's margin is added; all
        of the image if not given. It may reach over the edge; beyond the image is black.

    Returns
    -------
    input : Tensor, shape (C, height, width)
        float32, normalised, on the image's device.
    frame : InputFrame
        Where the input lies on the image.

    Raises
    ------
    InputError
        If the image's shape, type or range is another, or the box is not on the image.
    """
    channels = _as_channels(image)
    height, width = int(image.shape[-2]), int(image.shape[-1])
    left, top, right, bottom = _rectangle(width, height, spec, box)
    part = channels[:, max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    values = _resize(
        _to_unit_range(part),
        (max(0, -top), max(0, bottom - height), spec.height),
        (max(0, -left), max(0, right - width), spec.width),
    )
    values = _to_colours(values, spec.channels) * (spec.high - spec.low) + spec.low
    mean = torch.tensor(spec.mean, device=image.device).view(-1, 1, 1)
    std = torch.tensor(spec.std, device=image.device).view(-1, 1, 1)
    frame = InputFrame(left, top, right - left, bottom - top, width, height)
    return (values - mean) / std, frame


def _as_channels(image: Tensor) -> Tensor:
    channels = image[None] if image.ndim == 2 else image
    if channels.ndim != 3 or channels.shape[0] not in (1, 3) or 0 in channels.shape:
        raise InputError(
            f"An image of shape {tuple(image.shape)} cannot be read; give (H, W), (1, H, W) or "
            "(3, H, W)."
        )
    if channels.dtype not in _MOST and not channels.is_floating_point():
        raise InputError(
            f"An image of type {channels.dtype} cannot be read; give uint8, uint16, or floating "
            "point in [0, 1]."
        )
    return channels


def _to_unit_range(part: Tensor) -> Tensor:
    if part.dtype in _MOST:
        return part.to(torch.float32) / _MOST[part.dtype]
    values = part.to(torch.float32)
    low, high = torch.aminmax(values)
    if not (low >= 0 and high <= 1):  # false for NaN as well
        raise InputError(
            f"A floating-point image must lie in [0, 1]; this one lies in "
            f"[{float(low):g}, {float(high):g}]. Scale it, or give uint8 or uint16."
        )
    return values


def _resize(values: Tensor, rows: tuple[int, int, int], columns: tuple[int, int, int]) -> Tensor:
    """Add black before and after, and resize, one axis after the other.

    The axis with less to add goes first, so that a narrow image never becomes a large square.
    """
    for axis, (before, after, size) in sorted(
        ((-2, rows), (-1, columns)), key=lambda one: one[1][0] + one[1][1]
    ):
        padding = (before, after) if axis == -1 else (0, 0, before, after)
        values = functional.pad(values, padding)
        shape = (size, values.shape[-1]) if axis == -2 else (values.shape[-2], size)
        values = functional.interpolate(values[None], shape, mode="bilinear", antialias=True)[0]
    return values


def _to_colours(values: Tensor, channels: int) -> Tensor:
    if channels == values.shape[0]:
        return values
    if channels == 3:
        return values.expand(3, -1, -1)
    luminance = torch.tensor(_LUMINANCE, device=values.device).view(3, 1, 1)
    return (values * luminance).sum(0, keepdim=True)


def _rectangle(
    width: int, height: int, spec: InputSpec, box: Box | None
) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the part to take, in whole pixels.

    Whole pixels keep the way there and back exact: nothing is resampled twice.
    """
    x, y, across, down = (0.0, 0.0, float(width), float(height)) if box is None else box
    if not (across > 0 and down > 0 and x < width and y < height and x + across > 0 < y + down):
        raise InputError(
            f"The box {x:g}, {y:g}, {across:g} x {down:g} px is not on the image of "
            f"{width} x {height} px; give x, y, width, height in its pixels."
        )
    centre_x, centre_y = x + across / 2, y + down / 2
    if spec.crop == "centre":
        scale = min(across / spec.width, down / spec.height)
        across, down = scale * spec.width, scale * spec.height
    if box is not None:
        across, down = across * (1 + spec.margin), down * (1 + spec.margin)
    if spec.resize == "pad":
        scale = max(across / spec.width, down / spec.height)
        across, down = scale * spec.width, scale * spec.height
    columns, rows = max(1, round(across)), max(1, round(down))
    left, top = round(centre_x - columns / 2), round(centre_y - rows / 2)
    return left, top, left + columns, top + rows
