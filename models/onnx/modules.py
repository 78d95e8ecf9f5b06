"""Small modules for ONNX operations that torch has as functions only.

Each calls torch functions that the walk has rules for; the images are the first axis throughout.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


class Elementwise(nn.Module):
    """An operation on two values, one of which may be a constant.

    Parameters
    ----------
    function : callable
        Of two tensors, one of torch's.
    constant : Tensor, optional
    constant_first : bool
        Whether the constant is the left operand.
    """

    constant: Tensor | None

    def __init__(
        self,
        function: Callable[..., Tensor],
        constant: Tensor | None = None,
        *,
        constant_first: bool = False,
    ) -> None:
        super().__init__()
        self.register_buffer("constant", constant)
        self._function = function
        self._constant_first = constant_first

    def forward(self, *operands: Tensor) -> Tensor:
        """Apply the function."""
        if self.constant is None:
            return self._function(*operands)
        if self._constant_first:
            return self._function(self.constant, *operands)
        return self._function(*operands, self.constant)


class Sum(nn.Module):
    """The sum of any number of values."""

    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        """Add them up from the left."""
        total = first
        for other in others:
            total = torch.add(total, other)
        return total


class Concat(nn.Module):
    """Values joined along an axis.

    Parameters
    ----------
    axis : int
    """

    def __init__(self, axis: int) -> None:
        super().__init__()
        self._axis = axis

    def forward(self, *pieces: Tensor) -> Tensor:
        """Join them."""
        return torch.cat(pieces, self._axis)


class Mean(nn.Module):
    """The mean over some axes.

    Parameters
    ----------
    axes : tuple of int
    keep : bool
        Whether the axes stay, with length 1.
    """

    def __init__(self, axes: tuple[int, ...], *, keep: bool) -> None:
        super().__init__()
        self._axes, self._keep = axes, keep

    def forward(self, x: Tensor) -> Tensor:
        """Take the mean."""
        return torch.mean(x, self._axes, self._keep)


class Reshaped(nn.Module):
    """The units of each image in the same order under another shape.

    Parameters
    ----------
    shape : tuple of int
        Of one image.
    grid_stays : bool
        Whether the last two axes are those of the input, whatever its size.
    """

    def __init__(self, shape: tuple[int, ...], *, grid_stays: bool) -> None:
        super().__init__()
        self._shape, self._grid_stays = shape, grid_stays

    def forward(self, x: Tensor) -> Tensor:
        """Reshape any number of images."""
        if len(self._shape) == 1:
            return torch.flatten(x, 1)
        grid = tuple(x.shape[-2:]) if self._grid_stays else self._shape[-2:]
        return x.reshape(x.shape[0], *self._shape[:-2], *grid)


class Permuted(nn.Module):
    """The axes in another order.

    Parameters
    ----------
    axes : tuple of int
    """

    def __init__(self, axes: tuple[int, ...]) -> None:
        super().__init__()
        self._axes = axes

    def forward(self, x: Tensor) -> Tensor:
        """Change the order."""
        return x.permute(self._axes)


class Squeezed(nn.Module):
    """Axes of length 1 taken away or put in.

    Parameters
    ----------
    axes : tuple of int
        In the order in which they are taken away or put in.
    insert : bool
        Whether they are put in.
    """

    def __init__(self, axes: tuple[int, ...], *, insert: bool) -> None:
        super().__init__()
        self._axes, self._insert = axes, insert

    def forward(self, x: Tensor) -> Tensor:
        """Take them away, or put them in."""
        for axis in self._axes:
            x = x.unsqueeze(axis) if self._insert else x.squeeze(axis)
        return x


class Padded(nn.Module):
    """Rows and columns added around each image.

    Parameters
    ----------
    left, right, top, bottom : int
    mode : str
        ``constant`` (zeros), ``reflect`` or ``replicate``.
    """

    def __init__(self, left: int, right: int, top: int, bottom: int, mode: str) -> None:
        super().__init__()
        self._pads, self._mode = (left, right, top, bottom), mode

    def forward(self, x: Tensor) -> Tensor:
        """Add them."""
        return functional.pad(x, self._pads, self._mode)


class Clamp(nn.Module):
    """Values kept within bounds.

    Parameters
    ----------
    low, high : float or None
    """

    def __init__(self, low: float | None, high: float | None) -> None:
        super().__init__()
        self._low, self._high = low, high

    def forward(self, x: Tensor) -> Tensor:
        """Clamp."""
        return torch.clamp(x, self._low, self._high)


class Parts(nn.Module):
    """Consecutive parts along an axis.

    Parameters
    ----------
    sizes : list of int
    axis : int
    """

    def __init__(self, sizes: list[int], axis: int) -> None:
        super().__init__()
        self._sizes, self._axis = sizes, axis

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Cut into parts."""
        return tuple(torch.split(x, self._sizes, self._axis))


class Sliced(nn.Module):
    """A range along each axis.

    Parameters
    ----------
    ranges : tuple of slice
        One an axis.
    """

    def __init__(self, ranges: tuple[slice, ...]) -> None:
        super().__init__()
        self._ranges = ranges

    def forward(self, x: Tensor) -> Tensor:
        """Take the ranges."""
        return x[self._ranges]


class Chosen(nn.Module):
    """One place along an axis, which disappears.

    Parameters
    ----------
    axis, place : int
    """

    def __init__(self, axis: int, place: int) -> None:
        super().__init__()
        self._axis, self._place = axis, place

    def forward(self, x: Tensor) -> Tensor:
        """Take it."""
        return x.select(self._axis, self._place)
