"""From an image to a network's input, and from the input's grid back to the image.

Coordinates are those of the original image: ``x`` is the column, ``y`` the row, in pixels,
with the origin at the outer corner of the top-left pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .card_parts import InputSpec
from .errors import InputError

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels of the original image."""
Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the original image."""

_MOST = {torch.uint8: 255.0, torch.uint16: 65535.0}
_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, of red, green and blue


@dataclass(frozen=True, slots=True)
class InputFrame:
    """Where a network's input lies on the original image: a rectangle, turned about a point.

    Attributes
    ----------
    x, y, width, height : float
        The rectangle of the image that the input covers, in its pixels; it may reach over the
        image's edge.
    image_width, image_height : int
        Size of the image in pixels.
    turn_deg : float
        By how much the rectangle is turned on the image, clockwise as it is seen; 0 is upright.
    pivot : tuple of float
        The point x, y that it is turned about; it stays where it is.
    """

    x: float
    y: float
    width: float
    height: float
    image_width: int
    image_height: int
    turn_deg: float = 0.0
    pivot: tuple[float, float] = (0.0, 0.0)

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
        if self.turn_deg:
            upright, cells = self.upright(grid)
            return upright.to_image(cells)
        rows = _interpolation(grid, grid.shape[-2], self.y, self.height, self.image_height)
        columns = _interpolation(grid, grid.shape[-1], self.x, self.width, self.image_width)
        return _summing_to_one(rows @ grid @ columns.T)

    def upright(self, grid: Tensor) -> tuple[InputFrame, Tensor]:
        """Return the same maps on the upright rectangle that the turned one lies in.

        Parameters
        ----------
        grid : Tensor, shape (..., h, w)
            Floating point, >= 0; the h x w cells cover the frame.

        Returns
        -------
        frame : InputFrame
            Upright; this one if it is.
        cells : Tensor, shape (..., h', w')
            >= 0, of half the side of the grid's cells at most, 0 outside the turned frame; each
            map has the sum that it had. The grid itself of an upright frame.
        """
        if not self.turn_deg:
            return self, grid
        cos, sin = math.cos(math.radians(self.turn_deg)), math.sin(math.radians(self.turn_deg))
        across, down = bounding_sides(self.width, self.height, self.turn_deg)
        # The rectangle's centre, turned about the pivot.
        x = self.x + self.width / 2 - self.pivot[0]
        y = self.y + self.height / 2 - self.pivot[1]
        frame = InputFrame(
            self.pivot[0] + cos * x - sin * y - across / 2,
            self.pivot[1] + sin * x + cos * y - down / 2,
            across,
            down,
            self.image_width,
            self.image_height,
        )
        rows, columns = grid.shape[-2:]
        finest = 0.5 * min(self.width / columns, self.height / rows)
        size = (math.ceil(down / finest), math.ceil(across / finest))
        # From the upright rectangle's sides, -1 to 1, to the turned one's.
        there = torch.tensor(
            [
                [cos * across / self.width, sin * down / self.width, 0.0],
                [-sin * across / self.height, cos * down / self.height, 0.0],
            ],
            dtype=grid.dtype,
            device=grid.device,
        )
        at = functional.affine_grid(there[None], [1, 1, *size], align_corners=False)
        maps = grid.reshape(1, -1, rows, columns)
        laid = functional.grid_sample(maps, at, padding_mode="border", align_corners=False)
        inside = (at.abs() <= 1).all(-1)
        cells = _summing_to_one((laid * inside).reshape(*grid.shape[:-2], *size))
        return frame, cells * grid.sum((-2, -1), keepdim=True)


def bounding_sides(width: float, height: float, turn_deg: float) -> tuple[float, float]:
    """Return width and height of the upright rectangle about a turned one."""
    cos = abs(math.cos(math.radians(turn_deg)))
    sin = abs(math.sin(math.radians(turn_deg)))
    return width * cos + height * sin, width * sin + height * cos


def _summing_to_one(maps: Tensor) -> Tensor:
    total = maps.sum((-2, -1), keepdim=True)
    return maps / torch.where(total > 0, total, 1.0)


def _interpolation(like: Tensor, cells: int, start: float, extent: float, pixels: int) -> Tensor:
    """Return the (pixels, cells) matrix of linear interpolation along one axis."""
    centres = torch.arange(pixels, device=like.device, dtype=torch.float64) + 0.5
    inside = (centres >= start) & (centres < start + extent)
    at = ((centres - start) / extent * cells - 0.5).clamp(0, cells - 1)
    grid = torch.arange(cells, device=like.device, dtype=torch.float64)
    weights = (1 - (at[:, None] - grid[None, :]).abs()).clamp(min=0)
    return (weights * inside[:, None]).to(like.dtype)


def prepare_image(
    image: Tensor, spec: InputSpec, box: Box | None = None, turn_deg: float = 0.0
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
    turn_deg : float, optional
        The part is turned by so much about its middle, clockwise as it is seen on the image.

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
    seen = (left, top, right, bottom)
    if turn_deg:
        values = _turned(channels, seen, turn_deg, (spec.height, spec.width))
    else:
        values = _cut(channels, seen, (spec.height, spec.width))
    values = _to_colours(values, spec.channels) * (spec.high - spec.low) + spec.low
    mean = torch.tensor(spec.mean, device=image.device).view(-1, 1, 1)
    std = torch.tensor(spec.std, device=image.device).view(-1, 1, 1)
    pivot = ((left + right) / 2, (top + bottom) / 2)
    frame = InputFrame(left, top, right - left, bottom - top, width, height, turn_deg, pivot)
    return (values - mean) / std, frame


def prepare_shades(image: Tensor, spec: InputSpec) -> tuple[Tensor, InputFrame]:
    """Bring a whole image to a network's size and colours, not normalised yet.

    A picture of eight bits that is made smaller keeps its levels, which takes a sixth of the time;
    one differs by one at most from that of the picture resized in floating point, and rounded.
    In one that is enlarged a few faces would not be found (decision 28).

    Parameters
    ----------
    image : Tensor
        As for `prepare_image`, on the CPU.
    spec : InputSpec

    Returns
    -------
    shades : Tensor, shape (C, height, width)
        uint8, or float32 in [0, 1].
    frame : InputFrame
        Where they lie on the image.

    Raises
    ------
    InputError
        If the image's shape, type or range is another.
    """
    channels = _as_channels(image)
    height, width = int(image.shape[-2]), int(image.shape[-1])
    left, top, right, bottom = seen = _rectangle(width, height, spec, None)
    frame = InputFrame(left, top, right - left, bottom - top, width, height)
    smaller = right - left >= spec.width and bottom - top >= spec.height
    values = _cut(channels, seen, (spec.height, spec.width), in_levels=smaller)
    coloured = _to_colours(values, spec.channels)
    return coloured.round().to(values.dtype) if values.dtype == torch.uint8 else coloured, frame


def seen_at(shades: Tensor, side: int, spec: InputSpec) -> Tensor:
    """Return shades (C, h, w), resized to a square, as a network takes them.

    Returns
    -------
    Tensor, shape (1, C, side, side)
        float32, normalised, with channels inmost.
    """
    values = _resize(shades, (0, 0, side), (0, 0, side))
    most = 1.0 if values.is_floating_point() else 255.0
    mean, std = torch.tensor(spec.mean), torch.tensor(spec.std)
    # By rows: an operation on three channels at a time would take six times as long.
    rows = values.permute(1, 2, 0).reshape(side, -1).to(torch.float32, copy=True)
    rows *= ((spec.high - spec.low) / most / std).repeat(side)
    rows += ((spec.low - mean) / std).repeat(side)
    return rows.reshape(1, side, side, -1).permute(0, 3, 1, 2)


def _cut(
    channels: Tensor, seen: Rectangle, size: tuple[int, int], *, in_levels: bool = False
) -> Tensor:
    """Return a part of an image, (C, rows, columns), in [0, 1], black beyond the image's edge.

    What has levels of eight bits keeps them if that is asked for.
    """
    left, top, right, bottom = seen
    height, width = channels.shape[-2:]
    part = channels[:, max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    return _resize(
        part if in_levels and part.dtype == torch.uint8 else _to_unit_range(part),
        (max(0, -top), max(0, bottom - height), size[0]),
        (max(0, -left), max(0, right - width), size[1]),
    )


def _turned(channels: Tensor, seen: Rectangle, turn_deg: float, size: tuple[int, int]) -> Tensor:
    """Return a part of an image that is turned about its middle, as `_cut` does.

    The upright part about it is resized to twice the wanted fineness, turned, and halved: so
    large photographs are not turned pixel by pixel, and nothing is lost by turning.
    """
    left, top, right, bottom = seen
    across, down = right - left, bottom - top
    wide, tall = bounding_sides(across, down, turn_deg)
    beside = max(0, math.ceil((wide - across) / 2))
    above = max(0, math.ceil((tall - down) / 2))
    wide, tall = across + 2 * beside, down + 2 * above  # whole pixels about the same middle
    fine = (math.ceil(2 * size[0] * tall / down), math.ceil(2 * size[1] * wide / across))
    about = _cut(channels, (left - beside, top - above, right + beside, bottom + above), fine)
    cos, sin = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    there = torch.tensor(
        [
            [cos * across / wide, -sin * down / wide, 0.0],
            [sin * across / tall, cos * down / tall, 0.0],
        ],
        device=about.device,
    )
    target = [1, len(about), 2 * size[0], 2 * size[1]]
    at = functional.affine_grid(there[None], target, align_corners=False)
    turned = functional.grid_sample(about[None], at, align_corners=False)
    return functional.interpolate(turned, size, mode="bilinear", antialias=True)[0]


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
        if before or after:
            padding = (before, after) if axis == -1 else (0, 0, before, after)
            values = functional.pad(values, padding)
        if values.shape[axis] != size:
            shape = (size, values.shape[-1]) if axis == -2 else (values.shape[-2], size)
            values = functional.interpolate(_alone(values), shape, mode="bilinear", antialias=True)[
                0
            ]
    return values


def _alone(values: Tensor) -> Tensor:
    """Return (C, H, W) as (1, C, H, W); of levels with channels inmost torch knows by its strides.

    Such levels are resized in a third of the time, and floating point in more.
    """
    if values.is_floating_point():
        return values[None]
    return values.permute(1, 2, 0)[None].permute(0, 3, 1, 2)


def _to_colours(values: Tensor, channels: int) -> Tensor:
    if channels == values.shape[0]:
        return values
    if channels == 3:
        return values.expand(3, -1, -1)
    luminance = torch.tensor(_LUMINANCE, device=values.device).view(3, 1, 1)
    return (values * luminance).sum(0, keepdim=True)


def _rectangle(width: int, height: int, spec: InputSpec, box: Box | None) -> Rectangle:
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
