"""Training images moved and altered, and the regions drawn on them moved along."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from .recipe import Augmentation


def augmented(images: Tensor, regions: Tensor, by: Augmentation) -> tuple[Tensor, Tensor]:
    """Return images and their regions, each moved and altered at random.

    Random numbers are those of torch's generator of the CPU, whatever the device.

    Parameters
    ----------
    images : Tensor, shape (N, C, H, W)
        Floating point in [0, 1], 0 being black.
    regions : Tensor, shape (N, H, W)
        Floating point in [0, 1]; all 0 where an image has none.
    by : Augmentation

    Returns
    -------
    images, regions : Tensor
        Of the same shapes. Images may lie a little outside [0, 1]; what comes from beyond an
        image's edge is black, and in no region.
    """
    grid = functional.affine_grid(
        _movements(len(images), by).to(images.device), list(images.shape), align_corners=False
    )
    moved = functional.grid_sample(images, grid, align_corners=False)
    regions = functional.grid_sample(regions[:, None], grid, align_corners=False)[:, 0]
    altered = _altered(moved, by)
    for image, region in zip(altered, regions, strict=True):
        if torch.rand(()) < by.erase:
            _erase(image, region)
    return altered, regions


def _uniform(count: int, most: float) -> Tensor:
    return (torch.rand(count) * 2 - 1) * most


def _movements(count: int, by: Augmentation) -> Tensor:
    """Return matrices (N, 2, 3) that take places of the result to places of the image."""
    angle = _uniform(count, math.radians(by.turn_deg))
    across = torch.exp(_uniform(count, by.scale))
    down = across * torch.exp(_uniform(count, by.scale / 2))
    flip = torch.where(torch.rand(count) < 0.5 * by.flip, -1.0, 1.0)
    rows = (
        (torch.cos(angle) * across * flip, -torch.sin(angle) * down, _uniform(count, by.shift)),
        (torch.sin(angle) * across * flip, torch.cos(angle) * down, _uniform(count, by.shift)),
    )
    return torch.stack([torch.stack(row, 1) for row in rows], 1)


def _altered(images: Tensor, by: Augmentation) -> Tensor:
    count, size = len(images), list(images.shape[-2:])

    def each(values: Tensor) -> Tensor:
        return values.view(-1, 1, 1, 1).to(images.device)

    coarse = torch.randn(count, 1, 4, 4).to(images.device) * by.shading
    field = functional.interpolate(coarse, size, mode="bicubic", align_corners=False)
    bright = images.clamp(1e-4, 1) ** torch.exp(each(_uniform(count, by.gamma)))
    shaded = bright * torch.exp(field + each(_uniform(count, by.contrast)))
    noise = torch.randn(images.shape).to(images.device)
    return shaded + noise * each(torch.rand(count) * by.noise)


def _erase(image: Tensor, region: Tensor) -> None:
    """Paint one grey over a rectangle of an image (C, H, W), unless a region is in its way."""
    height, width = region.shape
    tall = int(height * (0.06 + 0.27 * float(torch.rand(()))))
    wide = int(width * (0.06 + 0.27 * float(torch.rand(()))))
    top = int(torch.randint(0, height - tall, ()))
    left = int(torch.randint(0, width - wide, ()))
    grey = float(torch.rand(()))
    part = (slice(top, top + tall), slice(left, left + wide))
    if not bool((region[part] > 0).any()):
        image[:, part[0], part[1]] = grey
