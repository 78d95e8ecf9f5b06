"""Where the cells of a feature map lie on the network's input.

A cell is drawn where its receptive field is centred. Strides and one-sided padding move that
centre: a convolution of 3 x 3 with stride 2 and padding 1 looks at pixels -1, 0 and 1 for its
first output, so that cell 0 is centred on pixel 0 and not on the edge between pixels 0 and 1.
Spread evenly over the input, a map after ResNet18's ``layer3`` would lie 7.5 pixels of 224 too
far right and down; one after face-api's ``dense2``, 3.5 of 112 too far left and up.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from .errors import UnsupportedLayerError
from .preprocess import InputFrame


@dataclass(frozen=True, slots=True)
class GridGeometry:
    """Where a feature map's cells lie on the network's input, in input pixels.

    Attributes
    ----------
    x, y : float
        Left and top edge of the first cell.
    cell_width, cell_height : float
        Distance between the centres of neighbouring cells.
    """

    x: float
    y: float
    cell_width: float
    cell_height: float

    def on_image(self, frame: InputFrame, grid: Tensor, width: int, height: int) -> InputFrame:
        """Return the rectangle of the image that a map's cells cover.

        Parameters
        ----------
        frame : InputFrame
            Where the network's input lies on the image.
        grid : Tensor, shape (..., h, w)
            The map.
        width, height : int
            Size of the network's input in pixels.
        """
        rows, columns = grid.shape[-2:]
        across, down = frame.width / width, frame.height / height
        return replace(
            frame,
            x=frame.x + self.x * across,
            y=frame.y + self.y * down,
            width=columns * self.cell_width * across,
            height=rows * self.cell_height * down,
        )


def grid_geometry(network: nn.Module, layer: str, channels: int) -> GridGeometry:
    """Measure where the cells of a module's output lie on the network's input.

    A copy of the network whose kernels all take means is shown an image that grows from left to
    right, and then from top to bottom: each cell answers with the mean position of what it sees.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode; it is not changed.
    layer : str
        Dotted name of the module.
    channels : int
        Channels of the network's input.

    Returns
    -------
    GridGeometry

    Raises
    ------
    UnsupportedLayerError
        If the module does not exist, or its output is no grid.
    """
    averaging = copy.deepcopy(network)
    for parent in list(averaging.modules()):
        _take_means(parent)
    averaging.double().requires_grad_(requires_grad=False)
    modules = dict(averaging.named_modules())
    if layer not in modules:
        raise UnsupportedLayerError(f"The network has no module {layer!r}; name one that it has.")
    modules[layer].register_forward_hook(_stop_here)
    device = next(network.parameters()).device
    x, cell_width = _along(averaging, layer, channels, device, axis=-1)
    y, cell_height = _along(averaging, layer, channels, device, axis=-2)
    edges = (x - cell_width / 2, y - cell_height / 2, cell_width, cell_height)
    return GridGeometry(*(round(edge, 2) for edge in edges))


class _ReachedError(Exception):
    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output


class _MeanConvolution(nn.Module):
    """The mean over what a convolution sees, the same in all its channels."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self._outputs = convolution.out_channels
        self._seen = nn.Conv2d(
            1,
            1,
            convolution.kernel_size,  # type: ignore[arg-type]
            convolution.stride,  # type: ignore[arg-type]
            convolution.padding,  # type: ignore[arg-type]
            convolution.dilation,  # type: ignore[arg-type]
            bias=False,
        )
        nn.init.constant_(self._seen.weight, 1 / self._seen.weight.numel())

    def forward(self, x: Tensor) -> Tensor:
        mean: Tensor = self._seen(x[:, :1])  # all channels are the same
        return mean.repeat(1, self._outputs, 1, 1)


class _Open(nn.Module):
    """A gate that lets everything through."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.ones_like(x)


_LONG_PX, _SHORT_PX = 1024, 96
"""Length and breadth of the test image: the cells in its middle see none of the padding at its
ends, for receptive fields up to 500 pixels; across it, padding does not matter."""
_FAINT = 1e-9
"""Brightness of the test image: above 0, where every activation is a line through 0."""


def _stop_here(_module: nn.Module, _inputs: object, output: Tensor) -> None:
    raise _ReachedError(output)


def _take_means(parent: nn.Module) -> None:
    for name, module in parent.named_children():
        if isinstance(module, nn.Conv2d):
            setattr(parent, name, _MeanConvolution(module))
        elif isinstance(module, nn.MaxPool2d):
            mean = nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode)
            setattr(parent, name, mean)
        elif isinstance(module, nn.BatchNorm2d):
            setattr(parent, name, nn.Identity())
        elif isinstance(module, nn.Sigmoid | nn.Hardsigmoid):
            setattr(parent, name, _Open())


def _along(
    network: nn.Module, layer: str, channels: int, device: torch.device, axis: int
) -> tuple[float, float]:
    """Return the centre of cell 0 and the distance between centres, along one axis."""
    shape = [1, channels, _SHORT_PX, _SHORT_PX]
    shape[axis] = _LONG_PX
    even = torch.full(shape, _FAINT, dtype=torch.float64, device=device)
    positions = torch.arange(_LONG_PX, dtype=torch.float64, device=device) + 0.5
    ramp = even * (positions if axis == -1 else positions[:, None])
    followed, level = _output(network, layer, torch.cat((ramp, even)))[:, 0]
    centres = (followed / level).mean(-2 if axis == -1 else -1)
    # Over some cells, since those that were laid out from a coarser grid come in groups.
    middle, around = len(centres) // 2, max(1, min(16, len(centres) // 8))
    distance = float(centres[middle + around] - centres[middle - around]) / (2 * around)
    cells = torch.arange(middle - around, middle + around, device=centres.device)
    return float((centres[cells] - cells * distance).mean()), distance


@torch.no_grad()
def _output(network: nn.Module, layer: str, image: Tensor) -> Tensor:
    try:
        network(image)
    except _ReachedError as reached:
        if reached.output.dim() == 4:
            return reached.output
    raise UnsupportedLayerError(
        f"The output of {layer} is no grid (N, C, H, W), so it cannot carry a map."
    )
