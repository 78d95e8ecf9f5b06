"""Networks of torchvision with a quarter of the channels: joined as the wide ones, sooner done."""

from __future__ import annotations

from typing import Any

from torch import nn

from models.torchvision_on_cpu import import_torchvision


def narrow_resnet(blocks: list[int], columns: int) -> nn.Module:
    """Build a network of basic blocks, this many in each of its four layers."""
    resnet = import_torchvision().models.resnet

    class Narrow(resnet.ResNet):  # type: ignore[misc,name-defined]
        def _make_layer(self, block: Any, planes: int, *more: Any, **options: Any) -> nn.Module:
            return super()._make_layer(block, planes // 4, *more, **options)

    network = Narrow(resnet.BasicBlock, blocks, num_classes=columns)
    network.fc = nn.Linear(512 // 4, columns)
    return network
