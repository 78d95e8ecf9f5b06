"""A walk on a device beside the CPU asks it nothing: what it computes does not hang on values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from models.excitation import DualContrast, ExcitationBackprop, addition, rules
from models.torchvision_on_cpu import import_torchvision

_QUESTIONS = {"_local_scalar_dense", "nonzero", "is_nonzero", "equal", "masked_select"}


class Questions(TorchDispatchMode):
    """Counts the operations for which Python waits until a device is done."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def __torch_dispatch__(
        self,
        func: Any,
        _types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        name = func._schema.name.removeprefix("aten::")
        by_mask = name.startswith("index") and any(
            isinstance(one, torch.Tensor) and one.dtype == torch.bool for one in args[1] or ()
        )
        if name in _QUESTIONS or by_mask:
            self.asked.append(name)
        return func(*args, **(kwargs or {}))


def networks() -> dict[str, tuple[nn.Module, str]]:
    import_torchvision()
    from torchvision import models

    torch.manual_seed(0)
    made = {
        "resnet18": (models.resnet18(), "layer3"),
        "densenet121": (models.densenet121(), "features.denseblock3"),
        "mobilenet_v3_small": (models.mobilenet_v3_small(), "features.8"),
    }
    return {name: (net.eval().requires_grad_(False), layer) for name, (net, layer) in made.items()}


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "mobilenet_v3_small"])
def test_a_walk_asks_the_device_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which units are dead is asked together, at its end; targets are checked on the CPU."""
    network, layer = networks()[name]
    batch = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    batch[1] = 0  # much of it excites nothing
    targets = torch.tensor([[0, 7], [3, 1]])
    engine = ExcitationBackprop(network, layer, batch)
    wanted = engine(batch, targets, DualContrast())

    for module in (rules, addition):
        monkeypatch.setattr(module, "may_ask", lambda _tensor: False)
    engine(batch, targets)  # signs of weights are asked for once a network
    with Questions() as recorded:
        recording = engine.record(batch)
    with Questions() as walked:
        found = engine.explain(recording, targets)

    assert recorded.asked == []
    assert len(recording.made(rules.Denominator)) > 5
    # By the check of the targets, which lie on the CPU; what is asked together comes as one list.
    assert walked.asked == ["_local_scalar_dense"]
    assert torch.equal(found.maps, wanted.maps)
    assert torch.equal(found.explained_mass, wanted.explained_mass)
